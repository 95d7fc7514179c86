"""Analyses of the mechanism in simulated worlds: wrong ones fail, right ones do not, and refusals are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from asked_once import asked_once

from lowback.analyses.by_characteristic import by_characteristic
from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.factorial import factorial
from lowback.analyses.mediation import mediation
from lowback.analyses.proximal_effect import proximal_effect
from lowback.analyses.rule_value import rule_value
from lowback.certificate import Certified
from lowback.cohort import Cohort
from lowback.estimators.measurement_error import simex
from lowback.outcomes import mediated_model
from lowback.repeat import certify, scenario_truths
from lowback.repeat.certify import certify_scenario
from lowback.repeat.trying import Analysis
from lowback.result import Refusal, Result
from lowback.simulate import SimulationError, read_scenario
from lowback.study import Study, read_study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
# A few more than the thirty answers without which nothing is condemned; where a fault is smaller the test asks for more.
COHORTS = 32


def certified(
    world: str, estimand: str, cohorts: int = COHORTS, people: int = 160, **analyses: Analysis
) -> dict[str, Certified]:
    file = "study_components.yml" if world == "components" else "study.yml"
    asked = read_study(WORLDS / file).focus(estimand)
    found = certify_scenario(
        WORLDS / f"{world}.yml", people, analyses, replicates=cohorts, seed=5, made="2026-11-22", study=asked
    )
    return {one.analysis: one for one in found.certified}


@pytest.fixture(autouse=True)
def fewer_people_and_draws(monkeypatch):
    """Slopes are then known to a tenth of what they vary by, not to a hundredth; what is answered shows in 200 people as in 1,000.

    Ends of intervals come from fewer draws, and SIMEX, which stands beside the corrected slopes, from fewer errors.
    """
    monkeypatch.setattr(certify, "PROBED", 200)
    monkeypatch.setattr(scenario_truths, "BLOCKS_WITH_COURSE", 16)
    monkeypatch.setattr(mediated_model, "REPLICATES", 500)
    monkeypatch.setattr(simex, "PAIRS", 5)


def relabelled(analysis: Analysis, column: str, old: str, new: str) -> Analysis:
    """The analysis with rows of one label passed off as those of another."""

    def wrong(cohort: Cohort, study: Study) -> Result | Refusal:
        found = analysis(cohort, study)
        if isinstance(found, Refusal) or found.keys is None:
            return found
        kept = (found.keys[column] != new).to_numpy()
        keys = found.keys[kept].reset_index(drop=True)
        keys[column] = keys[column].replace({old: new})
        return replace(found, estimates=found.estimates[kept].reset_index(drop=True), keys=keys)

    return wrong


def figures(part: Certified, words: str) -> dict[str, float | None]:
    (term,) = [one for one in part.terms if words in one.term]
    ((_, found),) = term.worlds.items()
    return dict(found)


def test_a_slope_as_measured_in_place_of_the_corrected_one_fails():
    slopes = asked_once(corrected_slopes)
    naive = relabelled(slopes, "adjustment", "as measured", "corrected")
    parts = certified("chain", "back pain and pelvic tilt", corrected_slopes=slopes, naive=naive)
    assert parts["naive"].verdict == "fails"
    assert parts["corrected_slopes"].verdict != "fails"
    # Tilt as measured has a reliability of about a half within persons, so that half of the slope is lost.
    within = figures(parts["naive"], "within persons")
    assert within["bias"] < -0.3 * within["truth"] < 0
    assert any("bias" in reason for reason in parts["naive"].reasons)


def without_doses(cohort: Cohort, study: Study) -> Result | Refusal:
    """Who does not ask how much of the programme people do."""
    bare = tuple(one.model_copy(update={"doses": ()}) for one in study.estimands)
    return mediation(cohort, study.model_copy(update={"estimands": bare}))


def kept_beside_baseline(world: str) -> float:
    """The share of a slope on tilt that error leaves, at equal tilt before: what is no error of what the earlier reading does not tell.

    Carroll et al. 2006, Measurement error in nonlinear models, 2nd ed., section 3.3 (attenuation beside a covariate).
    """
    scenario = read_scenario(WORLDS / f"{world}.yml")
    sd, error, between = (scenario.values[one] for one in ("tilt_sd", "tilt_sem", "tilt_icc_between_visits"))  # noqa: PD011 (a mapping)
    return float(1 - error**2 / (sd**2 * (1 - between**2)))


def test_a_mediator_taken_as_free_of_error_fails():
    asked = "back pain by way of the pelvis"
    # Everybody keeps to the programme alike here, so that nothing need be adjusted for but error.
    right = asked_once(without_doses)
    naive = relabelled(right, "correction", "naive", "corrected")
    # So many that a bias of three quarters of a standard error in 160 people is above 0.4 of one whatever the cohorts.
    parts = certified("chain_kept", asked, 40, 480, mediation=right, naive=naive)
    assert parts["naive"].verdict == "fails"
    assert parts["mediation"].verdict != "fails"
    lost, found = figures(parts["naive"], "indirect"), figures(parts["mediation"], "indirect")
    kept = kept_beside_baseline("chain_kept")
    assert kept == pytest.approx(1 - 1.1**2 / (3.05**2 * (1 - 0.75**2)))
    assert lost["truth"] + lost["bias"] == pytest.approx(kept * lost["truth"], abs=3 * lost["bias_error"])
    # Of the same cohorts, which fall alike in both, the ratio is known better.
    assert (lost["truth"] + lost["bias"]) / (found["truth"] + found["bias"]) == pytest.approx(kept, abs=0.04)
    beside = figures(parts["naive"], ": direct")
    assert beside["bias"] == pytest.approx(-lost["bias"], abs=0.1)
    # The total is the same in both, and right.
    assert (
        figures(parts["mediation"], "total effect")["bias"] == figures(parts["naive"], "total effect")["bias"]
    )


def test_without_what_people_do_of_their_programme_the_direct_effect_passes_for_indirect():
    parts = certified("chain", "back pain by way of the pelvis", mediation=mediation, bare=without_doses)
    right, wrong = (figures(parts[name], "indirect")["bias"] for name in ("mediation", "bare"))
    # Both on the same cohorts: what they differ by does not depend on how these fell.
    assert wrong < right - 0.15
    assert abs(right) < 3 * figures(parts["mediation"], "indirect")["bias_error"]
    assert parts["mediation"].verdict != "fails"


def test_what_a_component_does_over_both_settings_in_place_of_alone_fails():
    right = asked_once(factorial)
    wrong = relabelled(right, "statistic", "component", "alone")
    parts = certified("components", "back pain at week 12", factorial=right, wrong=wrong)
    assert parts["factorial"].verdict != "fails"
    assert parts["wrong"].verdict == "fails"
    # Together they take off less than added up: half of what is missing is each one's.
    both = figures(parts["factorial"], "both, beyond the two alone added up")
    alone = figures(parts["wrong"], "hip-flexor stretching, with and without")
    assert alone["bias"] == pytest.approx(both["truth"] / 2, abs=3 * alone["bias_error"])


def arms_swapped(cohort: Cohort, study: Study) -> Result | Refusal:
    """Whose arm is whose confused."""
    people = cohort.participants
    swapped = people["arm"].map({study.arms[0]: study.arms[1], study.arms[1]: study.arms[0]})
    return by_characteristic(replace(cohort, participants=people.assign(arm=swapped)), study)


def test_effects_by_signs_with_arms_swapped_fail():
    parts = certified(
        "chain", "back pain by signs of the hip", by_characteristic=by_characteristic, swapped=arms_swapped
    )
    assert parts["swapped"].verdict == "fails"
    assert parts["by_characteristic"].verdict != "fails"
    found = figures(parts["swapped"], "per sign")
    assert found["bias"] == pytest.approx(-2 * found["truth"], abs=4 * found["bias_error"])


def test_people_counted_four_times_fail():
    asked = "back pain after a hip session"
    parts = certified("chain", asked, 40, proximal_effect=proximal_effect, fourfold=_fourfold)
    assert parts["proximal_effect"].verdict != "fails"
    assert parts["fourfold"].verdict == "fails"
    right, wrong = (figures(parts[one], "effect")["se_ratio"] for one in ("proximal_effect", "fourfold"))
    assert wrong == pytest.approx(right / 2, abs=0.03)


def _fourfold(cohort: Cohort, study: Study) -> Result | Refusal:
    """Every person four times, each time under another name."""
    again = [
        pd.concat(
            [one.assign(participant_id=one["participant_id"] + name) for name in "ABCD"], ignore_index=True
        )
        for one in (cohort.participants, cohort.visits, cohort.checkins)
    ]
    return proximal_effect(Cohort("four times", *again), study)


def test_what_a_rule_changes_over_all_days_in_place_of_the_days_that_it_bids_fails():
    right = asked_once(rule_value)
    diluted = relabelled(right, "statistic", "difference from never", "effect where it bids")
    parts = certified("chain", "hips first on reactive days", rule_value=right, diluted=diluted)
    assert parts["rule_value"].verdict != "fails"
    assert parts["diluted"].verdict == "fails"


def test_refusals_are_counted_and_make_an_analysis_fail():
    def refuses_half(cohort: Cohort, study: Study) -> Result | Refusal:
        found = by_characteristic(cohort, study)
        if len(cohort.participants) <= 160 and cohort.participants["age_years"].iloc[0] < 45:
            return Refusal("by_characteristic", study.estimands[0].name, "?", "the first person is young")
        return found

    part = certified("no_chain", "back pain by signs of the hip", by_characteristic=refuses_half)[
        "by_characteristic"
    ]
    assert part.verdict == "fails"
    found = figures(part, "per sign")
    assert found["replicates"] == COHORTS
    assert 0.2 < found["refused"] < 0.9


def test_what_a_world_has_no_truth_of_is_told_and_the_rest_is_tried():
    asked = read_study(WORLDS / "study.yml").focus(
        "back pain by way of the pelvis", "back pain by signs of the hip"
    )
    early = asked.estimands[0].model_copy(update={"mediators_week": 8})
    asked = asked.model_copy(update={"estimands": (early, asked.estimands[1])})
    tried: dict[str, Callable[..., Result | Refusal]] = {
        "mediation": mediation,
        "by_characteristic": by_characteristic,
    }
    found = certify_scenario(
        WORLDS / "no_chain.yml", 64, tried, replicates=2, seed=1, made="2026-11-22", study=asked
    )
    assert {one.analysis for one in found.certified} == {"by_characteristic"}
    assert any("mediators of week 8 do nothing" in why for *_, why in found.untried)
    only = asked.model_copy(update={"estimands": (early,)})
    with pytest.raises(SimulationError, match="none of mediation, by_characteristic answers"):
        certify_scenario(
            WORLDS / "no_chain.yml", 64, tried, replicates=2, seed=1, made="2026-11-22", study=only
        )
