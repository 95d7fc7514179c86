"""People who can be led through their weeks again and again, each time under another intervention."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lowback.simulate.course import Lived
from lowback.simulate.design import ARMS
from lowback.simulate.interventions import Intervention
from lowback.simulate.living import live
from lowback.simulate.measurement import latent_hip_pain
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Population, draw_population
from lowback.simulate.scenario import Scenario
from lowback.simulate.streams import Streams
from lowback.simulate.super_population import TRUTH_SEED
from lowback.simulate.treatment import assigned, treated

BLOCK = 256


class Doubles:
    """One block of the people behind a scenario's truth."""

    def __init__(self, scenario: Scenario, p: Parameters, number: int) -> None:
        """Block `number`, with the figures `p`."""
        self.p, self.streams = p, Streams(TRUTH_SEED, number)
        rng = np.random.default_rng([TRUTH_SEED, 2, number])
        self.untreated: Population = draw_population(rng, BLOCK, p)
        self.arms = assigned(rng, self.untreated, scenario.design, p, self.streams)

    def under(self, act: Intervention) -> Lived:
        """What happens to them under an intervention, always on the same random numbers."""
        arms = self.arms if act.arm is None else np.full_like(self.arms, ARMS.index(act.arm))
        people, act = _with_adherence(self.untreated, act)
        people = treated(people, arms, self.p)
        hip_pain = latent_hip_pain(self.streams("hip pain of the day"), people, self.p)
        return live(people, hip_pain, arms, self.p, self.streams, act)


def _with_adherence(people: Population, act: Intervention) -> tuple[Population, Intervention]:
    """People who do more or fewer sessions all along, and what is left of the intervention for the moments.

    A session rule or a session fixed at a moment is left; a share of all sessions is the adherence that effects go by.
    """
    adherence = act.on("adherence", act.on("session_done", people.adherence))
    scaled, shifted = (
        {column: one for column, one in change.items() if column != "session_done"}
        for change in (act.scaled, act.shifted)
    )
    left = act.model_copy(update={"scaled": scaled, "shifted": shifted})
    return replace(people, adherence=np.clip(adherence, 0, 1)), left
