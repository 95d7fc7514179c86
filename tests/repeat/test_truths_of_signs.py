"""True values of what comes together, of three moments in a row and of a burden: by hand, none where there is none, and planted wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asked_once import asked_once
from scipy.stats import norm

from lowback.analyses.co_occurrence import LEVEL_ONLY, co_occurrence
from lowback.analyses.efficiency import efficiency
from lowback.analyses.proximal_effect import proximal_effect
from lowback.analyses.three_in_a_row import three_in_a_row
from lowback.certificate import Certified
from lowback.cohort import Cohort
from lowback.repeat import certify, leads_asked
from lowback.repeat.certify import certify_scenario
from lowback.repeat.truths_of_more import of_burden
from lowback.repeat.trying import Analysis
from lowback.result import Refusal, Result
from lowback.simulate import around_onsets, at_moments, burden, in_a_row
from lowback.simulate.coming_together import correlations_together
from lowback.simulate.in_a_row import changes_in_a_row
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.study import Study, read_study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
ARMS = ("usual care", "hip-flexor stretching")
BOTH, BACK_ONLY = "hips and back", "back-only care"
WALKING, SITTING, SPACER = (
    "stiffness before and after walking",
    "back pain before and after long sitting",
    "back pain before and after a night with a spacer",
)
# Pain and stiffness seldom come near 0 or 10, and everybody walks, sits and sleeps alike.
ALIKE = {
    "pain_mean": 5, "pain_sd": 0.3, "pain_slow_sd": 0, "pain_day_sd": 0.6, "pain_recovery": 0, "pain_recovery_sd": 0, "pain_enrol_at": 0,
    "pain_per_lordosis": 0, "pain_effect_strengthening": 0, "pain_per_year": 0, "pain_per_activity": 0, "pain_in_women": 0, "pain_per_bmi": 0,
    "pain_per_log_duration": 0, "pain_per_expectation": 0, "walking_per_activity": 0, "side_sleeper_share": 1, "stiffness_sd": 0.6,
}  # fmt: skip


@pytest.fixture(autouse=True)
def fewer_people_behind_the_truth(monkeypatch):
    monkeypatch.setattr(at_moments, "BLOCKS", 6)
    monkeypatch.setattr(in_a_row, "BLOCKS_OF_CUT", 2)
    monkeypatch.setattr(burden, "BLOCKS", 20)
    monkeypatch.setattr(around_onsets, "BLOCKS", 4)
    monkeypatch.setattr(certify, "PROBED", 160)


def world(**changes: float) -> Scenario:
    design = {"arms": ARMS, "checkins_a_day": 2}
    figures = {**ALIKE, **changes}
    return Scenario(title="", says="", based_on="mechanism", design=design, parameters=figures)


def of_file(name: str, **changes: float) -> Scenario:
    read = read_scenario(WORLDS / f"{name}.yml")
    return Scenario.model_validate({**read.model_dump(), "parameters": {**read.parameters, **changes}})


def test_walking_over_the_middle_is_worth_what_the_normal_distribution_says_and_part_of_it_stays() -> None:
    found = changes_in_a_row(
        world(stiffness_per_walking=-0.04, stiffness_memory=0.6), "back_stiffness_nrs", "walking_min", ARMS
    )
    # Minutes of mean 15 and SD 8, none below 0, written down whole; 15 are the middle, so that more than 15.5 are with it.
    edge, floor = 0.5 / 8, -15 / 8
    more = 15 + 8 * norm.pdf(edge) / norm.sf(edge)
    some = 15 * (norm.cdf(edge) - norm.cdf(floor)) - 8 * (norm.pdf(edge) - norm.pdf(floor))
    there = -0.04 * (more - some / norm.cdf(edge))
    by_hand = {
        "difference": there * (1 - 0.6 / 2),
        "there": there,
        "back": (0.6 - 1) * there,
        "left over": 0.6 * there,
        "check": 0,
    }
    assert found == pytest.approx(by_hand, abs=0.015)
    assert there == pytest.approx(-0.5, abs=0.05)


def test_a_night_with_a_spacer_takes_its_points_off_one_morning_of_side_sleepers() -> None:
    found = changes_in_a_row(world(pain_after_spacer=-1.2), "pain_nrs", "spacer_used", ARMS)
    by_hand = {"difference": -1.2, "there": -1.2, "back": 1.2, "left over": 0, "check": 0}
    assert found == pytest.approx(by_hand, abs=0.02)
    some = changes_in_a_row(
        world(pain_after_spacer=-1.2, side_sleeper_share=0.5), "pain_nrs", "spacer_used", ARMS
    )
    assert some["there"] == pytest.approx(-0.6, abs=0.06)


def test_scores_that_end_make_an_hour_of_sitting_count_for_less() -> None:
    free, ends = (
        changes_in_a_row(world(pain_per_bout=0.02, pain_mean=level), "pain_nrs", "longest_sitting_min", ARMS)
        for level in (5, 0)
    )
    # The halves of a normal distribution of SD 30 lie 2 sqrt(2 / pi) of it apart; few bouts end at 5 minutes.
    assert free["there"] == pytest.approx(0.02 * 30 * 2 * (2 / np.pi) ** 0.5, abs=0.03)
    assert 0.2 < ends["there"] < 0.8 * free["there"]


def test_what_does_nothing_changes_nothing_and_of_the_rest_nothing_is_said() -> None:
    assert set(changes_in_a_row(world(), "pain_nrs", "longest_sitting_min", ARMS).values()) == {0.0}
    assert changes_in_a_row(world(), "pain_nrs", "hold_s", ARMS) == {}
    handed_on = world(pain_per_bout=0.02, mood_per_pain=0.1, pain_per_mood=0.5)
    assert changes_in_a_row(handed_on, "pain_nrs", "longest_sitting_min", ARMS) == {}
    # Sessions are two days apart, so that there are no three check-ins in a row around them.
    sessions = world(hip_session_now=-1)
    assert changes_in_a_row(sessions, "pain_post_session_nrs", "hip_session", ARMS) == {}


def test_arms_ask_for_the_minutes_that_they_prescribe_times_what_people_do() -> None:
    study = read_study(WORLDS / "study_regions.yml")
    said = ("difference in burden", BOTH, BACK_ONLY)
    alike = of_file("both_regions", adherence_low=0.5, adherence_high=0.5)
    # Three sessions of 44.6 minutes a week, of which half are done; those of both take half as long again.
    assert of_burden(alike, study, study.estimands[0]) == {said: pytest.approx(0.5 * 3 * 44.6 * 0.5)}
    assert of_burden(of_file("no_both_regions"), study, study.estimands[0]) == {said: 0}
    plain = study.estimands[0].model_copy(update={"burden": None})
    assert of_burden(of_file("both_regions"), study, plain) == {}


def test_without_memory_a_correlation_is_that_of_the_equations_whatever_is_taken_off() -> None:
    still = {"hip_memory": 0, "back_memory": 0, "shared_memory": 0, "checkin_back_error_sd": 0.9}
    found = correlations_together(
        of_file("one_cause", **still, hip_shock_sd=0.6, back_shock_sd=0.6, shared_sd=1)
    )
    # What both share has a variance of 1; its own 0.36, rounding a twelfth, and the error of back pain 0.81.
    by_hand = 1 / ((1 + 0.36 + 1 / 12) * (1 + 0.36 + 0.81 + 1 / 12)) ** 0.5
    assert [found["level"], found["course"]] == pytest.approx([by_hand] * 2, abs=0.006)
    # Levels have an SD of 0.3 each and nothing in common; means of twelve weeks hold next to nothing of the moments.
    assert found["between"] == pytest.approx(0, abs=0.12)


def test_a_line_takes_along_more_of_slow_ups_and_downs_than_a_level() -> None:
    found = correlations_together(of_file("leads"))
    # By the equations around a level that is known, with the error of rounding in both.
    hip = 1.1**2 / 0.64
    both = 0.18 * hip / 0.64
    back = (1.1**2 + 0.09 * hip + 0.36 * both) / 0.64
    known = both / ((hip + 1 / 12) * (back + 1 / 12)) ** 0.5
    assert known - 0.05 < found["course"] < found["level"] - 0.003 < known - 0.003
    nothing = correlations_together(of_file("no_lead"))
    assert nothing["level"] == nothing["course"] == 0


def test_what_is_taken_off_is_named_as_the_analysis_names_it() -> None:
    assert leads_asked.LEVEL_ONLY == LEVEL_ONLY


def certified(world_name: str, study: Study, cohorts: int = 32, **analyses: Analysis) -> dict[str, Certified]:
    found = certify_scenario(
        WORLDS / f"{world_name}.yml",
        160,
        analyses,
        replicates=cohorts,
        seed=5,
        made="2026-11-23",
        study=study,
    )
    return {one.analysis: one for one in found.certified}


def test_an_analysis_of_whose_rows_nothing_is_known_is_named_with_the_reason() -> None:
    study = read_study(WORLDS / "study_signs.yml").focus(SITTING)
    tried = {"proximal_effect": proximal_effect, "three_in_a_row": three_in_a_row}
    handed_on = of_file("chain", mood_per_pain=0.1, pain_per_mood=0.5)
    found = certify_scenario(handed_on, 60, tried, replicates=2, seed=1, made="2026-11-23", study=study)
    assert {one.analysis for one in found.certified} == {"proximal_effect"}
    assert found.untried == (("three_in_a_row", SITTING, certify.NO_TRUTH),)


def passed_off(analysis: Analysis, old: str, new: str) -> Analysis:
    """The analysis with the numbers of one statistic under the name of another."""

    def wrong(cohort: Cohort, study: Study) -> Result | Refusal:
        found = analysis(cohort, study)
        if isinstance(found, Refusal) or found.keys is None:
            return found
        at, of = (np.flatnonzero(found.keys["statistic"] == one)[0] for one in (new, old))
        estimates = found.estimates.copy()
        for column in set(estimates) - {"term", "unit"}:
            estimates.loc[at, column] = found.estimates.loc[of, column]
        return replace(found, estimates=estimates)

    return wrong


def test_a_fall_that_is_left_over_in_part_is_certified_and_one_said_to_go_back_whole_is_not() -> None:
    right = asked_once(three_in_a_row)
    study = read_study(WORLDS / "study_signs.yml").focus(WALKING)
    parts = certified("chain", study, three_in_a_row=right, wrong=passed_off(right, "check", "left over"))
    assert parts["three_in_a_row"].verdict != "fails"
    assert parts["wrong"].verdict == "fails"


def test_points_passed_off_as_minutes_fail() -> None:
    right = asked_once(efficiency)
    study = read_study(WORLDS / "study_regions.yml")
    wrong = passed_off(right, "difference", "difference in burden")
    parts = certified("both_regions", study, efficiency=right, wrong=wrong)
    assert parts["efficiency"].verdict != "fails"
    assert parts["wrong"].verdict == "fails"


def test_people_mixed_with_moments_fail_and_moments_do_not() -> None:
    right = asked_once(co_occurrence)
    study = read_study(WORLDS / "study_leads.yml")
    wrong = passed_off(right, "between", "within")
    parts = certified("one_cause", study, co_occurrence=right, wrong=wrong)
    assert parts["co_occurrence"].verdict != "fails"
    assert parts["wrong"].verdict == "fails"
