"""Designs are weighed alike by any number of processes, false findings are caught, and the cheapest that will do is found."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from plans import ARMS, BETTER, PAIN, TILT, people, plan, study

from lowback.analyses.ancova import ancova
from lowback.figures import power_figure
from lowback.repeat.planning import cheapest, planned, weighed
from lowback.repeat.planning.counting import Counted, null_effect
from lowback.repeat.planning.designs import designs
from lowback.repeat.planning.expecting import effect_for, risks
from lowback.repeat.planning.weighing import Weighed
from lowback.result import Result
from lowback.sentences import answer
from lowback.tables import plan_table

CLUSTERS = {"of": "therapist", "size": 10, "icc": 0.1}
GRID = {"participants": [60, 120], "raters": [1, 2]}


def test_processes_and_interruptions_change_nothing(tmp_path):
    planning = plan(grid=GRID, assumed={"effect": {"value": -1, "prior_sd": 0.3}})
    alone = [one.counted for one in weighed(planning, replicates=450)]
    assert [one.counted for one in weighed(planning, replicates=450, jobs=2)] == alone
    assert [one.counted for one in weighed(planning, replicates=450, keep=tmp_path / "kept")] == alone
    assert [one.counted for one in weighed(planning, replicates=450, keep=tmp_path / "kept")] == alone
    assert alone[0].trials == 450


def test_another_seed_gives_other_trials():
    one, other = (weighed(plan(seed=seed), replicates=200)[0].counted for seed in (1, 2))
    assert one.estimate != other.estimate


def test_ignoring_clusters_overstates_power_and_is_caught():
    honest, ignored = (
        weighed(plan(assumed={"clusters": {**CLUSTERS, "ignored": one}}), replicates=3000)[0]
        for one in (False, True)
    )
    assert ignored.power.estimate > honest.power.estimate + 0.05
    assert ignored.overstates
    assert not honest.overstates
    assert ignored.reaches(plan()) == "no"


def test_leaving_clusters_out_of_the_plan_promises_more_than_there_is():
    [without] = weighed(plan(grid={"participants": [140]}), replicates=3000)
    [within] = weighed(plan(grid={"participants": [140]}, assumed={"clusters": CLUSTERS}), replicates=3000)
    assert without.power.estimate > within.power.estimate + 0.1


def test_the_reports_own_analysis_is_caught_too_where_it_ignores_clusters():
    clusters = {**CLUSTERS, "icc": 0.3}
    planning = plan(as_reported=True, assumed={"clusters": clusters}, grid={"participants": [60]})
    [found] = weighed(planning, analysis=ancova, replicates=40)
    assert found.overstates


@pytest.mark.parametrize("effect", [-1, 1])
def test_trials_find_the_effect_that_was_put_in_and_nothing_where_there_is_none(effect):
    [found] = weighed(
        plan(assumed={"effect": effect, "adherence": 0.8, "dropout": {12: 0.2}}), replicates=3000
    )
    assert found.estimate.estimate == pytest.approx(0.8 * effect, abs=3 * found.estimate.std_error)
    assert found.false_positives.estimate == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 3000))
    assert found.power.estimate > 0.4


def test_a_trial_at_the_margin_rarely_passes_for_equivalent_or_not_inferior():
    trial = study({**PAIN, "smallest_worthwhile": 1})
    for goal, level in (("equivalence", 0.05), ("non-inferiority", 0.025)):
        planning = plan(
            trial, success=goal, assumed={"effect": 0, "adherence": 0.9}, grid={"participants": [200]}
        )
        # Worse by the margin of 1 after a tenth does not follow.
        assert null_effect(planning, designs(planning)[0]) == pytest.approx(1 / 0.9)
        [found] = weighed(planning, replicates=3000)
        assert found.false_positives.estimate <= level + 3 * math.sqrt(level / 3000)


def test_the_effect_that_makes_a_difference_between_shares_is_found():
    planning = plan(study(BETTER), assumed={"change": -2})
    layout = designs(planning)[0].layout
    treated, control = risks(planning, layout, effect_for(planning, layout, 0.2))
    assert treated - control == pytest.approx(0.2)


def test_the_prior_draws_power_towards_the_middle():
    prior = {"effect": {"value": -1, "prior_sd": 1}}
    [found] = weighed(plan(assumed=prior, grid={"participants": [300]}), replicates=1000)
    assert found.assurance.estimate < found.power.estimate - 0.1


def test_more_raters_and_readings_find_more_where_measuring_errs():
    measure = {"mean": 6, "sd": 2, "correlation": 0.3, "reliability": 0.5, "of_raters": 0.5}
    grid = {"participants": [80], "raters": [1, 2], "readings": [1, 4]}
    powers = [
        one.power.estimate for one in weighed(plan(assumed={"outcome": measure}, grid=grid), replicates=1000)
    ]
    assert powers == sorted(powers, key=lambda power: power)
    assert powers[-1] > powers[0] + 0.15


def test_more_visits_help_a_rate_of_change():
    planning = plan(analysis="slopes", grid={"participants": [100], "visits": [3, 9]})
    few, many = weighed(planning, replicates=1000)
    assert many.power.estimate > few.power.estimate + 0.1


def test_measurement_error_hides_a_slope_within_persons():
    exposure = {"mean": 6, "sd": 3, "correlation": 0.4, "reliability": 0.6}
    grid = {"participants": [60], "raters": [1, 3]}
    one, three = weighed(
        plan(people(weeks=[0, 4, 8, 12]), assumed={"exposure": exposure, "effect": 1}, grid=grid),
        replicates=1000,
    )
    # True variance within people 0.2, error 0.4 or a third of it: a third or 0.6 of the slope is seen.
    assert one.estimate.estimate == pytest.approx(1 / 3, abs=0.04)
    assert three.estimate.estimate == pytest.approx(0.6, abs=0.04)
    assert three.power.estimate > one.power.estimate


def made(successes: float, cost: float, participants: int, false: float = 50) -> Weighed:
    """A design with so many successes in 1,000 trials."""
    design = replace(designs(plan(grid={"participants": [participants]}))[0], cost=cost)
    return Weighed(design, Counted(1000, 1000, successes, math.nan, false, 3000, 9001, -1000, 1001), 0.05)


def test_the_cheapest_is_shown_to_reach_the_target_and_of_equals_the_smallest():
    dear, cheap, cheaper, near = made(900, 50, 80), made(900, 40, 100), made(900, 40, 90), made(805, 10, 70)
    assert near.reaches(plan()) == "cannot tell"
    assert made(700, 1, 60).reaches(plan()) == "no"
    assert cheapest(plan(), [dear, cheap, cheaper, near]) is cheaper


def test_a_design_that_finds_what_is_not_there_is_never_chosen():
    assert cheapest(plan(), [made(990, 1, 60, false=150), made(990, 5, 60)]).design.cost == 5


def test_a_width_is_reached_from_above():
    target = plan(target={"width": 3.1})
    assert made(100, 1, 60).reaches(target) == "yes"
    assert made(100, 1, 60).reaches(plan(target={"width": 2.9})) == "no"


def test_a_result_holds_every_number_with_its_design():
    result = planned(
        plan(grid=GRID, costs={"participant": 10}, assumed={"effect": {"value": -1, "prior_sd": 0.3}}),
        replicates=200,
    )
    assert result.estimand == "P"
    rows = result.estimates.join(result.keys)
    statistics = rows.loc[rows["design"] == 2, "statistic"].tolist()
    assert statistics == [
        "power", "power, closed form", "assurance, closed form", "assurance", "interval width", "mean estimate",
        "false positives", "unanswered", "cost",
    ]  # fmt: skip
    power = rows[(rows["statistic"] == "power") & (rows["design"] == 1)].iloc[0]
    assert power["std_error"] == pytest.approx(math.sqrt(power["estimate"] * (1 - power["estimate"]) / 200))
    assert power["conf_low"] < power["estimate"] < power["conf_high"]
    assert power["n_participants"] == 60
    assert "200 simulated trials of each of 4 designs (seed 1)" in result.method


def test_a_width_of_a_difference_between_shares_is_in_percentage_points():
    planning = plan(study(BETTER), target={"width": 0.25}, assumed={"change": -2}, costs={"participant": 1})
    result = planned(planning, replicates=200)
    assert result.question.startswith("Which design has a 95 % interval no wider than 25 percentage points")
    assert "Target: interval width of at most 25 percentage points." in plan_table(result).media["text/plain"]
    assert "an interval width of at most 25 percentage points" in answer(result).media["text/plain"]
    assert (
        "(percentage points)"
        in power_figure(planned_widths(), statistic="interval width").metadata["image/png"]["alt"]
    )


def planned_widths() -> Result:
    """Widths of differences between shares for two sizes."""
    grid = {"participants": [60, 120]}
    return planned(
        plan(study(BETTER), target={"width": 0.25}, assumed={"change": -2}, grid=grid), replicates=50
    )


def test_a_method_says_what_is_overstated_and_set_aside():
    trial = study(PAIN, covariates=["age_years"], arms=ARMS)
    method = planned(
        plan(trial, assumed={"clusters": {**CLUSTERS, "icc": 0.3, "ignored": True}}), replicates=1000
    ).method
    assert (
        "the power is overstated because the analysis takes people of one therapist for independent" in method
    )
    assert "(age_years) are set aside" in method


def test_a_plan_for_a_slope_speaks_of_its_unit():
    planning = plan(
        people(), assumed={"exposure": {"mean": 6, "sd": 3, "correlation": 0.4, "reliability": 0.7}}
    )
    assert planning.unit == f"NRS points per {TILT['per']} degrees"
