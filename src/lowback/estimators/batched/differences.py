"""Analysis of covariance of many trials at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.batched.found import Array, Found, found


def adjusted_difference(
    outcome: Array, baseline: Array, arm: NDArray[np.intp], compared: tuple[int, int] = (1, 0)
) -> Found:
    """Mean difference between two arms at equal baseline, by least squares over all arms, with one residual variance.

    `outcome` and `baseline` have a row a trial and a column a person, missing as NaN; `arm` is each person's, from 0.
    People without either score take no part. Arms that have nobody drop out of the residual; a trial in which one of the two
    `compared` (first minus second) has nobody is missing, as is one whose baseline does not vary.
    """
    known = np.isfinite(outcome) & np.isfinite(baseline)
    moments = _moments(outcome, baseline, known, arm)
    count, y, x, within = moments
    arms = (count > 0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = within[1] / within[0]
        df = count.sum(axis=1) - arms - 1
        variance = (within[2] - slope * within[1]) / df
        one, other = compared
        apart = x[:, one] - x[:, other]
        estimate = y[:, one] - y[:, other] - slope * apart
        factor = 1 / count[:, one] + 1 / count[:, other] + apart**2 / within[0]
        return found(estimate, np.sqrt(variance * factor), df)


def _moments(
    outcome: Array, baseline: Array, known: NDArray[np.bool_], arm: NDArray[np.intp]
) -> tuple[Array, Array, Array, tuple[Array, Array, Array]]:
    """Counts and means of each arm (trials by arms), then sums of squares within arms: xx, xy, yy."""
    belongs = np.eye(int(arm.max()) + 1)[arm]
    y, x = np.where(known, outcome, 0.0), np.where(known, baseline, 0.0)
    count = known @ belongs
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (y @ belongs) / count, (x @ belongs) / count
    dy, dx = (np.where(known, value - mean[:, arm], 0.0) for value, mean in zip((y, x), means, strict=True))
    sums = tuple(np.einsum("tp,tp->t", a, b) for a, b in ((dx, dx), (dx, dy), (dy, dy)))
    return count, means[0], means[1], (sums[0], sums[1], sums[2])
