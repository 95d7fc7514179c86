"""Two nested mixed models compared by their likelihoods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.fit import LmmFit
from lowback.estimators.lmm.pairs import Array


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference of the log-likelihoods, the number of parameters given up, and the chi-squared p-value."""

    statistic: float
    df: int
    p_value: float


def likelihood_ratio_test(smaller: LmmFit, larger: LmmFit) -> LikelihoodRatio:
    """The test that the parameters which only `larger` has are zero.

    Where they are variances the value zero is at the boundary and the p-value is too large, up to twice for one variance
    (Self & Liang 1987, J Am Stat Assoc 82:605-610, doi:10.1080/01621459.1987.10478472).

    Raises `NotEstimable` for fits of different rows or methods, for "REML" with different designs (their likelihoods
    are of different contrasts of the data), and for models that are not nested.
    """
    _check_same_rows(smaller, larger)
    df = larger.n_parameters - smaller.n_parameters
    gain = smaller.objective - larger.objective
    if df < 1 or not _nested(smaller, larger):
        raise NotEstimable(
            f"the model with {smaller.n_parameters} parameters is not nested in that with {larger.n_parameters}"
        )
    if smaller.method == "REML" and not _spans(smaller.rows.design, larger.rows.design):
        raise NotEstimable(
            'the designs differ, so the restricted likelihoods cannot be compared; fit both by method="ML"'
        )
    statistic = max(gain, 0.0)
    return LikelihoodRatio(statistic, df, float(special.chdtrc(df, statistic)))


def _check_same_rows(smaller: LmmFit, larger: LmmFit) -> None:
    if smaller.method != larger.method:
        raise NotEstimable(f"one fit is by {smaller.method}, the other by {larger.method}; allowed: the same")
    same = smaller.n_rows == larger.n_rows and np.array_equal(smaller.rows.outcome, larger.rows.outcome)
    if not same or not _equal(smaller.rows.weights, larger.rows.weights):
        raise NotEstimable("the two fits are not of the same rows with the same weights")
    if smaller.n_groups != larger.n_groups:
        raise NotEstimable(
            f"one fit has {smaller.n_groups} groups, the other {larger.n_groups}; allowed: the same"
        )


def _equal(ours: Array | None, theirs: Array | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return np.array_equal(ours, theirs)


def _nested(smaller: LmmFit, larger: LmmFit) -> bool:
    return (
        _spans(larger.rows.design, smaller.rows.design)
        and _spans(larger.rows.random, smaller.rows.random)
        and (smaller.n_sites == 0 or smaller.n_sites == larger.n_sites)
    )


def _spans(columns: Array, others: Array) -> bool:
    """Whether every one of `others` is a combination of `columns`."""
    size = np.sqrt((columns**2).sum(axis=0))
    scaled = columns / np.where(size > 0, size, 1.0)
    left = others - scaled @ np.linalg.lstsq(scaled, others, rcond=None)[0]
    return bool((np.abs(left).max(axis=0) <= 1e-8 * np.abs(others).max(axis=0)).all())
