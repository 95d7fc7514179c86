"""Whether the `literature` cohort looks like the people in the literature; docs/simulator.md has the same at more length."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from calibration_targets import PLAIN, Found, Sample, calibration, measured, targets

from lowback.simulate import Simulated, simulate


@cache
def found() -> dict[str, Found]:
    # Other seeds than those of the page.
    return {one.target.quantity: one for one in calibration(5, 1000, 1000, others=5)}


@pytest.mark.parametrize("quantity", [one.quantity for one in targets()])
def test_the_cohort_is_as_published(quantity):
    assert found()[quantity].within, found()[quantity]


def test_another_scenario_is_not_as_published():
    made = simulate("mechanism", 1000, 1)
    other = Sample(1, made.participants, made.visits, made.checkins)
    off = [
        one.quantity
        for one in targets()
        if one.variant == PLAIN and not 0.9 * one.low <= measured(one.measure, other) <= 1.1 * one.high
    ]
    assert {"lordosis, degrees: SD", "gain of hip extension by stretching, degrees"} <= set(off)


@pytest.fixture(scope="module")
def many() -> Simulated:
    return simulate("literature", 3000, 17)


def test_some_fifteen_percent_drop_out_and_adherence_is_within_the_published_range(many):
    assert 0.10 <= many.participants["withdrew_week"].notna().mean() <= 0.20
    adherence = many.visits.groupby("participant_id")["adherence"].mean().dropna()
    assert 0.45 <= adherence.mean() <= 0.65
    assert ((adherence >= 0) & (adherence <= 1)).all()


@pytest.mark.parametrize("scenario", ["literature", "mechanism", "null"])
def test_no_scenario_leaves_most_people_at_the_end_of_the_scale(scenario):
    visits = simulate(scenario, 2000, 3).visits
    assert (visits.loc[visits["weeks"] == 12, "pain_nrs"] == 0).mean() < 0.15
    assert (visits["pain_nrs"] == 10).mean() < 0.02
