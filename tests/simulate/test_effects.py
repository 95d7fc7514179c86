"""True effects against hand calculation and against each other; people's courses under interventions."""

from __future__ import annotations

import numpy as np
import pytest
from lives import difference, lives, lives_of, slope, within

from lowback.simulate import SimulationError, simulate, simulated_study, true_values
from lowback.simulate.claims import Truth
from lowback.simulate.effects import effect_of, true_effect
from lowback.simulate.interventions import Intervention, Rule
from lowback.simulate.living import live
from lowback.simulate.measurement import latent_hip_pain
from lowback.simulate.mediation import mediated_effect
from lowback.simulate.parameters import parameters
from lowback.simulate.population import draw_population
from lowback.simulate.scenario import Scenario, claim_scenario, read_scenario
from lowback.simulate.streams import Streams
from lowback.simulate.treatment import allocate, treated

HIPS_AND_BACK = "hips and back"
STRETCHING, USUAL_CARE = (Intervention(arm=arm) for arm in ("hip-flexor stretching", "usual care"))


def world(**parameters: float) -> Scenario:
    return Scenario(title="", says="", based_on="mechanism", parameters=parameters)


def effect(
    scenario: Scenario, outcome: str, do: Intervention, against: Intervention | None = None, **when
) -> float:
    """In one block of people: what is linear needs no more."""
    truth = Truth(outcome=outcome, do=do, against=against or Intervention(), **when)
    return effect_of(truth, scenario, blocks=1).value


def test_two_more_hours_of_sitting_run_down_the_chain_by_hand():
    more = Intervention(shifted={"sitting_hours": 2})
    # mechanism: -1.2 degrees an hour, -0.6 degrees of tilt a degree, 1 degree of curve a degree, 0.25 points a degree
    assert effect(world(), "hip_extension_deg", more, week=12) == pytest.approx(-2.4)
    assert effect(world(), "pelvic_tilt_deg", more, week=12) == pytest.approx(1.44)
    assert effect(world(), "lordosis_deg", more, week=12) == pytest.approx(1.44)
    assert effect(world(), "pain_nrs", more, day=60) == pytest.approx(0.36)
    assert effect(world(), "hip_extension_deg", more, week=0) == 0


def test_a_sustained_change_of_hip_pain_reaches_the_back_by_the_sum_of_a_series():
    # 0.4 a point each half day, of which 0.6 is left the next: 0.4 / (1 - 0.6) of 2 points in the long run.
    found = effect(world(back_from_hip=0.4), "pain_nrs", Intervention(shifted={"hip_pain_nrs": -2}), day=80)
    assert found == pytest.approx(-2 * 0.4 / (1 - 0.6))


def test_a_rule_acts_on_the_sessions_at_which_it_applies():
    always = {"session_done": 1.0, "sensitised_nrs": 8.0}
    p = world(hips_first_when_reactive=-1.5)

    def under(**more) -> Intervention:
        fixed = {**always, **more.pop("fixed", {})}
        return Intervention(arm=HIPS_AND_BACK, fixed=fixed, **more)

    def of(do: Intervention) -> float:
        return effect(p, "pain_nrs", do, under(fixed={"hips_first": 0.0}), day=57)

    # Sessions are on days 0, 2 and 4 of the week; 1.5 points the next half day, of which 0.7 is left each half day after.
    sessions = [day for day in range(57) if day % 7 in (0, 2, 4)]
    by_hand = -1.5 * np.mean(
        [sum(0.7 ** (slot - (2 * day + 2)) for day in sessions if slot > 2 * day + 1) for slot in (114, 115)]
    )
    assert of(under(fixed={"hips_first": 1.0})) == pytest.approx(by_hand)

    def rule(at_least: float) -> Intervention:
        return under(rules=(Rule(column="hips_first", when="pain_nrs", at_least=at_least),))

    assert of(rule(-99)) == pytest.approx(by_hand)
    assert of(rule(99)) == 0
    assert by_hand < of(rule(7)) < 0


def test_half_as_many_sessions_again_do_half_as_much_again():
    p = world(pain_per_session=-0.04, pain_effect_strengthening=-0.6)
    more = Intervention(arm="strengthening", scaled={"session_done": 1.5})
    usual = Intervention(arm="strengthening")
    pain = effect(p, "pain_nrs", more, usual, day=83)
    # Adherence of 0.9 cannot grow by half; each four weeks a tenth of it is lost; 36 sessions are prescribed.
    adherence = draw_population(np.random.default_rng([2**64, 2, 0]), 256, p.values).adherence
    gain = (np.minimum(1.5 * adherence, 1) - adherence).mean()
    kept = 12 * (1 + 0.9 + 0.81)
    by_hand = -0.04 * gain * kept - 0.6 * gain / 0.59
    assert pain == pytest.approx(by_hand, rel=0.03)


def test_without_sessions_a_programme_does_nothing():
    p = world(pain_per_session=-0.04, pain_effect_strengthening=-0.6)
    none = Intervention(arm="strengthening", fixed={"session_done": 0})
    assert effect(p, "pain_nrs", none, Intervention(arm="usual care"), day=83) == pytest.approx(0)


def test_the_error_is_below_one_percent_of_the_outcomes_spread_and_the_value_that_of_the_trials_truth():
    found = true_effect(
        "mechanism",
        "pain_nrs",
        Intervention(arm="hip-flexor stretching"),
        Intervention(arm="usual care"),
        week=12,
    )
    assert 0 < found.monte_carlo_se < 0.01 * 2
    known = true_values(read_scenario("mechanism"), simulated_study(), blocks=8).iloc[0]
    error = np.hypot(found.monte_carlo_se, known["monte_carlo_se"])
    assert found.value == pytest.approx(known["value"], abs=4 * error)
    assert found.unit == known["unit"] == "NRS points"


def test_pain_killers_help_and_look_as_if_they_hurt():
    scenario = read_scenario("feedback")
    taken, not_taken = (Intervention(fixed={"medication_taken": one}) for one in (1.0, 0.0))
    assert effect(scenario, "pain_nrs", taken, not_taken, day=60) < -0.5
    w = lives_of(scenario, 512)
    assert slope(within(w["pain_nrs"]), within(w["medication_taken"])) > 3


def test_programmes_that_people_choose_go_to_the_active_and_hopeful():
    chosen = Scenario(title="", says="", design={"allocation": "chosen"})
    for scenario, sure in ((chosen, True), (Scenario(title="", says=""), False)):
        w = lives_of(scenario, 1024)
        usual = w.in_arm("usual care")
        for known in (w.people.expectation, w.people.activity):
            assert (difference(known, ~usual, usual) > 4) == sure


def test_a_course_in_which_nothing_moves_leaves_people_as_they_were():
    p, rng = parameters("literature"), np.random.default_rng(3)
    arms = allocate(rng, 256)
    people = treated(draw_population(rng, 256, p), arms, p)
    hip_pain = latent_hip_pain(rng, people, p)
    lived = live(people, hip_pain, arms, p, Streams(3, 0))
    for name, values in vars(people).items():
        np.testing.assert_array_equal(getattr(lived.people, name), values)
    np.testing.assert_array_equal(lived.hip_pain, hip_pain)


def test_what_is_switched_on_leaves_the_draws_of_everything_else():
    still, moving = lives("C10", False, 256), lives("C10", "trap", 256)
    for name in ("walking_min", "sensitised_nrs", "flare", "session_done", "hip_signs", "disc_grade"):
        np.testing.assert_array_equal(still[name], moving[name])
    assert not np.array_equal(still["longest_sitting_min"], moving["longest_sitting_min"])


def test_more_participants_leave_the_course_of_the_first_ones_as_it_was():
    few, many = simulate("feedback", 20, 5), simulate("feedback", 300, 5)
    first = many.checkins[many.checkins["participant_id"].isin(few.checkins["participant_id"])]
    assert first.reset_index(drop=True).equals(few.checkins)


def test_flares_are_spells_that_begin_and_end():
    w = lives("C08", True, 256)
    flare = w["flare"]
    ends = ((flare[:, :-1] == 1) & (flare[:, 1:] == 0)).sum() / (flare[:, :-1] == 1).sum()
    assert ends == pytest.approx(0.15, abs=0.02)
    # A flare at -4.3 log odds a half day, of some 6.7 half days: 0.0134 / (0.0134 + 0.15) of the time.
    assert flare[:, 60:].mean() == pytest.approx(0.09, abs=0.04)


@pytest.mark.parametrize(
    ("outcome", "when", "message"),
    [
        ("pain_nrs", {"week": 5}, "week 5: allowed 0, 4, 8, 12"),
        ("pain_nrs", {"day": 84}, "day 84: allowed 0 to 83"),
        ("pain", {"week": 4}, "'pain' is nothing that a visit finds"),
        ("pain", {"day": 4}, "'pain' is nothing that is known on day 4"),
        ("pain", {}, "'pain' is nothing that is known of a person"),
        ("pain_post_session_nrs", {"day": 1}, "pain_post_session_nrs: nothing of it was there to compare"),
    ],
)
def test_what_has_no_effect_to_ask_for_is_refused(outcome, when, message):
    with pytest.raises(SimulationError, match=message):
        true_effect(claim_scenario("C14", False), outcome, Intervention(arm="both"), **when)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ({"arm": "yoga"}, "no arm 'yoga'; allowed: 'usual care'"),
        ({"shifted": {"siting_hours": 2}}, "no intervention on 'siting_hours'.*did you mean 'sitting_hours'"),
        ({"fixed": {"pain_nrs": 0}}, "no intervention on 'pain_nrs'"),
        ({"rules": [{"column": "hips_first", "when": "weather", "at_least": 7}]}, "should be 'pain_nrs'"),
        ({"scale": {"session_done": 2}}, "scale"),
    ],
)
def test_an_intervention_that_would_do_nothing_is_refused(do, message):
    with pytest.raises(ValueError, match=message):
        Intervention(**do)


def test_a_chosen_programme_that_does_nothing_looks_good_until_the_choice_is_adjusted_for():
    w = lives_of(read_scenario("chosen"), 1024)
    chose, before = w.in_arm("hip-flexor stretching"), w.people.pain[:, :7].mean(axis=1)
    assert difference(w.fall, chose, ~chose) > 4
    assert abs(slope(w.fall, chose, before, w.people.expectation, w.people.activity)) < 3
    assert effect(read_scenario("chosen"), "pain_nrs", STRETCHING, USUAL_CARE, week=12) == 0


@pytest.mark.parametrize("mediator", ["hip_extension_deg", "pelvic_tilt_deg", "lordosis_deg"])
def test_in_mechanism_all_that_stretching_does_runs_by_way_of_each_link(mediator):
    found = mediated_effect("mechanism", "pain_nrs", mediator, STRETCHING, USUAL_CARE, day=83)
    adherence = np.concatenate(
        [draw_population(np.random.default_rng([2**64, 2, block]), 256, parameters("mechanism")).adherence for block in range(8)]
    )  # fmt: skip
    # 8 degrees of extension, 0.6 of tilt each, 1 of curve each, 0.25 points each, by adherence over 0.59
    assert found.total.value == pytest.approx(-8 * 0.6 * 0.25 * adherence.mean() / 0.59, rel=1e-6)
    assert found.by_way_of.value == pytest.approx(found.total.value)
    assert found.beside.value == pytest.approx(0)


def test_half_of_an_effect_may_run_beside_the_hip():
    found = mediated_effect(
        world(pain_effect_stretching=-1.2), "pain_nrs", "hip_extension_deg", STRETCHING, USUAL_CARE, day=83
    )
    assert found.by_way_of.value == pytest.approx(found.total.value / 2)
    assert found.beside.value == pytest.approx(found.total.value / 2)


def test_what_looks_mediated_in_the_trap_is_not():
    found = mediated_effect("trap_c14", "pain_nrs", "hip_extension_deg", STRETCHING, USUAL_CARE, week=12)
    assert found.total.value == found.by_way_of.value == found.beside.value == 0
