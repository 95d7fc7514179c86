"""Whether a study and a cohort fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lowback.checked_yaml import unknown_name
from lowback.study.design import Study, numbers
from lowback.study.estimand import Estimand
from lowback.variables import Variable


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


def cohort_problems(study: Study, cohort: Recorded) -> list[str]:
    """What the study asks for and the cohort lacks, a sentence each."""
    weeks, arms, columns = cohort.weeks, cohort.arms, cohort.columns
    problems = [
        f"no visit at week {week:g}; this cohort has weeks {numbers(weeks)}"
        for week in _weeks_asked(study)
        if week not in weeks
    ]
    problems += [
        f"no arm {arm!r}; {unknown_name(arm, arms)}" for arm in _arms_asked(study) if arm not in arms
    ]
    for estimand in study.estimands:
        for name in filter(None, (estimand.outcome, estimand.exposure)):
            problems += _measure_problems(name, estimand, columns, cohort.variables)
    for name in (*study.covariates, *(rule.variable for rule in study.eligibility)):
        if name not in columns:
            problems.append(f"no column {name!r} in this cohort; {unknown_name(name, sorted(columns))}")
    return list(dict.fromkeys(problems))


def _measure_problems(
    name: str, estimand: Estimand, columns: set[str], known: Mapping[str, Variable]
) -> list[str]:
    if name not in columns:
        return [
            f"estimand {estimand.name!r}: no column {name!r} in this cohort; {unknown_name(name, sorted(columns))}"
        ]
    if not known[name].is_numeric or known[name].unit is None:
        measured = sorted(
            one for one in columns if one in known and known[one].unit and known[one].is_numeric
        )
        return [
            f"estimand {estimand.name!r}: {name!r} has no unit, so it cannot be estimated; {unknown_name(name, measured)}"
        ]
    return []


def _weeks_asked(study: Study) -> list[float]:
    return [*study.weeks, *(one.week for one in study.estimands if one.week is not None)]


def _arms_asked(study: Study) -> list[str]:
    return [*study.arms, *(arm for one in study.estimands for arm in one.arms)]
