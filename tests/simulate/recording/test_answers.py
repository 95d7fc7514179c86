"""Favoured numbers, errors of check-ins, and columns of the course in the steps of their variables."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.simulate import parameters, simulate
from lowback.simulate.recording.answers import favoured, recorded_column
from lowback.simulate.scenario import Scenario
from lowback.simulate.streams import Streams

SCORES = np.array([0, 0.5, 1, 1.5, 3.5, 4, 4.5, 5, 6, 6.5, 8.5, 9, 9.5, 10, np.nan])


def given(**shares) -> np.ndarray:
    return favoured(SCORES, {**parameters("null"), **shares}, Streams(1, 1), "test")


def test_nobody_who_has_no_favourite_moves():
    assert given() is SCORES


def test_all_who_like_fives_say_five_within_a_point():
    np.testing.assert_array_equal(
        given(nrs_to_five=1), [0, 0.5, 1, 1.5, 3.5, 5, 5, 5, 5, 6.5, 8.5, 9, 9.5, 10, np.nan]
    )


def test_all_who_like_ends_say_the_end_within_a_point():
    np.testing.assert_array_equal(
        given(nrs_to_ends=1), [0, 0, 0, 1.5, 3.5, 4, 4.5, 5, 6, 6.5, 8.5, 10, 10, 10, np.nan]
    )


def test_a_share_moves_as_often_as_it_was_set_to():
    fours = favoured(np.full(20_000, 4.0), {**parameters("null"), "nrs_to_five": 0.3}, Streams(2, 0), "x")
    assert (fours == 5).mean() == pytest.approx(0.3, abs=3.5 * np.sqrt(0.21 / 20_000))


def checkins(**changed):
    # In the middle of the scale hardly anything is cut off.
    middle = {"hip_pain_mean": 5.0, **changed}
    scenario = Scenario(title="a test", says="nothing", name="tested", parameters=middle)
    return simulate(scenario, 2000, 4).checkins


def test_hip_check_ins_are_as_unreliable_as_they_were_set_to_and_back_check_ins_as_before():
    plain, noisy = checkins(), checkins(checkin_hip_error_sd=1.5)
    added = (noisy["hip_pain_nrs"] - plain["hip_pain_nrs"]).var()
    # Rounding before and after adds about 1/12 each, less what both share; scores at the ends lose some.
    assert added == pytest.approx(1.5**2, rel=0.08)
    assert (noisy["pain_nrs"] == plain["pain_nrs"]).all()


def test_columns_of_the_course_are_in_the_steps_and_range_of_their_variable():
    moved = recorded_column("sensitised_nrs", np.array([-2.0, 3.4, 11.0, np.nan]), None)
    assert moved.to_pylist() == [0, 3, 10, None]
    assert recorded_column("flare", np.array([0.0, 1.0, np.nan]), None).to_pylist() == [False, True, None]
    named = recorded_column("activity_level", np.array([1.0, np.nan, 0.0]), ("low", "high"))
    assert named.to_pylist() == ["high", None, "low"]
    assert recorded_column("pelvic_tilt_deg", np.array([1.26]), None).to_pylist() == [1.3]
    assert recorded_column("sitting_hours", np.array([1.3]), None).to_pylist() == [1.5]
    assert recorded_column("adherence", np.array([0.12345]), None).to_pylist() == [0.123]


def test_two_check_ins_a_day_ask_for_sitting_and_sessions_in_the_evening():
    scenario = Scenario(
        title="a test", says="nothing", name="tested", design={"checkins_a_day": 2}, records=["mood"]
    )
    made = simulate(scenario, 40, 1)
    made.cohort()
    asked = made.checkins
    morning = asked["days"] % 1 == 0
    assert set(asked["days"] % 1) == {0.0, 0.5}
    assert asked.loc[morning, ["sitting_hours", "session_done"]].isna().all(axis=None)
    assert asked.loc[~morning, "sitting_hours"].notna().all()
    assert asked["mood"].notna().all()
    # About as many answers to each; the evening's have a draw of their own.
    assert morning.mean() == pytest.approx(0.5, abs=0.02)
