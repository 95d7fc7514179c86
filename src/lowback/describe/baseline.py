"""Who the people are at baseline: Table 1, with standardised differences between arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lowback.cohort import Cohort
from lowback.describe.balance import (
    difference_of_levels,
    difference_of_means,
    reach_of_levels,
    reach_of_means,
)
from lowback.describe.gaps import AFTERWARDS
from lowback.describe.groups import EVERYBODY, groups, label
from lowback.describe.rows import Row, described, refused, week_text
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible, baseline_values, baseline_week
from lowback.study import Study
from lowback.variables import Variable

QUESTION = "Who are the participants?"
# A category of more levels comes near to naming people.
MOST_LEVELS = 12
_NOT_BASELINE = ("visits", "intervention delivered")


@dataclass(frozen=True, eq=False)
class Characteristic:
    """One variable with one value a person (index `participant_id`), and how it reads in a term."""

    variable: Variable
    name: str
    recorded: pd.Series


def table_one(cohort: Cohort, study: Study) -> Result | Refusal:
    """What the people are like at baseline, by arm and over all, and how far the arms lie apart.

    Measures have mean, SD, median and quartiles in their unit; categories have people and percentages by level, of everybody in
    the arm, so that levels and missing add up to 100. A standardised difference is an arm against its comparator, in standard
    deviations: signed (arm minus comparator) for measures, without sign for categories. No row has a p-value: in a randomised
    design any imbalance is chance.

    Austin 2009, Stat Med 28:3083-3107 (standardised difference of means); Yang & Dalton 2012, SAS Global Forum paper 335
    (of categories).
    """
    try:
        people = groups(cohort, study)
    except NobodyEligible as error:
        return refused("table_one", QUESTION, str(error), "eligible participants")
    found = [
        Characteristic(one.variable, one.name, one.recorded.reindex(people[EVERYBODY]))
        for one in _characteristics(cohort, study)
    ]
    shown = [one for one in found if not _has_many_levels(one)]
    comparator = comparator_of(study, people)
    rows = [row for one in shown for row in _rows(one, people, comparator)]
    if not rows:
        return refused(
            "table_one",
            QUESTION,
            "no characteristic of the participants is recorded",
            "participants or visits",
        )
    return described(
        "table_one",
        QUESTION,
        rows,
        _method(comparator, [one for one in found if _has_many_levels(one)]),
        (
            "Austin 2009, Stat Med 28:3083-3107, doi:10.1002/sim.3697",
            "Yang & Dalton 2012, SAS Global Forum, paper 335-2012",
        ),
        cohort.variables,
    )


def _characteristics(cohort: Cohort, study: Study) -> Iterator[Characteristic]:
    """The variables of the people, then the measures of the baseline visit that anybody has."""
    known = cohort.variables
    # Everybody who is eligible has the same value there.
    fixed = {rule.variable for rule in study.eligibility if rule.equals is not None}
    own = [] if cohort.participants is None else [str(column) for column in cohort.participants]
    for name in own:
        hidden = known[name].kind in ("identifier", "date", "text") or name in ("arm", *AFTERWARDS, *fixed)
        if not hidden:
            yield Characteristic(known[name], name, baseline_values(cohort, study, name))
    week = baseline_week(cohort, study)
    visited = [] if cohort.visits is None else [str(column) for column in cohort.visits]
    for name in visited:
        measured = known[name].is_numeric and known[name].block not in _NOT_BASELINE
        if week is None or not measured or name in own:
            continue
        values = baseline_values(cohort, study, name)
        if values.notna().any():
            yield Characteristic(known[name], f"{name} at {week_text(week)}", values)


def _has_many_levels(one: Characteristic) -> bool:
    return not one.variable.is_numeric and one.recorded.nunique() > MOST_LEVELS


def comparator_of(study: Study, people: Mapping[str, pd.Index]) -> str | None:
    """The arm that the others are set against: the study's control arm, or else that of its first comparison."""
    named = [study.control_arm, *(one.compared_with for one in study.estimands)]
    return next((label(arm) for arm in named if arm and label(arm) in people), None)


def _rows(one: Characteristic, people: Mapping[str, pd.Index], comparator: str | None) -> Iterator[Row]:
    summary = _measure_rows if one.variable.is_numeric else _category_rows
    yield from summary(one, people)
    if comparator is None:
        return
    for arm in people:
        if arm not in (comparator, EVERYBODY):
            yield from _difference_rows(one, people, arm, comparator)


def _measure_rows(one: Characteristic, people: Mapping[str, pd.Index]) -> Iterator[Row]:
    """Mean, SD, median and quartiles of a measure, and how many lack it."""
    for arm, ids in people.items():
        values = one.recorded.reindex(ids)
        numbers = values.dropna().astype(float)
        for statistic, value in _summary(numbers).items():
            yield _row(one, "", arm, statistic, value, one.variable.unit or "units", len(numbers))
        yield _row(one, "", arm, "missing", values.isna().sum(), "participants", len(ids))


def _summary(numbers: pd.Series) -> dict[str, float]:
    """What can be said of so many numbers: nothing of none, no spread of one."""
    if numbers.empty:
        return {}
    spread = {"SD": numbers.std()} if len(numbers) > 1 else {}
    quartiles = {f"{end} quartile": numbers.quantile(at) for end, at in (("lower", 0.25), ("upper", 0.75))}
    return {"mean": numbers.mean(), **spread, "median": numbers.median(), **quartiles}


def _category_rows(one: Characteristic, people: Mapping[str, pd.Index]) -> Iterator[Row]:
    """People and percentage at each level that occurs, and how many have none recorded."""
    levels = _levels(one)
    for level in _in_order(one.variable, levels):
        for arm, ids in people.items():
            count = int((levels.reindex(ids) == level).sum())
            yield _row(one, level, arm, "count", count, "participants", len(ids))
            if len(ids):
                yield _row(one, level, arm, "percentage", 100 * count / len(ids), "%", len(ids))
    for arm, ids in people.items():
        yield _row(one, "", arm, "missing", levels.reindex(ids).isna().sum(), "participants", len(ids))


def _difference_rows(
    one: Characteristic, people: Mapping[str, pd.Index], arm: str, comparator: str
) -> Iterator[Row]:
    """How far the arm lies from its comparator; no row where the difference has no finite size."""
    is_number = one.variable.is_numeric
    values = one.recorded.astype(float) if is_number else _levels(one)
    first, second = (values.reindex(people[name]).dropna() for name in (arm, comparator))
    difference = (difference_of_means if is_number else difference_of_levels)(first, second)
    if difference is None:
        return
    sizes = len(first), len(second)
    reach = reach_of_means(*sizes) if is_number else reach_of_levels(len({*first, *second}), *sizes)
    keys = {"variable": one.variable.name, "level": "", "arm": arm, "comparator": comparator}
    for statistic, value in (("standardised difference", difference), ("reach by chance", reach)):
        if value is not None:
            term = f"{one.name}, {arm} vs {comparator}: {statistic}"
            yield Row(term, value, "standard deviations", sum(sizes), {**keys, "statistic": statistic})


def _row(one: Characteristic, level: str, arm: str, statistic: str, value: float, unit: str, n: int) -> Row:
    name = f"{one.name} = {level}" if level else one.name
    keys = {"variable": one.variable.name, "level": level, "arm": arm, "statistic": statistic}
    return Row(f"{name}, {arm}: {statistic}", float(value), unit, n, keys)


def _levels(one: Characteristic) -> pd.Series:
    """The categories as text: yes and no for a flag, whole numbers without a decimal point."""
    is_flag = one.variable.kind == "flag"

    def spelled(value: object) -> str:
        if is_flag and str(value).lower() in ("true", "1", "1.0", "false", "0", "0.0"):
            return "yes" if str(value).lower() in ("true", "1", "1.0") else "no"
        return f"{value:g}" if isinstance(value, float) else str(value)

    return one.recorded.astype(object).map(spelled, na_action="ignore")


def _in_order(variable: Variable, levels: pd.Series) -> list[str]:
    present = sorted(levels.dropna().unique())
    declared = ("yes", "no") if variable.kind == "flag" else variable.levels
    return [*(one for one in declared if one in present), *(one for one in present if one not in declared)]


def _method(comparator: str | None, crowded: list[Characteristic]) -> str:
    sentences = [
        "Means, standard deviations and quartiles rest on the recorded values; counts and percentages on everybody in the arm, "
        "so that the levels and the missing add up to 100 %."
    ]
    if comparator is not None:
        sentences.append(
            f"Standardised differences compare each arm with {comparator}: the difference in means over the root mean square of the "
            "two standard deviations, for categories its multinomial form, which has no sign. A difference is left out where neither "
            "arm varies. Their reach by chance is what 95 of 100 of them would lie within if chance alone had divided so many people "
            "into arms. Differences at baseline are not tested."
        )
    if crowded:
        names = ", ".join(one.variable.name for one in crowded)
        sentences.append(
            f"Not tabulated, because more than {MOST_LEVELS} levels come near to naming people: {names}."
        )
    return " ".join(sentences)
