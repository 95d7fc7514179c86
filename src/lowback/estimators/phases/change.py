"""The days before and after a change as a design: which days count, and what a change in level or slope would look like.

A person takes up something new on day s. Whoever does so on a bad day gets better anyway, as bad days pass. Around the worst day
a course that is stationary looks the same forwards and backwards, so that days left and right of it, equally far from it,
are equally bad on average. So the days next to s are left out, both phases are cut to the same length, and what is taken for the
change is a step between two lines of one slope: a peak, like any curve that is even around s, is no step and no slope.

What is taken up may be stopped and taken up again (ABA, ABAB, blocks in any order): the first day of change starts it, the second
stops it, the third starts it again. One slope goes through all phases; the step is the level of the days on less that of the days off.
Vohra et al. 2015, BMJ 350:h1738 (CENT 2015); Kratochwill et al. 2010, Single-Case Design Technical Documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators.phases.whitening import Array

DAYS_A_WEEK = 7.0
# The design's columns, and what picks out each change.
LEVEL_CHANGE = np.array([0.0, 0.0, 1.0])
SLOPE_CHANGE = np.array([0.0, 0.0, 0.0, 1.0])
# With the stops told apart: the step when it is taken up, when it is stopped, and what the two leave.
TAKEN_UP = np.array([0.0, 0.0, 1.0, 0.0])
STOPPED = np.array([0.0, 0.0, -1.0, 1.0])
STAYED = np.array([0.0, 0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Phases:
    """The days of each series (series, day) that count, NaN where they do not, and `since`, the days since the first change.

    `phase` (series, day) is how many changes lie before a day: in odd phases it is on, in even ones off. `changes` (series) is how many
    a series has.
    """

    outcome: Array
    since: Array
    phase: NDArray[np.intp]
    changes: NDArray[np.intp]

    @property
    def on(self) -> NDArray[np.bool_]:
        """The days on which what is taken up is on."""
        return np.asarray(self.phase % 2 == 1)

    @property
    def days_off(self) -> NDArray[np.intp]:
        """The days off that count, before the one change where there is one."""
        return np.asarray((np.isfinite(self.outcome) & ~self.on).sum(axis=1))

    @property
    def days_on(self) -> NDArray[np.intp]:
        """The days on that count, after the one change where there is one."""
        return np.asarray((np.isfinite(self.outcome) & self.on).sum(axis=1))

    @property
    def in_phase(self) -> Array:
        """The days that count in each phase (series, phase), NaN for phases that a series does not have."""
        places = np.arange(int(self.changes.max(initial=0)) + 1)
        days = (np.isfinite(self.outcome)[:, :, None] & (self.phase[:, :, None] == places)).sum(axis=1)
        return np.where(places[None, :] <= self.changes[:, None], days, np.nan)

    def design(self, *, own_slopes: bool = False, stops: bool = False) -> Array:
        """Level, slope a week and the step of days on; with `own_slopes` a change in slope after the one change besides, with `stops` how
        often it was stopped (series, day, column)."""
        on = self.on.astype(float)
        weeks = self.since / DAYS_A_WEEK
        columns = [np.ones_like(weeks), weeks, on] + [weeks * on] * own_slopes
        columns += [(self.phase // 2).astype(float)] * stops
        return np.stack(columns, axis=2)


def phases(
    outcome: ArrayLike, changes: ArrayLike, *, left_out: int = 1, same_length: bool = True, settling: int = 0
) -> Phases:
    """The days that count, for outcome (series, day; NaN where missing) and the days of each series' changes in order.

    `changes` has a value a series, or a row (series, change) that ends in NaN where others have more. Days at most `left_out` from a
    change and at most `settling` after one are left out, and with `same_length`, which is for one change, those further from it than the
    shorter phase reaches.
    """
    scores, day = np.asarray(outcome, dtype=float), np.asarray(changes, dtype=float)
    day = day[:, None] if day.ndim == 1 else day
    since = np.arange(scores.shape[1])[None, :, None] - day[:, None, :]
    near = (np.abs(since) <= left_out) | ((since > 0) & (since <= settling))
    counts = np.isfinite(scores) & ~near.any(axis=2)
    phase, since = (since > 0).sum(axis=2), since[:, :, 0]
    if same_length:
        reach = np.minimum(
            *(np.where(counts & (side * since > 0), side * since, 0).max(axis=1) for side in (-1, 1))
        )
        counts &= np.abs(since) <= reach[:, None]
    return Phases(np.where(counts, scores, np.nan), since, phase, np.isfinite(day).sum(axis=1))


def rank_at_start(outcome: ArrayLike, start: ArrayLike, *, at_once: bool = False) -> Array:
    """Where the score of the start lies among the series' other days: 1 above all, 0 below all, ties halved; NaN without it.

    Scores are taken around two lines of one slope (least squares), or a start before any real fall would seem high. The start is a
    day off, or with `at_once` the first day on: what works on the very day would make it look good or bad.
    """
    scores, day = np.asarray(outcome, dtype=float), np.asarray(start, dtype=float)
    cut = phases(scores, day, left_out=0, same_length=False)
    counts, design = np.isfinite(cut.outcome), cut.design()
    has_both = (cut.days_off > 0) & (cut.days_on > 0)
    x = design * counts[:, :, None]
    inverse = np.linalg.pinv(np.einsum("sdi,sdj->sij", x, x))
    lines = np.einsum("sij,sdj,sd->si", inverse, x, np.nan_to_num(cut.outcome))
    others = cut.outcome - np.einsum("sdi,si->sd", design, lines)
    is_start = cut.since == 0
    expected = lines[:, 0] + at_once * lines[:, 2]
    own = np.where(
        is_start.any(axis=1) & has_both, np.where(is_start, scores, 0).sum(axis=1) - expected, np.nan
    )
    above = own[:, None] - others
    with np.errstate(invalid="ignore"):
        # Lines fitted to equal scores leave equal residuals but for rounding.
        below = (above > 1e-9).sum(axis=1) + (np.abs(above) <= 1e-9).sum(axis=1) / 2
    return np.where(np.isfinite(own), below / np.maximum(counts.sum(axis=1), 1), np.nan)
