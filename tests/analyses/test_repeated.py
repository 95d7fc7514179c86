"""Repeated measures, baseline as a covariate (MMRM) or as an outcome (cLDA): by hand, against nlme, against a known truth."""

from __future__ import annotations

import pandas as pd
import pytest
from trials import REFERENCE, cohort, effects_study, effects_trial, estimates, refusal, simulated, study

from lowback.analyses.ancova import ancova
from lowback.analyses.clda import clda
from lowback.analyses.mmrm import mmrm
from lowback.cohort import Cohort
from lowback.result import Result

ANALYSES = pytest.mark.parametrize("analysis", [mmrm, clda])
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high", "p_value"]
VISITS = (0.0, 6.0, 12.0)


def test_one_visit_after_baseline_gives_the_baseline_adjusted_difference():
    trial = simulated(3, effect=-1.0, dropout=0.2)
    found, expected = (
        estimates(one(trial, study())).loc["stretching vs usual care"] for one in (mmrm, ancova)
    )
    pd.testing.assert_series_equal(found[NUMBERS], expected[NUMBERS], check_exact=False, rtol=1e-7)


def test_equal_baselines_give_the_plain_difference_by_hand():
    # Both arms hold the same baselines, so the fitted baseline line takes equal amounts from both means: 4.5 - 2.5.
    scores = {"A": [4, 5], "B": [6, 4], "C": [4, 3], "D": [6, 2]}
    trial = cohort({f"{one}{n}": ("stretching" if one in "CD" else "usual care", [before, after + 0.5 * (n % 2)])
                    for one, (before, after) in scores.items() for n in range(4)})  # fmt: skip
    for analysis in (mmrm, clda):
        row = estimates(analysis(trial, study())).loc["stretching vs usual care"]
        assert row["estimate"] == pytest.approx(-2.0)


@pytest.mark.parametrize("name", ["mmrm", "clda"])
def test_agrees_with_gls(name):
    expected = pd.read_csv(REFERENCE / "repeated.csv").query("analysis == @name").set_index("term")
    found = estimates({"mmrm": mmrm, "clda": clda}[name](effects_trial(), effects_study()))
    assert found.loc[expected.index, "estimate"].tolist() == pytest.approx(
        expected["estimate"].tolist(), rel=1e-5
    )
    # gls has no Kenward-Roger; its standard errors ignore that the covariance is estimated, and are smaller.
    ratio = found.loc[expected.index, "std_error"] / expected["std_error"]
    assert ratio.between(1.0, 1.03).all()


@ANALYSES
def test_interval_covers_the_simulated_effect(analysis):
    asked = study(weeks=list(VISITS))
    rows = [estimates(analysis(simulated(seed, effect=-1.2, people=30, weeks=VISITS, dropout=0.2), asked)).iloc[0]
            for seed in range(200)]  # fmt: skip
    assert 182 <= sum(row["conf_low"] <= -1.2 <= row["conf_high"] for row in rows) <= 198


@ANALYSES
def test_the_differences_of_all_visits_come_with_the_rung_and_the_people_at_each(analysis):
    result = analysis(effects_trial(), effects_study())
    assert isinstance(result, Result)
    assert result.keys["statistic"].tolist() == ["difference"] * 4 + ["adjusted mean"] * 6
    assert result.keys["weeks"].tolist()[:4] == [12, 12, 6, 6]
    assert "unstructured covariance, number 1 of 6 declared" in result.method
    assert "85 at week 6, 75 at week 12" in result.method
    assert result.causal


@ANALYSES
def test_order_of_rows_and_names_of_people_change_nothing(analysis):
    trial = effects_trial()
    renamed = {name: f"{hash(name) % 997}-{name}" for name in trial.participants["participant_id"]}
    shuffled = Cohort(
        "shuffled",
        participants=trial.participants.replace({"participant_id": renamed}).sample(frac=1, random_state=1),
        visits=trial.visits.replace({"participant_id": renamed}).sample(frac=1, random_state=2),
    )
    before, after = (estimates(analysis(one, effects_study()))[NUMBERS] for one in (trial, shuffled))
    pd.testing.assert_frame_equal(after, before, rtol=1e-6)


@ANALYSES
def test_an_arm_that_vanishes_is_named(analysis):
    trial = effects_trial()
    gone = trial.participants.loc[trial.participants["arm"] == "strength", "participant_id"]
    visits = trial.visits[~((trial.visits["weeks"] == 12) & trial.visits["participant_id"].isin(gone))]
    cut = Cohort("cut", participants=trial.participants, visits=visits)
    reason = refusal(analysis(cut, effects_study())).reason
    assert "nobody in arm 'strength' has back pain at week 12" in reason


def test_equal_means_at_baseline_are_assumed_only_where_chance_made_them():
    reason = refusal(
        clda(effects_trial(), effects_study(design="cohort", estimand={"population": "all participants"}))
    )
    assert "arms are not equal at baseline by design in a cohort" in reason.reason


def test_people_without_a_later_score_count_only_where_baseline_is_an_outcome():
    people = {one: estimates(analysis(effects_trial(), effects_study()))["n_participants"].iloc[0]
              for one, analysis in (("mmrm", mmrm), ("clda", clda))}  # fmt: skip
    assert people == {"mmrm": 56, "clda": 64}
