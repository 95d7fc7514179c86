"""Whether each switch does in the model what it says, and each trap has its bias."""

from __future__ import annotations

import numpy as np
import pytest
from lives import Lives, difference, lives, slope
from naive import NAIVE

from lowback.checked_yaml import ConfigurationError
from lowback.simulate.claims import UNTESTABLE, claims
from lowback.simulate.effects import effect_of
from lowback.simulate.scenario import Scenario, claim_scenario, read_scenario, scenario_names
from lowback.simulate.truth import truth_of

# A serious event is rare, so that one block of people may hold none that the claim changes.
BLOCKS = {"C05": 2}


def test_every_claim_has_a_switch_or_says_why_it_has_none():
    assert sorted([*claims(), *UNTESTABLE]) == [f"C{number:02d}" for number in range(1, 41)]


@pytest.mark.parametrize("claim", claims())
def test_a_claim_holds_in_the_model_where_it_is_true_and_nowhere_else(claim):
    one = claims()[claim]
    for switch in (True, False, "trap"):
        found = effect_of(one.truth, claim_scenario(claim, switch), blocks=BLOCKS.get(claim, 1))
        # The same random numbers on both sides: what does nothing has an effect of exactly zero.
        is_zero = abs(found.value) < 1e-9
        assert is_zero == ((one.holds == "zero") is (switch is True)), (switch, found)


@pytest.mark.parametrize("claim", NAIVE)
def test_a_naive_analysis_falls_into_the_trap_and_says_nothing_without_it(claim):
    assert NAIVE[claim](lives(claim, "trap", 600)) > 3
    # Immortal time lies in the naive analysis itself, whatever the cohort.
    if claim != "C17":
        assert NAIVE[claim](lives(claim, False, 600)) < 3


def in_studies_of(people: int, w: Lives, naive) -> list[float]:
    """The naive statistic of each study of so many of these people."""
    return [naive(slice(start, start + people)) for start in range(0, len(w.pain) - people + 1, people)]


def test_a_rare_harm_does_not_show_in_a_trial():
    w = lives("C05", "trap", 2048)
    seen = in_studies_of(200, w, lambda few: slope(w["adverse_event"][few], w["tilted"][few]))
    assert np.mean(np.array(seen) < 1.96) >= 0.8
    all_of_them = lives("C05", False)
    assert slope(all_of_them["adverse_event"], all_of_them["tilted"]) > 4


def test_a_change_of_tilt_does_not_show_with_a_coarse_instrument():
    def largest(switch) -> float:
        w = lives("C07", switch, 1024)
        tilt = w.people.tilt[:, 3] + w.p["tilt_sem"] * w.rng.standard_normal(len(w.pain))
        seen = in_studies_of(
            64,
            w,
            lambda few: difference(tilt[few], w.in_arm("back-only care")[few], w.in_arm("usual care")[few]),
        )
        return float(np.mean(np.abs(seen) < 1.96))

    assert largest("trap") >= 0.7
    assert largest(False) <= 0.4


def test_what_stretching_does_beside_the_hip_vanishes_when_the_hip_is_adjusted_for():
    def direct(switch) -> list[float]:
        w = lives("C18", switch, 1024)
        arm = w.in_arm("hip-flexor stretching", "both").astype(float)
        gain, steps = (table[:, 3] - table[:, 0] for table in (w.people.hip, w.at_visits("steps_per_day")))
        return in_studies_of(
            200, w, lambda few: slope(w.pain[few, 3], arm[few], gain[few], steps[few], w.pain[few, 0])
        )

    assert np.mean(np.abs(direct("trap")) < 1.96) >= 0.8
    assert np.mean(np.abs(direct(False)) < 1.96) <= 0.2


def test_activity_that_is_measured_well_shows_what_stretching_does_and_what_the_hip_does_not():
    w = lives("C14", "trap", 1024)
    arm = w.in_arm("hip-flexor stretching", "both").astype(float)
    gain, steps = (table[:, 3] - table[:, 0] for table in (w.people.hip, w.at_visits("steps_per_day")))
    assert abs(slope(w.pain[:, 3], gain, arm, w.pain[:, 0])) > 5
    assert abs(slope(w.pain[:, 3], gain, arm, w.pain[:, 0], steps)) < 3


def test_people_enrolled_in_bad_weeks_settle_by_themselves():
    trap, false = lives("C08", "trap"), lives("C08", False)
    usual = trap.fall[trap.in_arm("usual care")]
    assert usual.mean() > 1
    assert abs(false.fall.mean()) < 0.5
    # Nothing in the model brings the fall about: neither recovery nor treatment.
    assert trap.p["pain_recovery"] == trap.p["pain_effect_stretching"] == 0


@pytest.mark.parametrize(("switch", "verdict"), [(True, "true"), ("trap", "false")])
def test_the_truth_of_a_scenario_answers_its_claims(switch, verdict, monkeypatch):
    # What its study asks has tests of its own, and takes longer.
    monkeypatch.setattr("lowback.simulate.truth.super_population", lambda *_: None)
    monkeypatch.setattr("lowback.simulate.truth._rows", lambda *_: iter(()))
    scenario = claim_scenario("C02", switch)
    row = truth_of(scenario).set_index("estimand").loc["claim C02"]
    assert row["term"] == f"Short hip flexors tip the pelvis forward: {verdict}"
    assert row["value"] == pytest.approx(-3 if switch is True else 0)
    assert row["unit"] == "degrees"
    assert row["how"].startswith("pelvic_tilt_deg at week 12: hip_extension_deg +5 against nothing; ")


def test_every_trap_ships_as_a_scenario_of_its_own():
    for claim, one in claims().items():
        scenario = read_scenario(f"trap_{claim.lower()}")
        assert f"trap_{claim.lower()}" in scenario_names()
        assert scenario.claims == {claim: "trap"}
        assert scenario.parameters == claim_scenario(claim, "trap").parameters
        assert one.trap.bias
        assert one.trap.naive


def scenario_file(folder, text):
    path = folder / "mine.yml"
    path.write_text(f"title: t\nsays: s\n{text}")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claims: {C02: false, C14: true}", r"claims C02 \(false\) and C14 \(true\) contradict each other: tilt_per_hip_within is 0 or -0.6"),
        ("claims: {C04: true}", "claim C04 cannot be tested"),
        ("claims: {C41: true}", "no claim 'C41'; allowed: 'C01'"),
        ("claims: {C02: maybe}", "claims.C02"),
        ("parameters: {tilt_per_hip_witin: 0}", "no parameter 'tilt_per_hip_witin'.*did you mean 'tilt_per_hip_within'"),
        ("parametres: {}", "unknown key 'parametres'.*did you mean 'parameters'"),
        ("design: {arms: [usual care, yoga]}", "no arm 'yoga'; allowed: 'usual care'"),
        ("design: {checkins_a_day: 5}", "design.checkins_a_day = 5"),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_is_refused_with_its_file(tmp_path, text, message):
    with pytest.raises(ConfigurationError, match=message) as refused:
        read_scenario(scenario_file(tmp_path, text))
    assert "mine.yml" in str(refused.value)


def test_a_figure_of_ones_own_decides_between_switches(tmp_path):
    text = "claims: {C02: false, C14: true}\nparameters: {tilt_per_hip_within: -0.3}"
    values = read_scenario(scenario_file(tmp_path, text)).values
    assert values["tilt_per_hip_within"] == -0.3
    assert values["pain_per_lordosis"] == 0.25
    assert values["tilt_per_hip_between"] == 0


def test_null_needs_no_quotes(tmp_path):
    assert read_scenario(scenario_file(tmp_path, "based_on: null")).based_on == "null"
    with pytest.raises(ConfigurationError, match="based_on = 'nul'"):
        read_scenario(scenario_file(tmp_path, "based_on: nul"))


def test_switches_together_bring_their_arms_columns_and_checkins():
    both = Scenario(title="t", says="s", claims={"C07": True, "C10": "trap"})
    assert set(both.design.arms) >= {"usual care", "back-only care", "hips and back", "strengthening"}
    assert both.design.checkins_a_day == 2
    assert "longest_sitting_min" in both.records
    assert effect_of(claims()["C10"].truth, both, blocks=1).value == 0
