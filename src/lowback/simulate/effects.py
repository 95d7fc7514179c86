"""True effects by potential outcomes: the same people with the same random numbers, once with and once without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lowback.simulate.claims import Truth, claims
from lowback.simulate.course import FOLLOW_UP_DAYS, SLOTS_A_DAY, Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.interventions import NOTHING, Intervention
from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import AT_VISITS, Array, rated_pain, visit_at
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.variables import dictionary

FEWEST_BLOCKS, MOST_BLOCKS = 8, 400
# The Monte Carlo standard error allowed, in SD of the outcome between people.
ALLOWED_ERROR = 0.01


@dataclass(frozen=True)
class TrueValue:
    """A true effect in the outcome's unit, its Monte Carlo standard error (0: exact), and how it was found."""

    value: float
    monte_carlo_se: float
    unit: str | None
    how: str


def true_effect(
    scenario: str | Path | Scenario,
    outcome: str,
    intervention: Intervention,
    against: Intervention = NOTHING,
    *,
    week: float | None = None,
    day: int | None = None,
    modified_by: Mapping[str, tuple[float, float]] | None = None,
) -> TrueValue:
    """The mean difference of an outcome when `intervention` is done to everybody and when `against` is.

    `outcome` is a column of the data dictionary: at a visit's week without measurement error (back pain as rated, 0 to 10 in
    steps), on a day as the mean of its moments, or, without both, of the person. `modified_by` gives a column of
    the course and two values: how much the effect differs between the first and the second. People are added until the Monte
    Carlo standard error is below 1 % of the outcome's SD. Nobody leaves and nothing is missing.
    """
    truth = Truth(
        outcome=outcome,
        week=week,
        day=day,
        do=intervention,
        against=against,
        modified_by=modified_by or {},
    )
    return effect_of(truth, read_scenario(scenario))


def claim_truth(claim: str, scenario: str | Path | Scenario) -> TrueValue:
    """What of the scenario's model answers a claim; the claim holds where it is not 0, or 0, as its `holds` says."""
    if claim not in claims():
        raise SimulationError(f"claim {claim!r} has no switch")
    return effect_of(claims()[claim].truth, read_scenario(scenario))


def effect_of(truth: Truth, scenario: Scenario, blocks: int = MOST_BLOCKS) -> TrueValue:
    """The value of a symbol, or an effect by potential outcomes in at most so many blocks of 256 people."""
    p = {**scenario.values, **truth.given}
    if truth.symbol is not None:
        return TrueValue(p[truth.symbol], 0.0, None, f"the value of {truth.symbol} in the model")
    sampled = MonteCarlo(str(truth.outcome))
    for number in range(blocks):
        sampled.add(*_difference(Doubles(scenario, p, number), truth))
        if sampled.is_exact_enough:
            break
    return sampled.value


class MonteCarlo:
    """Differences of an outcome as they come in, a block of people at a time, until their mean is exact enough."""

    def __init__(self, outcome: str) -> None:
        """Nobody yet; `outcome` is a column of the data dictionary or of the course."""
        self.outcome = outcome
        self.differences: list[Array] = []
        self.levels: list[Array] = []

    def add(self, differences: Array, levels: Array) -> None:
        """Take in the differences of some people (NaN: nothing to compare), and their outcomes without the intervention."""
        if not np.isfinite(differences).any():
            raise SimulationError(f"{self.outcome}: nothing of it was there to compare")
        self.differences.append(differences)
        self.levels.append(levels)

    @property
    def is_exact_enough(self) -> bool:
        """Whether the standard error is below 1 % of the outcome's SD, or there are as many people as there may be."""
        few, many = len(self.levels) < FEWEST_BLOCKS, len(self.levels) >= MOST_BLOCKS
        return many or not (few or self._error > ALLOWED_ERROR * np.nanstd(np.concatenate(self.levels)))

    @property
    def _error(self) -> float:
        differences = np.concatenate(self.differences)
        return float(np.nanstd(differences, ddof=1) / np.sqrt(np.isfinite(differences).sum()))

    @property
    def value(self) -> TrueValue:
        """The mean difference so far."""
        differences = np.concatenate(self.differences)
        known = dictionary().get(self.outcome)
        how = f"Monte Carlo: {len(differences)} people, each under both, full follow-up"
        # Adding 0 keeps the mean of nothing from being written as -0.
        return TrueValue(
            float(np.nanmean(differences)) + 0.0, self._error, known.unit if known else None, how
        )


def _difference(people: Doubles, truth: Truth) -> tuple[Array, Array]:
    """Each person's difference, and the outcome without the intervention."""
    if not truth.modified_by:
        without = outcome_of(people.under(truth.against), truth, people.p)
        return outcome_of(people.under(truth.do), truth, people.p) - without, without
    ((column, values),) = truth.modified_by.items()
    at = [
        [outcome_of(people.under(act.with_fixed(column, value)), truth, people.p) for act in (truth.do, truth.against)]
        for value in values
    ]  # fmt: skip
    return (at[0][0] - at[0][1]) - (at[1][0] - at[1][1]), at[0][1]


def outcome_of(lived: Lived, truth: Truth, p: Parameters) -> Array:
    """The outcome of each person (shape: person), NaN where there was nothing to record."""
    name, course = str(truth.outcome), lived.course
    if truth.day is not None and not 0 <= truth.day < FOLLOW_UP_DAYS:
        raise SimulationError(f"day {truth.day}: allowed 0 to {FOLLOW_UP_DAYS - 1}")
    if truth.day is not None and name in course.slots:
        slots = course.slots[name][:, SLOTS_A_DAY * truth.day : SLOTS_A_DAY * (truth.day + 1)]
        known = np.isfinite(slots)
        return np.where(known.any(axis=1), np.where(known, slots, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)  # fmt: skip
    if truth.week is not None:
        return _at_visits(lived, name, p)[:, visit_at(truth.week)]
    if truth.day is None and name in course.people:
        return course.people[name]
    when = f"on day {truth.day}" if truth.day is not None else "of a person"
    raise SimulationError(f"{name!r} is nothing that is known {when}")


def _at_visits(lived: Lived, name: str, p: Parameters) -> Array:
    if name == "pain_nrs":
        return rated_pain(lived.people.pain, lived.people.item_error, p)
    if name in AT_VISITS:
        return np.asarray(getattr(lived.people, AT_VISITS[name]))
    if name in lived.course.visits:
        return lived.course.visits[name]
    raise SimulationError(f"{name!r} is nothing that a visit finds")
