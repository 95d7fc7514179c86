"""The test of changes whose days were drawn by lot: how often would another draw have shown as much?

Nothing is assumed of the scores but that the changes have done nothing to them; the draw is the only thing random.
Edgington 1975, J Psychol 90:57-68; Bulte & Onghena 2008, Behav Res Methods 40:467-478; Onghena 1992, Behav Assess 14:153-171 (ABAB).
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
    possible: int


def randomisation_test(
    outcome: ArrayLike, changes: ArrayLike, possible: ArrayLike, *, seed: int, settling: int = 0
) -> Randomised:
    """The test for outcome (series, day), the days of each series' changes, and those that could have been drawn, equally likely.

    Days at most `settling` after a change, as drawn or as it could have been, are left out. Both have a value, or a row of days in order that ends in NaN where others have more changes: `changes` a series, `possible` a draw.
    The statistic of a draw is the step of days on between lines of one slope, in its own standard errors, by least squares. The
    p-value of one series is the share of possible draws whose step is as large; that of all is of the mean, over draws with `seed`.

    Raises `NotEstimable` where changes are none of the possible ones or no series tells anything.
    """
    scores = np.asarray(outcome, dtype=float)
    took, draws = (_rows(one) for one in (changes, possible))
    same = (took[:, None, :] == draws) | (np.isnan(took[:, None, :]) & np.isnan(draws))
    is_drawn = same.all(axis=2)
    outside = ~is_drawn.any(axis=1)
    if outside.any():
        raise NotEstimable(f"{_days(took[outside][0])}; allowed: {_allowed(draws)}")
    steps = np.stack([_step(scores, np.tile(one, (len(scores), 1)), settling) for one in draws], axis=1)
    place = is_drawn.argmax(axis=1)
    observed = steps[np.arange(len(steps)), place]
    tells = np.isfinite(steps).all(axis=1)
    if not tells.any():
        raise NotEstimable("no series has three days on and three off in every possible draw")
    own = np.where(tells, (np.abs(steps) >= np.abs(observed)[:, None] - 1e-9).mean(axis=1), np.nan)
    kept = steps[tells]
    rng = np.random.default_rng(seed)
    drawn = kept[np.arange(len(kept)), rng.integers(0, len(draws), (DRAWS, len(kept)))].mean(axis=1)
    centre = float(kept.mean())
    as_far = np.abs(drawn - centre) >= abs(float(observed[tells].mean()) - centre) - 1e-9
    return Randomised(
        own,
        float(observed[tells].mean()),
        int(tells.sum()),
        float((1 + as_far.sum()) / (1 + DRAWS)),
        len(draws),
    )


def _rows(days: ArrayLike) -> Array:
    """Days of changes as rows, one day a row where there is one change."""
    found = np.asarray(days, dtype=float)
    return found[:, None] if found.ndim == 1 else found


def _days(changes: Array) -> str:
    """The days of a row of changes, in words."""
    days = changes[np.isfinite(changes)]
    return f"{'changes' if len(days) > 1 else 'start'} on day {', '.join(f'{one:g}' for one in days)}"


def _allowed(draws: Array) -> str:
    """What could have been drawn, in words."""
    if draws.shape[1] == 1:
        return f"a day from which starts were drawn ({draws.min():g} to {draws.max():g})"
    return f"one of the {len(draws)} draws that were possible, such as {_days(draws[0])}"


def _step(scores: Array, changes: Array, settling: int) -> Array:
    """The step of days on over its standard error by least squares, a value a series; NaN with too few days."""
    cut = phases(scores, changes, left_out=0, same_length=False, settling=settling)
    seen = np.isfinite(cut.outcome)
    x = cut.design() * seen[:, :, None]
    y = np.nan_to_num(cut.outcome)
    tells = (cut.days_off >= FEWEST_DAYS) & (cut.days_on >= FEWEST_DAYS)
    inner = np.where(tells[:, None, None], np.einsum("sdi,sdj->sij", x, x), np.eye(3))
    inverse = np.linalg.inv(inner)
    coefficients = np.einsum("sij,sdj,sd->si", inverse, x, y)
    squares = ((y - np.einsum("sdi,si->sd", x, coefficients)) ** 2 * seen).sum(axis=1)
    df = np.maximum(seen.sum(axis=1) - 3, 1)
    error = np.sqrt(np.maximum(squares / df, 1e-12) * inverse[:, 2, 2])
    return np.where(tells, coefficients[:, 2] / error, np.nan)
