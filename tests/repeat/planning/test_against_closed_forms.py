"""10,000 simulated trials of one design find the closed form's power within one percentage point."""

from __future__ import annotations

import pytest
from plans import BETTER, PAIN, TILT, people, plan, study

from lowback.estimators.closed_forms import power_of_difference, two_means
from lowback.repeat.planning import Planning, Weighed, weighed
from lowback.repeat.planning.expecting import expected_power

REPLICATES = 10_000
POINT = 0.01


def simulated(planning: Planning) -> Weighed:
    [found] = weighed(planning, replicates=REPLICATES)
    return found


def agrees(planning: Planning) -> bool:
    found = simulated(planning)
    form = expected_power(planning, found.design.layout)
    assert form is not None
    assert 0.5 < form < 0.95
    return abs(found.power.estimate - form) < POINT


def test_two_groups_of_64_find_half_a_standard_deviation_in_80_of_100():
    planning = plan(assumed={"outcome": {"mean": 6, "sd": 2, "correlation": 0}}, grid={"participants": [128]})
    power = simulated(planning).power.estimate
    assert power == pytest.approx(power_of_difference(0.5, two_means(1, 64, 64)), abs=POINT)
    assert power == pytest.approx(0.801, abs=POINT)


def test_analysis_of_covariance():
    assert agrees(plan())


def test_analysis_of_covariance_with_gaps_raters_and_people_who_do_not_follow():
    measure = {"mean": 6, "sd": 2, "correlation": 0.4, "reliability": 0.7, "of_raters": 0.5}
    assumed = {"outcome": measure, "dropout": {12: 0.2}, "adherence": 0.8, "effect": -1.2}
    assert agrees(plan(assumed=assumed, grid={"participants": [120], "raters": [2], "readings": [2]}))


def test_analysis_of_covariance_of_three_arms():
    three = study(PAIN, arms=["a", "b", "c"], control_arm="a")
    assert agrees(plan(three, grid={"participants": [150]}))


def test_cluster_trials():
    clusters = {"of": "therapist", "size": 10, "icc": 0.05}
    assert agrees(plan(assumed={"clusters": clusters}, grid={"participants": [200]}))


def test_rates_of_change():
    assumed = {"effect": -1.2, "slope_sd": 0.08}
    weeks = study(weeks=[0, 3, 6, 9, 12])
    assert agrees(plan(weeks, analysis="slopes", assumed=assumed, grid={"participants": [140]}))


def test_two_proportions():
    # Without a correlation, adjusting for baseline neither helps nor harms.
    outcome = {"mean": 6, "sd": 2, "correlation": 0}
    assumed = {"outcome": outcome, "change": -2, "effect": -1}
    assert agrees(plan(study(BETTER), assumed=assumed, grid={"participants": [200]}))


def test_slopes_within_persons_that_measurement_attenuates():
    exposure = {"mean": 6, "sd": 3, "correlation": 0.4, "reliability": 0.7}
    assumed = {"exposure": exposure, "effect": 0.7}
    assert agrees(plan(people(weeks=[0, 4, 8, 12]), assumed=assumed, grid={"participants": [100]}))


def test_equivalence():
    assert agrees(
        plan(study({**PAIN, "smallest_worthwhile": 1.2}), success="equivalence", assumed={"effect": 0})
    )


def test_non_inferiority():
    trial = study({**PAIN, "smallest_worthwhile": 1})
    assert agrees(plan(trial, success="non-inferiority", assumed={"effect": 0}, grid={"participants": [90]}))


def test_slopes_of_people_without_an_arm_are_what_the_plan_is_for():
    assert (
        plan(people(), assumed={"exposure": {"mean": 0, "sd": 1, "correlation": 0}}).estimand.name
        == TILT["name"]
    )
