"""How an arm's effect differs by something known of people: each person's own effect, and the line that fits these best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lowback.simulate.claims import Truth
from lowback.simulate.doubles import Doubles
from lowback.simulate.effects import ALLOWED_ERROR, FEWEST_BLOCKS, MOST_BLOCKS, outcome_of
from lowback.simulate.interventions import Intervention
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario
from lowback.simulate.slopes import CrossProducts, slope_and_error

# A number with so many values or fewer has an effect given at each of them.
MOST_VALUES = 6


@dataclass(frozen=True)
class ModifiedEffect:
    """The least-squares line of people's own effects over a characteristic: its rise for each unit, and its height at each value.

    `error` is the Monte Carlo standard error of the rise, in the outcome's unit; `at` is empty where there are many values.
    """

    per_unit: float
    error: float
    at: Mapping[float, float]


def modified_effect(
    scenario: Scenario, outcome: str, modifier: str, arms: tuple[str, str], week: float
) -> ModifiedEffect:
    """How the effect of the first arm against the second differs by a number known of each person.

    Every person is led through both arms on the same random numbers, so that the line through the differences is what a trial of all of them
    would find; who has no value of it takes no part. People are added until the rise is known to 1 % of the outcome's SD. Nobody leaves and nothing is missing.
    """
    truths = [Truth(outcome=outcome, week=week, do=Intervention(arm=arm)) for arm in arms]
    values: list[Array] = []
    effects: list[Array] = []
    levels: list[Array] = []
    for number in range(MOST_BLOCKS):
        people = Doubles(scenario, scenario.values, number)
        under = [people.under(one.do) for one in truths]
        known = under[1].course.people
        if modifier not in known:
            raise SimulationError(f"{modifier!r} is nothing that the simulator knows of people at baseline")
        treated, untreated = (
            outcome_of(one, truth, people.p) for one, truth in zip(under, truths, strict=True)
        )
        has_it = np.isfinite(known[modifier])
        values.append(known[modifier][has_it])
        effects.append((treated - untreated)[has_it])
        levels.append(untreated[has_it])
        if number + 1 < FEWEST_BLOCKS or np.ptp(np.concatenate(values)) == 0:
            continue
        line, error = _line(values, effects)
        if error <= ALLOWED_ERROR * np.concatenate(levels).std():
            break
    if np.ptp(np.concatenate(values)) == 0:
        raise SimulationError(f"{modifier!r} is the same in everybody of this scenario")
    different = np.unique(np.concatenate(values))
    few = different.tolist() if len(different) <= MOST_VALUES else []
    return ModifiedEffect(line[1], error, {one: line[0] + line[1] * one for one in few})


def _line(values: list[Array], effects: list[Array]) -> tuple[tuple[float, float], float]:
    """Height at 0 and rise of the line through all effects, and the rise's jackknife standard error over blocks."""
    blocks: list[CrossProducts] = []
    for value, effect in zip(values, effects, strict=True):
        design = np.column_stack([value, np.ones_like(value)])
        blocks.append((design.T @ design, design.T @ effect))
    rise, error = slope_and_error(blocks)
    height = float(np.concatenate(effects).mean() - rise * np.concatenate(values).mean())
    return (height, rise), error
