"""Who leaves and who misses a visit, by hazards fitted to a cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A normal prior on log odds ratios, so that a few who left give no odds without bounds: its precision.
RIDGE = 1.0
STEPS = 40


@dataclass(frozen=True, eq=False)
class Leaving:
    """The log odds of leaving before each visit, per standard deviation of the score last seen, and by arm.

    `misses` is the chance of missing each visit and returning; `mean` and `sd` standardise scores. Visits at which
    nobody left have log odds of minus infinity.
    """

    by_visit: Array
    per_score: float
    by_arm: Array
    misses: Array
    mean: float
    sd: float

    def seen(self, first: Array, scores: Array, arm: NDArray[np.intp], chance: Array) -> Flags:
        """Which visits are seen, (people, visits), of people with these recorded scores, the first one before all visits.

        `chance` is uniform, (people, visits, 2). A first score that is missing counts as average.
        """
        here = np.ones(len(scores), dtype=bool)
        last = np.where(np.isfinite(first), first, self.mean)
        seen = np.zeros(scores.shape, dtype=bool)
        for visit in range(scores.shape[1]):
            odds = self.by_visit[visit] + self.per_score * (last - self.mean) / self.sd + self.by_arm[arm]
            here &= chance[:, visit, 0] >= expit(odds)
            seen[:, visit] = here & (chance[:, visit, 1] >= self.misses[visit])
            last = np.where(seen[:, visit], scores[:, visit], last)
        return seen


def fit_leaving(first: Array, scores: Array, arm: NDArray[np.intp], arms: int) -> Leaving:
    """The hazards from scores of which some are missing (NaN); whoever has no score from a visit on has left before it."""
    observed = np.isfinite(scores)
    visits = scores.shape[1]
    stays = np.flip(np.logical_or.accumulate(np.flip(observed, axis=1), axis=1), axis=1)
    known = np.concatenate([first[np.isfinite(first)], scores[observed]])
    mean, sd = (float(known.mean()), float(known.std()) or 1.0) if len(known) else (0.0, 1.0)
    last = _last_seen(first, scores, mean)
    at_risk = np.column_stack([np.ones(len(scores), dtype=bool), stays[:, :-1]])
    person, visit = np.nonzero(at_risk)
    left = ~stays[person, visit]
    columns = np.column_stack(
        [np.eye(visits)[visit], (last[person, visit] - mean) / sd, np.eye(arms)[arm[person]]]
    )
    found = _log_odds(columns, left.astype(float), np.r_[np.full(visits, 0.01), np.full(1 + arms, RIDGE)])
    ever = np.array([left[visit == at].any() for at in range(visits)])
    missed = [(stays[:, at] & ~observed[:, at]).sum() / max(stays[:, at].sum(), 1) for at in range(visits)]
    return Leaving(
        by_visit=np.where(ever, found[:visits], -np.inf),
        per_score=float(found[visits]),
        by_arm=found[visits + 1 :],
        misses=np.array(missed),
        mean=mean,
        sd=sd,
    )


def _last_seen(first: Array, scores: Array, mean: float) -> Array:
    """The score last seen before each visit, (people, visits)."""
    last = np.empty_like(scores)
    now = np.where(np.isfinite(first), first, mean)
    for visit in range(scores.shape[1]):
        last[:, visit] = now
        now = np.where(np.isfinite(scores[:, visit]), scores[:, visit], now)
    return last


def _log_odds(columns: Array, happened: Array, precision: Array) -> Array:
    """Logistic regression with a normal prior around zero, by Newton's method."""
    found = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        chance = expit(columns @ found)
        slope = columns.T @ (happened - chance) - precision * found
        curve = (columns.T * (chance * (1 - chance))) @ columns + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        found = found + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return found
