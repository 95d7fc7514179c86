"""The true values of the mechanism's estimands: by hand where nothing is cut off, and by a second Monte Carlo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from lowback.analyses.agreement import agreement
from lowback.analyses.proximal_effect import proximal_effect
from lowback.repeat import scenario_truths as module
from lowback.repeat.asked import asked_of
from lowback.repeat.scenario_truths import scenario_truths
from lowback.repeat.truths import modified_truths
from lowback.result import Result
from lowback.simulate import (
    Intervention,
    SimulationError,
    at_moments,
    modified,
    simulate,
    true_values,
)
from lowback.simulate.at_moments import Whose, answered, moment_effect, order_values
from lowback.simulate.doubles import Doubles
from lowback.simulate.mediation import _WithPosture, mediated_effect
from lowback.simulate.modified import modified_effect
from lowback.simulate.population import rated_pain
from lowback.simulate.recorded_slopes import recorded_slope
from lowback.simulate.recording.plan import Measurement
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.simulate.super_population import super_population
from lowback.study import Estimand, Study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
ARM, CONTROL = "hip-flexor stretching", "usual care"
# Everybody does the whole programme, nobody is turned away, and pain lies around 5, neither in steps nor near 0 or 10.
FAR_FROM_ENDS = {
    "adherence_low": 1, "adherence_high": 1, "adherence_full": 1, "adherence_by_expectation": 0, "pain_enrol_at": 0, "pain_visit_step": 1e-6,
    "pain_mean": 5, "pain_sd": 0.3, "pain_slow_sd": 0.1, "pain_day_sd": 0.1, "pain_item_sd": 0, "pain_recovery": 0, "pain_recovery_sd": 0,
    "pain_in_women": 0, "pain_per_year": 0, "pain_per_bmi": 0, "pain_per_log_duration": 0, "pain_per_expectation": 0, "pain_per_activity": 0,
    "pain_per_lordosis": 0.05,
}  # fmt: skip


def world(arms: tuple[str, ...] = (CONTROL, ARM), **changes: float) -> Scenario:
    design = {"arms": arms, "checkins_a_day": 2}
    return Scenario(
        title="", says="", based_on="mechanism", design=design, parameters={**FAR_FROM_ENDS, **changes}
    )


def study(**estimand: object) -> Study:
    asked = Estimand.model_validate({"name": "asked", "outcome": "pain_nrs", **estimand})
    return Study(
        title="A trial", design="randomised trial", weeks=(0, 4, 8, 12), arms=(CONTROL, ARM), control_arm=CONTROL, estimands=(asked,)
    )  # fmt: skip


def truths(scenario: Scenario, **estimand: object) -> dict[tuple[str, ...], float]:
    asked = study(**estimand)
    return scenario_truths(scenario, asked, asked.estimands[0])


def test_the_slope_on_the_true_exposure_is_that_of_the_equations_where_nothing_is_cut_off():
    # 1 degree of curve a degree of tilt and 0.05 points a degree of curve, whatever the error of the instrument; tilt follows hip by -0.6.
    people = super_population(alone := world(arms=(CONTROL,)), 12)
    for level in ("within", "between"):
        slope, error, _ = recorded_slope(people, alone, "pain_nrs", "pelvic_tilt_deg", level, error_free=True)
        assert error < 0.003
        assert slope == pytest.approx(0.05, abs=4 * error)
    measured, *_ = recorded_slope(people, alone, "pain_nrs", "pelvic_tilt_deg", "within")
    # Tilt read once has a reliability of about a half within persons.
    assert measured < 0.035
    slope, error, _ = recorded_slope(
        people, alone, "pelvic_tilt_deg", "hip_extension_deg", "within", error_free=True
    )
    assert slope == pytest.approx(-0.6, abs=4 * error)
    assert error < 0.01


def test_the_split_of_an_effect_is_that_of_the_equations_where_nothing_is_cut_off():
    # 8 degrees of hip, 0.6 of tilt a degree, 0.05 points a degree: 0.24 by way of either; 0.7 beside.
    scenario = world(pain_effect_stretching=-0.7)
    for mediator in ("hip_extension_deg", "pelvic_tilt_deg"):
        found = truths(scenario, summary="mediated effect", week=12, mediators=(mediator,))
        assert found["indirect", ARM, CONTROL] == pytest.approx(-0.24, abs=1e-5)
        assert found["direct", ARM, CONTROL] == pytest.approx(-0.7, abs=1e-5)
        assert found["total", ARM, CONTROL] == pytest.approx(-0.94, abs=1e-5)


def test_the_indirect_effect_is_the_same_with_the_shift_of_another_person():
    # The analysis means mediators drawn as people of the arm have them; here each person gets the shift of a stranger of the arm.
    scenario = read_scenario("mediated").model_copy(update={"parameters": {**read_scenario("mediated").parameters, "adherence_low": 0.3, "adherence_high": 0.9}})  # fmt: skip
    differences, levels = [], []
    for number in range(30):
        people = Doubles(scenario, scenario.values, number)
        with_, without = people.under(Intervention(arm=ARM)), people.under(Intervention(arm=CONTROL))
        shift = with_.people.tilt - without.people.tilt
        stranger = np.random.default_rng(number).permutation(len(shift))
        moved = people.under(_WithPosture(arm=CONTROL, by={"pelvic_tilt_deg": shift[stranger]}))
        scores = [rated_pain(one.people.pain, one.people.item_error, people.p)[:, 3] for one in (moved, without)]  # fmt: skip
        differences.append(scores[0] - scores[1])
        levels.append(scores[1])
    drawn = np.concatenate(differences)
    sd, error = np.concatenate(levels).std(), drawn.std() / np.sqrt(len(drawn))
    assert error < 0.01 * sd
    own = mediated_effect(scenario, "pain_nrs", "pelvic_tilt_deg", Intervention(arm=ARM), Intervention(arm=CONTROL), week=12)  # fmt: skip
    assert drawn.mean() == pytest.approx(own.by_way_of.value, abs=0.02 * sd)


def test_how_an_effect_differs_by_signs_is_the_equations_figure():
    found = modified_effect(
        world(pain_effect_stretching=-1, pain_effect_per_sign=-0.5),
        "pain_nrs",
        "hip_signs",
        (ARM, CONTROL),
        12,
    )
    # The signs count from 1.5; the chain adds 0.24 to everybody's effect.
    assert found.per_unit == pytest.approx(-0.5, abs=1e-5)
    assert found.at == pytest.approx({at: -1.24 - 0.5 * (at - 1.5) for at in range(4)}, abs=1e-5)


def test_who_has_no_value_of_a_characteristic_takes_no_part_in_its_line(monkeypatch):
    # A clinic asks some people only; the effect is the same in everybody, -1 and 0.24 by the chain.
    monkeypatch.setattr(modified, "MOST_BLOCKS", 10)
    some = world(pain_effect_stretching=-1, episode_seen_in_clinic=1)
    found = modified_effect(some, "pain_nrs", "new_episode_seen", (ARM, CONTROL), 12)
    assert found.per_unit == pytest.approx(0, abs=1e-5)
    assert found.at == pytest.approx({0: -1.24, 1: -1.24}, abs=1e-5)


def test_the_line_through_effects_is_by_hand():
    # Effects -1, -2, -2, -3 at 0, 1, 1, 2: a rise of -1 from -1.
    found = modified_truths(np.array([-1.0, -2, -2, -3, 9]), np.array([0.0, 1, 1, 2, np.nan]), (ARM, CONTROL))
    assert found["rise of the effect", ARM, CONTROL] == pytest.approx(-1)
    assert found["effect at", "2", ARM, CONTROL] == pytest.approx(-3)


@pytest.mark.parametrize(
    ("outcome", "exposure", "symbol", "value", "per"),
    [
        ("pain_nrs", "longest_sitting_min", "pain_per_bout", 0.01, 60),
        ("pain_nrs", "walking_min", "pain_per_walking", -0.02, 20),
        ("back_stiffness_nrs", "walking_min", "stiffness_per_walking", -0.02, 20),
        ("pain_post_session_nrs", "hip_session", "hip_session_now", -1, 1),
    ],
)
def test_what_a_moment_does_is_the_equations_figure_where_nothing_is_cut_off(
    monkeypatch, outcome, exposure, symbol, value, per
):
    # Whole points add error and no bias.
    monkeypatch.setattr(at_moments, "BLOCKS", 30)
    own = {symbol: value, "control_session_share": 0.5, "back_moment_sd": 1, "stiffness_sd": 0.5}
    slope, error = moment_effect(world(**own), outcome, exposure, Whose((ARM,)))
    assert per * slope == pytest.approx(per * value, abs=4 * per * error + 0.01)
    assert per * error < 0.03
    own[symbol] = 0
    assert moment_effect(world(**own), outcome, exposure, Whose((ARM,))) == (0, 0)


def test_moments_count_as_often_as_check_ins_record_them_because_an_effect_is_smaller_where_scores_end(
    monkeypatch,
):
    # Pain falls from 4 towards 0, where a long bout shows less, and in the end one check-in of four is answered.
    monkeypatch.setattr(at_moments, "BLOCKS", 12)
    falling = {
        "pain_mean": 4,
        "pain_recovery": 0.9,
        "pain_per_bout": 0.02,
        "pain_slow_sd": 0.8,
        "pain_day_sd": 1.2,
    }
    fewer = world(**falling, diary_logit=3, diary_per_day=-0.05).model_copy(
        update={"records": ("longest_sitting_min",)}
    )
    everybody = Whose((CONTROL, ARM), after_another=True)
    recorded, error = moment_effect(fewer, "pain_nrs", "longest_sitting_min", everybody)
    at_all, _ = moment_effect(
        world(**falling, diary_logit=50, drop_out_logit=-50), "pain_nrs", "longest_sitting_min", everybody
    )
    seen = proximal_effect(
        simulate(fewer, 1536, 7).cohort(), study(summary="proximal effect", exposure="longest_sitting_min")
    )
    assert isinstance(seen, Result)
    found = seen.estimates.iloc[0]
    assert found["estimate"] == pytest.approx(recorded, abs=3.5 * np.hypot(found["std_error"], error))
    assert recorded - at_all > 8 * np.hypot(found["std_error"], error)


def test_check_ins_are_answered_as_often_as_in_a_cohort():
    scenario = read_scenario("data/mechanism-worlds/chain.yml")
    shares = []
    for number in range(6):
        people = Doubles(scenario, scenario.values, number)
        shares.append(answered(scenario, people, people.under(Intervention())).mean(axis=1))
    drawn = np.concatenate(shares)
    cohort = simulate(scenario, 1536, 3).checkins.groupby("participant_id").size() / 168
    error = np.hypot(drawn.std(), cohort.std()) / np.sqrt(1536)
    assert drawn.mean() == pytest.approx(cohort.mean(), abs=3.5 * error)
    assert error < 0.01


TWICE = {"measurement": Measurement(readings=2)}


def test_the_agreement_of_two_readings_is_that_of_the_set_errors(monkeypatch):
    monkeypatch.setattr(module, "BLOCKS_WITH_COURSE", 4)
    found = truths(world(tilt_sem=2).model_copy(update=TWICE), summary="agreement", outcome="pelvic_tilt_deg")
    # By hand: an error of 2 degrees and the rounding to tenths, whose variance is 0.01 / 12; a change of 1.96 times the root of 2 times it.
    assert found["standard error of measurement",] == pytest.approx((4 + 0.01 / 12) ** 0.5)
    assert found["smallest detectable change",] == pytest.approx(1.959964 * (2 * (4 + 0.01 / 12)) ** 0.5)
    assert 0 < found["reliability",] < found["reliability of the mean",] < 1


def test_what_agreement_finds_in_many_people_is_its_truth_and_its_intervals_cover_it(monkeypatch):
    monkeypatch.setattr(module, "BLOCKS_WITH_COURSE", 16)
    scenario = world(pain_sd=1).model_copy(update=TWICE)
    asked = {"summary": "agreement", "outcome": "pelvic_tilt_deg"}
    known = truths(scenario, **asked)
    for row in _agreement_rows(scenario, study(**asked), 4096, 1).values():
        assert (
            row.conf_low - (row.conf_high - row.conf_low) / 2
            < known[row.said]
            < row.conf_high + (row.conf_high - row.conf_low) / 2
        )
    covered = dict.fromkeys(known, 0)
    for seed in range(120):
        for said, row in _agreement_rows(scenario, study(**asked), 40, seed).items():
            covered[said] += row.conf_low <= known[said] <= row.conf_high
    # 95 % of 120 less 2.9 standard errors.
    assert all(count >= 107 for count in covered.values()), covered


def _agreement_rows(scenario, asked, people, seed):
    """The rows of the analysis on one cohort, by what they say."""
    result = agreement(simulate(scenario, people, seed, days=1).cohort(), asked)
    assert isinstance(result, Result)
    said = asked_of(result, asked.estimands[0])
    rows = result.estimates[result.estimates["term"].isin(said)]
    rows = rows.assign(said=rows["term"].map(said))
    return {one.said: one for one in rows.itertuples()}


def test_a_spacer_does_nothing_for_who_sleeps_otherwise(monkeypatch):
    monkeypatch.setattr(at_moments, "BLOCKS", 30)
    scenario = world(pain_after_spacer=-1)
    yes, error = moment_effect(
        scenario, "pain_nrs", "spacer_used", Whose((CONTROL, ARM), ("side_sleeper", True))
    )
    assert yes == pytest.approx(-1, abs=4 * error + 0.01)
    no = moment_effect(scenario, "pain_nrs", "spacer_used", Whose((CONTROL, ARM), ("side_sleeper", False)))
    assert no == (0, 0)


def test_what_few_people_have_does_not_count_as_nothing_where_a_block_holds_none_of_them(monkeypatch):
    # One in a hundred: of 256 people in a block nobody at all, eight times in a hundred.
    monkeypatch.setattr(at_moments, "BLOCKS", 40)
    scenario = world(pain_after_spacer=-1, side_sleeper_share=0.01)
    few = Whose((CONTROL, ARM), ("side_sleeper", True))
    found, error = moment_effect(scenario, "pain_nrs", "spacer_used", few)
    assert found == pytest.approx(-1, abs=4 * error + 0.01)
    assert 0 < error < 0.1
    monkeypatch.setattr(at_moments, "BLOCKS", 4)
    nobody = scenario.model_copy(update={"parameters": {**scenario.parameters, "side_sleeper_share": 0}})
    with pytest.raises(SimulationError, match="nobody asked about has 'spacer_used' now and now not"):
        moment_effect(nobody, "pain_nrs", "spacer_used", few)


def test_a_comparison_of_arms_has_its_truth_in_a_study_that_also_asks_of_moments():
    arms = {"name": "arms", "outcome": "pain_nrs", "summary": "mean difference", "week": 12}
    alone = study(**arms)
    of_moments = Estimand(
        name="moments", outcome="pain_nrs", summary="proximal effect", exposure="longest_sitting_min", per=60
    )
    both = alone.model_copy(update={"estimands": (*alone.estimands, of_moments)})
    found = true_values(world(), both, 1)
    assert found["estimand"].tolist() == ["arms"]
    assert found["value"].tolist() == true_values(world(), alone, 1)["value"].tolist()


def test_effects_of_two_components_are_those_of_the_equations_by_hand() -> None:
    arms = ("usual care", "hip-flexor stretching", "strengthening", "both")
    points = {"pain_effect_stretching": -1.0, "pain_effect_strengthening": -0.5, "pain_effect_of_both_beyond_sum": 0.4, "pain_per_lordosis": 0}  # fmt: skip
    crossed = Estimand.model_validate(
        {
            "name": "asked",
            "outcome": "pain_nrs",
            "summary": "mean difference",
            "week": 12,
            "factorial": arms[1:],
        }
    )
    asked = Study(
        title="Two", design="randomised trial", weeks=(0, 4, 8, 12), arms=arms, control_arm=arms[0], estimands=(crossed,)
    )  # fmt: skip
    found = scenario_truths(world(arms, **points), asked, crossed)
    stretching, strengthening = arms[1:3]
    # Together 1.1 points less: beside strengthening stretching takes off 0.6, and 0.8 on average; strengthening 0.1 and 0.3.
    for said, by_hand in {
        ("alone", stretching): -1.0,
        ("beside the other", stretching): -0.6,
        ("component", stretching): -0.8,
        ("alone", strengthening): -0.5,
        ("beside the other", strengthening): -0.1,
        ("component", strengthening): -0.3,
        ("interaction", ""): 0.4,
    }.items():
        assert found["factorial", *said] == pytest.approx(by_hand, abs=1e-6), said
    plain = scenario_truths(world(arms, **points), asked, crossed.model_copy(update={"factorial": ()}))
    assert not any(said[0] == "factorial" for said in plain)


MORE_EXTENSION = {"outcome": "pelvic_tilt_deg", "exposure": "hip_extension_deg", "per": 5}


@pytest.mark.parametrize(
    "asked",
    [
        {"summary": "mean difference"},
        {"summary": "dose response", "exposure": "sessions_done"},
        {"summary": "sustained effect", **MORE_EXTENSION},
    ],
)
def test_a_week_without_a_visit_is_refused_by_name(monkeypatch, asked):
    # What is refused need not be known well.
    monkeypatch.setattr("lowback.simulate.super_population.BLOCKS_WITH_COURSE", 1)
    at_12 = study(week=12, **asked)
    at_6 = at_12.estimands[0].model_copy(update={"week": 6})
    more = read_scenario(WORLDS / "more.yml")
    with pytest.raises(SimulationError, match="week 6: allowed 0, 4, 8, 12"):
        scenario_truths(more, at_12.model_copy(update={"weeks": (0, 6, 12), "estimands": (at_6,)}), at_6)


def test_the_value_of_beginning_with_the_hips_is_by_the_normal_distribution(monkeypatch):
    monkeypatch.setattr(at_moments, "BLOCKS", 40)
    # How reactive the back is has mean 6 and SD sqrt(2) x 1.2; from 7 on the order matters by 1 point, check-ins say 7 from 6.5 on.
    found = order_values(world(hips_first_when_reactive=-1, sensitised_mean=6), (ARM,), 7)
    really, said = norm.sf([7, 6.5], 6, np.sqrt(2) * 1.2)
    for name, by_hand in (("difference from never", -really), ("effect where it bids", -really / said), ("difference from always", 0)):  # fmt: skip
        value, error = found[name]
        assert value == pytest.approx(by_hand, abs=4 * error + 1e-9)
        assert error < 0.02


@pytest.mark.parametrize(
    ("estimand", "said"),
    [
        ({"summary": "mediated effect", "week": 12, "mediators": ("pelvic_tilt_deg",), "mediators_week": 8}, "mediators of week 8"),
        ({"summary": "mediated effect", "week": 12, "mediators": ("steps_per_day",)}, "not by steps_per_day"),
        ({"summary": "agreement", "outcome": "pelvic_tilt_deg"}, "angles that are read twice"),
        ({"summary": "lead", "exposure": "hip_pain_nrs"}, "no waves of visits"),
        ({"summary": "slope", "exposure": "disc_grade", "per": 1}, "no true slope with disc_grade"),
        ({"summary": "mean difference", "outcome": "disability_odi", "week": 12}, "not by disability_odi"),
        ({"summary": "proximal effect", "exposure": "mood"}, "does not answer to 'mood'"),
        ({"summary": "proximal effect", "exposure": "walking_min", "checkins_later": 1}, "not to a later one"),
        ({"summary": "effect by characteristic", "week": 12, "modifier": "comorbidities"}, "'comorbidities'"),
    ],
)  # fmt: skip
def test_what_the_simulator_does_not_know_is_refused_with_the_reason(estimand, said):
    with pytest.raises(SimulationError, match=said):
        truths(world(), **estimand)


def test_pain_that_shares_nothing_with_posture_has_a_slope_of_exactly_zero_and_else_it_is_sampled(
    monkeypatch,
):
    monkeypatch.setattr(module, "BLOCKS_WITH_COURSE", 2)
    apart = read_scenario("data/mechanism-worlds/no_chain.yml")
    asked = {"summary": "slope", "exposure": "pelvic_tilt_deg", "per": 5}
    assert set(truths(apart, **asked).values()) == {0.0}
    bound = apart.model_copy(update={"parameters": {**apart.parameters, "pain_if_guarding": 1, "tilt_if_guarding": 3}})  # fmt: skip
    module._people.cache_clear()
    assert truths(bound, **asked)["slope", "between"] > 0.1


def test_recording_leaves_the_moments_as_they_were_where_nothing_is_changed():
    scenario = world(pain_per_bout=0.01)
    people = Doubles(scenario, scenario.values, 0)
    from lowback.simulate.at_moments import _read

    read = _read(
        people, people.under(Intervention()), "pain_nrs", "longest_sitting_min", np.full((256, 168), True)
    )
    assert np.array_equal(read.if_done(read.done), read.record(read.outcome))
    assert replace(read, answer=0 * read.answer).if_done(read.done + 60) == pytest.approx(read.record(read.outcome))  # fmt: skip
