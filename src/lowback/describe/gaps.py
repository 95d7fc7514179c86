"""What is missing: how many values of how many expected, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from lowback.cohort import Cohort
from lowback.describe.groups import groups, study_weeks
from lowback.describe.rows import Row, described, refused, week_text
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible
from lowback.study import Study

QUESTION = "What is missing, and why?"
NOT_ATTENDED = "visit not attended"
NO_REASON = "no reason recorded"
ANY_REASON = "any reason"
# Known only of those who left: its absence is no gap.
AFTERWARDS = ("withdrawal_reason", "withdrew_week")


def missingness(cohort: Cohort, study: Study) -> Result | Refusal:
    """How many values of each variable are missing, of how many expected, by arm, visit and reason.

    A value is expected of every described person, at every visit of the study; `n_participants` counts those expected.
    A variable that nobody has at a visit was not planned there and is left out, unless the study's questions need it.
    The weeks of a variable that belongs to the person are missing.
    """
    try:
        people = groups(cohort, study)
    except NobodyEligible as error:
        return refused("missingness", QUESTION, str(error), "eligible participants")
    rows = [
        row
        for variable, week, reasons in _expected(cohort, study, people["all"])
        for arm, ids in people.items()
        for row in _missing_rows(reasons.reindex(ids), variable, week, arm)
    ]
    if not rows:
        return refused("missingness", QUESTION, "the cohort has neither person-level variables nor visits")
    return described(
        "missingness",
        QUESTION,
        rows,
        "Missing values are counted among all participants described, at every visit that the study plans: a visit "
        "without a row counts as not attended. Variables that nobody has at a visit were not planned there and are left "
        "out, unless the study's questions need them. Check-ins have no planned moments and are not counted.",
        variables=cohort.variables,
    )


def reasons_missing(cohort: Cohort, variable: str, week: float | None) -> pd.Series:
    """Why each person (index `participant_id`) lacks the value; empty text where the value is recorded.

    `week` is None for a variable of the person. A reason that the source gave comes before our own words.
    """
    values = recorded_values(cohort, variable, week)
    reasons = pd.Series(NO_REASON, index=values.index, dtype=object)
    if week is not None and cohort.visits is not None:
        reasons[~came_to(cohort, week)] = NOT_ATTENDED
    given = _reasons_given(cohort, variable, week)
    reasons = given.reindex(reasons.index).fillna(reasons) if len(given) else reasons
    return reasons.mask(values.notna(), "")


def came_to(cohort: Cohort, week: float) -> pd.Series:
    """Whether each person (index `participant_id`) has a row for the visit."""
    people = pd.Index(cohort.participant_ids, name="participant_id")
    if cohort.visits is None:
        return pd.Series(False, index=people)
    visits = pd.Index(cohort.visits.loc[cohort.visits["weeks"] == week, "participant_id"])
    # A look-up is many times faster than isin on text.
    return pd.Series(visits.get_indexer(people) >= 0, index=people)


def recorded_values(cohort: Cohort, variable: str, week: float | None) -> pd.Series:
    """Each person's value (index `participant_id`) at a visit, or, where `week` is None, of the person."""
    people = pd.Index(cohort.participant_ids, name="participant_id")
    table = cohort.participants if week is None else cohort.visits
    if table is None or variable not in table:
        return pd.Series(float("nan"), index=people)
    rows = table if week is None else table[table["weeks"] == week]
    return rows.set_index("participant_id")[variable].reindex(people)


def _reasons_given(cohort: Cohort, variable: str, week: float | None) -> pd.Series:
    """The reasons that the source recorded for this variable at this moment, one a person."""
    given = cohort.missing_reasons
    table = "participants" if week is None else "visits"
    here = given[(given["table"] == table) & (given["variable"] == variable)]
    if week is not None:
        here = here[here["moment"] == week]
    return here.drop_duplicates("participant_id").set_index("participant_id")["reason"].astype(object)


def _expected(
    cohort: Cohort, study: Study, people: pd.Index
) -> Iterator[tuple[str, float | None, pd.Series]]:
    """Every variable and moment at which a value is expected, with the reasons of those who lack it."""
    for variable in _columns(cohort, cohort.participants, ("participant_id", "arm", *AFTERWARDS)):
        yield variable, None, reasons_missing(cohort, variable, None)
    asked = {name for one in study.estimands for name in (one.outcome, one.exposure)} | set(study.covariates)
    for variable in _columns(
        cohort, cohort.visits, ("participant_id", "weeks", "actual_weeks", "visit_date")
    ):
        for week in study_weeks(cohort, study):
            reasons = reasons_missing(cohort, variable, week)
            if variable in asked or (reasons.reindex(people) == "").any():
                yield variable, week, reasons


def _columns(cohort: Cohort, table: pd.DataFrame | None, keys: tuple[str, ...]) -> list[str]:
    """The columns of a table that hold something about people, its keys and identifiers left out."""
    columns = [] if table is None else [str(column) for column in table if column not in keys]
    return [column for column in columns if cohort.variables[column].kind != "identifier"]


def _missing_rows(reasons: pd.Series, variable: str, week: float | None, arm: str) -> Iterator[Row]:
    """How many lack the value for any reason, then for each reason that occurs."""
    counts = reasons[reasons != ""].value_counts()
    place = f"{variable}{'' if week is None else f' at {week_text(week)}'}, {arm}"
    for reason, count in {ANY_REASON: counts.sum(), **dict(sorted(counts.items()))}.items():
        keys = {
            "variable": variable,
            "arm": arm,
            "weeks": float("nan") if week is None else week,
            "reason": reason,
        }
        yield Row(f"{place}: missing, {reason}", float(count), "participants", len(reasons), keys)
