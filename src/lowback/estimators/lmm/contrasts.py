"""Several contrasts at once: which are independent, and the denominator of their F test."""

from __future__ import annotations

import numpy as np
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.inference import JointTest
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.small_samples import Satterthwaite

# A covariance of contrasts scaled to a unit diagonal is singular when its least eigenvalue is below this.
SINGULAR = 1e-10


def independent(rows: Array) -> Array:
    """Contrasts that span the same space as `rows`, none of them a combination of others."""
    _, values, right = np.linalg.svd(rows, full_matrices=False)
    rank = int((values > 1e-10 * values[0]).sum()) if values[0] > 0 else 0
    if rank == 0:
        raise NotEstimable("every weight of the contrasts is zero; nothing is tested")
    return rows if rank == len(rows) else right[:rank]


def joint_df(rows: Array, pieces: Satterthwaite) -> float:
    """Denominator degrees of freedom from those of uncorrelated contrasts (Fai & Cornelius 1996, as in lmerTest)."""
    _, vectors = np.linalg.eigh(rows @ pieces.covariance @ rows.T)
    each = np.array([pieces.df(one) for one in vectors.T @ rows])
    if np.ptp(each) < 1e-8:
        return float(each.mean())
    if (each <= 2).any():
        return 2.0
    expected = float((each / (each - 2)).sum())
    return 2 * expected / (expected - len(each))


def fewest(rows: Array, by_coefficient: Array) -> Array:
    """The smallest degrees of freedom among the coefficients that each contrast uses."""
    return np.array([by_coefficient[row != 0].min(initial=np.inf) for row in rows])


def tested(estimate: Array, covariance: Array, df: float, scale: float) -> JointTest:
    """The F test that all estimates are zero (chi-squared over its degrees of freedom where `df` is infinite).

    Raises `NotEstimable` where the covariance, robust over few clusters, is singular, or the degrees of freedom are not
    above zero.
    """
    rows = len(estimate)
    size = np.sqrt(np.diagonal(covariance))
    if (size == 0).any() or np.linalg.eigvalsh(covariance / np.outer(size, size))[0] < SINGULAR:
        raise NotEstimable(
            f"the covariance of {rows} contrasts is singular: too few groups or sites to test them jointly"
        )
    if not df > 0:
        raise NotEstimable(
            f"the degrees of freedom of {rows} contrasts come out as {df:.3g}: too few groups to test them"
        )
    statistic = scale * float(estimate @ np.linalg.solve(covariance, estimate)) / rows
    p_value = special.chdtrc(rows, rows * statistic) if np.isinf(df) else special.fdtrc(rows, df, statistic)
    return JointTest(statistic, float(rows), df, float(p_value))
