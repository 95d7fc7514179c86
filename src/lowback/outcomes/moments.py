"""What was done at each check-in, what was felt before it and what came after, for an estimand within the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.diary import Diary, diary
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array, Positions
from lowback.study import Estimand, Study
from lowback.variables import Variable

# Where the check-in before seldom records the exposure (sessions), holding it equal would leave hardly a moment.
MOSTLY = 0.8


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments that one effect rests on, none of their values missing; `at` are their places in the diary.

    `before` is the outcome just before the exposure, `exposure_before` the exposure one check-in earlier (None where chance decided, or where it is
    seldom recorded or always the same); `modifier` is None where the estimand names none. `never` are the times of day
    and arms left out because the exposure is the same in all of their moments; `incomplete` counts moments without one of the values.
    """

    diary: Diary
    outcome: Variable
    exposure: Variable
    before_label: str
    at: Positions
    scores: Array
    exposures: Array
    before: Array
    exposure_before: Array | None
    modifier: Array | None
    modifier_variable: Variable | None
    never: tuple[str, ...]
    incomplete: int

    @property
    def person(self) -> Positions:
        """Whose moment it is."""
        return self.diary.person[self.at]

    @property
    def is_flag(self) -> bool:
        """Whether the exposure is a yes or no."""
        return self.exposure.kind == "flag"

    @property
    def named(self) -> dict[str, object]:
        """Keys of every row that an analysis of these moments makes."""
        return {
            "outcome": self.outcome.name,
            "outcome_label": self.outcome.label,
            "exposure": self.exposure.name,
            "exposure_label": self.exposure.label,
            "before_label": self.before_label,
        }

    @property
    def time_in_words(self) -> str:
        """What of time is held equal."""
        return "the visit" if self.diary.occasion == "visit" else "the time of day and time since baseline"

    @property
    def held_equal(self) -> str:
        """What went before that is held equal, in words."""
        place = f"{self.exposure.label} at the {self.diary.occasion} before"
        return self.before_label if self.exposure_before is None else f"{self.before_label}, {place}"

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What a comparison within persons assumes where the exposure was chosen."""
        pair = f"{self.exposure.label} and {self.outcome.label}"
        return (
            f"Rests on: no common cause of {pair} other than {self.held_equal}, {self.time_in_words}, and what stays the "
            "same in a person.",
            f"{self.before_label[:1].upper()}{self.before_label[1:]} is recorded without error: scores in whole points leave a small "
            "part of it unadjusted, noisy ones a larger part.",
        )

    def when(self) -> tuple[Array, list[str]]:
        """Columns of time: a level for each time of day after the first, and weeks since baseline; of visits a level for each."""
        if self.diary.occasion == "visit":
            weeks, which = np.unique(self.diary.days[self.at] / 7, return_inverse=True)
            later = np.arange(1, len(weeks))
            return (which[:, None] == later).astype(float), [f"week {one:g}" for one in weeks[1:]]
        times = self.diary.time_of_day[self.at]
        later = np.unique(times)[1:]
        weeks = self.diary.days[self.at] / 7
        columns = [(times[:, None] == later).astype(float)]
        names = [f"time of day {one + 1}" for one in later]
        if np.ptp(weeks) > 0:
            columns.append(weeks[:, None] - weeks.mean())
            names.append("weeks")
        return np.column_stack([np.empty((len(weeks), 0)), *columns]), names

    def history(self) -> tuple[Array, list[str]]:
        """What the exposure may have answered to: the outcome before, its square, the exposure before, and time; a row a moment, with names.

        With levels of persons and the outcome before alone an effect would come out too large by the memory of the outcome over
        the number of moments, since the effect of each moment is part of the next one's outcome before (Nickell 1981,
        Econometrica 49:1417-1426); at equal exposure before it does not.
        """
        time, names = self.when()
        before = self.before - self.before.mean()
        own = np.column_stack([before, before**2]) if len(np.unique(before)) > 2 else before[:, None]
        own_names = ["before", "before squared"][: own.shape[1]]
        if self.exposure_before is not None:
            own, own_names = np.column_stack([own, self.exposure_before]), [*own_names, "exposure before"]
        return np.column_stack([own, time]), own_names + names

    def usual(self) -> Array:
        """The mean outcome at the person's other check-ins, for each moment: what stays the same in a person."""
        scores, person = self.diary.values(self.outcome.name), self.diary.person
        people = len(self.diary.cohort.participant_ids)
        total = np.bincount(person, np.nan_to_num(scores), people)[self.person] - self.scores
        count = np.bincount(person, ~np.isnan(scores), people)[self.person] - 1
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), self.before))

    @cached_property
    def in_both(self) -> NDArray[np.bool_]:
        """Whether the exposure of the moment's person varies; nobody else tells anything within persons."""
        _, first, code = np.unique(self.person, return_index=True, return_inverse=True)
        changed = self.exposures != self.exposures[first][code]
        return np.asarray(np.bincount(code, changed)[code] > 0)


def moments(cohort: Cohort, study: Study, estimand: Estimand) -> Moments:
    """The moments at which the estimand's exposure, the outcome before and after it, and the modifier are all recorded.

    Raises `NotComparable` for columns that there are not, an exposure that never varies, and strategies other than treatment policy.
    """
    refuse_other_strategies(estimand)
    outcome, exposure = (_measure(cohort, one) for one in (estimand.outcome, str(estimand.exposure)))
    found = diary(cohort, study, estimand)
    exposures, scores = found.values(exposure.name), found.values(outcome.name)
    after = found.later(scores, estimand.checkins_later)
    before = found.values(estimand.before) if estimand.before else found.later(scores, -1)
    modifier = None if estimand.modifier is None else found.values(estimand.modifier)
    could = ~np.isnan(exposures)
    never: tuple[str, ...] = ()
    if exposure.kind == "flag":
        could, never = _where_it_varies(found, exposures, could)
    rows = [after, before, *([] if modifier is None else [modifier])]
    complete = could & ~np.isnan(rows).any(axis=0)
    earlier = None if estimand.randomised_with else _held_equal(found.later(exposures, -1), complete)
    if earlier is not None:
        complete &= ~np.isnan(earlier)
    at = np.flatnonzero(complete)
    if not at.size or np.ptp(exposures[at]) == 0:
        raise NotComparable(
            f"{exposure.label} is the same at every moment with {outcome.label} before and after it",
            f"moments with and without {exposure.label} in the same people",
        )
    before_label = (
        cohort.variables[estimand.before].label
        if estimand.before
        else f"{outcome.label} at the {found.occasion} before"
    )
    return Moments(
        diary=found,
        outcome=outcome,
        exposure=exposure,
        before_label=before_label,
        at=at,
        scores=after[at],
        exposures=exposures[at],
        before=before[at],
        exposure_before=None if earlier is None else earlier[at],
        modifier=None if modifier is None else modifier[at],
        modifier_variable=None if estimand.modifier is None else _measure(cohort, estimand.modifier),
        never=never,
        incomplete=int((could & ~complete).sum()),
    )


def taken(read: Moments, places: Positions) -> Moments:
    """The same moments at these places only, in their order."""
    return replace(
        read,
        at=read.at[places],
        scores=read.scores[places],
        exposures=read.exposures[places],
        before=read.before[places],
        exposure_before=None if read.exposure_before is None else read.exposure_before[places],
        modifier=None if read.modifier is None else read.modifier[places],
    )


def _held_equal(earlier: Array, complete: NDArray[np.bool_]) -> Array | None:
    """The exposure one check-in before; None where it is missing at so many moments that hardly any would be left, or never varies."""
    known = complete & ~np.isnan(earlier)
    if not known.any() or known.sum() < MOSTLY * complete.sum() or np.ptp(earlier[known]) == 0:
        return None
    return earlier


def _where_it_varies(
    found: Diary, exposures: Array, could: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Moments of those times of day and arms in which some had the exposure and some had not; the names of the others."""
    left: list[str] = []
    by: tuple[tuple[NDArray[np.generic], Callable[[object], str]], ...] = (
        (found.time_of_day, lambda one: f"time of day {int(str(one)) + 1}"),
        (found.arm, str),
    )
    for groups, named in by:
        for one in sorted(set(groups[could].tolist())):
            here = could & (groups == one)
            if np.ptp(exposures[here]) == 0:
                could = could & ~here
                left.append(named(one))
    return could, tuple(left)


def _measure(cohort: Cohort, name: str) -> Variable:
    """A number with a unit or a yes or no that this cohort records."""
    variable = cohort.variables.get(name)
    if variable is None or name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in {cohort.name!r}", f"a cohort that records {name}")
    if variable.kind != "flag" and not (variable.is_numeric and variable.unit):
        raise NotComparable(
            f"{name!r} is neither a number with a unit nor a yes or no", "a measure or a flag"
        )
    return variable
