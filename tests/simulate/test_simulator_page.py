"""docs/simulator.md is what the code gives, and its check sees a cohort that is unlike the published ones."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import simulator_page
from calibration_targets import Found, Target, calibration

from lowback.simulate import simulate

AGAIN = "run: python tests/simulate/simulator_page.py"


@cache
def found() -> tuple[Found, ...]:
    return tuple(
        calibration(
            simulator_page.COHORTS, simulator_page.PEOPLE, simulator_page.SEED, simulator_page.MEASURED_AGAIN
        )
    )


@cache
def committed() -> str:
    return simulator_page.PAGE.read_text(encoding="utf-8")


def test_every_quantity_stands_on_the_page_as_it_is_today():
    wrong = []
    for one in found():
        line = next(
            (line for line in committed().splitlines() if line.startswith(f"| {one.target.quantity} |")), ""
        )
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if (
            len(cells) != 7
            or abs(float(cells[3]) - one.value) > 2e-4
            or cells[5] != ("yes" if one.within else "**no**")
        ):
            wrong.append(one.target.quantity)
    assert wrong == [], AGAIN  # fmt: skip


def test_every_figure_stands_on_the_page_as_it_is_today():
    today = simulator_page.page(found(), date(2026, 1, 1))
    figures = [text[text.index(simulator_page.PARAMETERS) :] for text in (committed(), today)]
    assert figures[0] == figures[1], AGAIN


def test_the_page_tells_how_many_are_within():
    within = sum(one.within for one in found())
    assert f"{len(found())} quantities that `literature` was set to, {within} of them" in committed(), AGAIN
    assert simulator_page.NOT_MATCHED in committed(), AGAIN


def test_a_quantity_that_is_off_is_seen():
    target = Target("age", "41.1", 40.0, 42.0, "one reading", "mean age_years", "a trial")
    near = Found(target, 42.3, 0.1)
    assert near.within
    assert not replace(near, value=42.36).within
    assert not replace(near, value=float("nan")).within
    assert "**no**" in simulator_page.compared(replace(near, value=50.0))


def test_no_quantity_has_two_targets_and_all_have_a_range():
    names = [one.target.quantity for one in found()]
    assert len(names) == len(set(names))
    assert all(one.target.low < one.target.high for one in found())


def test_the_scenario_on_the_page_is_the_one_that_ships():
    text = committed().split("```yaml\n")[1].split("\n```")[0]
    assert text == simulator_page.SCENARIO.read_text(encoding="utf-8").rstrip(), AGAIN
    made = simulate("field", 40, 1)
    assert {"site_id", "rater_id", "device_id", "second_rater_id"} <= made.cohort().columns
