"""The baseline-adjusted difference: by hand, against R, against a simulated truth, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trials import (
    ROOT,
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
    simulated,
    study,
)

from lowback.analyses.ancova import ancova
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.study import read_study

# Follow-up is half of baseline plus 1, and 1 less with stretching; baselines differ between arms.
NOISELESS_TRIAL = cohort(
    {
        "A": ("usual care", [4, 3]),
        "B": ("usual care", [6, 4]),
        "C": ("usual care", [8, 5]),
        "D": ("stretching", [6, 3]),
        "E": ("stretching", [8, 4]),
        "F": ("stretching", [10, 5]),
    }
)
COLUMNS = ["estimate", "std_error", "df", "conf_low", "conf_high", "p_value"]


def test_recovers_an_effect_without_noise() -> None:
    found = estimates(ancova(NOISELESS_TRIAL, study()))["estimate"]
    assert found["stretching vs usual care"] == pytest.approx(-1)
    # At the mean baseline of 7: 0.5 * 7 + 1, and 1 less.
    assert found["usual care: adjusted mean"] == pytest.approx(4.5)
    assert found["stretching: adjusted mean"] == pytest.approx(3.5)


def test_agrees_with_r() -> None:
    found, expected = (
        estimates(ancova(effects_trial(), effects_study())),
        reference("ancova.csv", "effects_trial"),
    )
    pd.testing.assert_frame_equal(found.loc[expected.index, COLUMNS], expected[COLUMNS], rtol=1e-6)


@pytest.mark.parametrize("control", ["placebo", "usual care"])
def test_agrees_with_r_on_the_prt_trial(shared_data: Path, control: str) -> None:
    found = estimates(ancova(prt_cohort(shared_data), prt_study(control)))
    expected = prt_reference("ancova.csv", control)
    pd.testing.assert_frame_equal(found.loc[expected.index, COLUMNS], expected[COLUMNS], rtol=1e-6)


def test_interval_covers_the_simulated_effect() -> None:
    rows = [estimates(ancova(simulated(seed, effect=-1.2), study())).iloc[0] for seed in range(200)]
    assert 182 <= sum(row["conf_low"] <= -1.2 <= row["conf_high"] for row in rows) <= 198


def test_change_scores_would_be_wrong_under_baseline_imbalance() -> None:
    changes = NOISELESS_TRIAL.visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")
    change = changes[12.0] - changes[0.0]
    naive = change[["D", "E", "F"]].mean() - change[["A", "B", "C"]].mean()
    adjusted = estimates(ancova(NOISELESS_TRIAL, study()))["estimate"].iloc[0]
    assert naive == pytest.approx(-2)
    assert adjusted == pytest.approx(-1)


def test_counts_everybody_who_is_left_out_and_says_why() -> None:
    result = ancova(effects_trial(), effects_study())
    assert isinstance(result, Result)
    assert "75 of 96 people in the arms of the study are analysed" in result.method
    assert "back pain at week 12: 21" in result.method
    counts = result.estimates.set_index("term")["n_participants"]
    assert (
        counts[
            ["usual care: adjusted mean", "stretching, hip: adjusted mean", "strength: adjusted mean"]
        ].sum()
        == 75
    )


def test_names_the_covariate_that_a_person_lacks() -> None:
    trial = effects_trial()
    people = trial.participants.assign(
        age_years=trial.participants["age_years"].astype(float).where(lambda age: age > 26)
    )
    result = ancova(Cohort("gap", participants=people, visits=trial.visits), effects_study())
    assert isinstance(result, Result)
    assert "age: " in result.method


def test_leaves_out_a_covariate_that_is_the_same_in_everybody() -> None:
    trial = effects_trial()
    alike = Cohort("alike", participants=trial.participants.assign(sex="female"), visits=trial.visits)
    result = ancova(alike, effects_study())
    assert isinstance(result, Result)
    assert "not adjusted for sex" in result.method


def test_does_not_say_that_it_adjusted_for_what_is_the_same_in_everybody() -> None:
    trial = simulated(1, 0.0)
    women = Cohort("women", participants=trial.participants.assign(sex="female"), visits=trial.visits)
    result = ancova(women, study(covariates=["sex"]))
    assert isinstance(result, Result)
    assert "adjusted for back pain at baseline (analysis of covariance)" in result.method
    assert "not adjusted for sex: the same in everybody" in result.method


def test_refuses_a_trial_whose_first_visit_came_after_its_arms_were_assigned() -> None:
    late = simulated(1, -1.0, weeks=(6, 12))
    found = refusal(ancova(late, study(weeks=[6, 12])))
    assert found.reason.startswith("the first visit is week 6: a score recorded after the arms were assigned")
    assert found.needs == ("a visit at week 0, before treatment",)


def test_a_refused_model_is_named_with_what_would_help() -> None:
    flat = cohort({f"P{i}": (("usual care", "stretching")[i % 2], [i % 5, 5]) for i in range(10)})
    found = refusal(ancova(flat, study()))
    assert found.reason.startswith("the model of back pain at week 12 cannot be fitted: the outcome is 5")
    assert found.needs[0].startswith("an outcome that varies")


def test_says_what_the_people_of_an_arm_lack() -> None:
    scores = {f"P{i}": (("usual care", "stretching")[i % 2], [5, 3 if i % 2 else None]) for i in range(10)}
    reason = refusal(ancova(cohort(scores), study())).reason
    assert "missing among its 5 people: back pain at week 12: 5" in reason


def test_keys_tell_differences_from_means() -> None:
    result = ancova(effects_trial(), effects_study())
    assert isinstance(result, Result)
    assert result.keys is not None
    assert list(result.keys["statistic"]) == ["difference"] * 2 + ["adjusted mean"] * 3
    assert set(result.keys["weeks"]) == {12.0}
    assert list(result.keys["comparator"]) == ["usual care"] * 2 + [""] * 3


@pytest.mark.parametrize(("design", "causal"), [("randomised trial", True), ("cohort", False)])
def test_is_causal_only_where_arms_were_randomised(design: str, causal: bool) -> None:
    asked = study(design=design, estimand={"population": "all participants"})
    result = ancova(simulated(1, -1.0), asked)
    assert isinstance(result, Result)
    assert result.causal is causal
    assert ("association" in " ".join(result.assumptions)) is not causal


def test_refuses_a_single_arm_because_of_regression_to_the_mean() -> None:
    asked = study(**SINGLE_ARM)
    assert "regression to the mean" in refusal(ancova(simulated(1, -1.0), asked)).reason


def test_the_sciatica_study_is_read_and_refused_for_its_single_arm() -> None:
    asked = read_study(ROOT / "data" / "sciatica-trial" / "study.yml")
    visits = pd.DataFrame({"participant_id": ["1", "1"], "weeks": [0.0, 52.0], "pain_vas": [60.0, 20.0]})
    reason = refusal(ancova(Cohort("sciatica", visits=visits), asked)).reason
    assert "a single-arm study" in reason
    assert "regression to the mean" in reason


def test_refuses_a_strategy_that_it_cannot_estimate() -> None:
    asked = study(estimand={"intercurrent_events": {"surgery": "hypothetical"}})
    assert "'hypothetical' for 'surgery'" in refusal(ancova(simulated(1, -1.0), asked)).reason


def test_refuses_a_visit_that_the_cohort_lacks() -> None:
    asked = study(weeks=[0, 8, 12], estimand={"week": 8})
    assert (
        refusal(ancova(simulated(1, -1.0), asked)).reason
        == "no visit at week 8; this cohort has weeks [0, 12]"
    )


def test_refuses_an_arm_that_the_cohort_lacks() -> None:
    asked = study(arms=["usual care", "stretching", "yoga"])
    assert "no arm 'yoga'" in refusal(ancova(simulated(1, -1.0), asked)).reason


def test_refuses_an_outcome_or_covariate_that_the_cohort_lacks() -> None:
    assert (
        "disability_odi"
        in refusal(ancova(simulated(1, 0), study(estimand={"outcome": "disability_odi"}))).reason
    )
    assert "'age_years'" in refusal(ancova(simulated(1, 0), study(covariates=["age_years"]))).reason


def test_refuses_too_few_people() -> None:
    two = cohort({"007": ("usual care", [5, 4]), "008": ("stretching", [6, 3])})
    assert "more rows are needed" in refusal(ancova(two, study())).reason


def test_refuses_an_arm_in_which_nobody_came_back() -> None:
    trial = cohort(
        {f"P{i}": ("usual care", [4 + i % 3, 3 + i % 2]) for i in range(6)}
        | {f"Q{i}": ("stretching", [5 + i % 2, None]) for i in range(4)}
    )
    assert "nobody in arm 'stretching'" in refusal(ancova(trial, study())).reason


def test_refuses_a_covariate_that_is_the_arm_in_other_words() -> None:
    trial = simulated(1, -1.0)
    people = trial.participants.assign(
        job_class=np.where(trial.participants["arm"] == "stretching", "desk", "field")
    )
    confounded = Cohort("confounded", participants=people, visits=trial.visits)
    assert "job_class" in refusal(ancova(confounded, study(covariates=["job_class"]))).reason


def test_refuses_a_study_without_a_mean_difference() -> None:
    asked = study(
        estimand={"summary": "risk difference", "responders": [{"fall_percent": 30}]},
    )
    assert "declares no estimand" in refusal(ancova(simulated(1, -1.0), asked)).reason


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10_000), arm=st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1)
)
def test_neither_order_nor_names_change_the_estimates(seed: int, arm: str) -> None:
    trial = effects_trial()
    if arm in trial.arms:
        return
    rng = np.random.default_rng(seed)
    new_ids = dict(zip(trial.participant_ids, rng.permutation([f"{n:03d}" for n in range(96)]), strict=True))
    people, visits = (
        frame.assign(participant_id=frame["participant_id"].map(new_ids)).sample(frac=1, random_state=seed)
        for frame in (trial.participants, trial.visits)
    )
    people = people.assign(arm=people["arm"].replace({"stretching, hip": arm}))
    asked = study(
        arms=["usual care", arm, "strength"], covariates=["age_years", "sex", "job_class"], weeks=[0, 6, 12]
    )
    renamed = estimates(ancova(Cohort("renamed", participants=people, visits=visits), asked))
    original = estimates(ancova(trial, effects_study()))
    np.testing.assert_allclose(renamed[COLUMNS].to_numpy(), original[COLUMNS].to_numpy(), rtol=1e-9)


@settings(max_examples=20)
@given(scale=st.floats(0.01, 0.5), shift=st.floats(0, 5), later=st.sampled_from([0.0, 1.0, 0.5]))
def test_follows_the_scale_of_the_outcome_and_no_origin(scale: float, shift: float, later: float) -> None:
    trial = effects_trial()
    visits = trial.visits.assign(
        pain_nrs=trial.visits["pain_nrs"] * scale + shift, weeks=trial.visits["weeks"] + later
    )
    moved = Cohort("moved", participants=trial.participants, visits=visits)
    asked = effects_study().model_copy(update={"weeks": (later, 6 + later, 12 + later)})
    asked = asked.model_copy(
        update={
            "design": "cohort",
            "estimands": (asked.estimands[0].model_copy(update={"week": 12 + later}),),
        }
    )
    found, original = estimates(ancova(moved, asked)), estimates(ancova(trial, effects_study()))
    differences = [term for term in original.index if " vs " in term]
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(
            found.loc[differences, column], scale * original.loc[differences, column], rtol=1e-7
        )


def test_says_how_many_left_with_scores_that_it_does_not_read() -> None:
    visits = simulated(3, -1.0, weeks=(0, 6, 12), dropout=0.3)
    scores = visits.visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")
    left = int((scores[12.0].isna() & scores[6.0].notna()).sum())
    assert left > 5
    found = ancova(visits, study(weeks=[0, 6, 12]))
    assert isinstance(found, Result)
    assert f"{left} people without a score at week 12 have one at a visit before it" in found.method
    everybody = ancova(simulated(3, -1.0, weeks=(0, 6, 12)), study(weeks=[0, 6, 12]))
    assert isinstance(everybody, Result)
    assert "does not read" not in everybody.method
