"""10,000 simulated trials of one design find the closed form's power within one percentage point."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from planned_cases import CASES
from planning_page import PAGE, POINT, form_of
from plans import plan

from lowback.estimators.closed_forms import power_of_difference, two_means
from lowback.repeat.planning import weighed
from lowback.repeat.planning.expecting import expected_assurance, expected_power

REPLICATES = 10_000
QUICK = [
    "the same, twice as many in one arm",
    "the same, 20 % drop out, 80 % follow, 2 raters with 2 readings",
    "clusters of 10, ICC 0.05",
    "rates of change, 3 visits",
    "responders, baseline uncorrelated",
    "slope within persons, reliability of the exposure 0.7",
    "equivalence, margin 1.2",
    "non-inferiority, margin 1.2",
]
"""One design a formula; the page has them all."""


def test_two_groups_of_64_find_half_a_standard_deviation_in_80_of_100():
    [found] = weighed(
        CASES["two groups of 64, half an SD apart, baseline uncorrelated"](), replicates=REPLICATES
    )
    power = 100 * found.power.estimate
    assert power == pytest.approx(100 * power_of_difference(0.5, two_means(1, 64, 64)), abs=POINT)
    # Cohen 1988, table 2.4.1.
    assert power == pytest.approx(80.1, abs=POINT)


@pytest.mark.parametrize("name", QUICK)
def test_simulation_agrees_with_the_closed_form(name):
    planning = CASES[name]()
    [found] = weighed(planning, replicates=REPLICATES)
    form = form_of(planning, found)
    assert 0.4 < form < 0.95
    assert 100 * found.power.estimate == pytest.approx(100 * form, abs=POINT)


def test_simulated_assurance_agrees_with_power_averaged_over_the_prior():
    planning = plan(assumed={"effect": {"value": -1, "prior_sd": 0.5}})
    [found] = weighed(planning, replicates=REPLICATES)
    assert found.assurance is not None
    form = expected_assurance(planning, found.design.layout)
    assert found.assurance.estimate == pytest.approx(form, abs=POINT / 100)
    assert form < form_of(planning, found) - 0.05


def test_a_scale_has_no_closed_form():
    planning = plan(assumed={"scale": {"low": 0, "high": 10, "step": 1}})
    [found] = weighed(planning, replicates=200)
    assert expected_power(planning, found.design.layout) is None


def test_a_wrong_formula_would_be_noticed():
    # The formula for two means, which leaves the correlation with baseline out.
    [found] = weighed(plan(), replicates=2000)
    assert abs(found.power.estimate - power_of_difference(1, two_means(2, 50, 50))) > 0.05


def test_the_page_shows_every_design_within_a_point():
    rows = [line.split(" | ") for line in Path(PAGE).read_text(encoding="utf-8").splitlines() if "(" in line]
    shown = {row[0].removeprefix("| "): row for row in rows if len(row) == 6 and re.match(r"[+-]\d", row[3])}
    assert set(shown) == set(CASES)
    assert [name for name, row in shown.items() if abs(float(row[3])) >= POINT] == []
