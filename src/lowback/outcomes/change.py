"""Each person's days before and after a change, fitted, and what of it the design allows to be said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators.phases import (
    LEVEL_CHANGE,
    SLOPE_CHANGE,
    Integrated,
    Phases,
    integrated,
    phases,
    rank_at_start,
)
from lowback.outcomes.days import Days, daily
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array
from lowback.study import Estimand
from lowback.variables import Variable

CHANGE_DAY = "change_day"
# A phase of fewer days shows nothing but its level.
FEWEST_DAYS = 5
# Days at each side of the start that may have chosen it.
CHOOSING_DAYS = 1
# A start on one of a person's worst days by this rank: as good as none of them would be by chance.
WORST = 0.9


@dataclass(frozen=True, eq=False)
class Changes:
    """A row a person whose change can be told, in the cohort's order; days are columns, the first `course.first_day`.

    `start` is the column of the day of the change. `without_day` people have none, `too_short` too few days before or after.
    `drawn_from` are the first and last day of the lot, None where starts were not drawn.
    """

    course: Days
    scores: Array
    start: Array
    drawn_from: tuple[float, float] | None
    without_day: int
    too_short: int

    @property
    def outcome(self) -> Variable:
        """What is measured."""
        return self.course.variable

    @property
    def is_drawn(self) -> bool:
        """Whether chance decided when people took up the change."""
        return self.drawn_from is not None

    @cached_property
    def cut(self) -> Phases:
        """The days that count."""
        return days_that_count(self.scores, self.start, self.is_drawn)

    @cached_property
    def rounding_sd(self) -> float:
        """The SD of what rounding to the steps of the recorded scores takes away: a step (1 where all are alike) over the root of 12."""
        steps = np.diff(np.unique(np.round(self.scores[np.isfinite(self.scores)], 9)))
        return float(steps.min()) / 12**0.5 if len(steps) else 1 / 12**0.5

    @cached_property
    def level(self) -> Integrated:
        """The change in level, between two lines of one slope."""
        return integrated(self.cut.outcome, self.cut.design(), LEVEL_CHANGE, least_sd=self.rounding_sd)

    @cached_property
    def slope(self) -> Integrated:
        """The change in slope, a week."""
        return integrated(
            self.cut.outcome, self.cut.design(own_slopes=True), SLOPE_CHANGE, least_sd=self.rounding_sd
        )

    @cached_property
    def rank(self) -> Array:
        """Where the day of the change lies among the person's days, 1 the worst; NaN without a score on it."""
        found = rank_at_start(self.scores, self.start)
        return 1 - found if self.outcome.higher_is == "better" else found

    @property
    def chosen_for_being_bad(self) -> NDArray[np.bool_]:
        """Who took up the change on one of the worst days."""
        return np.nan_to_num(self.rank, nan=0.5) >= WORST


def days_that_count(scores: Array, start: Array, is_drawn: bool) -> Phases:
    """All days but that of the change where chance chose it; else both phases equally long, without the days that may have chosen it."""
    return phases(scores, start, left_out=0 if is_drawn else CHOOSING_DAYS, same_length=not is_drawn)


def changes(cohort: Cohort, estimand: Estimand) -> Changes:
    """Everybody with a day of change and five days or more in each phase; `NotComparable` where nobody has."""
    refuse_other_strategies(estimand)
    (course,) = daily(cohort, estimand.outcome)
    column = estimand.exposure or CHANGE_DAY
    people = cohort.participants
    if people is None or column not in people:
        raise NotComparable(
            f"no column {column!r} of the participants says when somebody took up a change",
            "the day since baseline on which each person took up the change",
        )
    day = people[column].to_numpy(float, na_value=np.nan)
    known = ~np.isnan(day)
    drawn = estimand.start_drawn_from
    _refuse_days_not_drawn(day[known], drawn)
    start = np.where(known, np.floor(day) - course.first_day, -1.0)
    cut = days_that_count(course.values, start, drawn is not None)
    tells = known & (np.minimum(cut.before, cut.after) >= FEWEST_DAYS)
    if not tells.any():
        most = int(np.argmax(np.where(known, np.minimum(cut.before, cut.after), -1)))
        best = (
            f"; the most are {cut.before[most]:g} before and {cut.after[most]:g} after" if known.any() else ""
        )
        raise NotComparable(
            f"nobody has {FEWEST_DAYS} days of {course.variable.label} that count both before and after the change "
            f"(people without a day of change: {(~known).sum()}, with too few days: {(known & ~tells).sum()}{best})",
            "check-ins for a week or more before and after the change",
        )
    return Changes(
        course=course,
        scores=course.values[tells],
        start=start[tells],
        drawn_from=None if drawn is None else (drawn[0], drawn[1]),
        without_day=int((~known).sum()),
        too_short=int((known & ~tells).sum()),
    )


def _refuse_days_not_drawn(day: Array, drawn: tuple[float, float] | None) -> None:
    """Refuse starts that the lot could not have given."""
    if drawn is None:
        return
    possible = (day >= drawn[0]) & (day <= drawn[1]) & (day == np.floor(day))
    if not possible.all():
        raise NotComparable(
            f"a change was taken up on day {day[~possible][0]:g}, which a lot over days {drawn[0]:g} to {drawn[1]:g} cannot give "
            f"(people: {(~possible).sum()})",
            "the days from which starts were drawn",
        )
