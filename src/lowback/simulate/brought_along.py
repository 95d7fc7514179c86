"""What people bring along or meet with, in many people, and what it would be had they something else: warning signs, falls, injuries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lowback.simulate.doubles import Doubles
from lowback.simulate.findings import Person, findings
from lowback.simulate.interventions import NOTHING, Intervention
from lowback.simulate.living import BEFORE
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario

# Blocks of 256 people, about a hundred thousand.
BLOCKS = 400
# Exposures that are written down as they are, so that their error has no part in what goes with them.
EXACT = ("fell", "running_km")
# Sides of the rule by how long "several weeks" are.
SIGNS = ("flag_present", "flag_explained", "flag_severe", "flag_weeks", "serious_pathology")


def found_in_people(
    scenario: Scenario, columns: tuple[str, ...], act: Intervention = NOTHING
) -> Mapping[str, Array]:
    """These columns of the participants' table in many people, all of them looked at, under an intervention (shape: person)."""
    found: dict[str, list[Array]] = {name: [] for name in columns}
    for number in range(BLOCKS):
        people = Doubles(scenario, scenario.values, number)
        usual = people.untreated.pain[:, :BEFORE].mean(axis=1)
        person = Person(people.untreated, people.arms, usual, people.p, people.streams, act)
        every = findings(person)
        for name in columns:
            if name not in every:
                raise SimulationError(f"{name!r} is nothing that happens to people in this simulator")
            found[name].append(every[name])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def risks_with_and_without(scenario: Scenario, outcome: str, exposure: str) -> tuple[float, float]:
    """The share of people to whom something happens, had all of them the exposure, and had none."""
    _check_exact(exposure)
    with_it, without = (
        float(found_in_people(scenario, (outcome,), Intervention(fixed={exposure: value}))[outcome].mean())
        for value in (1, 0)
    )
    return with_it, without


def rate_ratio(scenario: Scenario, outcome: str, exposure: str, per: float) -> float:
    """How many times as often something happens with everybody's exposure so much higher as with people as they are."""
    _check_exact(exposure)
    more = found_in_people(scenario, (outcome,), Intervention(shifted={exposure: per}))[outcome]
    return float(more.mean() / found_in_people(scenario, (outcome,))[outcome].mean())


def rule_accuracy(scenario: Scenario, weeks: float) -> dict[str, float]:
    """The risk of serious pathology with and without an unexplained, severe warning sign of so many weeks, and what the rule is worth.

    Proportions of all people, each of whom somebody looks at.
    """
    read = found_in_people(scenario, SIGNS)
    picked = (read["flag_present"] == 1) & (read["flag_explained"] == 0) & (read["flag_severe"] == 1)
    picked &= read["flag_weeks"] >= weeks
    serious = read["serious_pathology"] == 1
    with_it, without = float(serious[picked].mean()), float(serious[~picked].mean())
    if not scenario.values["serious_per_rule"]:
        with_it = without = float(serious.mean())
    return {
        "risk difference": with_it - without,
        "risk with": with_it,
        "risk without": without,
        "sensitivity": float(picked[serious].mean()),
        "specificity": float((~picked)[~serious].mean()),
    }


def _check_exact(exposure: str) -> None:
    if exposure not in EXACT:
        raise SimulationError(
            f"what happens by {exposure} is not known: it is by what is recorded without error ({', '.join(EXACT)})"
        )
