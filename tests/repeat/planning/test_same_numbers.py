"""Many trials at once give the numbers of the report's own analysis on the same cohorts."""

from __future__ import annotations

import numpy as np
import pytest
from plans import ARMS, BETTER, PAIN, TILT, people, plan, study

from lowback.analyses.ancova import ancova
from lowback.analyses.equivalence import equivalence
from lowback.analyses.mmrm import mmrm
from lowback.analyses.responders import responders
from lowback.analyses.slopes import slopes
from lowback.analyses.within_between import within_between
from lowback.estimators.batched import Found
from lowback.repeat.planning import Analysis, PlanError, Planning, weighed
from lowback.repeat.planning.designs import designs
from lowback.repeat.planning.estimating import by_analysis, by_arrays
from lowback.repeat.planning.plan import ANALYSES
from lowback.repeating import analyses
from lowback.result import Refusal
from lowback.simulate.planned import draw

TRIALS = 5


def both(planning: Planning, analysis: Analysis, seed: int = 1) -> tuple[Found, Found]:
    """The first design's trials, analysed both ways."""
    effects = np.full(TRIALS, planning.plan.assumptions.effect.value)
    per = float(planning.estimand.per or 1)
    rng = np.random.default_rng(seed)
    draws = draw(
        planning.plan.assumptions, designs(planning)[0].layout, effects, rng, per=per, end=planning.end
    )
    return by_arrays(planning, draws), by_analysis(planning, draws, analysis)


def differing(fast: Found, slow: Found, rtol: float = 1e-6) -> list[str]:
    """Numbers of the trials that the two ways do not have in common."""
    return [
        name
        for name in ("estimate", "std_error", "conf_low", "conf_high")
        if getattr(fast, name) != pytest.approx(getattr(slow, name), rel=rtol, abs=rtol)
    ]


def test_analysis_of_covariance_with_gaps_and_three_arms():
    three = study(PAIN, arms=[*ARMS, "Übung"])
    assert not differing(*both(plan(three, assumed={"dropout": {12: 0.2}}), ancova))


@pytest.mark.parametrize(
    "rule", [{"at_most": 4}, {"fall_percent": 30}, {"fall_points": 2}, {"minimal_important_change": True}]
)
@pytest.mark.parametrize("missing", ["missing", "not responded"])
def test_responders_by_every_definition(rule, missing):
    trial = study({**BETTER, "responders": [rule], "missing_outcome": missing})
    assumed = {"dropout": {12: 0.15}, "change": -1, "scale": {"low": 0, "high": 10, "step": 1}}
    assert not differing(*both(plan(trial, assumed=assumed), responders), rtol=1e-5)


def test_responders_of_a_scale_on_which_higher_is_better():
    trial = study({**BETTER, "outcome": "sleep_quality_nrs", "responders": [{"fall_points": 1}]})
    planning = plan(trial, assumed={"effect": 1})
    assert planning.outcome.higher_is == "better"
    assert not differing(*both(planning, responders), rtol=1e-5)


def test_rates_of_change_of_everybody():
    planning = plan(study(weeks=[0, 4, 8, 12]), analysis="slopes", assumed={"slope_sd": 0.15})
    assert not differing(*both(planning, slopes), rtol=1e-4)


def test_rates_of_change_with_gaps_are_near():
    assumed = {"slope_sd": 0.15, "dropout": {12: 0.2}}
    fast, slow = both(plan(study(weeks=[0, 4, 8, 12]), analysis="slopes", assumed=assumed), slopes)
    np.testing.assert_allclose(fast.estimate, slow.estimate, atol=0.2 * slow.std_error.mean())
    np.testing.assert_allclose(fast.std_error, slow.std_error, rtol=0.06)


EXPOSED = {"exposure": {"mean": 6, "sd": 3, "correlation": 0.4, "reliability": 0.7}, "effect": 0.7}


def test_slopes_within_persons_of_everybody():
    planning = plan(people(weeks=[0, 4, 8, 12]), assumed=EXPOSED, grid={"participants": [40]})
    assert not differing(*both(planning, within_between), rtol=1e-4)


def test_slopes_within_persons_of_a_trial_apart_from_arms_and_visits():
    planning = plan(study(TILT, weeks=[0, 6, 12]), assumed=EXPOSED, grid={"participants": [40]})
    assert not differing(*both(planning, within_between), rtol=1e-4)


def test_slopes_within_persons_with_gaps_are_near():
    planning = plan(
        people(weeks=[0, 4, 8, 12]), assumed={**EXPOSED, "dropout": {12: 0.2}}, grid={"participants": [40]}
    )
    fast, slow = both(planning, within_between)
    np.testing.assert_allclose(fast.estimate, slow.estimate, atol=0.1 * slow.std_error.mean())
    np.testing.assert_allclose(fast.std_error, slow.std_error, rtol=0.03)


def test_repeated_measures_of_two_visits_are_analysis_of_covariance():
    planning = plan(analysis="mmrm", grid={"participants": [60]})
    slow = both(plan(grid={"participants": [60]}), mmrm)[1]
    fast = both(plan(grid={"participants": [60]}), ancova)[0]
    assert not planning.is_by_arrays
    np.testing.assert_allclose(fast.estimate, slow.estimate, atol=0.5 * fast.std_error.mean())


def test_the_reports_own_analysis_finds_its_power_on_cohorts():
    [fast] = weighed(plan(grid={"participants": [60]}), replicates=20)
    [slow] = weighed(plan(as_reported=True, grid={"participants": [60]}), analysis=ancova, replicates=20)
    assert slow.counted.answered == fast.counted.answered == 20


def test_equivalence_answers_by_its_margin():
    trial = study({**PAIN, "smallest_worthwhile": 2})
    planning = plan(
        trial,
        analysis="equivalence",
        success="equivalence",
        assumed={"effect": 0},
        grid={"participants": [80]},
    )
    [found] = weighed(planning, analysis=equivalence, replicates=10)
    assert found.counted.answered == 10
    assert found.power.estimate > 0.5


@pytest.mark.parametrize(
    ("summary", "name"), [(summary, name) for summary, names in ANALYSES.items() for name in names]
)
def test_every_analysis_that_a_plan_may_name_answers_cohorts(summary, name):
    trial = {"mean difference": PAIN, "risk difference": BETTER, "slope": TILT}[summary]
    assumed = EXPOSED if summary == "slope" else {"dropout": {12: 0.1}, "slope_sd": 0.1}
    three = study({**trial, "smallest_worthwhile": 0.5}, weeks=[0, 6, 12], arms=[*ARMS, "Übung"])
    planning = plan(three, analysis=name, as_reported=True, assumed=assumed, grid={"participants": [60]})
    [found] = weighed(planning, analysis=analyses()[name], replicates=2)
    assert found.counted.answered == 2


def test_an_analysis_that_goes_through_cohorts_must_be_handed_over():
    with pytest.raises(PlanError, match="hand over the analysis"):
        weighed(plan(analysis="mmrm"))


def test_a_refusal_counts_as_a_trial_that_shows_nothing():
    def silent(*_: object) -> Refusal:
        return Refusal("ancova", "pain", "?", "nothing")

    [found] = weighed(plan(as_reported=True), analysis=silent, replicates=4)
    assert found.unanswered.estimate == 1
    assert found.power.estimate == 0
    assert found.width is None
