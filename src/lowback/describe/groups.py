"""The people whom a study describes, by arm."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lowback.cohort import Cohort
from lowback.screening import NobodyEligible, exclusions
from lowback.study import Study

EVERYBODY = "all"


def groups(cohort: Cohort, study: Study) -> Mapping[str, pd.Index]:
    """The eligible people of each arm, and under `all` everybody whom the study describes.

    Where the study declares arms, people of no arm or another arm are not described; where it declares none, everybody
    is. Raises `NobodyEligible` when nobody is left.
    """
    arms = arm_of(cohort, study)
    names = arm_names(arms, study)
    everybody = arms.index[arms.isin(names)] if study.arms else arms.index
    if everybody.empty:
        raise NobodyEligible(
            f"none of the {len(cohort.participant_ids)} participants of {cohort.name!r} is eligible and in an arm of the study"
        )
    by_arm = {label(name): arms.index[arms == name] for name in names}
    return {**by_arm, EVERYBODY: everybody}


def arm_of(cohort: Cohort, study: Study) -> pd.Series:
    """The arm of each eligible person (index `participant_id`); missing where none is recorded."""
    people = pd.Index(cohort.participant_ids, name="participant_id")
    kept = people.difference(pd.Index(exclusions(cohort, study)["participant_id"]), sort=False)
    if cohort.participants is None or "arm" not in cohort.participants:
        return pd.Series(None, index=kept, dtype=object)
    return cohort.participants.set_index("participant_id")["arm"].astype(object).reindex(kept)


def arm_names(arms: pd.Series, study: Study) -> list[str]:
    """The arms to describe, in the study's order or else alphabetically."""
    return list(study.arms) or sorted(arms.dropna().unique())


def label(arm: str) -> str:
    """The arm's name, set apart from the word for everybody."""
    return f"arm {arm}" if arm == EVERYBODY else arm


def study_weeks(cohort: Cohort, study: Study) -> list[float]:
    """The visits that the study plans, or else those that the cohort has, in weeks since baseline."""
    return sorted(study.weeks) or cohort.weeks
