from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.simulate import SCENARIOS, SimulationError, simulate, simulated_study
from lowback.study import cohort_problems

ARMS = ["both", "hip-flexor stretching", "strengthening", "usual care"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_tables_are_a_cohort_that_its_study_can_be_put_to(scenario):
    cohort = simulate(scenario, 200, 1).cohort()
    assert cohort_problems(simulated_study(), cohort) == []
    assert cohort.arms == ARMS
    assert cohort.weeks == [0, 4, 8, 12]


@settings(max_examples=15)
@given(st.integers(8, 60), st.integers(0, 2**63 - 1), st.sampled_from(SCENARIOS), st.integers(1, 84))
def test_every_seed_gives_a_valid_cohort_of_that_size(participants, seed, scenario, days):
    made = simulate(scenario, participants, seed, days)
    assert len(made.cohort().participant_ids) == participants
    assert made.checkins["days"].between(0, days - 1).all()
    assert (made.visits["weeks"] == 0).sum() == participants


def test_more_participants_leave_the_first_ones_as_they_were():
    few, many = simulate("literature", 30, 5), simulate("literature", 1300, 5)
    first = set(few.participants["participant_id"])
    for table in ("participants", "visits", "checkins"):
        whole = getattr(many, table)
        kept = whole[whole["participant_id"].isin(first)].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, getattr(few, table))


def test_the_same_seed_gives_the_same_people_and_another_seed_others():
    one, again, other = (simulate("null", 500, seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(one.checkins, again.checkins)
    baseline = [made.visits.loc[made.visits["weeks"] == 0, "pelvic_tilt_deg"] for made in (one, other)]
    shared = np.corrcoef(*(values.fillna(values.mean()) for values in baseline))[0, 1]
    assert abs(shared) < 3.5 / np.sqrt(500)


def test_blocks_of_people_are_not_copies_of_each_other():
    people = simulate("null", 2048, 3).participants
    halves = people["bmi"].to_numpy().reshape(2, 1024)
    assert abs(np.corrcoef(halves)[0, 1]) < 3.5 / np.sqrt(1024)


def test_arms_are_balanced_in_blocks_of_eight():
    assert simulate("null", 8, 0).participants["arm"].value_counts().to_dict() == dict.fromkeys(ARMS, 2)
    counts = simulate("null", 161, 0).participants["arm"].value_counts()
    assert counts.max() - counts.min() <= 2


def test_nothing_is_recorded_after_withdrawal():
    made = simulate("literature", 800, 2)
    left = made.participants.set_index("participant_id")["withdrew_week"]
    assert (made.visits["weeks"] <= made.visits["participant_id"].map(left).fillna(99)).all()
    assert (made.checkins["days"] / 7 <= made.checkins["participant_id"].map(left).fillna(99) + 0.05).all()
    assert (
        made.participants["withdrawal_reason"].notna() == made.participants["withdrew_week"].notna()
    ).all()


def test_people_in_more_pain_and_with_fewer_sessions_leave_more_often():
    made = simulate("null", 8000, 2)
    week_4 = made.visits[made.visits["weeks"] == 4].set_index("participant_id")
    stayed = week_4.index.isin(made.visits.loc[made.visits["weeks"] > 4, "participant_id"])
    assert week_4.loc[~stayed, "pain_nrs"].mean() > week_4.loc[stayed, "pain_nrs"].mean() + 0.1
    assert week_4.loc[~stayed, "adherence"].mean() < week_4.loc[stayed, "adherence"].mean() - 0.02


def test_scores_are_in_the_steps_in_which_people_answer():
    made = simulate("literature", 300, 6)
    assert (made.checkins[["pain_nrs", "hip_pain_nrs"]] % 1 == 0).all(axis=None)
    assert (made.visits[["pain_nrs", "hip_pain_nrs", "sitting_hours"]] % 0.5 == 0).all(axis=None)
    assert (made.visits["disability_odi"] % 2 == 0).all()
    enrolled = made.visits.loc[made.visits["weeks"] == 0, "pain_nrs"]
    assert enrolled.min() >= 2.5


def test_adherence_at_a_visit_is_the_share_of_the_sessions_in_the_diary():
    made = simulate("mechanism", 400, 8)
    answered = (
        made.checkins[made.checkins["days"] < 28]
        .groupby("participant_id")["session_done"]
        .agg(["sum", "count"])
    )
    at_4 = made.visits[made.visits["weeks"] == 4].set_index("participant_id")["adherence"]
    every_day = answered[answered["count"] == 28].index.intersection(at_4.index)
    assert len(every_day) > 3
    np.testing.assert_allclose(answered.loc[every_day, "sum"].astype(float) / 12, at_4[every_day], atol=6e-4)


def test_usual_care_has_no_sessions_and_no_adherence():
    made = simulate("mechanism", 100, 8)
    usual = made.participants.loc[made.participants["arm"] == "usual care", "participant_id"]
    assert made.checkins.loc[made.checkins["participant_id"].isin(usual), "session_done"].isna().all()
    assert made.visits.loc[made.visits["participant_id"].isin(usual), "adherence"].isna().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nul", 20, 1), "no scenario 'nul'.*'null'"),
        (("null", 7, 1), "participants = 7: allowed whole numbers 8 to 1000000"),
        (("null", 20.0, 1), "participants = 20.0: allowed whole numbers"),
        (("null", 20, -1), "seed = -1: allowed whole numbers 0 to"),
        (("null", 20, True), "seed = True"),
        (("null", 20, 1, 85), "days = 85: allowed whole numbers 1 to 84"),
    ],
)
def test_what_cannot_be_simulated_is_refused(arguments, message):
    with pytest.raises(SimulationError, match=message):
        simulate(*arguments)
