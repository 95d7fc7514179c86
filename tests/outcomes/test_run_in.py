"""Who led in each person before treatment: told by the run-in alone, as `lead` tells it, and never by what came after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.by_characteristic import by_characteristic
from lowback.analyses.lead import personal_table
from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.run_in import with_run_in_lead
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study, cohort_problems

PEOPLE, DAYS = 60, 28
BY_LEAD = Estimand(
    name="by lead",
    summary="effect by characteristic",
    outcome="pain_nrs",
    week=12,
    arms=("stretching",),
    modifier="run_in_lead",
)
STUDY = Study(
    title="Hip first",
    design="randomised trial",
    weeks=(0, 12),
    arms=("usual care", "stretching"),
    control_arm="usual care",
    estimands=(
        BY_LEAD,
        Estimand(name="lead", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs"),
    ),
)


@pytest.fixture(scope="module")
def trial() -> Cohort:
    """In the first half of people hip pain moves back pain a day later, in the second half the reverse; stretching helps the first half."""
    rng = np.random.default_rng(4)
    hips = np.arange(PEOPLE) < PEOPLE // 2
    arm = np.tile([0, 1], PEOPLE // 2)
    hip, back = np.zeros((2, PEOPLE))
    rows = []
    for day in range(-DAYS, 10):
        hip, back = (
            0.4 * hip + 0.5 * ~hips * back + rng.normal(0, 1, PEOPLE),
            0.4 * back + 0.5 * hips * hip + rng.normal(0, 1, PEOPLE),
        )
        rows.append(
            pd.DataFrame(
                {
                    "participant_id": [f"{n:02d}" for n in range(PEOPLE)],
                    "days": float(day),
                    "hip_pain_nrs": np.clip(4 + hip, 0, 10),
                    "pain_nrs": np.clip(4 + back, 0, 10),
                }
            )
        )
    ids = rows[0]["participant_id"]
    before = rng.normal(5, 1, PEOPLE)
    after = before - 1.5 * arm * hips + rng.normal(0, 0.5, PEOPLE)
    visits = pd.DataFrame(
        {
            "participant_id": [*ids, *ids],
            "weeks": np.repeat([0.0, 12.0], PEOPLE),
            "pain_nrs": np.clip(np.r_[before, after], 0, 10),
        }
    )
    arms = np.array(["usual care", "stretching"])[arm]
    return Cohort("trial", pd.DataFrame({"participant_id": ids, "arm": arms}), visits, pd.concat(rows))


@pytest.fixture(scope="module")
def told(trial: Cohort) -> pd.Series:
    people = with_run_in_lead(trial, STUDY, BY_LEAD).participants
    assert people is not None
    return people.set_index("participant_id")["run_in_lead"]


def test_those_whose_hip_leads_are_told_from_those_whose_back_does(told: pd.Series) -> None:
    hips, backs = told.iloc[: PEOPLE // 2], told.iloc[PEOPLE // 2 :]
    assert hips.mean() > 1 > -1 > backs.mean()
    assert ((hips > 0).mean() + (backs < 0).mean()) / 2 > 0.8


def test_it_is_what_lead_says_of_each_person_from_the_run_in(trial: Cohort, told: pd.Series) -> None:
    assert trial.checkins is not None
    before = trial.checkins[trial.checkins["days"] < 0]
    table = personal_table(replace(trial, checkins=before, visits=None), STUDY).set_index("participant_id")
    assert told.to_numpy() == pytest.approx(10 * table["lead"].reindex(told.index).to_numpy())


def test_nothing_after_the_allocation_plays_a_part(trial: Cohort, told: pd.Series) -> None:
    assert trial.checkins is not None
    assert trial.visits is not None
    later = trial.checkins["days"] >= 0
    turned = trial.checkins.assign(
        hip_pain_nrs=trial.checkins["hip_pain_nrs"].where(~later, 10 - trial.checkins["hip_pain_nrs"])
    )
    changed = replace(trial, checkins=turned, visits=trial.visits.assign(pain_nrs=1.0))
    people = with_run_in_lead(changed, STUDY, BY_LEAD).participants
    assert people is not None
    assert people["run_in_lead"].to_numpy() == pytest.approx(told.to_numpy())


def test_the_effect_differs_by_it_where_the_truth_does(trial: Cohort) -> None:
    result = by_characteristic(trial, STUDY)
    assert isinstance(result, Result)
    assert result.keys is not None
    row = result.estimates[result.keys["statistic"] == "difference per unit"].iloc[0]
    assert row["conf_high"] < 0
    assert "check-ins before day 0 alone" in result.method


def test_without_a_run_in_it_is_refused_and_what_is_recorded_stays(trial: Cohort) -> None:
    assert trial.checkins is not None
    assert trial.participants is not None
    after = replace(trial, checkins=trial.checkins[trial.checkins["days"] >= 0])
    said = by_characteristic(after, STUDY)
    assert isinstance(said, Refusal)
    assert "before day 0" in said.reason
    with pytest.raises(NotComparable, match="before day 0"):
        with_run_in_lead(replace(trial, checkins=None), STUDY, BY_LEAD)
    recorded = replace(after, participants=trial.participants.assign(run_in_lead=1.0))
    assert with_run_in_lead(recorded, STUDY, BY_LEAD) is recorded
    other = BY_LEAD.model_copy(update={"modifier": "age_years"})
    assert with_run_in_lead(after, STUDY, other) is after


def test_a_study_may_ask_for_it_where_hip_and_back_are_recorded(trial: Cohort) -> None:
    assert cohort_problems(STUDY, trial) == []
    assert trial.checkins is not None
    without = replace(trial, checkins=trial.checkins.drop(columns="hip_pain_nrs"))
    assert any("run_in_lead" in one for one in cohort_problems(STUDY, without))
