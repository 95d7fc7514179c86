"""Flow and attendance: counts read off the small trial, and branches that must add up for any cohort."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from describe.small_trial import STRETCH, plain_study, study, trial
from lowback.cohort import Cohort
from lowback.describe import attendance, flow
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.study import Study


def branches(result: Result) -> dict[tuple[str, str, str], float]:
    """The counts by stage, arm and reason."""
    keys = result.keys[["stage", "arm", "reason"]].itertuples(index=False, name=None)
    return dict(zip(keys, result.estimates["estimate"], strict=True))


def test_flow_counts_every_branch():
    counts = branches(flow(trial(), study()))
    assert counts == {
        ("with rows set aside at intake", "all", "no participant"): 0,
        ("rows set aside at intake", "all", "no participant"): 3,
        ("in the cohort", "all", ""): 9,
        ("not eligible", "all", "pregnant"): 1,
        ("eligible", "all", ""): 8,
        ("in no arm of the study", "all", "no arm recorded"): 1,
        ("allocated", STRETCH, ""): 4,
        ("allocated", "usual care", ""): 3,
        ("allocated", "all", ""): 7,
        ("back pain at week 0 recorded", STRETCH, ""): 4,
        ("back pain at week 0 recorded", "usual care", ""): 3,
        ("back pain at week 0 recorded", "all", ""): 7,
        ("back pain at week 6 recorded", STRETCH, ""): 2,
        ("back pain at week 6 recorded", "usual care", ""): 2,
        ("back pain at week 6 recorded", "all", ""): 4,
        ("back pain at week 6 not recorded", STRETCH, "did not answer"): 1,
        ("back pain at week 6 not recorded", "usual care", "did not answer"): 0,
        ("back pain at week 6 not recorded", "all", "did not answer"): 1,
        ("back pain at week 6 not recorded", STRETCH, "visit not attended"): 0,
        ("back pain at week 6 not recorded", "usual care", "visit not attended"): 1,
        ("back pain at week 6 not recorded", "all", "visit not attended"): 1,
        ("back pain at week 6 not recorded", STRETCH, "withdrew: moved away"): 1,
        ("back pain at week 6 not recorded", "usual care", "withdrew: moved away"): 0,
        ("back pain at week 6 not recorded", "all", "withdrew: moved away"): 1,
    }


def test_flow_without_arms_or_rules_has_everybody():
    visits = pd.DataFrame({"participant_id": ["1", "2"], "weeks": [0.0, 0.0], "pain_nrs": [3.0, None]})
    counts = branches(flow(Cohort("visits only", visits=visits), plain_study()))
    assert counts[("eligible", "all", "")] == 2
    assert counts[("back pain at week 0 recorded", "all", "")] == 1
    assert counts[("back pain at week 0 not recorded", "all", "no reason recorded")] == 1
    assert not any(stage == "allocated" for stage, _, _ in counts)


def test_flow_tells_even_that_nobody_is_eligible():
    rule = {"variable": "age_years", "reason": "under 90", "at_least": 90}
    nobody = Study.model_validate({**study().model_dump(exclude_unset=True), "eligibility": [rule]})
    counts = branches(flow(trial(), nobody))
    assert counts[("not eligible", "all", "under 90")] == 8
    assert counts[("not eligible", "all", "age not recorded")] == 1
    assert counts[("eligible", "all", "")] == 0


def test_an_arm_outside_the_study_is_set_apart():
    one_arm = study().model_copy(update={"arms": ("usual care",)})
    counts = branches(flow(trial(), one_arm))
    assert counts[("in no arm of the study", "all", f"arm {STRETCH} is not in the study")] == 4
    assert counts[("allocated", "all", "")] == 3


def test_a_withdrawal_without_a_date_counts_after_baseline_only():
    people = trial().participants.drop(columns="withdrew_week")
    visits = trial().visits.query("participant_id != '003'")
    counts = branches(flow(Cohort("undated", people, visits), study()))
    assert counts[("back pain at week 0 not recorded", STRETCH, "visit not attended")] == 1
    assert counts[("back pain at week 6 not recorded", STRETCH, "withdrew: moved away")] == 1


ARMS = ("all", "a, b", "b", 'quote"s', "été")


@settings(max_examples=40)
@given(
    arms=st.lists(st.sampled_from([*ARMS, None]), min_size=1, max_size=12),
    seed=st.integers(0, 999),
    declares=st.booleans(),
)
def test_everybody_stands_in_exactly_one_branch(arms: list[str | None], seed: int, declares: bool):
    cohort = random_cohort(arms, seed)
    question = random_study(declares)
    result = flow(cohort, question)
    counts = Counter()
    for (stage, arm, _), count in branches(result).items():
        counts[stage, arm] += count
    assert counts["not eligible", "all"] + counts["eligible", "all"] == len(arms)
    in_arms = sum(count for (stage, arm), count in counts.items() if stage == "allocated" and arm != "all")
    if ("allocated", "all") in counts:
        assert counts["in no arm of the study", "all"] + in_arms == counts["eligible", "all"]
    for week in (0, 6):
        for arm in (
            {arm for stage, arm in counts if stage == "allocated" and arm != "all"} if declares else ()
        ):
            followed = counts[f"back pain at week {week} recorded", arm]
            lost = counts[f"back pain at week {week} not recorded", arm]
            assert followed + lost == counts["allocated", arm]
    assert result.estimates["term"].is_unique
    assert result.estimates["p_value"].isna().all()
    pd.testing.assert_frame_equal(from_payload(to_payload(result)).estimates, result.estimates)


def random_cohort(arms: list[str | None], seed: int) -> Cohort:
    rng = np.random.default_rng(seed)
    ids = [f"{number:03d}" for number in range(len(arms))]
    people = pd.DataFrame(
        {
            "participant_id": ids,
            "arm": pd.Series(arms, dtype=object),
            "age_years": np.where(rng.random(len(ids)) < 0.2, np.nan, rng.integers(10, 80, len(ids))),
            "withdrawal_reason": pd.Series(rng.choice(["no time", None], len(ids)), dtype=object),
        }
    )
    visits = pd.DataFrame(
        [(one, week) for one in ids for week in (0.0, 6.0)], columns=["participant_id", "weeks"]
    )
    visits["pain_nrs"] = np.where(rng.random(len(visits)) < 0.3, np.nan, rng.integers(0, 11, len(visits)))
    visits = visits[rng.random(len(visits)) < 0.8]
    return Cohort("random", people, None if visits.empty else visits)


def random_study(declares: bool) -> Study:
    declared = {"weeks": [0, 6], "arms": ["all", "a, b"]} if declares else {}
    rule = {"variable": "age_years", "reason": "not an adult", "at_least": 18}
    slope = {"name": "s", "summary": "slope", "outcome": "pain_nrs", "exposure": "pelvic_tilt_deg", "per": 5}
    return Study.model_validate(
        {"title": "random", "design": "cohort", "eligibility": [rule], "estimands": [slope], **declared}
    )


def test_nobody_is_said_to_be_allocated_where_chance_allocated_nobody():
    stages = set(flow(trial(), study().model_copy(update={"design": "cohort"})).keys["stage"])
    assert "included" in stages
    assert "allocated" not in stages


def shares(result: Result) -> dict[tuple[str, float, str, str], float]:
    keys = result.keys[["variable", "weeks", "arm", "statistic"]].itertuples(index=False, name=None)
    return dict(zip(keys, result.estimates["estimate"], strict=True))


def test_attendance_counts_who_came_and_who_answered():
    result = attendance(trial(), study())
    assert isinstance(result, Result)
    found = shares(result)
    assert found["visit", 6.0, STRETCH, "count"] == 3
    assert found["visit", 6.0, STRETCH, "percentage"] == 75
    assert found["pain_nrs", 6.0, STRETCH, "count"] == 2
    assert found["pain_nrs", 6.0, "all", "percentage"] == pytest.approx(100 * 4 / 7)
    assert found["visit", 0.0, "all", "count"] == 7
    assert set(result.estimates["n_participants"]) == {3, 4, 7}


def test_attendance_at_a_visit_that_nobody_came_to_is_nought():
    result = attendance(trial(), study().model_copy(update={"weeks": (0.0, 6.0, 52.0)}))
    assert isinstance(result, Result)
    assert shares(result)["visit", 52.0, "all", "count"] == 0


def test_attendance_without_visits_is_refused():
    refusal = attendance(Cohort("no visits", participants=trial().participants), study())
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "this cohort has no visits"
