"""Two measures of each person moment by moment, each as often as it was recorded, ready for the question which comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators.lead.diaries import Diaries, Level, diaries
from lowback.estimators.rounding import Rounding, rounding
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array, Positions, positions
from lowback.study import Estimand, Study
from lowback.variables import Variable

Names = NDArray[np.object_]

# With so many moments each, people can have a line, or a level, of their own.
FOR_A_LINE, FOR_A_LEVEL = 14, 7
PARTS_OF_THE_DAY = 8
FEWEST_TOGETHER = 10
# Gaps of a person that are as short as this share of all, at the most, are what records are usually apart.
CLOSE = 0.25


@dataclass(frozen=True, eq=False)
class TwoSeries:
    """The exposure (first) and the outcome (second) as packed diaries in days, and how they were read.

    `several_a_day` says whether moments of one day follow each other, `interval` the time for which effects are stated (whole days): that between
    moments which follow each other closely, since after a time much shorter than any between two records everything is near 0. `roundings` are
    those of both in the steps in which they were recorded.
    """

    exposure: Variable
    outcome: Variable
    series: Diaries
    kind: Literal["check-in", "visit"]
    several_a_day: bool
    interval: float
    roundings: tuple[Rounding, Rounding]

    @property
    def known_error(self) -> tuple[float, float]:
        """The variance that the error of each has at the least, because it is recorded in steps."""
        return self.roundings[0].variance, self.roundings[1].variance

    @property
    def moments(self) -> int:
        """At how many moments either was recorded, over all people."""
        return int(self.series.known.any(axis=0).sum())


def two_series(cohort: Cohort, study: Study, estimand: Estimand) -> TwoSeries:
    """The estimand's exposure and outcome at all check-ins, or where these do not hold both, at the study's visits.

    Check-ins lose what a part of the day adds on average, and the course that an arm shares from week to week, which would else look
    like slow ups and downs that a treatment brought; visits lose the mean of their week and arm. Raises `NotComparable` where
    no table holds both, and for a strategy that records as they are do not follow.
    """
    refuse_other_strategies(estimand)
    exposure, outcome = (_measure(cohort, name) for name in (str(estimand.exposure), estimand.outcome))
    for kind, table, moment in (("check-in", cohort.checkins, "days"), ("visit", cohort.visits, "weeks")):
        if table is None or not {exposure.name, outcome.name} <= set(table):
            continue
        values = np.stack(
            [table[name].to_numpy(float, na_value=np.nan) for name in (exposure.name, outcome.name)]
        )
        when = table[moment].to_numpy(float)
        kept = ~np.isnan(values).all(axis=0)
        if kind == "visit" and study.weeks:
            kept &= np.isin(when, study.weeks)
        if (~np.isnan(values[:, kept])).sum(axis=1).min() == 0:
            continue
        person = positions(cohort, table)[kept]
        if kind == "check-in":
            return _of_checkins(exposure, outcome, person, when[kept], values[:, kept], _arms(cohort))
        return _of_visits(cohort, study, exposure, outcome, person, when[kept], values[:, kept])
    raise NotComparable(
        f"neither check-ins nor visits record both {exposure.name} and {outcome.name}",
        f"{exposure.name} and {outcome.name} at the same check-ins or visits, many times a person",
    )


def _of_checkins(
    exposure: Variable, outcome: Variable, person: Positions, days: Array, values: Array, arms: Names
) -> TwoSeries:
    usual = float(np.median(np.bincount(person)[np.unique(person)]))
    level: Level = (
        "own line" if usual >= FOR_A_LINE else "own level" if usual >= FOR_A_LEVEL else "random level"
    )
    roundings = _roundings(person, days, values)
    values = values - _of_the_day(person, days, values)
    values = values - _of_the_week(person, days, values, arms)
    series = diaries(person, days, values[0], values[1], level)
    order = np.lexsort((days, person))
    same_person = np.diff(person[order]) == 0
    same_day = np.diff(np.floor(days[order] + 1e-9)) == 0
    several = bool((same_person & same_day).sum() > 0.1 * len(days))
    return TwoSeries(exposure, outcome, series, "check-in", several, _apart(person, days), roundings)


def _of_visits(
    cohort: Cohort,
    study: Study,
    exposure: Variable,
    outcome: Variable,
    person: Positions,
    weeks: Array,
    values: Array,
) -> TwoSeries:
    cells = pd.Series(weeks).astype(str)
    if study.arms and cohort.participants is not None and "arm" in cohort.participants:
        cells = cells + " " + pd.Series(_arms(cohort)[person])
    roundings = _roundings(person, weeks, values)
    values = values - np.stack([_means(one, cells.to_numpy(object)) for one in values])
    series = diaries(person, 7 * weeks, values[0], values[1], "random level")
    return TwoSeries(exposure, outcome, series, "visit", False, _apart(person, 7 * weeks), roundings)


def _apart(person: Positions, days: Array) -> float:
    """The days between moments of a person that follow each other closely (lower quartile), a day at least."""
    order = np.lexsort((days, person))
    gaps = np.diff(days[order])[np.diff(person[order]) == 0]
    return max(1.0, float(np.round(np.quantile(gaps, CLOSE)))) if gaps.size else 1.0


def _measure(cohort: Cohort, name: str) -> Variable:
    """The variable, if it is a number of some unit that this cohort records."""
    variable = cohort.variables.get(name)
    if variable is None or name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in {cohort.name!r}", f"a cohort that records {name}")
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(
            f"{name} has no unit, so its ups and downs cannot be followed",
            "a measure with a unit in the data dictionary",
        )
    return variable


def _roundings(person: Positions, moment: Array, values: Array) -> tuple[Rounding, Rounding]:
    """How each series is rounded, by its scores and their changes from one moment of a person to the next."""
    order = np.lexsort((moment, person))
    other_person = np.diff(person[order], prepend=-1) != 0
    changes = np.where(other_person, np.nan, np.diff(values[:, order], axis=1, prepend=np.nan))
    one, other = (rounding(score, change) for score, change in zip(values, changes, strict=True))
    return one, other


def _of_the_day(person: Positions, days: Array, values: Array) -> Array:
    """What a part of the day adds on average to each series, beyond the person's own mean (2, rows)."""
    part = np.floor((days % 1) * PARTS_OF_THE_DAY + 1e-6)
    if len(np.unique(part)) == 1 or len(np.unique(person)) < FEWEST_TOGETHER:
        return np.zeros_like(values)
    return np.stack([_means(one - _means(one, person), part) for one in values])


def _of_the_week(person: Positions, days: Array, values: Array, arms: Names) -> Array:
    """The course that the people of an arm share week by week, beyond their own means, where at least ten of them tell of it."""
    cells = pd.Series(np.floor(days / 7)).astype(str) + " " + pd.Series(arms[person])
    people = pd.Series(person).groupby(cells.to_numpy(object)).transform("nunique").to_numpy()
    means = np.stack([_means(one - _means(one, person), cells.to_numpy(object)) for one in values])
    return np.where(people >= FEWEST_TOGETHER, means, 0.0)


def _arms(cohort: Cohort) -> Names:
    """Everybody's arm as text; empty where none is recorded."""
    if cohort.participants is None or "arm" not in cohort.participants:
        return np.full(len(cohort.participant_ids), "", dtype=object)
    return cohort.participants["arm"].astype("string").fillna("").to_numpy(object)


def _means(values: Array, groups: object) -> Array:
    """Each row's mean of its group; 0 where nothing is known."""
    means = pd.Series(values).groupby(groups).transform("mean")
    return np.nan_to_num(means.to_numpy(float))
