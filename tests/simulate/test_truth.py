from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from lowback.analyses.ancova import ancova
from lowback.analyses.responders import responders
from lowback.analyses.within_between import within_between
from lowback.result import Result
from lowback.simulate import simulate, simulated_study, true_values, truth_of
from lowback.simulate.scenario import Scenario, read_scenario

STILL = {
    "pain_sd": 0,
    "pain_slow_sd": 0,
    "pain_day_sd": 0,
    "pain_item_sd": 0,
    "pain_recovery": 0,
    "pain_recovery_sd": 0,
    "pain_in_women": 0,
    "pain_per_year": 0,
    "pain_per_bmi": 0,
    "pain_per_log_duration": 0,
    "pain_per_expectation": 0,
    "pain_per_activity": 0,
    "pain_per_lordosis": 0,
    "pain_effect_strengthening": 0,
}
# Everybody does the whole programme, nobody is turned away, and pain is neither in steps nor near 0 or 10.
LINEAR = {
    "adherence_low": 1,
    "adherence_high": 1,
    "adherence_full": 1,
    "pain_enrol_at": 0,
    "pain_visit_step": 1e-6,
    "pain_mean": 5,
}


def values(changes: dict[str, float], blocks: int = 8) -> dict[str, float]:
    changed = Scenario(title="", says="", based_on="mechanism", parameters={**STILL, **LINEAR, **changes})
    frame = true_values(changed, simulated_study(), blocks)
    return {(row.estimand, row.term): row.value for row in frame.itertuples()}


def test_mean_difference_along_the_chain_by_hand():
    # 8 degrees more extension, 0.6 less tilt a degree, 1 less curve a degree, 0.05 points a degree: 8 x 0.6 x 0.05 = 0.24.
    found = values({"pain_per_lordosis": 0.05, "pain_effect_strengthening": -0.4, "pain_sd": 0.2})
    week_12 = "back pain at week 12"
    assert found[week_12, "hip-flexor stretching vs usual care"] == pytest.approx(-0.24, abs=1e-5)
    assert found[week_12, "strengthening vs usual care"] == pytest.approx(-0.4, abs=1e-5)
    assert found[week_12, "both vs usual care"] == pytest.approx(-0.64, abs=1e-5)


def test_everybody_responds_to_a_halving_and_nobody_without_it():
    found = values({"pain_effect_stretching": -2.5, "pain_visit_step": 0.5})
    for rule in ("fall of 30 %", "fall of 50 %", "minimal important change"):
        assert found["responders at week 12", f"hip-flexor stretching vs usual care: {rule}"] == 1
        assert found["responders at week 12", f"strengthening vs usual care: {rule}"] == 0


def test_risk_difference_by_the_normal_distribution():
    # Two ratings each with error 0.5: a fall has SD 0.5 sqrt(2), around 1.5 with treatment and 0 without.
    found = values({"pain_effect_stretching": -1.5, "pain_item_sd": 0.5}, blocks=30)
    term = "hip-flexor stretching vs usual care: minimal important change"
    by_hand = norm.cdf((1.5 - 2) / (0.5 * np.sqrt(2))) - norm.cdf(-2 / (0.5 * np.sqrt(2)))
    assert found["responders at week 12", term] == pytest.approx(by_hand, abs=4 * 0.43 / np.sqrt(30 * 1024))


def test_slopes_without_measurement_error_are_those_of_the_equations():
    exact = {"pain_per_lordosis": 0.05, "tilt_sem": 1e-9, "hip_icc": 1, "lordosis_sd": 5}
    found = values({**exact, "hip_gain_stretching": 0})
    # 0.05 points a degree of curve, 1 degree of curve a degree of tilt, per 5 degrees; angles are rounded to 0.1.
    assert found["back pain and pelvic tilt", "within persons, adjusted (error-free)"] == pytest.approx(0.25)
    assert found["back pain and pelvic tilt", "within persons, adjusted"] == pytest.approx(0.25, rel=0.03)


def test_measurement_error_attenuates_slopes_by_the_reliability():
    found = values({"pain_per_lordosis": 0.05, "hip_gain_stretching": 0}, blocks=40)
    # True tilt has variance 0.75 x 3.05^2 = 6.977 between persons. Within, it follows hip extension, which has its own
    # variance 1.5^2 and 1.2 degrees for each hour of sitting (SD 1): 0.6^2 (1.5^2 + 1.2^2) = 1.328.
    between, within, error = 6.977, 1.328, 1.1**2
    seen = found["back pain and pelvic tilt", "within persons, adjusted"]
    assert seen == pytest.approx(0.25 * within / (within + error), rel=0.05)
    seen = found["back pain and pelvic tilt", "between persons, adjusted"]
    assert seen == pytest.approx(0.25 * (between + within / 4) / (between + within / 4 + error / 4), rel=0.05)


def test_error_free_slopes_are_the_products_of_the_paths():
    truth = truth_of("mechanism").set_index(["estimand", "term"])["value"]
    within, between = (f"{level} persons, adjusted (error-free)" for level in ("within", "between"))
    assert truth["back pain and pelvic tilt", within] == pytest.approx(5 * 0.25)
    assert truth["back pain and hip extension", within] == pytest.approx(5 * -0.6 * 0.25)
    assert truth["back pain and hip extension", between] == pytest.approx(5 * -0.15 * 0.25)
    assert truth["back pain and sitting", within] == pytest.approx(-1.2 * -0.6 * 0.25)


def test_nothing_at_all_is_true_in_the_null_scenario():
    truth = truth_of("null")
    assert (truth["value"] == 0).all()
    assert (truth["monte_carlo_se"] == 0).all()


def test_pain_is_the_same_under_every_arm_in_the_null_scenario_and_falls_all_the_same():
    visits = simulate("null", 4000, 9).visits
    means = visits.groupby("weeks")["pain_nrs"].mean()
    assert means[12.0] - means[0.0] < -1


@pytest.mark.parametrize("scenario", ["literature", "mechanism", "null"])
def test_truth_agrees_with_the_plain_difference_of_means_when_nobody_leaves(scenario):
    staying = {"drop_out_logit": -50, "visit_missed": 0}
    many = simulate(read_scenario(scenario).model_copy(update={"parameters": staying}), 12000, 23)
    week_12 = many.visits[many.visits["weeks"] == 12].merge(many.participants, on="participant_id")
    assert len(week_12) == 12000
    score = week_12.groupby("arm")["pain_nrs"].agg(["mean", "var", "count"])
    truth = truth_of(scenario).set_index("term")["value"]
    for arm in ("hip-flexor stretching", "strengthening", "both"):
        seen = score.loc[arm, "mean"] - score.loc["usual care", "mean"]
        error = np.sqrt((score["var"] / score["count"]).loc[[arm, "usual care"]].sum())
        assert abs(seen - truth[f"{arm} vs usual care"]) < 3.5 * error


def test_truth_of_days_that_answer_to_pain_agrees_with_cohorts_in_which_nobody_leaves():
    stays = {"drop_out_logit": -50, "visit_missed": 0, "pain_per_session": -0.05}
    feedback = read_scenario("feedback")
    scenario = Scenario(
        title="",
        says="",
        based_on="literature",
        design=feedback.design,
        parameters={**feedback.parameters, **stays},
    )
    many = simulate(scenario, 2048, 23, days=1)
    week_12 = many.visits[many.visits["weeks"] == 12].merge(many.participants, on="participant_id")
    score = week_12.groupby("arm")["pain_nrs"].agg(["mean", "var", "count"])
    truth = true_values(scenario, simulated_study(), blocks=2).set_index("term")
    for arm in ("hip-flexor stretching", "strengthening", "both"):
        seen = score.loc[arm, "mean"] - score.loc["usual care", "mean"]
        error = np.sqrt((score["var"] / score["count"]).loc[[arm, "usual care"]].sum())
        known = truth.loc[f"{arm} vs usual care"]
        # Sessions take off some 0.9 points more than the -0.5 to -0.6 of the published effects.
        assert known["value"] < -1
        assert abs(seen - known["value"]) < 3.5 * np.hypot(error, known["monte_carlo_se"])


@pytest.mark.parametrize("scenario", ["literature", "mechanism"])
def test_analyses_of_many_people_find_the_truth(scenario):
    many = simulate(scenario, 4000, 41)
    study, truth = simulated_study(), truth_of(scenario)
    results = [
        ancova(many.cohort(), study),
        responders(many.cohort(), study),
        within_between(many.cohort(), study),
    ]
    for result in results:
        assert isinstance(result, Result)
        known = truth[truth["estimand"] == result.estimand]
        both = result.estimates.merge(known[["term", "value", "monte_carlo_se", "unit"]], on=["term", "unit"])
        assert len(both) == (~known["term"].str.contains("error-free")).sum()
        error = np.hypot(both["std_error"], both["monte_carlo_se"])
        assert (abs(both["estimate"] - both["value"]) < 4 * error).all(), both


def test_a_planted_wrong_truth_is_noticed():
    many = simulate("null", 4000, 41)
    result = ancova(many.cohort(), simulated_study())
    assert isinstance(result, Result)
    wrong = truth_of("mechanism").set_index("term")["value"]["hip-flexor stretching vs usual care"]
    row = result.estimates.iloc[0]
    assert abs(row["estimate"] - wrong) > 4 * row["std_error"]
