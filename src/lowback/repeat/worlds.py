"""Simulated worlds that an analysis is tried in: each gives cohorts, and the truth to be found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from lowback.cohort import Cohort
from lowback.repeat.asked import Asked
from lowback.repeat.scenario_truths import scenario_truths
from lowback.repeat.truths import people_of_truth, slope_truths, trial_truths
from lowback.simulate import simulate
from lowback.simulate.alike import AlikeSlopes, AlikeTrial, alike_slopes, alike_trial
from lowback.simulate.alike.people import characteristic_of
from lowback.simulate.alike.trial import Array, Potential
from lowback.simulate.cohorts import LONGEST
from lowback.simulate.scenario import Scenario
from lowback.study import Estimand, Study

NO_EFFECT, WORTHWHILE, ESTIMATED, OBSERVED = "none", "smallest worthwhile", "as estimated", "as observed"
HALVINGS = 24
# What is asked of check-ins; all else is asked of visits.
OF_MOMENTS = (
    "proximal effect", "value of a rule", "recurrence", "time to ease", "threshold", "change in one person",
    "lead",
)  # fmt: skip


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
    """Cohorts of a scenario of `lowback.simulate`, whose effects are its own, with check-ins on so many days."""

    scenario: Scenario
    participants: int
    days: int
    truths: Mapping[str, Mapping[Asked, float]]

    def cohorts(self, seed: np.random.SeedSequence) -> dict[str, Cohort]:
        """One cohort of the scenario; check-ins of a single day are left out, because no visit needs them."""
        number = int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1))
        made = _simulated(self.scenario.model_dump_json(), self.participants, number, self.days)
        return {self.scenario.name: made}


# The estimands of one replicate share their cohort.
@lru_cache(maxsize=1)
def _simulated(scenario: str, participants: int, seed: int, days: int) -> Cohort:
    read = Scenario.model_validate_json(scenario)
    made = simulate(read, participants, seed, days=days)
    checkins = None if days == 1 else made.checkins
    return Cohort(f"simulated: {read.name}", made.participants, made.visits, checkins)


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
    if estimand.modifier is not None:
        # What an effect may differ by may also foretell scores in both arms, which is no difference in effect.
        covariates = tuple(dict.fromkeys((*study.covariates, estimand.modifier)))
        study = study.model_copy(update={"covariates": covariates})
    trial = alike_trial(cohort, study, estimand)
    people = people_of_truth(trial)
    effects = _trial_effects(trial, estimand, people[0])
    modifier = None
    if estimand.modifier is not None:
        modifier = characteristic_of(trial.people, study, estimand.modifier)
    truths = {name: trial_truths(trial, estimand, one, people, modifier) for name, one in effects.items()}
    return TrialWorld(trial, effects, truths)


def world_of_scenario(
    scenario: Scenario, participants: int, study: Study, estimand: Estimand, longest: int = LONGEST
) -> ScenarioWorld:
    """The world of a scenario for one estimand of a study, with check-ins on up to `longest` days.

    Raises `SimulationError` where the simulator knows no truth of it.
    """
    days = (
        longest
        if any(one.summary in OF_MOMENTS or one.modifier == "sensitised_nrs" for one in study.estimands)
        else 1
    )
    truths = scenario_truths(scenario, study, estimand)
    return ScenarioWorld(scenario, participants, days, {scenario.name: truths})


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
