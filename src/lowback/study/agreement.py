"""Whether a study and a cohort fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lowback.checked_yaml import unknown_name
from lowback.study.design import Study, numbers
from lowback.study.estimand import Eligibility, Estimand
from lowback.variables import Variable

_MOMENTS = ("weeks", "actual_weeks", "days")
_TIMED = {"visits": "weeks", "checkins": "days"}


class Recorded(Protocol):
    """What a study needs to know of a cohort; any object with these, so that the rooms stay apart."""

    @property
    def weeks(self) -> list[float]:
        """The visits, in weeks since baseline."""

    @property
    def arms(self) -> list[str]:
        """The arms."""

    @property
    def columns(self) -> set[str]:
        """The variables recorded in any table."""

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The data dictionary that describes them."""


# What nobody records, for an analysis tells it from other columns.
TOLD_FROM = {"run_in_lead": {"hip_pain_nrs", "pain_nrs"}}


def cohort_problems(study: Study, cohort: Recorded, *, part: bool = False) -> list[str]:
    """What the study asks for and the cohort lacks, a sentence each.

    A part of a cohort may lack what the whole has: a small site an arm, a new one the later visits and all that is recorded there.
    Its analyses then say so, each for itself.
    """
    columns = cohort.columns | {name for name, of in TOLD_FROM.items() if of <= cohort.columns}
    if part:
        columns = columns | _of_empty_tables(columns, cohort.variables)
    weeks = [*cohort.weeks, *(_weeks_asked(study) if part else ())]
    arms = [*cohort.arms, *(_arms_asked(study) if part else ())]
    problems = [
        f"no visit at week {week:g}; this cohort has weeks {numbers(weeks)}"
        for week in _weeks_asked(study)
        if week not in weeks
    ]
    problems += [
        f"no arm {arm!r}; {unknown_name(arm, arms)}" for arm in _arms_asked(study) if arm not in arms
    ]
    if study.clusters is not None and study.clusters not in columns:
        problems.append(
            f"clusters: no column {study.clusters!r}; {unknown_name(study.clusters, sorted(columns))}"
        )
    for estimand in study.estimands:
        for name in estimand.measures:
            problems += _measure_problems(name, estimand, columns, cohort.variables)
        if estimand.blocks is not None and estimand.blocks.order not in columns:
            order = estimand.blocks.order
            problems.append(
                f"estimand {estimand.name!r}: no column {order!r}; {unknown_name(order, sorted(columns))}"
            )
    for name in (*study.covariates, *(rule.variable for rule in study.eligibility)):
        if name not in columns:
            problems.append(f"no column {name!r} in this cohort; {unknown_name(name, sorted(columns))}")
    problems += [
        f"{name!r} is no covariate: {_no_covariate(cohort.variables[name])}"
        for name in study.covariates
        if name in columns and _no_covariate(cohort.variables[name])
    ]
    for rule in study.eligibility:
        if rule.variable in columns:
            problems += _rule_problems(rule, cohort.variables[rule.variable])
    return list(dict.fromkeys(problems))


def _of_empty_tables(columns: set[str], known: Mapping[str, Variable]) -> set[str]:
    """What would be recorded in tables of which a part has no row."""
    there = {"participants"} | {table for table, moment in _TIMED.items() if moment in columns}
    return {name for name, one in known.items() if there.isdisjoint(one.tables)}


def _no_covariate(variable: Variable) -> str:
    """Why people cannot be compared at equal values of the variable, or nothing when they can."""
    if variable.name in _MOMENTS:
        return "it is the time since baseline"
    return {"identifier": "it names people or things", "date": "it is a date", "text": "it is free text"}.get(
        variable.kind, ""
    )


def _rule_problems(rule: Eligibility, variable: Variable) -> list[str]:
    """Why a rule of eligibility cannot be put to the variable's values."""
    name = f"eligibility of {rule.variable!r}"
    if rule.equals is None and not variable.is_numeric:
        return [f"{name}: at_least and at_most need a number; write equals ({variable.allowed})"]
    if rule.equals is not None and variable.levels and rule.equals not in variable.levels:
        return [f"{name}: equals = {rule.equals!r}; {unknown_name(rule.equals, list(variable.levels))}"]
    return []


def _measure_problems(
    name: str, estimand: Estimand, columns: set[str], known: Mapping[str, Variable]
) -> list[str]:
    if name not in columns:
        return [
            f"estimand {estimand.name!r}: no column {name!r} in this cohort; {unknown_name(name, sorted(columns))}"
        ]
    # A yes or no can be what is done, what happens or what an effect differs by; a mean needs a unit.
    may_be_a_flag = estimand.summary not in ("mean difference", "risk difference", "slope")
    if name == estimand.modifier and known[name].kind not in ("identifier", "date", "text"):
        return []
    if may_be_a_flag and known[name].kind == "flag":
        return []
    if not known[name].is_numeric or known[name].unit is None:
        measured = sorted(
            one for one in columns if one in known and known[one].unit and known[one].is_numeric
        )
        return [
            f"estimand {estimand.name!r}: {name!r} has no unit, so it cannot be estimated; {unknown_name(name, measured)}"
        ]
    if name in _MOMENTS:
        return [f"estimand {estimand.name!r}: {name!r} is the time since baseline, which nothing is done to"]
    return _outcome_problems(estimand, known[name]) if name == estimand.outcome else []


def _outcome_problems(estimand: Estimand, outcome: Variable) -> list[str]:
    """What the declared outcome cannot show."""
    problems = []
    if outcome.tables == ("participants",):
        problems.append(f"{outcome.name!r} is recorded once a person, so it cannot change")
    for one in estimand.responders:
        if one.minimal_important_change and outcome.minimal_important_change is None:
            problems.append(
                f"the data dictionary has no minimal important change for {outcome.name!r}; give fall_points"
            )
        if one.at_most is not None and not _within(one.at_most, outcome.low, outcome.high):
            problems.append(f"at_most = {one.at_most:g}: allowed {outcome.allowed}")
        if one.fall_points is not None and outcome.low is not None and outcome.high is not None:
            width = outcome.high - outcome.low
            if one.fall_points > width:
                problems.append(f"fall_points = {one.fall_points:g}: the scale is {width:g} points wide")
    return [f"estimand {estimand.name!r}: {problem}" for problem in problems]


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _weeks_asked(study: Study) -> list[float]:
    return [*study.weeks, *(one.week for one in study.estimands if one.week is not None)]


def _arms_asked(study: Study) -> list[str]:
    return [*study.arms, *(arm for one in study.estimands for arm in one.arms)]
