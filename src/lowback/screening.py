"""Who is in: the study's eligibility rules applied to a cohort, with the reason for everybody who is left out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.study import Eligibility, Study


class NobodyEligible(ValueError):  # noqa: N818
    """A cohort in which the study's eligibility rules leave no person; the message counts the reasons."""


def eligible(cohort: Cohort, study: Study) -> Cohort:
    """The people who meet every eligibility rule of the study.

    A value that is missing meets no rule: who may be pregnant is not known to be eligible. Raises `NobodyEligible`
    when no person is left, because a cohort of nobody does not exist.
    """
    people, reasons = _reasons(cohort, study)
    is_in = reasons == ""
    if not is_in.any():
        counts = "; ".join(f"{reason}: {count}" for reason, count in Counter(reasons).items())
        raise NobodyEligible(
            f"none of the {len(people)} participants of {cohort.name!r} is eligible ({counts})"
        )
    return cohort if is_in.all() else cohort.restricted_to(people[is_in])


def exclusions(cohort: Cohort, study: Study) -> pd.DataFrame:
    """Everybody who is left out (`participant_id`, `reason`), with the first rule of the study that they fail.

    A rule looks at the person's own value or else at the value of the baseline visit; where that is missing the
    reason is that it was not recorded.
    """
    people, reasons = _reasons(cohort, study)
    excluded = reasons != ""
    return pd.DataFrame({"participant_id": people[excluded], "reason": reasons[excluded]})


def _reasons(cohort: Cohort, study: Study) -> tuple[pd.Index, NDArray[np.object_]]:
    """Everybody, and why each is left out; empty for who is not."""
    people = _people(cohort)
    reasons = np.full(len(people), "", dtype=object)
    for rule in study.eligibility:
        values = baseline_values(cohort, study, rule.variable)
        fails = (reasons == "") & ~_meets(values, rule)
        reasons[fails] = rule.reason
        reasons[fails & values.isna().to_numpy()] = f"{_label(cohort, rule.variable)} not recorded"
    return people, reasons


def baseline_week(cohort: Cohort, study: Study) -> float | None:
    """The visit that counts as baseline: the study's first, or where it declares none the cohort's first."""
    weeks = study.weeks or tuple(cohort.weeks)
    return min(weeks) if weeks else None


def baseline_values(cohort: Cohort, study: Study, variable: str) -> pd.Series:
    """One value a person (index `participant_id`): their own, or else the baseline visit's; missing if neither is."""
    people = _people(cohort)
    if cohort.participants is not None and variable in cohort.participants:
        return pd.Series(cohort.participants[variable].array, index=people, name=variable)
    if cohort.visits is not None and variable in cohort.visits:
        first = (cohort.visits["weeks"] == baseline_week(cohort, study)).to_numpy()
        seen = pd.Index(cohort.visits["participant_id"].array[first])
        return pd.Series(cohort.visits[variable].array[first], index=seen, name=variable).reindex(people)
    return pd.Series(float("nan"), index=people, name=variable)


def _people(cohort: Cohort) -> pd.Index:
    return cohort.participant_ids.rename("participant_id")


def _meets(values: pd.Series, rule: Eligibility) -> NDArray[np.bool_]:
    """Whether each value satisfies every condition of the rule; a missing one does not."""
    met = ~values.isna().to_numpy()
    if rule.at_least is not None:
        met &= _numbers(values) >= rule.at_least
    if rule.at_most is not None:
        met &= _numbers(values) <= rule.at_most
    if rule.equals is not None:
        codes, distinct = pd.factorize(values)
        spelled = [_plain(value) == _plain(rule.equals) for value in distinct]
        met &= np.array([*spelled, False])[codes]
    return met


def _numbers(values: pd.Series) -> NDArray[np.float64]:
    return pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)


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
