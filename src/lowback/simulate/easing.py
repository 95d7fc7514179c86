"""How long pain takes to ease on standing up, had chance decided at each recorded moment how long people sat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lowback.simulate.at_moments import (
    Flags,
    Whose,
    answered,
    blocks_of_moments,
    in_arms,
    in_steps,
    products_by_moment,
    shuffled,
)
from lowback.simulate.course import Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario
from lowback.simulate.slopes import CrossProducts, slope_and_error
from lowback.simulate.super_population import TRUTH_SEED

BOUT, STANDING = "longest_sitting_min", "pain_on_standing_nrs"
REPORTS = {
    "pain_5_min_after_standing_nrs": 5.0,
    "pain_15_min_after_standing_nrs": 15.0,
    "pain_30_min_after_standing_nrs": 30.0,
}
"""What is asked after standing up, and how many minutes after."""
HURT, ALL, STILL = "bouts that hurt", "all bouts", "not eased after"

Rule = Callable[[Array, Array], Array]
"""Whether pain has eased (1 or 0), from that on standing up and a later one, both as recorded."""


@dataclass(frozen=True, eq=False)
class Stood:
    """What is recorded of each moment on standing up: pain then, and at each of the minutes asked about (None: not asked)."""

    standing: Array
    later: dict[float, Array]


def easing_slopes(
    scenario: Scenario, exposure: str, whose: Whose, rule: Rule
) -> dict[tuple[str, str], float]:
    """How many minutes longer pain takes to ease for each minute of a bout, and how much larger a share has not eased at each report.

    At every moment chance deals out among people how long they sat; pain, its easing and all reports follow by the equations. The minutes
    are those to the last report, and pain that eases between two reports counts to the middle between them: over bouts that
    hurt so that pain can ease by the rule, and over all bouts, others as 0 minutes. Moments count as often as check-ins are answered there.
    """
    asked = {name: minute for name, minute in REPORTS.items() if name in scenario.records}
    if exposure != BOUT or not asked:
        raise SimulationError(
            f"the simulator knows how pain eases after more of {BOUT}, where reports after standing up are recorded"
        )
    does_nothing = not (scenario.values["pain_per_bout"] or scenario.values["ease_per_bout"])
    products: dict[tuple[str, str], list[CrossProducts]] = {}
    for number, (people, lived) in enumerate(blocks_of_moments(scenario)):
        there = in_arms(lived, whose.arms)[:, None] & answered(
            scenario, people, lived, after_another=whose.after_another
        )
        dealt = shuffled(np.random.default_rng([TRUTH_SEED, 4, number]), lived.course.slots[BOUT], there)
        stood = _stood(people, lived, dealt, asked)
        for said, values, known in _outcomes(stood, rule, there):
            products.setdefault(said, []).append(products_by_moment(dealt, values, known))
    return {said: 0.0 if does_nothing else slope_and_error(blocks)[0] for said, blocks in products.items()}


def _stood(people: Doubles, lived: Lived, bout: Array, asked: dict[str, float]) -> Stood:
    """What would be recorded had everybody sat so long at each moment."""
    p, slots = people.p, lived.course.slots
    more = bout - slots[BOUT]
    felt = slots["pain_nrs"] + p["pain_per_bout"] * more
    eases_at = slots["ease_min"] * np.exp(p["ease_per_bout"] * more / 60)
    extra = p["extra_pain_standing"]
    later = {minute: in_steps(name, felt + extra * (eases_at > minute)) for name, minute in asked.items()}
    return Stood(in_steps(STANDING, felt + extra), later)


def _outcomes(stood: Stood, rule: Rule, there: Flags) -> list[tuple[tuple[str, str], Array, Flags]]:
    """What is told of moments: minutes until eased over bouts that hurt and over all, and whether pain goes on at each report."""
    hurts = (rule(stood.standing, np.zeros_like(stood.standing)) == 1) & (
        rule(stood.standing, stood.standing) != 1
    )
    goes_on, minutes, since = np.ones(there.shape), np.zeros(there.shape), 0.0
    found = []
    for minute, pain in stood.later.items():
        before, goes_on = goes_on, goes_on * (rule(stood.standing, pain) != 1)
        minutes = minutes + (minute - since) * (before + goes_on) / 2
        since = minute
        found.append(((STILL, f"{minute:g}"), goes_on, there & hurts))
    every = [((HURT, ""), minutes, there & hurts), ((ALL, ""), np.where(hurts, minutes, 0.0), there)]
    return [*every, *found]
