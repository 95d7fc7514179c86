"""The effect on those who take what they are offered, told from what is offered by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import check_outcome, conditioned
from lowback.estimators.intervals import student_interval
from lowback.estimators.measurement_error.ratio import ratio_interval


def offered_and_taken(
    outcome: ArrayLike, taken: ArrayLike, design: ArrayLike, weights: ArrayLike, *, names: Sequence[str]
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """What an offer changes in the outcome, what it changes in what is taken, and the first per unit of the second.

    One row a person; `weights` pick the offer out of the columns of `design` (an intercept is not added). Both are least squares on the same columns,
    errors hold under unequal variances (HC3); the ratio, which is two-stage least squares where the offer is the one instrument, has Fieller's
    interval, which holds where few take what they are offered. Raises `NotEstimable` where the offer is not shown to raise what is taken.

    Angrist, Imbens & Rubin 1996, J Am Stat Assoc 91:444-455; Fieller 1954, J R Stat Soc B 16:175-185; MacKinnon & White 1985, J
    Econometrics 29:305-325 (HC3).
    """
    y, d, x = (np.asarray(one, dtype=float) for one in (outcome, taken, design))
    well = conditioned(x, names)
    for one in (y, d):
        check_outcome(one, len(x))
    left = 1 - (well.columns**2).sum(axis=1)
    if (left < 1e-10).any():
        raise NotEstimable("a row is fitted exactly; another row like it is needed")
    both = np.column_stack([y, d])
    turned = well.columns.T @ both
    residuals = (both - well.columns @ turned) / left[:, None]
    own = well.columns @ (well.back.T @ np.asarray(weights, dtype=float))
    pair = np.asarray(weights, dtype=float) @ (well.back @ turned)
    scores = own[:, None] * residuals
    covariance, df = scores.T @ scores, float(len(y) - x.shape[1])
    offered, accepted = (
        student_interval(float(pair[at]), float(covariance[at, at]) ** 0.5, df) for at in (0, 1)
    )
    return offered, accepted, ratio_interval(pair, covariance, df)
