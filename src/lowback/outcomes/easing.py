"""Bouts of an exposure from which people stood up, what they said of pain then and some minutes later, and when it had eased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators.easing import Spells, spells
from lowback.outcomes.moments import Moments, moments, taken
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, responded, response_label
from lowback.study import Estimand, Responder, Study

REPORTS: Mapping[str, float] = {
    "pain_5_min_after_standing_nrs": 5.0,
    "pain_15_min_after_standing_nrs": 15.0,
    "pain_30_min_after_standing_nrs": 30.0,
}
"""The reports after standing up, and how many minutes after."""
ON_STANDING = "pain_on_standing_nrs"


@dataclass(frozen=True, eq=False)
class Bouts:
    """Every bout with pain on standing up, and when it had eased by one rule.

    `hurts` says of each moment of `read` whether there was anything to ease; `spells` are those that hurt and have the first report,
    a row each, `told` their places among the moments. `is_long` is by `long_from`, in the exposure's unit.
    """

    read: Moments
    rule: Responder
    hurts: NDArray[np.bool_]
    told: NDArray[np.intp]
    spells: Spells
    long_from: float

    @property
    def label(self) -> str:
        """What counts as eased, in words."""
        return response_label(self.rule, self.read.outcome)

    @property
    def is_long(self) -> NDArray[np.bool_]:
        """Whether each moment's bout is a long one."""
        return np.asarray(self.read.exposures >= self.long_from)

    @property
    def of_told(self) -> Moments:
        """The moments of the spells, in their order."""
        return taken(self.read, self.told)


def bouts(cohort: Cohort, study: Study, estimand: Estimand) -> list[Bouts]:
    """The bouts of an estimand on the time to ease, by each of its rules of what counts as eased.

    Raises `NotComparable` where the reports are not recorded, no bout hurts, or all are as long.
    """
    if estimand.outcome != ON_STANDING:
        raise NotComparable(
            f"the outcome {estimand.outcome!r} has no reports of the minutes after it",
            f"the outcome {ON_STANDING}, with {' or '.join(REPORTS)}",
        )
    read = moments(cohort, study, estimand)
    if read.is_flag:
        raise NotComparable(
            f"{read.exposure.label} is a yes or no, so that there are no short and long bouts",
            "the length of each bout",
        )
    named = [one for one in REPORTS if one in read.diary.table]
    if not named:
        raise NotComparable(
            f"this cohort does not record how pain goes on after standing up ({', '.join(REPORTS)})",
            "pain at one or more of 5, 15 and 30 minutes after standing up",
        )
    later = np.column_stack([read.diary.values(one)[read.at] for one in named])
    long_from = estimand.threshold or float(np.median(read.exposures))
    times = [REPORTS[one] for one in named]
    return [_bouts(read, rule, later, times, long_from) for rule in estimand.responders]


def _bouts(read: Moments, rule: Responder, later: Array, times: list[float], long_from: float) -> Bouts:
    """The bouts by one rule."""
    if rule.minimal_important_change and read.outcome.minimal_important_change is None:
        raise NotComparable(
            f"{read.outcome.name} has no minimal important change in the data dictionary",
            "a definition by a fall in percent, a fall in points or a score that is reached (in the study file, `fall_percent`, `fall_points` or `at_most`)",
        )
    standing = read.scores
    can_ease = responded(standing, np.zeros_like(standing), rule, read.outcome) == 1
    hurts = can_ease & ~(responded(standing, standing, rule, read.outcome) == 1)
    over = np.column_stack([responded(standing, one, rule, read.outcome) for one in later.T])
    told = np.flatnonzero(hurts & ~np.isnan(over[:, 0]))
    label = response_label(rule, read.outcome)
    if not told.size:
        raise NotComparable(
            f"no bout hurt on standing up so that a {label} was possible and was asked about {times[0]:g} minutes later",
            "bouts that hurt, with reports of the minutes after",
        )
    found = spells(over[told], times)
    if not found.ended.any():
        raise NotComparable(
            f"after no bout was there a {label} within {times[-1]:g} minutes",
            "a smaller fall, or later reports",
        )
    long = read.exposures[told] >= long_from
    if long.all() or not long.any():
        raise NotComparable(
            f"all bouts that hurt are {'at least' if long.all() else 'below'} {long_from:g} {read.exposure.unit}",
            "a threshold with short and long bouts at either side",
        )
    return Bouts(read, rule, hurts, told, found, long_from)
