"""The effect of something done at a moment: by hand, by chance and by choice, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.event_curve import event_curve
from lowback.analyses.proximal_effect import proximal_effect
from lowback.cohort import Cohort
from lowback.outcomes.moments import moments
from lowback.result import Refusal, Result
from lowback.simulate import simulate
from lowback.simulate.scenario import claim_scenario
from lowback.study import Estimand, Study

SESSION = {"outcome": "pain_post_session_nrs", "exposure": "hip_session", "before": "pain_pre_session_nrs"}
ARMS = ("hip-flexor stretching", "both")


def asked(study_arms: tuple[str, ...] = (), **keys: object) -> Study:
    estimand = Estimand.model_validate({"name": "within the day", "summary": "proximal effect", **keys})
    return Study(title="Moments", design="cohort", arms=study_arms, estimands=(estimand,))


def sessions(people: int, effect: float, noise: float = 0.0, seed: int = 1) -> Cohort:
    """Ten sessions a person, half of them of the hips, that change pain by `effect` and any session by -1."""
    rng = np.random.default_rng(seed)
    person = np.repeat([f"{one:03d}" for one in range(people)], 10)
    hip = np.tile([1, 0, 0, 1, 1, 0, 1, 0, 0, 1], people).astype(bool)
    before = np.tile([5, 5, 7, 7, 4, 4, 6, 6, 8, 8], people) + np.repeat(np.arange(people) % 3, 10) / 2
    after = before - 1 + effect * hip + noise * rng.normal(size=len(hip))
    rows = {"participant_id": person, "days": np.tile(np.arange(10.0), people), "hip_session": hip}
    checkins = pd.DataFrame(
        rows | {"pain_pre_session_nrs": before, "pain_post_session_nrs": after.clip(0, 10)}
    )
    return Cohort(name="sessions", checkins=checkins)


def row(result: Result | Refusal, level: str = "", statistic: str = "effect") -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    found = (result.keys["level"] == level) & (result.keys["statistic"] == statistic)
    return result.estimates[found].iloc[0]


def test_without_noise_the_effect_is_exact_and_the_fall_is_in_both_kinds_of_session() -> None:
    result = proximal_effect(sessions(12, -0.5, 1e-9), asked(**SESSION))
    assert row(result)["estimate"] == pytest.approx(-0.5, abs=1e-6)
    assert row(result, "with", "mean change")["estimate"] == pytest.approx(-1.5, abs=1e-6)
    assert row(result, "without", "mean change")["estimate"] == pytest.approx(-1, abs=1e-6)
    assert row(result)["n_participants"] == 12


def test_chance_and_choice_are_told_apart() -> None:
    cohort = sessions(30, -0.5, 0.3)
    chosen, given = (
        proximal_effect(cohort, asked(**SESSION, **more)) for more in ({}, {"randomised_with": 0.5})
    )
    assert isinstance(chosen, Result)
    assert isinstance(given, Result)
    assert (chosen.causal, given.causal) == (False, True)
    assert chosen.assumptions[0].startswith("Rests on: no common cause of")
    assert "because a chance of 0.5 decided" in given.assumptions[0]
    assert row(chosen)["estimate"] == pytest.approx(row(given)["estimate"], abs=0.15)


def test_a_chance_that_the_record_contradicts_is_refused() -> None:
    refused = proximal_effect(sessions(30, -0.5, 0.3), asked(**SESSION, randomised_with=0.2))
    assert isinstance(refused, Refusal)
    assert "declared to be decided by a chance of 0.2, but is recorded at 0.500" in refused.reason


def test_an_exposure_that_follows_pain_is_not_taken_for_chance() -> None:
    trap = claim_scenario("C30", "trap").model_copy(update={"title": "spacer after bad evenings"})
    cohort = simulate(trap, 120, 4, 84).cohort()
    spacer = {"outcome": "pain_nrs", "exposure": "spacer_used"}
    share = float(cohort.checkins.query("days % 1 == 0")["spacer_used"].mean())
    refused = proximal_effect(cohort, asked(**spacer, randomised_with=round(share, 2)))
    assert isinstance(refused, Refusal)
    assert "goes with back pain at the check-in before" in refused.reason
    chosen = row(proximal_effect(cohort, asked(**spacer)))
    assert abs(chosen["estimate"]) < 0.25


def test_evenings_without_spacer_are_left_out_and_side_sleepers_told_apart() -> None:
    cohort = simulate(claim_scenario("C30", True), 120, 2, 84).cohort()
    result = proximal_effect(
        cohort, asked(outcome="pain_nrs", exposure="spacer_used", modifier="side_sleeper")
    )
    assert isinstance(result, Result)
    assert "left out because it is the same at all moments there: time of day 2" in result.method
    assert row(result, "sleeps on the side: yes")["conf_high"] < -0.9
    others = row(result, "sleeps on the side: no")
    assert others["conf_low"] < 0 < others["conf_high"]
    assert row(result, "sleeps on the side: yes less no", "change of effect")["conf_high"] < -0.8


def test_a_measured_modifier_shows_the_effect_at_low_and_high_values() -> None:
    cohort = simulate(claim_scenario("C16", True), 200, 3, 84).cohort()
    result = proximal_effect(
        cohort,
        asked(outcome="pain_nrs", exposure="hips_first", before="pain_pre_session_nrs", modifier="sensitised_nrs", checkins_later=1),
    )  # fmt: skip
    assert isinstance(result, Result)
    assert result.keys is not None
    levels = result.keys.loc[result.keys["statistic"] == "effect", "level"].tolist()
    assert levels == ["", *(one for one in levels if one.startswith("how reactive the back is today"))]
    low, high = (row(result, one)["estimate"] for one in levels[1:])
    assert high < -0.6 < low
    assert result.estimates["unit"].tolist().count("NRS points per NRS point") == 1


def test_arms_in_which_nobody_had_it_are_named() -> None:
    cohort = simulate(claim_scenario("C15", True), 200, 5, 84).cohort()
    every = ("usual care", "strengthening", *ARMS)
    result = proximal_effect(cohort, asked(every, **SESSION))
    assert isinstance(result, Result)
    assert "the same at all moments there: strengthening" in result.method
    alone = proximal_effect(cohort, asked(every, **SESSION, arms=ARMS))
    assert row(alone)["estimate"] == row(result)["estimate"]


def test_visits_are_read_where_they_alone_hold_both() -> None:
    """Therapists are seen after bad weeks, which pass by themselves: at equal pain at the visit before nothing is left."""
    cohort = simulate(claim_scenario("C38", "trap"), 256, 2, 1).cohort()
    study = asked(outcome="pain_nrs", exposure="smt_visits", per=1)
    result = proximal_effect(cohort, study)
    assert isinstance(result, Result)
    assert abs(row(result)["estimate"]) < 0.15
    assert "at equal back pain at the visit before, visits to a manual therapist" in result.method
    refused = event_curve(cohort, study)
    assert isinstance(refused, Refusal)
    assert "recorded at visits only" in refused.reason
    real = simulate(claim_scenario("C38", True), 256, 2, 1).cohort()
    assert row(proximal_effect(real, study))["conf_high"] < -0.4


def slow_pain(seed: int, people: int, moments: int) -> Cohort:
    """Sitting by chance, of which an hour hurts by 0.1 at once and no longer, and pain of which 0.8 is left at the next check-in."""
    rng = np.random.default_rng(seed)
    sat = rng.normal(4, 1, (people, moments)).clip(0.5)
    state = rng.standard_normal((people, moments))
    for at in range(1, moments):
        state[:, at] = 0.8 * state[:, at - 1] + 0.6 * state[:, at]
    level = rng.standard_normal((people, 1))
    rows = {
        "participant_id": np.repeat([f"{one:04d}" for one in range(people)], moments),
        "days": np.tile(np.arange(float(moments)), people),
        "longest_sitting_min": 60 * sat.ravel(),
        "pain_nrs": 5 + (sat - 4 + state + level).ravel() / 10,
    }
    return Cohort(name="slow pain", checkins=pd.DataFrame(rows))


SITTING = {"outcome": "pain_nrs", "exposure": "longest_sitting_min", "per": 60}


def test_levels_of_persons_do_not_enlarge_an_effect_on_slow_pain(monkeypatch) -> None:
    """Each moment's effect is part of the next one's pain before: at equal pain before alone that enlarges it, the more the fewer moments."""
    cohort = slow_pain(1, 3000, 10)
    ours = row(proximal_effect(cohort, asked(**SITTING)))
    assert ours["estimate"] == pytest.approx(0.1, abs=3 * ours["std_error"])
    # Negative control: the exposure before is not held equal (Nickell 1981).
    monkeypatch.setattr("lowback.outcomes.moments.MOSTLY", 2.0)
    enlarged = row(proximal_effect(cohort, asked(**SITTING)))
    assert enlarged["estimate"] > 0.1 + 4 * enlarged["std_error"]


def test_the_interval_covers_an_effect_on_slow_pain_and_the_curve_says_the_same() -> None:
    found = [row(proximal_effect(slow_pain(seed, 30, 12), asked(**SITTING))) for seed in range(300)]
    # 95 % of 300 less and more 2.6 standard errors.
    assert 275 <= sum(one["conf_low"] < 0.1 < one["conf_high"] for one in found) <= 295
    curve = event_curve(slow_pain(0, 30, 12), asked(**SITTING))
    assert row(curve, "+0 hours")[["estimate", "conf_low"]].tolist() == pytest.approx(
        found[0][["estimate", "conf_low"]].tolist()
    )


def test_the_value_before_is_that_of_the_check_in_just_before() -> None:
    """Of days 0, 1, 2 and 4 only days 1 and 2 have a day before them."""
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{one}" for one in range(8)], 4),
            "days": np.tile([0.0, 1, 2, 4], 8),
            "pain_nrs": np.random.default_rng(3).integers(2, 9, 32).astype(float),
            "longest_sitting_min": np.random.default_rng(4).uniform(5, 90, 32),
        }
    )
    study = asked(outcome="pain_nrs", exposure="longest_sitting_min", per=60)
    result = proximal_effect(Cohort(name="gaps", checkins=rows), study)
    assert isinstance(result, Result)
    assert "from 16 moments of 8 people" in result.method
    assert "16 moments left out because a value before or after is missing" in result.method


@pytest.mark.parametrize("hour", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("late", [0.0, 0.12])
def test_an_answer_early_or_late_is_lost_at_no_hour_of_the_day(hour: float, late: float) -> None:
    # Ten people answer once a day for twenty days, each around an hour of their own; all but the first have one before.
    rng = np.random.default_rng(2)
    person, day = np.repeat(np.arange(10), 20), np.tile(np.arange(20), 10)
    checkins = pd.DataFrame(
        {
            "participant_id": [f"{one:02d}" for one in person],
            "days": day + hour + rng.uniform(-0.05, 0.05, 10)[person] + rng.uniform(-late, late, 200),
            "pain_nrs": rng.integers(0, 11, 200).astype(float),
            "hip_session": pd.array(rng.random(200) < 0.5, dtype="boolean"),
        }
    )
    study = asked(outcome="pain_nrs", exposure="hip_session", randomised_with=0.5)
    read = moments(Cohort("hours", checkins=checkins), study, study.estimands[0])
    assert len(read.at) == 190
    before = checkins["pain_nrs"].to_numpy().reshape(10, 20)[:, :-1].ravel()
    assert read.before.tolist() == before.tolist()


def test_what_is_missing_is_named() -> None:
    cohort = sessions(3, -1)
    for study, reason in (
        (asked(outcome="pain_nrs", exposure="hip_session"), "no column 'pain_nrs'"),
        (asked(("a", "b"), **SESSION), "no column 'arm'"),
        (asked(**SESSION, intercurrent_events={"stopped": "hypothetical"}), "strategy 'hypothetical'"),
    ):
        found = proximal_effect(cohort, study)
        assert isinstance(found, Refusal)
        assert reason in found.reason
    nothing = Study(
        title="none", design="cohort", estimands=(Estimand(name="x", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs"),)
    )  # fmt: skip
    assert isinstance(proximal_effect(cohort, nothing), Refusal)
    assert isinstance(proximal_effect(sessions(1, -1, 0.1), asked(**SESSION)), Refusal)
