"""How much of an effect runs along one stretch of the chain: potential outcomes with a posture held as another arm has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from pydantic import ConfigDict

from lowback.simulate.claims import Truth
from lowback.simulate.course import Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.effects import MonteCarlo, TrueValue, outcome_of
from lowback.simulate.interventions import NOTHING, Intervention
from lowback.simulate.population import AT_VISITS, Array
from lowback.simulate.scenario import Scenario, read_scenario

Mediator = Literal["hip_extension_deg", "pelvic_tilt_deg", "lordosis_deg"]
# In the order of the chain, each acting on pain by way of the next alone.
MEDIATORS: tuple[Mediator, ...] = get_args(Mediator)


@dataclass(frozen=True)
class Mediated:
    """An effect, the part of it that runs by way of a mediator, and the rest, which runs beside it."""

    total: TrueValue
    by_way_of: TrueValue
    beside: TrueValue


class _WithPosture(Intervention):
    """An intervention in which each person's posture moves by an amount of his own (person, 4 visits)."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    by: Mapping[str, Any]

    def added(self, column: str, natural: Array) -> Array:
        return np.asarray(super().added(column, natural) + self.by.get(column, 0.0))


def mediated_effect(
    scenario: str | Path | Scenario,
    outcome: str,
    mediator: Mediator,
    intervention: Intervention,
    against: Intervention = NOTHING,
    *,
    week: float | None = None,
    day: int | None = None,
) -> Mediated:
    """The effect of an intervention, split by a posture: by way of it, and beside it.

    By way of it is the mean difference of the outcome under `against` with the mediator as each person has it under
    `intervention`, and under `against` alone; beside it is what is left. Outcome, week and day are as in `true_effect`.

    Natural effects of Pearl 2001 (UAI 17:411-420); in this model the posture's effect is the same in all arms.
    """
    read = read_scenario(scenario)
    truth = Truth(outcome=outcome, week=week, day=day, do=intervention, against=against)
    parts = [MonteCarlo(outcome) for _ in range(3)]
    number = 0
    while not all(part.is_exact_enough for part in parts):
        people = Doubles(read, read.values, number)
        with_, without = people.under(intervention), people.under(against)
        moved = people.under(_with_posture_of(with_, without, mediator, against))
        after, held, before = (outcome_of(one, truth, people.p) for one in (with_, moved, without))
        for part, difference in zip(parts, (after - before, held - before, after - held), strict=True):
            part.add(difference, before)
        number += 1
    return Mediated(*(part.value for part in parts))


def _with_posture_of(with_: Lived, without: Lived, mediator: Mediator, against: Intervention) -> _WithPosture:
    name = AT_VISITS[mediator]
    change = getattr(with_.people, name) - getattr(without.people, name)
    return _WithPosture(
        **{key: getattr(against, key) for key in Intervention.model_fields}, by={mediator: change}
    )
