"""Switches together, and the figures behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import lowback.simulate
from lowback.simulate import (
    Scenario,
    SimulationError,
    claims,
    parameters,
    read_scenario,
    scenario_names,
    simulate,
    simulated_study,
)
from lowback.simulate.parameters import course_symbols
from lowback.study import cohort_problems

SOURCES = Path(lowback.simulate.__file__).parent


def test_every_figure_of_the_course_is_one_that_the_model_reads():
    code = "".join(path.read_text() for path in SOURCES.rglob("*.py"))
    assert [symbol for symbol in course_symbols() if f'"{symbol}"' not in code] == []


def test_the_settings_of_a_claim_differ_and_each_says_in_words_what_it_sets():
    for name, claim in claims().items():
        settings_of = [claim.setting(switch) for switch in (True, False, "trap")]
        figures = [{**parameters("null"), **one.parameters} for one in settings_of]
        assert all(figures.count(one) == 1 for one in figures), name
        assert all(one.says for one in settings_of)


def scenario_or_refusal(switches: dict[str, bool | str]) -> Scenario | str:
    try:
        return Scenario(title="t", says="s", claims=switches)
    except ValidationError as refused:
        return str(refused)


@settings(max_examples=10)
@given(
    st.dictionaries(
        st.sampled_from(sorted(claims())), st.sampled_from([True, False, "trap"]), min_size=1, max_size=3
    )
)
def test_any_switches_together_make_a_cohort_or_say_which_contradict_each_other(switches):
    scenario = scenario_or_refusal(switches)
    if isinstance(scenario, str):
        assert "contradict each other" in scenario
        assert len([name for name in switches if f"{name} (" in scenario]) == 2
        return
    made = simulate(scenario, 8, 1, days=3)
    assert cohort_problems(simulated_study(scenario), made.cohort()) == []
    columns = {column for table in (made.participants, made.visits, made.checkins) for column in table}
    assert set(scenario.records) <= columns


def test_every_scenario_that_is_no_trap_makes_a_cohort_that_its_study_can_be_put_to():
    for name in (one for one in scenario_names() if not one.startswith("trap")):
        made = simulate(name, 16, 4, days=2)
        assert cohort_problems(simulated_study(name), made.cohort()) == [], name


@pytest.mark.parametrize("allocation", ["randomised", "chosen"])
def test_the_study_says_how_people_came_into_their_arms(allocation):
    scenario = Scenario(
        title="t", says="s", design={"allocation": allocation, "arms": ["usual care", "guided video"]}
    )
    study = simulated_study(scenario)
    assert study.is_randomised == (allocation == "randomised")
    assert study.arms == ("usual care", "guided video")
    assert cohort_problems(study, simulate(scenario, 40, 2).cohort()) == []


def test_a_single_arm_is_compared_with_nobody():
    scenario = Scenario(title="t", says="s", design={"arms": ["hip-flexor stretching"]})
    study = simulated_study(scenario)
    assert study.design == "single arm"
    assert study.control_arm is None
    assert cohort_problems(study, simulate(scenario, 40, 2).cohort()) == []


def test_an_unknown_trap_is_refused_with_the_traps_there_are():
    with pytest.raises(
        SimulationError, match="no scenario 'trap_14'; allowed: 'trap_c01'.*did you mean 'trap_c14'"
    ):
        read_scenario("trap_14")
    with pytest.raises(
        SimulationError,
        match="allowed: 'literature'.*, a trap such as 'trap_c14', or a file that ends in .yml",
    ):
        read_scenario("litter")
