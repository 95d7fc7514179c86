"""Whole cohorts: people drawn in blocks, randomised, measured and followed up, as the three tables of a cohort."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.simulate.follow_up import FollowUp, follow_up
from lowback.simulate.measurement import (
    Diary,
    Visits,
    adherence_by_visit,
    latent_hip_pain,
    measured_diary,
    measured_visits,
    sessions,
)
from lowback.simulate.parameters import Parameters, SimulationError, parameters
from lowback.simulate.population import VISIT_WEEKS, Array, Population, draw_population
from lowback.simulate.treatment import ARMS, allocate, treated
from lowback.simulate.truth import truth_of

# People come in blocks with a random stream each, so that more participants leave the first ones as they were.
BLOCK = 256
FEWEST, MOST = 8, 1_000_000


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulated trial, its three tables, and the true value of each estimand that its study declares."""

    scenario: str
    seed: int
    days: int
    participants: pd.DataFrame
    visits: pd.DataFrame
    checkins: pd.DataFrame
    truth: pd.DataFrame = field(repr=False)

    def cohort(self) -> Cohort:
        """The three tables as a cohort."""
        return Cohort(
            name=f"simulated: {self.scenario}",
            participants=self.participants,
            visits=self.visits,
            checkins=self.checkins,
        )


def simulate(scenario: str, participants: int, seed: int, days: int = 84) -> Simulated:
    """A randomised trial of four arms with a known truth; everybody in its tables was randomised.

    `days` is the number of days with check-ins (1 to 84); the visits are always at weeks 0, 4, 8 and 12. The same
    scenario and seed give the same first people, however many follow.
    """
    p = parameters(scenario)
    _check_whole("participants", participants, FEWEST, MOST)
    _check_whole("seed", seed, 0, 2**63 - 1)
    _check_whole("days", days, 1, 84)
    tables = [
        _block(np.random.default_rng([seed, number]), number * BLOCK, participants, days, p)
        for number in range(-(-participants // BLOCK))
    ]
    people, visits, checkins = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    return Simulated(scenario, seed, days, people, visits, checkins, truth_of(scenario))


def _check_whole(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise SimulationError(f"{name} = {value!r}: allowed whole numbers {low} to {high}")


def _block(
    rng: np.random.Generator, first: int, participants: int, days: int, p: Parameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables of one block of people, cut to the participants asked for."""
    untreated = draw_population(rng, BLOCK, p)
    arms = allocate(rng, BLOCK)
    people = treated(untreated, arms, p)
    has_programme = arms > 0
    hip_pain = latent_hip_pain(rng, people, p)
    visits = measured_visits(rng, people, hip_pain, p)
    diary = measured_diary(rng, people, hip_pain, p)
    done = sessions(rng, people, has_programme, p)
    adherence = adherence_by_visit(done, has_programme)
    followed = follow_up(rng, visits.pain_nrs, adherence, p)
    ids = np.array([f"P{number:05d}" for number in range(first + 1, first + BLOCK + 1)], dtype=object)
    n = min(BLOCK, participants - first)
    return (
        _participants(rng, people, arms, followed, ids, p)[:n],
        _visits(visits, adherence, followed, ids, n),
        _checkins(diary, done, has_programme, followed, ids, n, days),
    )


def _participants(
    rng: np.random.Generator,
    people: Population,
    arms: NDArray[np.intp],
    followed: FollowUp,
    ids: NDArray[np.object_],
    p: Parameters,
) -> pd.DataFrame:
    """Who they are; the three findings that make a person ineligible have nothing to do with anything else."""
    n = len(ids)
    chance = rng.random((3, n))
    age = np.round(people.age)
    activity = np.digitize(people.activity, [-0.5, 0.5])
    return pd.DataFrame(
        {
            "participant_id": ids,
            "arm": np.array(ARMS, dtype=object)[arms],
            "age_years": age,
            "sex": np.where(people.female == 1, "female", "male"),
            "bmi": np.clip(np.round(people.bmi, 1), 14, 60),
            "pain_duration_weeks": np.clip(np.round(people.duration), 12, 5200),
            "prior_episodes": rng.poisson(p["prior_episodes_mean"], n),
            "comorbidities": rng.poisson(p["comorbidities_mean"], n),
            "activity_level": np.array(["low", "moderate", "high"], dtype=object)[activity],
            "expectation_nrs": np.round(people.expectation),
            "consent": True,
            "red_flag": chance[0] < p["red_flag_share"],
            "radiculopathy": chance[1] < p["radiculopathy_share"],
            "pregnant": (chance[2] < p["pregnant_share"]) & (people.female == 1) & (age < 45),
            "withdrew_week": np.where(
                np.isfinite(followed.withdrew_day), np.round(followed.withdrew_day / 7, 1), np.nan
            ),
            "withdrawal_reason": followed.reason,
        }
    )


def _visits(
    visits: Visits, adherence: Array, followed: FollowUp, ids: NDArray[np.object_], n: int
) -> pd.DataFrame:
    """One row a visit attended; hip and pelvis are missing where they were not measured."""
    person, visit = np.nonzero(followed.visits[:n])
    frame = pd.DataFrame({"participant_id": _taken(ids, person), "weeks": VISIT_WEEKS[visit]})
    for name, values in vars(visits).items():
        kept = np.where(followed.measured, values, np.nan) if name.endswith("_deg") else values
        frame[name] = kept[person, visit]
    frame["adherence"] = np.round(adherence, 3)[person, visit]
    return frame


def _checkins(
    diary: Diary,
    done: NDArray[np.bool_],
    has_programme: NDArray[np.bool_],
    followed: FollowUp,
    ids: NDArray[np.object_],
    n: int,
    days: int,
) -> pd.DataFrame:
    """One row a check-in answered; `session_done` is missing for people without a programme."""
    person, day = np.nonzero(followed.days[:n, :days])
    frame = pd.DataFrame({"participant_id": _taken(ids, person), "days": day})
    for name, values in vars(diary).items():
        frame[name] = values[person, day]
    frame["session_done"] = pd.arrays.BooleanArray(done[person, day], ~has_programme[person])
    return frame


def _taken(ids: NDArray[np.object_], rows: NDArray[np.intp]) -> pd.Series:
    return pd.Series(pa.array(ids, pa.large_string()).take(pa.array(rows)).to_pandas(), dtype="str")
