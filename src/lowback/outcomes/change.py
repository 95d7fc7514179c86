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
    STAYED,
    STOPPED,
    TAKEN_UP,
    Integrated,
    Phases,
    integrated,
    phases,
    rank_at_start,
)
from lowback.outcomes.days import Days, daily
from lowback.outcomes.phase_plans import FEWEST_DAYS, plans
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array
from lowback.study import Estimand
from lowback.variables import Variable

# Days at each side of the start that may have chosen it.
CHOOSING_DAYS = 1
# A start on one of a person's worst days by this rank: as good as none of them would be by chance.
WORST = 0.9


@dataclass(frozen=True, eq=False)
class Lot:
    """What chance drew from: places (person, lot) in lots of `sizes` of everybody with a plan, and every draw (draw, change) as columns of the diary.

    `possible` is None with too many draws to try. `days` are the first and last day of each lot, none where orders of blocks were drawn.
    """

    sizes: tuple[int, ...]
    places: NDArray[np.intp]
    possible: Array | None
    days: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Changes:
    """A row a person whose change can be told, in the cohort's order; days are columns, the first `course.first_day`.

    `days` (person, change) are the columns of the days of change in order, NaN where others have more; `reverses` where what was taken up
    is stopped again in the design, `in_blocks` where it is on and off in blocks of fixed days; `settling` days after each change count for neither. `without_day` people have none, `too_short` too few days in a phase. `lot` is None where no change was drawn.
    """

    course: Days
    scores: Array
    days: Array
    reverses: bool
    in_blocks: bool
    settling: int
    lot: Lot | None
    without_day: int
    too_short: int

    @property
    def start(self) -> Array:
        """The column of the first day of change."""
        return self.days[:, 0]

    @property
    def outcome(self) -> Variable:
        """What is measured."""
        return self.course.variable

    @property
    def is_drawn(self) -> bool:
        """Whether chance decided when people took up the change."""
        return self.lot is not None

    @cached_property
    def cut(self) -> Phases:
        """The days that count."""
        return days_that_count(self.scores, self.days, self.is_drawn, self.reverses, self.settling)

    @cached_property
    def rounding_sd(self) -> float:
        """The SD of what rounding to the steps of the recorded scores takes away: a step (1 where all are alike) over the root of 12."""
        steps = np.diff(np.unique(np.round(self.scores[np.isfinite(self.scores)], 9)))
        return float(steps.min()) / 12**0.5 if len(steps) else 1 / 12**0.5

    @cached_property
    def level(self) -> Integrated:
        """The level of days on less that of days off, along lines of one slope: the change in level, where there is one."""
        return integrated(self.cut.outcome, self.cut.design(), LEVEL_CHANGE, least_sd=self.rounding_sd)

    @cached_property
    def slope(self) -> Integrated:
        """The change in slope, a week."""
        return integrated(
            self.cut.outcome, self.cut.design(own_slopes=True), SLOPE_CHANGE, least_sd=self.rounding_sd
        )

    @cached_property
    def by_direction(self) -> dict[str, Integrated]:
        """The step when it was taken up, that when it was stopped, and what the two leave; NaN with no stop or no day off before it."""
        design = self.cut.design(stops=True)
        ways = {"taken up": TAKEN_UP, "stopped": STOPPED, "stayed": STAYED}
        return {
            way: integrated(self.cut.outcome, design, weights, least_sd=self.rounding_sd)
            for way, weights in ways.items()
        }

    @cached_property
    def each(self) -> list[Integrated]:
        """The change in level at each change alone, from the days of the phases next to it, up to the last that everybody has."""
        found = []
        for place in range(int(self.cut.changes.min())):
            cut = days_that_count(
                self._around(place), self.days[:, place], self.is_drawn, False, self.settling
            )
            found.append(integrated(cut.outcome, cut.design(), LEVEL_CHANGE, least_sd=self.rounding_sd))
        return found

    def _around(self, place: int) -> Array:
        """Scores of the phases on both sides of a change."""
        day, none = np.arange(self.scores.shape[1])[None, :], np.full((len(self.days), 1), np.nan)
        padded = np.concatenate([none, self.days, none], axis=1)
        outside = (day <= padded[:, place, None]) | (day >= padded[:, place + 2, None])
        return np.where(outside, np.nan, self.scores)

    @cached_property
    def rank(self) -> Array:
        """Where the first day of change lies among the person's days up to the next, 1 the worst; NaN without a score on it, or where nobody chose it."""
        return self._rank(at_once=False)

    @cached_property
    def rank_if_at_once(self) -> Array:
        """The same, were the change to work on its very day."""
        return self._rank(at_once=True)

    def _rank(self, *, at_once: bool) -> Array:
        if self.in_blocks:
            return np.full(len(self.days), np.nan)
        found = rank_at_start(self._around(0), self.start, at_once=at_once)
        return 1 - found if self.outcome.higher_is == "better" else found

    @property
    def chosen_for_being_bad(self) -> NDArray[np.bool_]:
        """Who took up the change on one of the worst days."""
        return np.nan_to_num(self.rank, nan=0.5) >= WORST


def days_that_count(scores: Array, days: Array, is_drawn: bool, reverses: bool, settling: int) -> Phases:
    """All days but those of changes where chance chose them; else without the days that may have chosen one, both phases of one change equally long."""
    return phases(
        scores,
        days,
        left_out=0 if is_drawn else CHOOSING_DAYS,
        same_length=not is_drawn and not reverses,
        settling=settling,
    )


def changes(cohort: Cohort, estimand: Estimand) -> Changes:
    """Everybody with days of change and five days or more in each phase; `NotComparable` where nobody has."""
    refuse_other_strategies(estimand)
    (course,) = daily(cohort, estimand.outcome)
    plan = plans(cohort, estimand, course)
    reverses = bool(estimand.then) or estimand.blocks is not None
    scores = np.where(plan.inside, course.values, np.nan)
    cut = days_that_count(scores, plan.days, estimand.days_drawn, reverses, estimand.days_to_settle)
    in_phase = np.where(np.isnan(cut.in_phase), np.inf, cut.in_phase)
    in_phase[plan.begins_on, 0] = np.inf
    fewest = in_phase.min(axis=1)
    tells = plan.known & (fewest >= FEWEST_DAYS)
    left_out = int((~plan.known).sum()), int((plan.known & ~tells).sum())
    if not tells.any():
        raise _nobody(course.variable.label, cut, np.where(plan.known, fewest, -1.0), reverses, left_out)
    lots = [estimand.start_drawn_from, *(one.drawn_from for one in estimand.then)]
    return Changes(
        course=course,
        scores=scores[tells],
        days=plan.days[tells],
        reverses=reverses,
        in_blocks=estimand.blocks is not None,
        settling=estimand.days_to_settle,
        lot=Lot(plan.sizes, plan.places[plan.known], plan.possible, tuple(one for one in lots if one is not None)) if plan.places is not None else None,
        without_day=left_out[0],
        too_short=left_out[1],
    )  # fmt: skip


def _nobody(
    label: str, cut: Phases, fewest: Array, reverses: bool, left_out: tuple[int, int]
) -> NotComparable:
    """That nobody has days enough, with how many the best have."""
    most = int(np.argmax(fewest))
    best = f"; the most are {cut.days_off[most]:g} before and {cut.days_on[most]:g} after"
    where, needs = "both before and after the change", "before and after the change"
    if reverses:
        best = f"; at best, the shortest phase has {fewest[most]:g}"
        where, needs = "in every phase", "in every phase"
    return NotComparable(
        f"nobody has {FEWEST_DAYS} days of {label} that count {where} "
        f"(people without a day of change: {left_out[0]}, with too few days: {left_out[1]}{best if fewest[most] >= 0 else ''})",
        f"check-ins for a week or more {needs}",
    )
