"""The mixed model over all visits: by hand, against lme4 and a published trial, against a simulated truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
    simulated,
    study,
)

from lowback.analyses.mixed import mixed
from lowback.cohort import Cohort
from lowback.estimators.linear import least_squares
from lowback.result import Result

VISITS = (0.0, 3.0, 6.0, 9.0, 12.0)


def test_recovers_an_effect_without_noise() -> None:
    # Everybody falls by 1 and, with stretching, by 1 more; people differ in level only.
    levels = {"A": 4.0, "B": 6.0, "C": 8.0, "D": 5.0, "E": 7.0, "F": 9.0}
    trial = cohort(
        {
            person: ("stretching", [level, level - 2]) if person > "C" else ("usual care", [level, level - 1])
            for person, level in levels.items()
        }
    )
    result = mixed(trial, study())
    found = estimates(result)["estimate"]
    assert found["stretching vs usual care"] == pytest.approx(-1)
    assert found["usual care at week 0: adjusted mean"] == pytest.approx(6)
    assert found["stretching at week 12: adjusted mean"] == pytest.approx(5)
    assert isinstance(result, Result)
    assert "the variance within people is estimated as zero" in result.method


def test_agrees_with_the_paired_analysis_when_nobody_is_missing() -> None:
    # With two visits and complete data the interaction is the two-sample comparison of changes.
    trial = simulated(3, effect=-1.0)
    wide = trial.visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")
    change = wide[12.0] - wide[0.0]
    arm = trial.participants.set_index("participant_id")["arm"]
    one, other = change[arm == "stretching"], change[arm == "usual care"]
    pooled = ((one.var() * 29 + other.var() * 29) / 58) * (2 / 30)
    row = estimates(mixed(trial, study())).loc["stretching vs usual care"]
    assert row["estimate"] == pytest.approx(one.mean() - other.mean())
    assert row["std_error"] == pytest.approx(pooled**0.5)
    assert row["df"] == pytest.approx(58)


def test_agrees_with_lmertest() -> None:
    found, expected = (
        estimates(mixed(effects_trial(), effects_study())),
        reference("mixed.csv", "effects_trial"),
    )
    assert_agrees(found, expected)


@pytest.mark.parametrize("control", ["placebo", "usual care"])
def test_agrees_with_lmertest_on_the_prt_trial(shared_data: Path, control: str) -> None:
    found = estimates(mixed(prt_cohort(shared_data), prt_study(control)))
    assert_agrees(found, prt_reference("mixed.csv", control))


def test_gives_the_printed_digits_of_the_prt_trial(shared_data: Path) -> None:
    # Ashar 2022 and the README of the data: 1.7894 (SE 0.2953), t(137.63); 2.3736 (SE 0.2918), t(135.69).
    # They are printed with PRT as the reference.
    placebo, usual = (
        estimates(mixed(prt_cohort(shared_data), prt_study(control))).loc[f"PRT vs {control}"]
        for control in ("placebo", "usual care")
    )
    assert [round(placebo["estimate"], 4), round(placebo["std_error"], 4)] == [-1.7894, 0.2953]
    assert [round(usual["estimate"], 4), round(usual["std_error"], 4)] == [-2.3736, 0.2918]
    assert [round(placebo["df"], 2), round(usual["df"], 2)] == [137.63, 135.69]
    assert placebo["estimate"] / placebo["std_error"] == pytest.approx(-6.06, abs=0.005)


def test_interval_covers_the_simulated_effect() -> None:
    rows = [
        estimates(mixed(simulated(seed, effect=-1.2, people=40, dropout=0.2), study())).iloc[0]
        for seed in range(200)
    ]
    assert 182 <= sum(row["conf_low"] <= -1.2 <= row["conf_high"] for row in rows) <= 198


def test_rows_taken_as_independent_people_would_have_the_wrong_standard_error() -> None:
    trial = simulated(5, effect=-1.0, weeks=VISITS)
    asked = study(weeks=list(VISITS))
    right = estimates(mixed(trial, asked)).loc["stretching vs usual care", "std_error"]
    rows = trial.visits.merge(trial.participants)
    cells = [(rows["weeks"] == week) & (rows["arm"] == arm) for arm in trial.arms for week in VISITS]
    names = [str(at) for at in range(len(cells))]
    fit = least_squares(rows["pain_nrs"], np.column_stack(cells).astype(float), names=names)
    weights = np.array([-1, 0, 0, 0, 1, 1, 0, 0, 0, -1])
    wrong = float(weights @ fit.covariance @ weights) ** 0.5
    # Level SD 0.8 and noise SD 0.6: independent rows inflate a within-person contrast by sqrt(1 / 0.36) = 1.67.
    assert wrong / right == pytest.approx(1 / 0.6, rel=0.15)


def test_the_estimands_week_comes_first_and_every_visit_is_there() -> None:
    result = mixed(simulated(5, -1.0, weeks=VISITS), study(weeks=list(VISITS), estimand={"week": 6}))
    assert isinstance(result, Result)
    assert result.keys is not None
    assert list(result.keys["weeks"][:4]) == [6.0, 3.0, 9.0, 12.0]
    assert list(result.estimates["term"][:2]) == [
        "stretching vs usual care",
        "stretching vs usual care at week 3",
    ]
    assert (result.keys["statistic"] == "adjusted mean").sum() == 10
    assert "stretching at week 0: adjusted mean" in set(result.estimates["term"])


def test_counts_people_not_visits() -> None:
    result = mixed(effects_trial(), effects_study())
    assert isinstance(result, Result)
    assert "96 of 96 people in the arms of the study are analysed, with 256 scores" in result.method
    assert result.estimates["n_participants"].iloc[0] == 64


def test_somebody_without_any_score_is_counted_as_left_out() -> None:
    trial = simulated(5, -1.0)
    extra = pd.DataFrame({"participant_id": ["X"], "arm": ["stretching"]})
    people = pd.concat([trial.participants, extra])
    result = mixed(Cohort("one more", participants=people, visits=trial.visits), study())
    assert isinstance(result, Result)
    assert "60 of 61 people" in result.method
    assert "back pain at every visit: 1" in result.method


def test_refuses_a_single_arm_because_of_regression_to_the_mean() -> None:
    asked = study(**SINGLE_ARM)
    assert "regression to the mean" in refusal(mixed(simulated(1, -1.0), asked)).reason


def test_refuses_a_declared_visit_that_the_cohort_lacks() -> None:
    asked = study(weeks=[0, 6, 12])
    assert (
        refusal(mixed(simulated(1, -1.0), asked)).reason
        == "no visit at week 6; this cohort has weeks [0, 12]"
    )


def without_stretching_at(week: float) -> Cohort:
    trial = simulated(1, -1.0, weeks=(0, 6, 12))
    arm = trial.visits["participant_id"].map(trial.participants.set_index("participant_id")["arm"])
    kept = trial.visits[(arm != "stretching") | (trial.visits["weeks"] != week)]
    return Cohort("gone", participants=trial.participants, visits=kept)


def test_refuses_a_visit_that_is_compared_and_nobody_of_an_arm_attended() -> None:
    reason = refusal(mixed(without_stretching_at(12), study(weeks=[0, 6, 12]))).reason
    assert reason == "nobody in arm 'stretching' has back pain at week 12"


def test_leaves_out_what_nobody_of_an_arm_attended_and_says_so() -> None:
    result = mixed(without_stretching_at(6), study(weeks=[0, 6, 12]))
    assert isinstance(result, Result)
    assert "no estimate for stretching at week 6: nobody has a score there" in result.method
    terms = set(result.estimates["term"])
    assert "stretching vs usual care" in terms
    assert not {"stretching vs usual care at week 6", "stretching at week 6: adjusted mean"} & terms


def test_refuses_people_who_were_each_seen_once() -> None:
    scores = {
        f"P{i}": (("usual care", "stretching")[i % 2], [[5, None], [None, 4]][i % 4 // 2]) for i in range(20)
    }
    reason = refusal(mixed(cohort(scores), study())).reason
    assert reason.startswith("none of 20 people has back pain at two visits or more")


def test_refuses_one_person_in_each_arm() -> None:
    two = cohort({"007": ("usual care", [5, 4]), "008": ("stretching", [6, 3])})
    assert "more rows are needed" in refusal(mixed(two, study())).reason


def test_refuses_scores_that_are_all_the_same() -> None:
    flat = cohort({f"P{i}": (("usual care", "stretching")[i % 2], [5, 5]) for i in range(10)})
    assert "5 in every row" in refusal(mixed(flat, study())).reason


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.05, 0.9),
    shift=st.floats(0, 1),
    years=st.sampled_from([0, 40]),
)
def test_neither_order_nor_origin_nor_scale_matters(
    seed: int, scale: float, shift: float, years: int
) -> None:
    trial = effects_trial()
    people = trial.participants.sample(frac=1, random_state=seed)
    people = people.assign(age_years=people["age_years"] + years)
    visits = trial.visits.sample(frac=1, random_state=seed).assign(
        pain_nrs=lambda v: scale * v["pain_nrs"] + shift
    )
    found = estimates(mixed(Cohort("moved", participants=people, visits=visits), effects_study()))
    original = estimates(mixed(trial, effects_study()))
    differences = [term for term in original.index if " vs " in term]
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(
            found.loc[differences, column], scale * original.loc[differences, column], rtol=1e-6
        )


def assert_agrees(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same to 1e-6; Satterthwaite's df to 1e-3, since lmerTest takes its derivatives numerically."""
    found = found.loc[expected.index]
    np.testing.assert_allclose(found["df"], expected["df"], rtol=1e-3)
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-5 if "conf" in column else 1e-6)
    tested = found["p_value"].notna()
    np.testing.assert_allclose(found["p_value"][tested], expected["p_value"][tested], rtol=1e-4)
