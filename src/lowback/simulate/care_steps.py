"""The moves of many people up and down a ladder from visit to visit, none of which is missed."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from lowback.simulate.doubles import Doubles
from lowback.simulate.interventions import NOTHING
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import VISIT_WEEKS
from lowback.simulate.scenario import Scenario

# Blocks of 256 people.
BLOCKS = 100
LADDER = "care_step"


def step_shares(scenario: Scenario, outcome: str, weeks: Collection[float]) -> dict[str, float]:
    """Of all moves of a ladder between visits in a row of these weeks, the shares that go one step up, leave out a step and go down; and who begins lowest.

    Proportions of moves, the last one of people, each under the arm that they came into.
    """
    if outcome != LADDER:
        raise SimulationError(f"the simulator knows the steps of {LADDER}, not of {outcome}")
    blocks = (Doubles(scenario, scenario.values, number) for number in range(BLOCKS))
    every = np.concatenate([people.under(NOTHING).course.visits[LADDER] for people in blocks])
    steps = every[:, np.isin(VISIT_WEEKS, list(weeks))]
    climbed = np.diff(steps, axis=1)
    moved = climbed[climbed != 0]
    if not len(moved):
        raise SimulationError(f"nobody's {outcome} changes in this scenario")
    return {
        "one step up": float((moved == 1).mean()),
        "leaves out a step": float((moved > 1).mean()),
        "down": float((moved < 0).mean()),
        "begins lowest": float((steps[:, 0] == 0).mean()),
    }
