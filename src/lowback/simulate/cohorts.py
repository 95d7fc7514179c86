"""Whole cohorts: people drawn in blocks, given an arm, followed through their course, and what of it is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from lowback.cohort import Cohort
from lowback.simulate.blocks import Tables, block_tables
from lowback.simulate.parameters import SimulationError
from lowback.simulate.recording.columns import frame
from lowback.simulate.recording.rows import BLOCK
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.simulate.truth import truth_of

FEWEST, MOST = 8, 1_000_000
LONGEST = 84


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulated study, its three tables, and the true value of each estimand that its study declares."""

    made_by: Scenario = field(repr=False)
    seed: int
    days: int
    participants: pd.DataFrame
    visits: pd.DataFrame
    checkins: pd.DataFrame

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return self.made_by.name

    @cached_property
    def truth(self) -> pd.DataFrame:
        """The true values, worked out when first asked for."""
        return truth_of(self.made_by)

    def cohort(self) -> Cohort:
        """The three tables as a cohort."""
        return Cohort(
            name=f"simulated: {self.scenario}",
            participants=self.participants,
            visits=self.visits,
            checkins=self.checkins,
        )


def simulate(scenario: str | Path | Scenario, participants: int, seed: int, days: int = LONGEST) -> Simulated:
    """A study of a known truth; everybody in its tables came into an arm.

    `scenario` is the name of one that ships, or a file of one's own. `days` is the number of days with check-ins (1 to
    84); the visits are always at weeks 0, 4, 8 and 12. The same scenario and seed give the same first people, however many
    follow.
    """
    made_by = read_scenario(scenario)
    parts = list(simulated_blocks(made_by, participants, seed, days))
    people, visits, checkins = (frame(pa.concat_tables(tables)) for tables in zip(*parts, strict=True))
    return Simulated(made_by, seed, days, people, visits, checkins)


def simulated_blocks(scenario: Scenario, participants: int, seed: int, days: int) -> Iterator[Tables]:
    """The tables of one block of people after another, in the order of their numbers."""
    check_size(participants, seed, days)
    for number in range(-(-participants // BLOCK)):
        yield block_tables(scenario, number, participants, seed, days)


def check_size(participants: int, seed: int, days: int) -> None:
    """Refuse numbers of people and days, or a seed, that nothing can be simulated with."""
    check_whole("participants", participants, FEWEST, MOST)
    check_whole("seed", seed, 0, 2**63 - 1)
    check_whole("days", days, 1, LONGEST)


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Refuse what is no whole number between two others."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise SimulationError(f"{name} = {value!r}: allowed whole numbers {low} to {high}")
