"""Simulated worlds that an analysis is tried in: each gives cohorts, and the truth to be found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from lowback.cohort import Cohort
from lowback.repeat.truths import Asked, people_of_truth, slope_truths, trial_truths
from lowback.simulate import simulate, simulated_study, truth_of
from lowback.simulate.alike import AlikeSlopes, AlikeTrial, alike_slopes, alike_trial
from lowback.simulate.alike.trial import Array, Potential
from lowback.study import Estimand, Study

NO_EFFECT, WORTHWHILE, ESTIMATED, OBSERVED = "none", "smallest worthwhile", "as estimated", "as observed"
HALVINGS = 24


class World(Protocol):
    """Cohorts of one kind under one or several effects; `truths` are the true values under each."""

    @property
    def truths(self) -> Mapping[str, Mapping[Asked, float]]:
        """The true value of what rows of an analysis say, by effect."""

    def cohorts(self, seed: np.random.SeedSequence) -> dict[str, Cohort]:
        """One cohort under each effect, of the same people."""


@dataclass(frozen=True, eq=False)
class TrialWorld:
    """Trials like a given one."""

    alike: AlikeTrial
    effects: Mapping[str, Array]
    truths: Mapping[str, Mapping[Asked, float]]

    def cohorts(self, seed: np.random.SeedSequence) -> dict[str, Cohort]:
        """One trial under each effect: same people, arms, chance and dropout's dice."""
        drawn = self.alike.draw(np.random.default_rng(seed))
        return {name: self.alike.cohort(drawn, effects) for name, effects in self.effects.items()}


@dataclass(frozen=True, eq=False)
class SlopesWorld:
    """Cohorts like a given one in which the outcome goes with an exposure."""

    alike: AlikeSlopes
    effects: Mapping[str, tuple[float, float]]
    truths: Mapping[str, Mapping[Asked, float]]

    def cohorts(self, seed: np.random.SeedSequence) -> dict[str, Cohort]:
        """One cohort at each slope: same people and residuals."""
        return {
            name: self.alike.cohort(np.random.default_rng(seed), slopes)
            for name, slopes in self.effects.items()
        }


@dataclass(frozen=True, eq=False)
class ScenarioWorld:
    """Cohorts of a scenario of `lowback.simulate`, whose effects are its own."""

    scenario: str
    participants: int
    truths: Mapping[str, Mapping[Asked, float]]

    def cohorts(self, seed: np.random.SeedSequence) -> dict[str, Cohort]:
        """One cohort of the scenario, without the check-ins of all but its first day, which no visit needs."""
        number = int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1))
        return {self.scenario: _simulated(self.scenario, self.participants, number)}


# The estimands of one replicate share their cohort.
@lru_cache(maxsize=1)
def _simulated(scenario: str, participants: int, seed: int) -> Cohort:
    made = simulate(scenario, participants, seed, days=1)
    return Cohort(name=f"simulated: {scenario}", participants=made.participants, visits=made.visits)


def world_like(cohort: Cohort, study: Study, estimand: Estimand) -> World:
    """The world of cohorts like this one for an estimand, without an effect and with one that would be worthwhile.

    Where the estimand declares no smallest worthwhile effect the second is the cohort's own; a study without arms to compare
    has one world, in which scores change as observed. Raises `NotAlikeError` where no such cohort can be drawn.
    """
    if estimand.summary == "slope":
        alike = alike_slopes(cohort, study, estimand)
        size = estimand.smallest_worthwhile
        slopes = {NO_EFFECT: (0.0, 0.0)}
        slopes |= {ESTIMATED: alike.estimated} if size is None else {WORTHWHILE: alike.slopes(size)}
        return SlopesWorld(alike, slopes, {name: slope_truths(alike, one) for name, one in slopes.items()})
    trial = alike_trial(cohort, study, estimand)
    people = people_of_truth(trial)
    effects = _trial_effects(trial, estimand, people[0])
    truths = {name: trial_truths(trial, estimand, one, people) for name, one in effects.items()}
    return TrialWorld(trial, effects, truths)


def world_of_scenario(scenario: str, participants: int, estimand: Estimand) -> ScenarioWorld:
    """The world of a scenario for one estimand of the study that goes with it."""
    study, truth = simulated_study(scenario), truth_of(scenario)
    rows = truth[truth["estimand"] == estimand.name]
    found: dict[Asked, float] = {}
    for term, value in zip(rows["term"], rows["value"].astype(float), strict=True):
        for level in ("within", "between"):
            if term == f"{level} persons, adjusted":
                found["slope", level] = value
    if estimand.summary != "slope" and len(rows):
        control, size = str(study.comparator(estimand)), max(len(estimand.responders), 1)
        values = rows["value"].astype(float).to_numpy().reshape(-1, size)
        for arm, of_arm in zip(study.treated_arms(estimand), values, strict=True):
            for place, value in enumerate(of_arm):
                kind: Asked = ("difference", arm, control)
                if estimand.responders:
                    kind = ("risk difference", arm, control, str(place))
                found[kind] = float(value)
    return ScenarioWorld(scenario, participants, {scenario: found})


def _trial_effects(trial: AlikeTrial, estimand: Estimand, people: Potential) -> dict[str, Array]:
    nothing = np.zeros_like(trial.estimated)
    if not len(trial.treated):
        return {OBSERVED: nothing}
    size = estimand.smallest_worthwhile
    if size is None:
        own = nothing.copy()
        own[trial.treated] = trial.estimated[trial.treated]
        return {NO_EFFECT: nothing, ESTIMATED: own}
    return {NO_EFFECT: nothing, WORTHWHILE: trial.effects(_points_for(trial, estimand, size, people))}


def _points_for(trial: AlikeTrial, estimand: Estimand, wanted: float, people: Potential) -> float:
    """The effect in points, before scores are cut off, that makes the estimand of these people as large as wanted in the first arm.

    Of several definitions of responders the first counts. Where even an effect of four standard deviations makes less,
    because scores end at the scale's end, it is that.
    """
    arms = (trial.people.arms[trial.treated[0]], trial.people.arms[trial.comparator])
    key: Asked = ("risk difference", *arms, "0") if estimand.responders else ("difference", *arms)
    low, high = 0.0, 4 * float(np.sqrt(trial.covariance[trial.at, trial.at]))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = trial_truths(trial, estimand, trial.effects(middle), [people])[key]
        low, high = (middle, high) if abs(found) < wanted else (low, middle)
    return high
