"""Who got better: by hand, against R and a published trial, against a simulated truth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from trials import (
    SINGLE_ARM,
    cohort,
    effects_study,
    effects_trial,
    estimates,
    prt_cohort,
    prt_reference,
    prt_study,
    reference,
    refusal,
    responder_study,
    simulated,
    study,
)

from lowback.analyses.responders import responders
from lowback.cohort import Cohort
from lowback.result import Result

COLUMNS = ["estimate", "std_error", "conf_low", "conf_high"]


def balanced_trial(missing: bool = False) -> Cohort:
    """Forty people: 14 of 20 fall by 2 points with stretching, 6 of 20 with usual care, alike at both baselines."""
    scores: dict[str, tuple[str, list[float | None]]] = {}
    for arm, share in (("stretching", 7), ("usual care", 3)):
        for baseline in (5.0, 7.0):
            for number in range(10):
                last = baseline - 2 if number < share else baseline - 1
                gone = missing and number == 9
                scores[f"{arm} {baseline:g} {number}"] = (arm, [baseline, None if gone else last])
    return cohort(scores)


def test_recovers_a_risk_difference_without_noise() -> None:
    found = estimates(responders(balanced_trial(), responder_study({"fall_points": 2})))["estimate"]
    name = "stretching vs usual care: fall of 2 NRS points"
    assert found[name] == pytest.approx(14 / 20 - 6 / 20)
    assert found[f"{name} (unadjusted)"] == pytest.approx(0.4)
    assert found[f"{name}: number needed to treat"] == pytest.approx(2.5)
    assert found["stretching: responders, fall of 2 NRS points"] == 14
    assert found["usual care: analysed, fall of 2 NRS points"] == 20
    assert found["usual care: risk, fall of 2 NRS points"] == pytest.approx(0.3)


def test_agrees_with_r() -> None:
    asked = effects_study(
        estimand={
            "summary": "risk difference",
            "responders": [{"fall_percent": 30}, {"fall_percent": 50}, {"minimal_important_change": True}],
        }
    )
    assert_agrees(estimates(responders(effects_trial(), asked)), reference("responders.csv", "effects_trial"))


@pytest.mark.parametrize("control", ["placebo", "usual care"])
def test_agrees_with_r_on_the_prt_trial(shared_data: Path, control: str) -> None:
    found = estimates(responders(prt_cohort(shared_data), prt_study(control)))
    assert_agrees(found, prt_reference("responders.csv", control))


def test_gives_the_published_counts_of_the_prt_trial(shared_data: Path) -> None:
    # Ashar 2022: pain-free or nearly so, 33 of 50, 10 of 51 and 5 of 50; whoever is missing is counted as not.
    found = estimates(responders(prt_cohort(shared_data), prt_study("placebo")))["estimate"]
    counts = {
        arm: (
            found[f"{arm}: responders, score of at most 1"],
            found[f"{arm}: randomised, score of at most 1"],
        )
        for arm in ("PRT", "placebo", "usual care")
    }
    assert counts == {"PRT": (33, 50), "placebo": (10, 51), "usual care": (5, 50)}


def test_interval_covers_the_simulated_difference() -> None:
    # Falls are normal around the effect with SD 0.6 * sqrt(2); the truth is the difference of two tails.
    asked = responder_study({"fall_points": 0.5})
    truth = 2 * norm.cdf(0.5 / (0.6 * 2**0.5)) - 1
    rows = [
        estimates(responders(simulated(seed, effect=-1.0, people=100), asked)).iloc[0] for seed in range(200)
    ]
    assert 182 <= sum(row["conf_low"] <= truth <= row["conf_high"] for row in rows) <= 198


def test_the_missing_count_as_the_estimand_says() -> None:
    trial = balanced_trial(missing=True)
    rule = {"fall_points": 2}
    known = estimates(responders(trial, responder_study(rule)))["estimate"]
    everybody = responder_study(rule, estimand={"missing_outcome": "not responded"})
    counted = estimates(responders(trial, everybody))["estimate"]
    assert known["usual care: analysed, fall of 2 NRS points"] == 18
    assert known["usual care: risk, fall of 2 NRS points"] == pytest.approx(6 / 18)
    assert counted["usual care: randomised, fall of 2 NRS points"] == 20
    assert counted["usual care: risk, fall of 2 NRS points"] == pytest.approx(6 / 20)


def test_no_number_needed_to_treat_where_the_interval_includes_no_difference() -> None:
    result = responders(simulated(4, effect=0.0), responder_study({"fall_points": 0.5}))
    assert isinstance(result, Result)
    assert not result.estimates["term"].str.contains("number needed").any()
    assert "no number needed to treat for stretching vs usual care" in result.method


def test_a_harm_is_called_a_harm() -> None:
    asked = responder_study({"fall_points": 2}, control_arm="stretching")
    found = estimates(responders(balanced_trial(), asked))
    term = "usual care vs stretching: fall of 2 NRS points: number needed to harm"
    difference = found.loc["usual care vs stretching: fall of 2 NRS points"]
    assert found.loc[term, "estimate"] == pytest.approx(2.5)
    assert found.loc[term, "conf_low"] == pytest.approx(-1 / difference["conf_low"])
    assert found.loc[term, "conf_high"] == pytest.approx(-1 / difference["conf_high"])


def test_separated_responders_get_the_unadjusted_difference_under_its_own_name() -> None:
    scores: dict[str, tuple[str, list[float | None]]] = {
        f"{arm}{n}": (arm, [5 + n % 3, 3 if arm == "stretching" and n < 6 else 5])
        for arm in ("stretching", "usual care")
        for n in range(10)
    }
    result = responders(cohort(scores), responder_study({"at_most": 3}))
    found = estimates(result)
    assert "stretching vs usual care: score of at most 3" not in found.index
    row = found.loc["stretching vs usual care: score of at most 3 (unadjusted)"]
    # Newcombe's interval of 6/10 less 0/10, from the Wilson intervals 0.3127 to 0.8318 and 0 to 0.2775.
    assert row["estimate"] == pytest.approx(0.6)
    assert row["conf_low"] == pytest.approx(0.6 - np.hypot(0.6 - 0.3127, 0.2775), abs=2e-4)
    assert row["conf_high"] == pytest.approx(0.8318, abs=1e-4)
    assert isinstance(result, Result)
    assert "no adjusted difference exists" in result.method
    assert "without overlap" in result.method
    assert result.keys is not None
    assert list(result.keys["statistic"]).count("risk difference") == 1


def test_people_with_no_pain_at_baseline_cannot_fall_by_a_percentage() -> None:
    trial = effects_trial()
    first = trial.visits["participant_id"].isin(["P000", "P001"]) & (trial.visits["weeks"] == 0)
    visits = trial.visits.assign(pain_nrs=trial.visits["pain_nrs"].mask(first, 0.0))
    asked = effects_study(estimand={"summary": "risk difference", "responders": [{"fall_percent": 30}]})
    result = responders(Cohort("free", participants=trial.participants, visits=visits), asked)
    assert isinstance(result, Result)
    assert "2 with a score of 0 at baseline cannot change by a percentage" in result.method


def test_does_not_say_that_it_adjusted_for_what_is_the_same_in_everybody() -> None:
    trial = effects_trial()
    women = Cohort("women", participants=trial.participants.assign(sex="female"), visits=trial.visits)
    result = responders(
        women, responder_study(weeks=[0, 6, 12], arms=effects_study().arms, covariates=["sex"])
    )
    assert isinstance(result, Result)
    method = result.method
    assert "a logistic regression on arm, back pain at baseline, with robust" in method
    assert "not adjusted for sex: the same in everybody" in method


def test_keys_name_definition_and_statistic() -> None:
    result = responders(balanced_trial(), responder_study({"fall_points": 2}, {"fall_percent": 30}))
    assert isinstance(result, Result)
    assert result.keys is not None
    assert list(dict.fromkeys(result.keys["definition"])) == ["fall of 2 NRS points", "fall of 30 %"]
    assert result.keys["statistic"].iloc[0] == "risk difference"
    assert {"responders", "analysed", "observed risk", "standardised risk"} <= set(result.keys["statistic"])


def test_refuses_a_minimal_important_change_that_nobody_has_established() -> None:
    trial = simulated(1, -1.0)
    hip = Cohort(
        "hip",
        participants=trial.participants,
        visits=trial.visits.rename(columns={"pain_nrs": "hip_pain_nrs"}),
    )
    asked = responder_study({"minimal_important_change": True}, estimand={"outcome": "hip_pain_nrs"})
    assert "hip_pain_nrs has no minimal important change" in refusal(responders(hip, asked)).reason


def test_refuses_a_single_arm_because_of_regression_to_the_mean() -> None:
    asked = responder_study(**SINGLE_ARM)
    assert "regression to the mean" in refusal(responders(simulated(1, -1.0), asked)).reason


def test_refuses_a_study_without_a_risk_difference() -> None:
    assert "declares no estimand" in refusal(responders(simulated(1, -1.0), study())).reason


def test_refuses_an_arm_in_which_nobodys_response_is_known() -> None:
    trial = cohort(
        {f"P{i}": ("usual care", [4 + i % 3, 3]) for i in range(6)}
        | {f"Q{i}": ("stretching", [5 + i % 2, None]) for i in range(4)}
    )
    assert "nobody in arm 'stretching'" in refusal(responders(trial, responder_study())).reason


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    factor=st.floats(0.1, 1.0),
    arm=st.sampled_from(["<script>", "a, b", 'ü "x"']),
)
def test_neither_order_nor_names_nor_unit_change_a_percentage(seed: int, factor: float, arm: str) -> None:
    trial, rule = effects_trial(), {"summary": "risk difference", "responders": [{"fall_percent": 30}]}
    people = trial.participants.sample(frac=1, random_state=seed).replace({"arm": {"strength": arm}})
    visits = trial.visits.assign(pain_nrs=trial.visits["pain_nrs"] * factor).sample(frac=1, random_state=seed)
    names = {"covariates": ["age_years", "sex", "job_class"], "weeks": [0, 6, 12]}
    asked = study(arms=["usual care", "stretching, hip", arm], estimand=rule, **names)
    found = estimates(responders(Cohort("moved", participants=people, visits=visits), asked))
    original = estimates(responders(trial, effects_study(estimand=rule)))
    np.testing.assert_allclose(found[COLUMNS].to_numpy(), original[COLUMNS].to_numpy(), rtol=1e-6, atol=1e-9)


def assert_agrees(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same to 1e-6; R's intervals of a share are not kept between 0 and 1."""
    is_share = ~expected.index.str.contains(" vs ")
    expected.loc[is_share, "conf_low"] = expected.loc[is_share, "conf_low"].clip(lower=0)
    expected["conf_high"] = expected["conf_high"].clip(upper=1)
    for column in COLUMNS:
        np.testing.assert_allclose(found.loc[expected.index, column], expected[column], rtol=1e-6, atol=1e-9)
