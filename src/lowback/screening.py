"""Who is in: the study's eligibility rules applied to a cohort, with the reason for everybody who is left out."""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.study import Eligibility, Study


class NobodyEligible(ValueError):  # noqa: N818
    """A cohort in which the study's eligibility rules leave no person; the message counts the reasons."""


def eligible(cohort: Cohort, study: Study) -> Cohort:
    """The people who meet every eligibility rule of the study.

    A value that is missing meets no rule: who may be pregnant is not known to be eligible. Raises `NobodyEligible`
    when no person is left, because a cohort of nobody does not exist.
    """
    excluded = exclusions(cohort, study)
    kept = cohort.participant_ids.difference(pd.Index(excluded["participant_id"]), sort=False)
    if kept.empty:
        counts = "; ".join(
            f"{reason}: {count}" for reason, count in excluded["reason"].value_counts(sort=False).items()
        )
        raise NobodyEligible(
            f"none of the {len(excluded)} participants of {cohort.name!r} is eligible ({counts})"
        )
    return cohort if excluded.empty else cohort.restricted_to(kept)


def exclusions(cohort: Cohort, study: Study) -> pd.DataFrame:
    """Everybody who is left out (`participant_id`, `reason`), with the first rule of the study that they fail.

    A rule looks at the person's own value or else at the value of the baseline visit; where that is missing the
    reason is that it was not recorded.
    """
    reasons = pd.Series("", index=_people(cohort), dtype=object)
    for rule in study.eligibility:
        values = baseline_values(cohort, study, rule.variable)
        fails = (reasons == "") & ~_meets(values, rule)
        reasons[fails] = rule.reason
        reasons[fails & values.isna()] = f"{_label(cohort, rule.variable)} not recorded"
    found = reasons[reasons != ""]
    return pd.DataFrame({"participant_id": found.index, "reason": found.to_numpy()})


def baseline_week(cohort: Cohort, study: Study) -> float | None:
    """The visit that counts as baseline: the study's first, or where it declares none the cohort's first."""
    weeks = study.weeks or tuple(cohort.weeks)
    return min(weeks) if weeks else None


def baseline_values(cohort: Cohort, study: Study, variable: str) -> pd.Series:
    """One value a person (index `participant_id`): their own, or else the baseline visit's; missing if neither is."""
    for rows in (cohort.participants, _baseline_visit(cohort, study)):
        if rows is not None and variable in rows:
            return rows.set_index("participant_id")[variable].reindex(_people(cohort))
    return pd.Series(float("nan"), index=_people(cohort), name=variable)


def _baseline_visit(cohort: Cohort, study: Study) -> pd.DataFrame | None:
    if cohort.visits is None:
        return None
    return cohort.visits[cohort.visits["weeks"] == baseline_week(cohort, study)]


def _people(cohort: Cohort) -> pd.Index:
    return pd.Index(cohort.participant_ids, name="participant_id")


def _meets(values: pd.Series, rule: Eligibility) -> pd.Series:
    """Whether each value satisfies every condition of the rule; a missing one does not."""
    met = values.notna()
    if rule.at_least is not None:
        met &= _number(values) >= rule.at_least
    if rule.at_most is not None:
        met &= _number(values) <= rule.at_most
    if rule.equals is not None:
        spelled = pd.Series([_plain(value) for value in values], index=values.index)
        met &= spelled == _plain(rule.equals)
    return met


def _number(values: pd.Series) -> pd.Series:
    return pd.Series(
        pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=float("nan")), values.index
    )


def _plain(value: object) -> str:
    """A value in one spelling, so that yes, true and 1 agree, and 2 with 2.0."""
    text = {"true": "1", "yes": "1", "false": "0", "no": "0"}.get(
        str(value).strip().lower(), str(value).strip()
    )
    try:
        return str(float(text))
    except ValueError:
        return text


def _label(cohort: Cohort, variable: str) -> str:
    known = cohort.variables.get(variable)
    return known.label if known else variable
