"""The test of a change whose start was drawn by lot: how often would another draw have shown as much?

Nothing is assumed of the scores but that the start has done nothing to them; the draw is the only thing random.
Edgington 1975, J Psychol 90:57-68; Bulte & Onghena 2008, Behav Res Methods 40:467-478.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.phases.change import phases
from lowback.estimators.phases.whitening import Array

DRAWS = 4999
FEWEST_DAYS = 3


@dataclass(frozen=True, eq=False)
class Randomised:
    """Two-sided p-values: of each series (NaN where it has too few days), and of all of them by their mean step.

    `step` is that mean, in standard errors, over the `series` that tell.
    """

    own: Array
    step: float
    series: int
    together: float
    possible_starts: int


def randomisation_test(outcome: ArrayLike, start: ArrayLike, possible: ArrayLike, *, seed: int) -> Randomised:
    """The test for outcome (series, day), the day of each start, and the days from which starts were drawn, equally likely.

    A start's statistic is the step between two lines of one slope, in its own standard errors, by least squares. The
    p-value of one series is the share of possible starts whose step is as large; that of all is of the mean, over draws with `seed`.

    Raises `NotEstimable` where a start is none of the possible ones or no series tells anything.
    """
    scores, day, days = (np.asarray(one, dtype=float) for one in (outcome, start, possible))
    outside = ~np.isin(day, days)
    if outside.any():
        raise NotEstimable(
            f"start on day {day[outside][0]:g}; allowed: a day from which starts were drawn ({days.min():g} to {days.max():g})"
        )
    steps = np.stack([_step(scores, np.full(len(scores), one)) for one in days], axis=1)
    place = np.searchsorted(np.sort(days), day)
    steps = steps[:, np.argsort(days)]
    observed = steps[np.arange(len(steps)), place]
    tells = np.isfinite(steps).all(axis=1)
    if not tells.any():
        raise NotEstimable("no series has three days on both sides of every possible start")
    own = np.where(tells, (np.abs(steps) >= np.abs(observed)[:, None] - 1e-9).mean(axis=1), np.nan)
    kept = steps[tells]
    rng = np.random.default_rng(seed)
    drawn = kept[np.arange(len(kept)), rng.integers(0, len(days), (DRAWS, len(kept)))].mean(axis=1)
    centre = float(kept.mean())
    as_far = np.abs(drawn - centre) >= abs(float(observed[tells].mean()) - centre) - 1e-9
    return Randomised(
        own,
        float(observed[tells].mean()),
        int(tells.sum()),
        float((1 + as_far.sum()) / (1 + DRAWS)),
        len(days),
    )


def _step(scores: Array, start: Array) -> Array:
    """The step at a start over its standard error by least squares, a value a series; NaN with too few days."""
    cut = phases(scores, start, left_out=0, same_length=False)
    seen = np.isfinite(cut.outcome)
    x = cut.design() * seen[:, :, None]
    y = np.nan_to_num(cut.outcome)
    tells = (cut.before >= FEWEST_DAYS) & (cut.after >= FEWEST_DAYS)
    inner = np.where(tells[:, None, None], np.einsum("sdi,sdj->sij", x, x), np.eye(3))
    inverse = np.linalg.inv(inner)
    coefficients = np.einsum("sij,sdj,sd->si", inverse, x, y)
    squares = ((y - np.einsum("sdi,si->sd", x, coefficients)) ** 2 * seen).sum(axis=1)
    df = np.maximum(seen.sum(axis=1) - 3, 1)
    error = np.sqrt(np.maximum(squares / df, 1e-12) * inverse[:, 2, 2])
    return np.where(tells, coefficients[:, 2] / error, np.nan)
