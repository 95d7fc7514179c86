"""Many people of a scenario, each led through every arm, and their records under the arm that they came into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.design import ARMS
from lowback.simulate.living import live
from lowback.simulate.measurement import Visits, as_given, latent_hip_pain, measured_visits
from lowback.simulate.parameters import Parameters, course_symbols, parameters
from lowback.simulate.population import AT_VISITS, Array, Population, draw_population, rated_pain
from lowback.simulate.recording.angles import hands
from lowback.simulate.recording.answers import favoured
from lowback.simulate.recording.places import Places, in_sites, places
from lowback.simulate.scenario import Scenario
from lowback.simulate.streams import Streams
from lowback.simulate.treatment import assigned, treated

# Larger than any seed that `simulate` accepts, so that no cohort is made of the people behind the truth.
TRUTH_SEED = 2**64
BLOCK, BLOCKS, BLOCKS_WITH_COURSE = 1024, 100, 16
# What arms do, and who comes into them, needs no leading through the weeks.
OF_ARMS = frozenset(
    {
        "pain_effect_back_care",
        "tilt_effect_back_care",
        "pain_effect_video",
        "pain_per_minute",
        "session_minutes",
        "minutes_of_both_times",
        "choice_per_expectation",
        "choice_per_activity",
        "choice_per_pain",
    }
)


@dataclass(frozen=True, eq=False)
class SuperPopulation:
    """Many people: reported pain under each arm of the design (arm, person, visit), and their records under their own.

    `postures` are what the visits would have measured without error, by column of the data dictionary.
    """

    pain: Array
    visits: list[Visits]
    postures: list[Mapping[str, Array]]
    arms: list[Array]
    covariates: list[Array]


def moves(scenario: Scenario) -> bool:
    """Whether anything that happens within the weeks has an effect in this scenario."""
    usual, values = parameters(scenario.based_on), scenario.values
    return any(values[symbol] != usual[symbol] for symbol in course_symbols())


def super_population(scenario: Scenario, blocks: int | None = None) -> SuperPopulation:
    """So many blocks of 1,024 people; by default 100, or 16 where people must be led through the weeks moment by moment."""
    p, names = scenario.values, scenario.design.arms
    pain, visits, arms, covariates = [], [], [], []
    postures: list[Mapping[str, Array]] = []
    for number in range(blocks or (BLOCKS_WITH_COURSE if moves(scenario) else BLOCKS)):
        rng, streams = np.random.default_rng([TRUTH_SEED, 1, number]), Streams(TRUTH_SEED, number)
        untreated = draw_population(rng, BLOCK, p)
        allocated = assigned(rng, untreated, scenario.design, p, streams)
        where = places(allocated, scenario.design, scenario.measurement, p, streams)
        under = [_led(untreated, np.full(BLOCK, ARMS.index(arm)), where, scenario, streams) for arm in names]
        pain.append([_reported(people, p, streams) for people in under])
        people = _each_under(under, (allocated[:, None] == [ARMS.index(arm) for arm in names]).argmax(axis=1))
        visits.append(_records(rng, people, where, scenario, streams))
        postures.append({column: getattr(people, name) for column, name in AT_VISITS.items()})
        arms.append((allocated[:, None] == [ARMS.index(arm) for arm in names]).astype(float))
        covariates.append(np.column_stack([np.round(people.age), people.female]))
    return SuperPopulation(np.concatenate(pain, axis=1), visits, postures, arms, covariates)


def _led(
    untreated: Population, arms: NDArray[np.intp], where: Places, scenario: Scenario, streams: Streams
) -> Population:
    """People under these arms at their sites, through their weeks where anything moves within them."""
    p = scenario.values
    people = in_sites(treated(untreated, arms, p), where.site, scenario.measurement, p, streams.root)
    if not moves(scenario):
        return people
    hip_pain = latent_hip_pain(streams("hip pain of the day"), people, p)
    return live(people, hip_pain, arms, p, streams).people


def _each_under(under: Sequence[Population], arm: NDArray[np.intp]) -> Population:
    """The same people, each with the course under one arm, given as a position in `under`."""
    everybody = np.arange(len(arm))
    columns = (np.stack([getattr(one, field.name) for one in under]) for field in fields(Population))
    return Population(*(column[arm, everybody] for column in columns))


def _reported(people: Population, p: Parameters, streams: Streams) -> Array:
    """Back pain at the visits as people give it."""
    return favoured(rated_pain(people.pain, people.item_error, p), p, streams, "visit back pain")


def _records(
    rng: np.random.Generator, people: Population, where: Places, scenario: Scenario, streams: Streams
) -> Visits:
    """What visits record of them with the scenario's instruments; hip pain is part of no estimand, so that it is left out."""
    plan, p = scenario.measurement, scenario.values
    by = hands(where, plan, p, streams)
    return as_given(measured_visits(rng, people, np.zeros_like(people.pain), p, by), p, streams)
