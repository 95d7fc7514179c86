"""Standard errors, degrees of freedom and joint tests of contrasts, by every method there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.inference import DfMethod, JointTest
from lowback.estimators.mmrm.likelihood import Array
from lowback.estimators.mmrm.robust import Kind, Sandwich, sandwich

if TYPE_CHECKING:
    from lowback.estimators.mmrm.fit import MmrmFit


# Degrees of freedom below which an interval is over a hundred standard errors wide.
LEAST_DF = 0.5
NEGATIVE = "Kenward-Roger's adjustment makes a variance negative: the sample is too small for it; allowed: satterthwaite"


def checked_weights(fit: MmrmFit, matrix: ArrayLike) -> Array:
    """The weights as (contrasts, coefficients); a single row may be given flat."""
    weights = np.atleast_2d(np.asarray(matrix, dtype=float))
    if weights.ndim != 2 or weights.shape[1] != len(fit.names) or not np.isfinite(weights).all():
        raise NotEstimable(
            f"the contrasts have shape {weights.shape}; allowed: rows of {len(fit.names)} finite weights, one a coefficient"
        )
    return weights


def variance_of(fit: MmrmFit, weights: Array, df: DfMethod) -> Array:
    """The covariance of the contrasts that goes with a method, in squared outcome units."""
    _check_method(fit, df)
    inside = weights @ fit.frame.turn
    if df in ("CR0", "CR2", "CR3"):
        return fit.frame.scale**2 * _sandwich(fit, df).covariance(inside)
    if df == "kenward-roger":
        covariance = fit.uncertainty.adjusted
    elif df == "kenward-roger-linear":
        covariance = fit.uncertainty.adjusted_linearly
    else:
        covariance = fit.uncertainty.phi
    variance = np.asarray(inside @ covariance @ inside.T)
    if (np.diagonal(variance) < 0).any():
        raise NotEstimable(NEGATIVE)
    return fit.frame.scale**2 * variance


def df_of(fit: MmrmFit, weights: Array, df: DfMethod) -> Array:
    """The degrees of freedom of each contrast; infinite for `normal`."""
    _check_method(fit, df)
    if df in ("CR0", "CR2", "CR3"):
        return _sandwich(fit, df).df(weights @ fit.frame.turn)
    if df == "normal":
        return np.full(len(weights), np.inf)
    if df == "residual":
        return np.full(len(weights), float(fit.n_rows - len(fit.names)))
    if df == "between-within":
        involved = np.where(weights != 0, between_within_df(fit), np.inf)
        return involved.min(axis=1)
    freedom = fit.uncertainty.satterthwaite(weights @ fit.frame.turn)
    if (freedom < LEAST_DF).any():
        raise NotEstimable(
            f"the standard error of contrast {int(np.nanargmin(freedom)) + 1} would rest on "
            f"{np.nanmin(freedom):.1g} degrees of freedom; allowed: {LEAST_DF:g} or more"
        )
    return freedom


def share_told(fit: MmrmFit, weights: Array, kind: Kind) -> Array:
    """How much of each contrast's variance a robust covariance finds on average, were the fitted covariance the true one."""
    return _sandwich(fit, kind).share_told(weights @ fit.frame.turn)


def joint_test_of(fit: MmrmFit, weights: Array, df: DfMethod) -> JointTest:
    """The test that several contrasts are all zero.

    Fai & Cornelius 1996, J Stat Comput Simul 54:363-378, doi:10.1080/00949659608811740 (Satterthwaite and robust).
    """
    if np.linalg.matrix_rank(weights) < len(weights):
        raise NotEstimable(f"the {len(weights)} contrasts depend on one another; give each once")
    estimate, variance, q = weights @ fit.coefficients, variance_of(fit, weights, df), len(weights)
    if df in ("kenward-roger", "kenward-roger-linear") and np.linalg.eigvalsh(variance)[0] <= 0:
        raise NotEstimable(NEGATIVE)
    if df in ("kenward-roger", "kenward-roger-linear") and q > 1:
        scale = fit.frame.scale
        return fit.uncertainty.joint_kenward_roger(
            estimate / scale, weights @ fit.frame.turn, variance / scale**2
        )
    statistic = float(estimate @ np.linalg.solve(variance, estimate)) / q
    if df == "normal":
        return JointTest(statistic, float(q), np.inf, float(special.chdtrc(q, q * statistic)))
    if df in ("between-within", "residual"):
        pooled = float(df_of(fit, weights, df).min())
    else:
        # The principal directions of the contrasts' covariance are independent of one another.
        pooled = pooled_df(df_of(fit, np.linalg.eigh(variance)[1].T @ weights, df))
    return JointTest(statistic, float(q), pooled, float(special.fdtrc(q, pooled, statistic)))


def pooled_df(df: Array) -> float:
    """Denominator degrees of freedom of an F test whose independent parts have these."""
    if np.ptp(df) <= 1e-8 * df.max():
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    expected = float((df / (df - 2)).sum())
    return 2 * expected / (expected - len(df))


def between_within_df(fit: MmrmFit) -> Array:
    """Degrees of freedom of each coefficient, by whether its column varies within persons.

    Between persons: persons less 1 for an intercept less such coefficients. Within, and for the intercept: rows less
    persons less such coefficients.

    Schluchter & Elashoff 1990, J Stat Comput Simul 37:69-87, doi:10.1080/00949659008811295.
    """
    order = np.argsort(fit.records.person, kind="stable")
    begins = np.flatnonzero(np.diff(fit.records.person[order], prepend=-1))
    columns = fit.frame.design[order]
    highest, lowest = (edge.reduceat(columns, begins, axis=0) for edge in (np.maximum, np.minimum))
    still = (highest == lowest).all(axis=0)
    constant = still & (highest.max(axis=0) == lowest.min(axis=0))
    between = still & ~constant
    df_between = fit.n_groups - int(constant.any()) - int(between.sum())
    df_within = fit.n_rows - fit.n_groups - int((~still).sum())
    df = np.where(between, float(df_between), float(df_within))
    if (df < 1).any():
        short = ", ".join(name for name, one in zip(fit.names, df, strict=True) if one < 1)
        raise NotEstimable(f"between-within leaves no degrees of freedom for {short}")
    return df


def _sandwich(fit: MmrmFit, kind: DfMethod) -> Sandwich:
    if kind not in fit.sandwiches:
        fit.sandwiches[kind] = sandwich(fit.point, kind)  # type: ignore[index, arg-type]
    return fit.sandwiches[kind]  # type: ignore[index]


def _check_method(fit: MmrmFit, df: DfMethod) -> None:
    if df not in get_args(DfMethod):
        raise NotEstimable(
            f"degrees of freedom {df!r} are not known; allowed: {', '.join(get_args(DfMethod))}"
        )
    if fit.method == "ML" and df in ("kenward-roger", "kenward-roger-linear"):
        raise NotEstimable("Kenward-Roger rests on REML; this fit is by ML")
