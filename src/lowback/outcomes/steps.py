"""Steps of a ladder as each visit recorded them, and the moves between visits that follow one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions, by_week
from lowback.study import Study
from lowback.variables import Variable

MOST_STEPS = 12


@dataclass(frozen=True, eq=False)
class Moves:
    """Every pair of visits that follow one another and both have a step: the person, the step before, the step after.

    `table` has a row a person and a column a visit; a step that was not recorded is missing.
    """

    variable: Variable
    steps: tuple[int, ...]
    weeks: tuple[float, ...]
    table: Array
    person: Positions
    before: Positions
    after: Positions

    @property
    def people(self) -> int:
        """How many people have two visits in a row with a step."""
        return len(np.unique(self.person))

    @property
    def is_move(self) -> np.ndarray:
        """Whether the step changed."""
        return np.asarray(self.before != self.after)

    def per_person(self, flags: np.ndarray) -> Array:
        """How many of a person's pairs are flagged."""
        return np.bincount(self.person[flags], minlength=len(self.table)).astype(float)


def moves(people: Cohort, study: Study, name: str) -> Moves:
    """The moves of everybody; raises `NotComparable` where no such ladder is recorded at two visits or more."""
    variable = people.variables.get(name)
    if people.visits is None or variable is None or name not in people.visits:
        raise NotComparable(f"no column {name!r} at the visits of this cohort", f"{name} at each visit")
    low, high = variable.low, variable.high
    if variable.kind != "integer" or low is None or high is None or high - low >= MOST_STEPS:
        raise NotComparable(
            f"{name!r} is no ladder: allowed are whole steps from a lowest to a highest, {MOST_STEPS} at most",
            "the step of each visit as a whole number with low and high in the data dictionary",
        )
    weeks, (table,) = by_week(people, [name])
    asked = [at for at, week in enumerate(weeks) if not study.weeks or week in study.weeks]
    table = table[:, asked]
    both = np.isfinite(table[:, :-1]) & np.isfinite(table[:, 1:])
    if not both.any():
        raise NotComparable(
            f"nobody has {variable.label} at two visits in a row", f"{name} at two visits in a row"
        )
    person, visit = np.nonzero(both)
    return Moves(
        variable,
        tuple(range(int(low), int(high) + 1)),
        tuple(weeks[at] for at in asked),
        table,
        person,
        table[person, visit].astype(np.intp),
        table[person, visit + 1].astype(np.intp),
    )
