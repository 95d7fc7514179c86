"""The true values of what happens to people: by hand where the equations give them, and what analyses find in many people."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from lowback.every_analysis import every_analysis
from lowback.repeat.asked import asked_of
from lowback.repeat.scenario_truths import scenario_truths
from lowback.result import Result
from lowback.simulate import (
    SimulationError,
    at_moments,
    brought_along,
    care_steps,
    easing,
    keeping,
    returns,
    simulate,
)
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.study import Estimand, Study, read_study

ARM, CONTROL = "hip-flexor stretching", "usual care"
REPORTS = ("pain_on_standing_nrs", *easing.REPORTS)
# Pain lies around 5, neither in steps nor near 0 or 10, and nobody does fewer sessions as weeks go by.
FAR_FROM_ENDS = {
    "adherence_full": 1, "adherence_by_expectation": 0, "adherence_decline": 0, "pain_enrol_at": 0, "pain_visit_step": 1e-6, "pain_mean": 5,
    "pain_sd": 0.3, "pain_slow_sd": 0.1, "pain_day_sd": 0.1, "pain_item_sd": 0, "pain_recovery": 0, "pain_recovery_sd": 0, "pain_in_women": 0,
    "pain_per_year": 0, "pain_per_bmi": 0, "pain_per_log_duration": 0, "pain_per_expectation": 0, "pain_per_activity": 0, "pain_per_lordosis": 0,
    "pain_effect_stretching": -1,
}  # fmt: skip
FALL = {
    "outcome": "pain_on_standing_nrs",
    "exposure": "longest_sitting_min",
    "responders": ({"fall_points": 2},),
}
FLARES = {"exposure": "hip_extension_deg", "spells": ({"name": "flare", "flag": "flare", "calm_days": 7},)}


def world(records: tuple[str, ...] = (), **changes: float) -> Scenario:
    design = {"arms": (CONTROL, ARM), "checkins_a_day": 2}
    figures = {**FAR_FROM_ENDS, **changes}
    return Scenario(
        title="", says="", based_on="mechanism", design=design, parameters=figures, records=records
    )


def study(summary: str, **estimand: object) -> Study:
    asked = Estimand.model_validate({"name": "asked", "outcome": "pain_nrs", "summary": summary, **estimand})
    return Study(
        title="A trial", design="randomised trial", weeks=(0, 4, 8, 12), arms=(CONTROL, ARM), control_arm=CONTROL, estimands=(asked,)
    )  # fmt: skip


def truths(scenario: Scenario, summary: str, **estimand: object) -> dict[tuple[str, ...], float]:
    asked = study(summary, **estimand)
    return scenario_truths(scenario, asked, asked.estimands[0])


def keeping_to_it(threshold: float = 0.5, **changes: float) -> dict[str, float]:
    found = truths(
        world(**changes), "effect in those who keep to it", week=12, exposure="adherence", threshold=threshold
    )
    assert {said[1:] for said in found} == {(ARM, CONTROL)}
    return {said[0]: value for said, value in found.items()}


def test_where_everybody_does_every_session_all_keep_to_it_and_gain_what_the_equations_say(monkeypatch):
    monkeypatch.setattr(keeping, "BLOCKS", 2)
    found = keeping_to_it(adherence_low=1, adherence_high=1)
    by_hand = {"in those who keep to it": -1, "as assigned": -1, "more keep to it": 1, "whole programme": -1}
    assert found == pytest.approx(by_hand, abs=1e-5)


def test_with_half_of_the_sessions_half_is_gained_by_whoever_happens_to_do_more_or_fewer(monkeypatch):
    monkeypatch.setattr(keeping, "BLOCKS", 20)
    found = keeping_to_it(adherence_low=0.5, adherence_high=0.5)
    # 36 sessions, each with even chances: 18 or more with probability one half and half of that of 18.
    assert found["more keep to it"] == pytest.approx(0.566, abs=0.03)
    assert found["in those who keep to it"] == pytest.approx(-0.5, abs=1e-5)
    assert found["whole programme"] == pytest.approx(-1, abs=0.01)


def test_where_people_differ_those_who_keep_to_it_gain_more_than_all(monkeypatch):
    monkeypatch.setattr(keeping, "BLOCKS", 10)
    found = keeping_to_it(adherence_low=0, adherence_high=1)
    assert found["in those who keep to it"] < found["as assigned"] - 0.05
    # Everybody gains in proportion to what is done, so that a whole programme is the equations' point.
    assert found["whole programme"] == pytest.approx(-1, abs=0.02)
    # What the analysis divides by how many keep to it is more than they gain: those below gain something too.
    assert found["as assigned"] / found["more keep to it"] < found["in those who keep to it"] - 0.05


def test_injuries_and_falls_are_those_of_the_equations(monkeypatch):
    monkeypatch.setattr(brought_along, "BLOCKS", 150)
    # Rates of at most 20 a year, which a rise of a fifth per 10 km does not come near.
    ratio = truths(
        world(injury_per_10_km=0.2, injury_rate=0.5), "incidence", outcome="hip_flexor_injuries", exposure="running_km", per=10
    )  # fmt: skip
    assert ratio == pytest.approx({("rate ratio",): np.exp(0.2)}, rel=0.02)
    groin = truths(world(groin_per_fall=2), "incidence", outcome="groin_pain", exposure="fell")
    assert groin == pytest.approx({("risk difference",): expit(0) - expit(-2)}, abs=0.01)
    # Where nothing is caused the truth is exact, in however few people.
    monkeypatch.setattr(brought_along, "BLOCKS", 2)
    for outcome, exposure in (("hip_flexor_injuries", "running_km"), ("groin_pain", "fell")):
        ((said, value),) = truths(world(), "incidence", outcome=outcome, exposure=exposure).items()
        assert value == (1 if said == ("rate ratio",) else 0)


def test_what_the_rule_for_warning_signs_is_worth_is_by_the_equations(monkeypatch):
    monkeypatch.setattr(brought_along, "BLOCKS", 150)
    figures = {
        "serious_per_rule": 2,
        "serious_logit": -2,
        "flag_share": 0.8,
        "flag_explained_share": 0.5,
        "flag_severe_share": 0.5,
    }
    found = truths(world(**figures), "screening rule", outcome="serious_pathology", threshold=4)
    # 0 to 8 weeks, rounded: 4 or more with 4.5 of 8; who has had the sign for 3 weeks counts as picked out in the equations and is not here.
    picked, three = 0.8 * 0.25 * 4.5 / 8, 0.8 * 0.25 / 8
    with_it = 0.5
    without = ((1 - picked - three) * expit(-2) + three * 0.5) / (1 - picked)
    serious = picked * with_it + (1 - picked) * without
    by_hand = {
        "risk with": with_it,
        "risk without": without,
        "risk difference": with_it - without,
        "sensitivity": picked * with_it / serious,
        "specificity": (1 - picked) * (1 - without) / (1 - serious),
    }
    assert {said[0]: value for said, value in found.items()} == pytest.approx(by_hand, abs=0.02)


@pytest.mark.parametrize(("ladder", "highest"), [(0, 0), (1, 0), (0, 1)])
def test_the_shares_of_moves_are_those_of_all_ways_that_people_can_go(monkeypatch, ladder, highest):
    monkeypatch.setattr(care_steps, "BLOCKS", 20)
    found = truths(
        world(care_by_ladder=ladder, care_recorded_as_highest=highest), "transitions", outcome="care_step", threshold=0.8
    )  # fmt: skip
    ways = np.array(list(product(range(4), repeat=4)))
    if highest:
        ways = np.maximum.accumulate(ways, axis=1)
    climbed = np.diff(ways, axis=1)
    moved = climbed[climbed != 0]
    by_hand = [(moved == 1).mean(), (moved > 1).mean(), (moved < 0).mean(), 0.25]
    if ladder:
        by_hand = [1, 0, 0, 1]
    order = ["one step up", "leaves out a step", "down", "begins lowest"]
    assert [found[one,] for one in order] == pytest.approx(by_hand, abs=0.02)
    assert found["one step up, less the threshold",] == pytest.approx(found["one step up",] - 0.8)


def test_minutes_until_eased_are_counted_by_hand():
    standing = np.array([[5.0, 5, 5, 5, 1]])
    later = {
        5.0: np.array([[3.0, 5, 5, 5, 0]]),
        15.0: np.array([[5.0, 2, 4, 4, 0]]),
        30.0: np.array([[5.0, 5, 3, 4, 0]]),
    }
    # A fall of 2 points: at once, by 15 min, by 30 min, never, and nothing that could fall so far.
    found = {
        said: (values, known)
        for said, values, known in easing._outcomes(
            easing.Stood(standing, later),
            lambda before, after: (before - after >= 2) * 1.0,
            np.full((1, 5), True),
        )
    }
    minutes, hurt = found[easing.HURT, ""]
    assert minutes[0, :4].tolist() == [2.5, 10, 22.5, 30]
    assert hurt.tolist() == [[True, True, True, True, False]]
    assert found[easing.ALL, ""][0].tolist() == [[2.5, 10, 22.5, 30, 0]]
    assert found[easing.STILL, "15"][0][0, :4].tolist() == [0, 0, 1, 1]


def test_how_much_later_pain_eases_is_by_the_normal_distribution(monkeypatch):
    monkeypatch.setattr(at_moments, "BLOCKS", 12)
    found = truths(world(REPORTS, ease_per_bout=0.5), "time to ease", per=60, **FALL)
    # A bout is 60 + 30 z min, at least 5; pain eases after 10 exp(0.5 (bout - 60) / 60 + 0.4 e) minutes, by a whole 3 points.
    bout = np.maximum(60 + 30 * norm.ppf((np.arange(20000) + 0.5) / 20000), 5)
    goes_on = {at: norm.sf((np.log(at / 10) - 0.5 * (bout - 60) / 60) / 0.4) for at in (5, 15, 30)}
    slopes = {str(at): 60 * np.polyfit(bout, share, 1)[0] for at, share in goes_on.items()}
    minutes = (
        5 * (1 + goes_on[5]) / 2 + 10 * (goes_on[5] + goes_on[15]) / 2 + 15 * (goes_on[15] + goes_on[30]) / 2
    )
    for at, slope in slopes.items():
        assert found["share not eased", "fall of 2 NRS points", at] == pytest.approx(slope, abs=0.005)
    for among in ("bouts that hurt", "all bouts"):
        by_hand = 60 * np.polyfit(bout, minutes, 1)[0]
        assert found["minutes until eased", "fall of 2 NRS points", among] == pytest.approx(by_hand, abs=0.1)
    assert set(truths(world(REPORTS), "time to ease", per=60, **FALL).values()) == {0.0}


def test_settling_is_read_off_by_hand():
    flare = np.zeros((2, 168), dtype=bool)
    flare[0, 10] = True
    flare[1, 0] = True
    since = returns._settled_since(flare, 2)
    # Two days are four half days: the first person settles at half day 4 and, after the flare at 10, again at 15; the second at 5.
    assert since[0, :17].tolist() == [-1] * 5 + [4] * 6 + [-1] * 5 + [15]
    assert since[1, :7].tolist() == [-1] * 6 + [5]


def test_the_ratio_of_returns_is_the_equations_figure_where_the_hip_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(returns, "BLOCKS", 20)
    still = {
        "flare_logit": -4.3,
        "hip_period_sd": 0,
        "hip_gain_stretching": 0,
        "hip_per_sitting": 0,
        "sitting_period_sd": 0.01,
    }
    ((_, ratio),) = truths(world(flare_per_hip=-0.04, **still), "recurrence", per=10, **FLARES).items()
    # Odds fall by exp(-0.4); with some 1.4 % a half day hazards fall by so much less.
    assert ratio == pytest.approx(np.exp(-0.4 * (1 - 0.014)), abs=0.003)
    ((_, moved),) = truths(
        world(flare_per_hip=-0.04, flare_logit=-4.3), "recurrence", per=10, **FLARES
    ).items()
    # Flares ask for the hip as it is, and it was measured some weeks ago: the ratio lies nearer to 1.
    assert ratio < moved - 0.005 < 1
    ((_, none),) = truths(world(), "recurrence", per=10, **FLARES).items()
    assert none == pytest.approx(1, abs=1e-9)


WORLDS = "data/mechanism-worlds"


@pytest.mark.parametrize(
    ("scenario", "name", "analysis", "people"),
    [
        ("no_chain", "back pain in those who keep to it", "complier", 2048),
        ("chain", "groin pain after a fall", "incidence", 2048),
        ("chain", "injuries and running", "incidence", 2048),
        ("chain", "serious pathology by warning signs", "screening_rule", 2048),
        ("chain", "steps of care", "transitions", 2048),
        ("chain", "minutes until the back has eased", "time_to_ease", 512),
        ("flares", "return of flares by hip extension", "recurrence", 1024),
    ],
)
def test_what_an_analysis_finds_in_many_people_is_the_truth(scenario, name, analysis, people, monkeypatch):
    monkeypatch.setattr(keeping, "BLOCKS", 20)
    monkeypatch.setattr(brought_along, "BLOCKS", 150)
    monkeypatch.setattr(care_steps, "BLOCKS", 30)
    monkeypatch.setattr(at_moments, "BLOCKS", 30)
    read = read_study(f"{WORLDS}/study_events.yml").focus(name)
    known = scenario_truths(_scenario(scenario), read, read.estimands[0])
    days = 84 if analysis in ("time_to_ease", "recurrence") else 1
    result = every_analysis()[analysis](simulate(_scenario(scenario), people, 11, days=days).cohort(), read)
    assert isinstance(result, Result)
    said = asked_of(result, read.estimands[0])
    assert set(said.values()) == set(known)
    for row in result.estimates[result.estimates["term"].isin(said)].itertuples():
        # Intervals of 95 % reach 1.96 errors; those of all rows together reach 3.5.
        reach = 3.5 / 1.96 * np.array([row.conf_low - row.estimate, row.conf_high - row.estimate])
        low, high = row.estimate + reach
        assert low - 1e-3 <= known[said[row.term]] <= high + 1e-3, row.term


def _scenario(name: str) -> Scenario:
    return read_scenario(f"{WORLDS}/{name}.yml")


@pytest.mark.parametrize(
    ("summary", "estimand", "said"),
    [
        ("effect in those who keep to it", {"week": 12, "exposure": "session_min_per_week", "threshold": 1}, "not by session_min_per_week"),
        ("incidence", {"outcome": "new_episode", "exposure": "fell"}, None),
        ("incidence", {"outcome": "adverse_event", "exposure": "pelvic_tilt_deg", "per": 5}, "by a yes or no"),
        ("incidence", {"outcome": "groin_pain", "exposure": "side_sleeper"}, "recorded without error"),
        ("incidence", {"outcome": "groin_pain", "exposure": "smokes"}, "'smokes' is nothing"),
        ("incidence", {"outcome": "red_flag", "exposure": "fell"}, "nothing that happens to people"),
        ("screening rule", {"outcome": "red_flag"}, "point to serious_pathology"),
        ("time to ease", FALL, "where reports after standing up are recorded"),
        ("time to ease", {**FALL, "outcome": "pain_nrs"}, "how pain_on_standing_nrs eases"),
        ("recurrence", {"exposure": "pelvic_tilt_deg", "spells": FLARES["spells"]}, "ask for hip_extension_deg"),
        ("recurrence", {"exposure": "hip_extension_deg"}, "flares that people tell of"),
    ],
)  # fmt: skip
def test_what_the_simulator_does_not_know_is_refused_with_the_reason(monkeypatch, summary, estimand, said):
    monkeypatch.setattr(brought_along, "BLOCKS", 2)
    monkeypatch.setattr(returns, "BLOCKS", 2)
    if said is None:
        assert truths(world(), summary, **estimand) == {("risk difference",): 0.0}
        return
    with pytest.raises(SimulationError, match=said):
        truths(world(), summary, **estimand)
