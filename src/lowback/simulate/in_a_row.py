"""What something done at the middle one of three moments in a row changes there and a moment later, had chance decided whether it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lowback.simulate.at_moments import (
    ANSWERS_NOW,
    ONLY_IF,
    Flags,
    answered,
    blocks_of_moments,
    in_arms,
    in_steps,
    recorder,
)
from lowback.simulate.course import SLOTS_A_DAY, Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario
from lowback.simulate.super_population import TRUTH_SEED
from lowback.variables import dictionary

LEFT_A_MOMENT_LATER: Mapping[str, str] = {"back_stiffness_nrs": "stiffness_memory"}
"""The figure that says how much of an outcome is left half a day later; of others nothing is, unless low mood hands it on."""
HANDED_ON = ("mood_per_pain", "pain_per_mood")
# The middle of all moments, by which amounts are with or without, needs fewer people than effects.
BLOCKS_OF_CUT = 20


@dataclass(frozen=True, eq=False)
class _Rows:
    """The middle moments (person, slot) of three answered in a row whose outer ones are without it, and which of them are with it."""

    middle: Flags
    done: Flags


def changes_in_a_row(
    scenario: Scenario, outcome: str, exposure: str, arms: tuple[str, ...]
) -> dict[str, float]:
    """How three moments in a row (without, with, without) differ from three without, in the outcome's unit, as a mean over people.

    `there`: from before to it; `back`: from it to after; `left over`: from before to after; `difference`: at it, less the mean of both; `check`: before
    it. At the middle of a person's own rows chance deals out what the person does there when it is done and when it is not; the rest of the course is as
    it was. An amount is with where it is over the middle of all moments, as recorded. Scores are in steps and end at 0 and 10, and only answered
    check-ins count, of people who have both kinds of rows at the same time of day. Empty where nobody has, or where pain is handed on by other ways.
    """
    if not _is_known(outcome, exposure, scenario.values):
        return {}
    if not ANSWERS_NOW[outcome, exposure](scenario.values):
        return _contrasts(0.0, 0.0)
    cut = 0.5 if dictionary()[exposure].kind == "flag" else _middle(scenario, exposure, arms)
    found = []
    for number, (people, lived) in enumerate(blocks_of_moments(scenario)):
        rows = _rows(scenario, people, lived, exposure, arms, cut)
        rng = np.random.default_rng([TRUTH_SEED, 4, number])
        found += _own_changes(rng, people, lived, (outcome, exposure), rows)
    return _contrasts(*np.mean(found, axis=0)) if found else {}


def _is_known(outcome: str, exposure: str, p: Parameters) -> bool:
    """Whether an outcome answers to the exposure, and what is left of it a moment later is known."""
    hands_on = outcome == "pain_nrs" and all(p[one] for one in HANDED_ON)
    return (outcome, exposure) in ANSWERS_NOW and not hands_on


def _contrasts(there: float, left_over: float) -> dict[str, float]:
    found = {"difference": there - left_over / 2, "there": there, "back": left_over - there}
    return {name: float(one) for name, one in found.items()} | {"left over": float(left_over), "check": 0.0}


def _middle(scenario: Scenario, exposure: str, arms: tuple[str, ...]) -> float:
    """The median of the amounts that check-ins of these arms record."""
    parts = []
    for people, lived in blocks_of_moments(scenario, BLOCKS_OF_CUT):
        seen = in_arms(lived, arms)[:, None] & answered(scenario, people, lived)
        parts.append(in_steps(exposure, lived.course.slots[exposure])[seen])
    together = np.concatenate(parts)
    if not np.isfinite(together).any():
        raise SimulationError(f"no check-in of {', '.join(arms)} records {exposure}")
    return float(np.nanmedian(together))


def _rows(
    scenario: Scenario, people: Doubles, lived: Lived, exposure: str, arms: tuple[str, ...], cut: float
) -> _Rows:
    amounts = in_steps(exposure, lived.course.slots[exposure])
    seen = answered(scenario, people, lived) & in_arms(lived, arms)[:, None] & np.isfinite(amounts)
    without = seen & (amounts <= cut)
    middle = np.zeros_like(seen)
    middle[:, 1:-1] = seen[:, 1:-1] & without[:, :-2] & without[:, 2:]
    return _Rows(middle, middle & (amounts > cut))


def _own_changes(
    rng: np.random.Generator, people: Doubles, lived: Lived, of: tuple[str, str], rows: _Rows
) -> list[Array]:
    """What it changes at the moment itself and a moment later, of each person who has rows with it and rows without at a time of day."""
    with_it, without, weight = _dealt(rng, lived.course.slots[of[1]], rows)
    at, later = _changed(people, lived, of, with_it), _changed(people, lived, of, without)
    change = [one - other for one, other in zip(at, later, strict=True)]
    total = weight.sum(axis=1)
    there = total > 0
    means = [(weight * np.nan_to_num(one)).sum(axis=1)[there] / total[there] for one in change]
    return list(np.column_stack(means))


def _dealt(rng: np.random.Generator, done: Array, rows: _Rows) -> tuple[Array, Array, Array]:
    """What each row's person does at that time of day when it is done and when not, dealt out by chance, and the weight of each row.

    Rows of a time of day weigh together as many as there are with it; those of a time of day with only one kind weigh nothing.
    """
    with_it, without, weight = done.copy(), done.copy(), np.zeros_like(done)
    for start in range(SLOTS_A_DAY):
        slots = np.arange(start, done.shape[1], SLOTS_A_DAY)
        for person in np.flatnonzero(rows.done[:, slots].any(axis=1)):
            here = slots[rows.middle[person, slots]]
            has = rows.done[person, here]
            if has.all():
                continue
            own = done[person, here]
            with_it[person, here] = rng.choice(own[has], len(here))
            without[person, here] = rng.choice(own[~has], len(here))
            weight[person, here] = has.sum() / len(here)
    return with_it, without, weight


def _changed(people: Doubles, lived: Lived, of: tuple[str, str], done: Array) -> tuple[Array, Array]:
    """The outcome as recorded (person, slot), had this been done at each moment in place of what was, there and at the moment after."""
    (outcome, exposure), p, course = of, people.p, lived.course
    trait = course.people[ONLY_IF[exposure]] if exposure in ONLY_IF else np.ones(len(done))
    more = ANSWERS_NOW[of](p) * trait[:, None] * (done - course.slots[exposure])
    left = p[LEFT_A_MOMENT_LATER[outcome]] if outcome in LEFT_A_MOMENT_LATER else 0.0
    record, felt = recorder(people, lived, outcome), course.slots[outcome]
    after = record(felt + left * np.column_stack([np.zeros(len(more)), more[:, :-1]]))
    return record(felt + more), np.column_stack([after[:, 1:], np.full(len(after), np.nan)])
