"""The days before and after a change as a design: which days count, and what a change in level or slope would look like.

A person takes up something new on day s. Whoever does so on a bad day gets better anyway, as bad days pass. Around the worst day
a course that is stationary looks the same forwards and backwards, so that days left and right of it, equally far from it,
are equally bad on average. So the days next to s are left out, both phases are cut to the same length, and what is taken for the
change is a step between two lines of one slope: a peak, like any curve that is even around s, is no step and no slope.
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


@dataclass(frozen=True, eq=False)
class Phases:
    """The days of each series (series, day) that count, NaN where they do not, and `since`, the days since the start.

    `before` and `after` are the days with a score that count in each phase (a value a series).
    """

    outcome: Array
    since: Array

    @property
    def before(self) -> NDArray[np.intp]:
        """The days before."""
        return np.asarray((np.isfinite(self.outcome) & (self.since < 0)).sum(axis=1))

    @property
    def after(self) -> NDArray[np.intp]:
        """The days after."""
        return np.asarray((np.isfinite(self.outcome) & (self.since > 0)).sum(axis=1))

    def design(self, *, own_slopes: bool = False) -> Array:
        """Level, slope a week and a step after the start; with `own_slopes` a change in slope besides (series, day, column)."""
        after = (self.since > 0).astype(float)
        weeks = self.since / DAYS_A_WEEK
        columns = [np.ones_like(weeks), weeks, after] + [weeks * after] * own_slopes
        return np.stack(columns, axis=2)


def phases(outcome: ArrayLike, start: ArrayLike, *, left_out: int = 1, same_length: bool = True) -> Phases:
    """The days that count, for outcome (series, day; NaN where missing) and the day each series' change was taken up.

    Days at most `left_out` from the start are left out, and with `same_length` those further from it than the
    shorter phase reaches.
    """
    scores, day = np.asarray(outcome, dtype=float), np.asarray(start, dtype=float)
    since = np.arange(scores.shape[1])[None, :] - day[:, None]
    counts = np.isfinite(scores) & (np.abs(since) > left_out)
    if same_length:
        reach = np.minimum(
            *(np.where(counts & (side * since > 0), side * since, 0).max(axis=1) for side in (-1, 1))
        )
        counts &= np.abs(since) <= reach[:, None]
    return Phases(np.where(counts, scores, np.nan), since)


def rank_at_start(outcome: ArrayLike, start: ArrayLike) -> Array:
    """Where the score of the start lies among the series' other days: 1 above all, 0 below all, ties halved; NaN without it.

    Scores are taken around two lines of one slope (least squares), or a start before any real fall would seem high.
    """
    scores, day = np.asarray(outcome, dtype=float), np.asarray(start, dtype=float)
    cut = phases(scores, day, left_out=0, same_length=False)
    counts, design = np.isfinite(cut.outcome), cut.design()
    has_both = (cut.before > 0) & (cut.after > 0)
    x = design * counts[:, :, None]
    inverse = np.linalg.pinv(np.einsum("sdi,sdj->sij", x, x))
    lines = np.einsum("sij,sdj,sd->si", inverse, x, np.nan_to_num(cut.outcome))
    others = cut.outcome - np.einsum("sdi,si->sd", design, lines)
    is_start = cut.since == 0
    own = np.where(
        is_start.any(axis=1) & has_both, np.where(is_start, scores, 0).sum(axis=1) - lines[:, 0], np.nan
    )
    above = own[:, None] - others
    with np.errstate(invalid="ignore"):
        # Lines fitted to equal scores leave equal residuals but for rounding.
        below = (above > 1e-9).sum(axis=1) + (np.abs(above) <= 1e-9).sum(axis=1) / 2
    return np.where(np.isfinite(own), below / np.maximum(counts.sum(axis=1), 1), np.nan)
