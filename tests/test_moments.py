"""Check-ins read as moments: who, when, before and after, with gaps, doubles and columns that are not there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.cohort import Cohort
from lowback.outcomes import NotComparable
from lowback.outcomes.diary import diary
from lowback.outcomes.moments import moments
from lowback.study import Estimand, Study


def asked(study_arms: tuple[str, ...] = (), **keys: object) -> tuple[Study, Estimand]:
    estimand = Estimand.model_validate({"name": "one", "summary": "proximal effect", **keys})
    return Study(title="Moments", design="cohort", arms=study_arms, estimands=(estimand,)), estimand


def cohort(
    days: list[float], pain: list[float], walked: list[float], people: pd.DataFrame | None = None
) -> Cohort:
    ids = ["007"] * len(days)
    rows = pd.DataFrame({"participant_id": ids, "days": days, "pain_nrs": pain, "walking_min": walked})
    return Cohort(name="one person", participants=people, checkins=rows)


WALK = {"outcome": "pain_nrs", "exposure": "walking_min", "per": 10}


def test_before_is_one_step_back_and_later_so_many_steps_on() -> None:
    one = cohort([0, 0.5, 1, 1.5, 2.5], [1, 2, 3, 4, 5], [10, 20, 30, 40, 50])
    found = moments(one, *asked(**WALK))
    assert (found.before.tolist(), found.scores.tolist()) == ([1, 2, 3], [2, 3, 4])
    later = moments(one, *asked(**WALK, checkins_later=1))
    assert (later.exposures.tolist(), later.before.tolist(), later.scores.tolist()) == (
        [20, 30],
        [1, 2],
        [3, 4],
    )
    assert found.diary.step == 0.5
    assert found.diary.time_of_day.tolist() == [0, 1, 0, 1, 1]


def test_a_check_in_that_is_a_little_late_is_still_the_next() -> None:
    one = cohort([0, 1.1, 2.0, 2.9], [1, 2, 3, 4], [10, 20, 30, 40])
    assert moments(one, *asked(**WALK)).before.tolist() == [1, 2, 3]


def test_early_and_late_answers_do_not_add_up_over_months() -> None:
    late = np.random.default_rng(5).uniform(0, 0.2, 90)
    one = cohort((np.arange(90) + late).tolist(), (np.arange(90.0) % 9).tolist(), np.arange(90.0).tolist())
    assert moments(one, *asked(**WALK)).before.tolist() == (np.arange(89.0) % 9).tolist()


def test_prompts_at_uneven_hours_keep_their_order_over_many_days() -> None:
    days = [day + hour / 24 for day in range(40) for hour in (8, 18)]
    one = cohort(days, [float(at % 10) for at in range(80)], [float(at) for at in range(80)])
    found = moments(one, *asked(**WALK))
    assert found.exposures.tolist() == [float(at) for at in range(1, 80)]
    assert found.before.tolist() == [float(at % 10) for at in range(79)]
    assert set(found.diary.time_of_day[::2].tolist()) == {0}


def test_weekly_check_ins_follow_each_other() -> None:
    one = cohort([0, 7, 14, 28, 35], [1, 2, 3, 4, 5], [10, 20, 30, 40, 50])
    assert moments(one, *asked(**WALK)).before.tolist() == [1, 2, 4]


def test_half_of_the_answers_missing_do_not_stretch_the_step() -> None:
    days = np.flatnonzero(np.random.default_rng(3).random(200) < 0.45) / 2
    one = cohort(days.tolist(), (days % 7).tolist(), np.arange(float(len(days))).tolist())
    assert moments(one, *asked(**WALK)).diary.step == 0.5


def test_of_two_answers_to_one_prompt_the_first_counts() -> None:
    one = cohort([0, 1, 1.1, 2, 3], [1, 2, 9, 3, 4], [10, 20, 90, 30, 40])
    assert moments(one, *asked(**WALK)).scores.tolist() == [2, 3, 4]


def test_the_usual_outcome_leaves_the_moment_itself_out() -> None:
    one = cohort([0, 1, 2, 3], [1, 2, 3, 6], [10, 20, 30, 40])
    assert moments(one, *asked(**WALK)).usual().tolist() == [10 / 3, 3, 2]


@settings(max_examples=20)
@given(seed=st.integers(0, 999), steps=st.integers(-3, 3))
def test_looking_a_step_away_agrees_with_a_search_by_hand(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [(f"P{person}", float(day)) for person in range(4) for day in np.flatnonzero(rng.random(12) > 0.4)],
        columns=["participant_id", "days"],
    )
    rows = pd.concat([rows, pd.DataFrame({"participant_id": "P9", "days": np.arange(60.0)})])
    rows["pain_nrs"] = rng.integers(0, 11, len(rows)).astype(float)
    rows["walking_min"] = 1.0
    rows = rows.sample(frac=1, random_state=seed)
    study, estimand = asked(**WALK)
    found = diary(Cohort(name="some", checkins=rows), study, estimand)
    known = {(one.participant_id, one.days): one.pain_nrs for one in rows.itertuples()}
    expected = [
        known.get((one.participant_id, one.days + steps * found.step), np.nan)
        for one in found.table.itertuples()
    ]
    assert found.later(found.values("pain_nrs"), steps) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"exposure": "session_done"}, "no column 'session_done' in 'one person'"),
        ({"before": "pain_pre_session_nrs"}, "no column 'pain_pre_session_nrs' at the check-ins"),
        ({"modifier": "side_sleeper"}, "no column 'side_sleeper' at the check-ins"),
        ({"modifier": "arm"}, "'arm' holds words, not numbers or yes and no"),
        ({"modifier": "sex"}, "'sex' holds words, not numbers or yes and no"),
    ],
)
def test_what_is_not_recorded_is_named(keys: dict[str, object], reason: str) -> None:
    people = pd.DataFrame({"participant_id": ["007"], "arm": ["a, “b” <script>"], "sex": ["female"]})
    one = cohort([0, 1, 2, 3], [1, 2, 3, 4], [10, 20, 30, 40], people)
    with pytest.raises(NotComparable, match=reason):
        moments(one, *asked(**{**WALK, **keys}))


def test_arms_with_any_name_are_told_apart() -> None:
    arms = ("a, “b” <script>", "c")
    people = pd.DataFrame({"participant_id": ["007"], "arm": [arms[0]]})
    one = cohort([0, 1, 2, 3], [1, 2, 3, 4], [10, 20, 30, 40], people)
    assert len(moments(one, *asked(arms, **WALK, arms=arms[:1])).at) == 3
    with pytest.raises(NotComparable, match="no check-in of anybody in c"):
        moments(one, *asked(arms, **WALK, arms=arms[1:]))


def test_without_check_ins_there_are_no_moments() -> None:
    people = Cohort(
        name="nobody asked", participants=pd.DataFrame({"participant_id": ["1"], "sex": ["male"]})
    )
    study, estimand = asked(**WALK)
    with pytest.raises(NotComparable, match="no check-ins in 'nobody asked'"):
        diary(people, study, estimand)
    with pytest.raises(NotComparable, match="nobody has two check-ins"):
        diary(cohort([0], [1], [10]), study, estimand)
