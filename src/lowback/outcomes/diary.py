"""Check-ins in the order of person and time, and how to look a step away from each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions, positions
from lowback.study import Estimand, Study

# What counts as the check-in so many steps away may be early or late by this share of a step.
EARLY_OR_LATE = 0.5
# With more steps in a day than this the time of day is a line, not a level for each.
MOST_TIMES_OF_DAY = 12
# Hours at which fewer than this share of the check-ins lie are answers come late, no times of day.
SELDOM = 0.05
HOURS = 24.0
# The most frequent gap between fixed hours, as a multiple of the mean one, is at most so large; gaps from so much of a day on are of days.
UNEVEN = 1.5
NEARLY_A_DAY = 0.75


@dataclass(frozen=True, eq=False)
class Diary:
    """The check-ins (or visits) of the people of an estimand in the order of person and time, and how to look a step away from each.

    `occasion` says which of the two they are. `person` is a position in `cohort.participant_ids`, `tick` the check-in's number in steps of `step` days; `arm` is text, empty
    where the study names none.
    """

    cohort: Cohort
    table: pd.DataFrame
    person: Positions
    tick: Positions
    step: float
    arm: NDArray[np.object_]
    occasion: str

    @cached_property
    def days(self) -> Array:
        """Days since baseline."""
        return np.asarray(self.table["days"].to_numpy(float))

    @cached_property
    def time_of_day(self) -> Positions:
        """Which of the day's steps each check-in is; 0 for all where there is one a day or too many to tell apart."""
        a_day = round(1 / self.step)
        if not 1 < a_day <= MOST_TIMES_OF_DAY:
            return np.zeros(len(self.tick), dtype=np.intp)
        return np.asarray(self.tick % a_day, dtype=np.intp)

    def values(self, column: str) -> Array:
        """A column of the check-ins as numbers, yes as 1, no as 0; of the participants where only they have it."""
        if column in self.table:
            return _numbers(self.table[column])
        people = self.cohort.participants
        if people is None or column not in people:
            raise NotComparable(
                f"no column {column!r} at the {self.occasion}s of this cohort",
                f"{column} at each {self.occasion}",
            )
        return _numbers(people[column])[self.person]

    def later(self, values: Array, steps: int) -> Array:
        """The same person's value so many steps later (negative: before); missing where there is no such check-in."""
        width = int(np.ptp(self.tick)) + 2 * abs(steps) + 2
        place = self.person * width + (self.tick - self.tick.min())
        wanted = place + steps
        at = np.minimum(np.searchsorted(place, wanted), len(place) - 1)
        is_there = (place[at] == wanted) & (self.person[at] == self.person)
        return np.where(is_there, values[at], np.nan)


def diary(cohort: Cohort, study: Study, estimand: Estimand) -> Diary:
    """The check-ins of the estimand's arms (else the study's, else everybody's); visits where these alone record outcome and exposure.

    Raises `NotComparable` without either, or where nobody has two of them.
    """
    occasion, table = _occasions(cohort, study, estimand)
    person, arm = positions(cohort, table), _arms(cohort, study)
    wanted = estimand.arms or study.arms
    kept = np.isin(arm[person], wanted) if wanted else np.ones(len(person), dtype=bool)
    if not kept.any():
        raise NotComparable(f"no {occasion} of anybody in {', '.join(wanted)}", f"{occasion}s of these arms")
    table, person = table[kept].reset_index(drop=True), person[kept]
    days = table["days"].to_numpy(float)
    order = np.lexsort((days, person))
    table, person, days = table.iloc[order].reset_index(drop=True), person[order], days[order]
    gaps = np.diff(days)[np.diff(person) == 0]
    if not gaps.size:
        raise NotComparable(f"nobody has two {occasion}s", f"several {occasion}s of a person")
    # Visits lie whole weeks after baseline; a check-in has its hour.
    tick, step = _ticks(days, gaps, person if occasion == "check-in" else None)
    # Of two answers to one prompt the first counts.
    first = np.append(True, (np.diff(person) != 0) | (np.diff(tick) != 0))
    return Diary(
        cohort=cohort,
        table=table[first].reset_index(drop=True),
        person=person[first],
        tick=tick[first],
        step=step,
        arm=arm[person[first]],
        occasion=occasion,
    )


def _occasions(cohort: Cohort, study: Study, estimand: Estimand) -> tuple[str, pd.DataFrame]:
    """The table to read and what its rows are: check-ins, unless visits alone have both outcome and exposure."""
    asked, checkins, visits = {estimand.outcome, estimand.exposure}, cohort.checkins, cohort.visits
    if visits is not None and asked <= set(visits) and not (checkins is not None and asked <= set(checkins)):
        at = visits["weeks"].isin(study.weeks) if study.weeks else visits["weeks"].notna()
        return "visit", visits[at].assign(days=7.0 * visits["weeks"])
    if checkins is None:
        raise NotComparable(
            f"no check-ins in {cohort.name!r}", "check-ins with what was done and what was felt"
        )
    return "check-in", checkins


def _ticks(days: Array, gaps: Array, person: Positions | None) -> tuple[Positions, float]:
    """The number of each check-in in steps, and the days that a step is.

    Check-ins at a few fixed hours of the day are numbered by these hours, which need not lie evenly; others by the most frequent
    gap as a whole number of days or an even part of one, so that early and late answers do not add up over the weeks. Early and late are
    told from the usual hour: everybody's own where there is one check-in a day or fewer.
    """
    clock = np.round((days % 1) * HOURS) % HOURS
    hours, which, count = np.unique(clock, return_inverse=True, return_counts=True)
    gap = _most_frequent(np.round(gaps * HOURS)) / HOURS
    are_fixed = 1 < len(hours) <= MOST_TIMES_OF_DAY and count.min() >= SELDOM * len(days)
    if are_fixed and 0 < gap * len(hours) <= UNEVEN:
        day = np.floor(days + 0.5 / HOURS)
        return (day * len(hours) + which).astype(np.intp), 1 / len(hours)
    if gap == 0:
        raise NotComparable("all check-ins of a person lie within an hour", "check-ins hours or days apart")
    step = float(round(gap)) if gap >= NEARLY_A_DAY else 1 / round(1 / gap)
    usual = np.zeros(1)
    if person is not None:
        usual = _usual_place(days / step, person if step >= 1 else np.zeros_like(person))
    return np.floor(days / step - usual + EARLY_OR_LATE).astype(np.intp), step


def _usual_place(steps: Array, whose: Positions) -> Array:
    """Where in a step the check-ins of each row's group usually lie, from -0.5 to 0.5 (the mean direction on a circle)."""
    turned = np.exp(2j * np.pi * steps)
    total = np.bincount(whose, turned.real) + 1j * np.bincount(whose, turned.imag)
    return np.asarray(np.round(np.angle(total), 9)[whose] / (2 * np.pi))


def _most_frequent(values: Array) -> float:
    """The smallest of the most frequent values above 0; 0 where there is none."""
    found, count = np.unique(values[values > 0], return_counts=True)
    return float(found[np.argmax(count)]) if len(found) else 0.0


def _numbers(column: pd.Series) -> Array:
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.astype("Float64").to_numpy(float, na_value=np.nan))
    raise NotComparable(f"{column.name!r} holds words, not numbers or yes and no", "a number or a flag")


def _arms(cohort: Cohort, study: Study) -> NDArray[np.object_]:
    people = cohort.participants
    if not study.arms:
        return np.full(len(cohort.participant_ids), "", dtype=object)
    if people is None or "arm" not in people:
        raise NotComparable(
            "no column 'arm' in this cohort", "the arm of each participant, or a study without arms"
        )
    return people["arm"].astype(object).where(people["arm"].notna(), "").to_numpy(object)
