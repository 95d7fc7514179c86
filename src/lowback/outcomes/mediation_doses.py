"""What people do of their arm's programme: how much more or less each does than his arm, and how much that scatters from visit to visit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from lowback.cohort import Cohort
from lowback.estimators.mediation import ErrorVariance
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions, by_week
from lowback.variables import Variable

# The scatter of visits is taken off where people differ beyond it at this level: with less to go by, next to nothing might be left.
BEYOND_CHANCE = 0.001


@dataclass(frozen=True, eq=False)
class Dose:
    """How much more people did than their arm since the visit before, a column a visit up to the mediators'; NaN: not recorded.

    Distances are from the arm's mean at the same visit, so that who leaves early is not taken for one who did much. An arm in
    which nobody has a record has no programme: nothing is done there, by definition. `has_programme` flags the people of the others.
    """

    variable: Variable
    distances: Array
    has_programme: NDArray[np.bool_]

    def of(self, people: NDArray[np.bool_]) -> Dose:
        """The same of these people only."""
        return Dose(self.variable, self.distances[people], self.has_programme[people])

    @property
    def levels(self) -> Array:
        """Each person's mean over the visits that have a record; 0 where there is no programme, NaN where nothing is recorded."""
        mean = np.nansum(self.distances, axis=1) / np.where(self._visits, self._visits, np.nan)
        return np.where(self.has_programme, mean, 0.0)

    def error(self, column: int) -> ErrorVariance | None:
        """How far `levels` are from what people keep to; None where they do not differ beyond the scatter of visits, or none has two."""
        if not self._differ_beyond_scatter:
            return None
        # Half of a squared difference between two readings is an error variance, and a mean is what is asked for.
        pairs = np.column_stack([self._visits > 0, np.zeros(len(self._visits)), 2 * self._scatter_of_means])
        return ErrorVariance((column,), pairs=pairs.astype(float), people=float(self.has_programme.mean()))

    @property
    def told(self) -> str:
        """What of it is modelled, as a clause of a method."""
        without = (
            "" if self.has_programme.all() else ", and nothing, by definition, in an arm without a programme"
        )
        error = (
            "its error is how visits scatter around a person's mean"
            if self._differ_beyond_scatter
            else "its error is not taken off, since people do not differ beyond the scatter of their visits"
            if (self._visits > 1).any()
            else "taken to be recorded without error, at one visit"
        )
        return (
            f"{self.variable.label} taken as what the arm brings about and what moves mediators and outcome: each person's mean "
            f"over the visits since baseline, as its distance from the arm's{without}; {error}"
        )

    @cached_property
    def _visits(self) -> Positions:
        """How many visits of each person have a record."""
        return np.asarray(np.isfinite(self.distances).sum(axis=1))

    @cached_property
    def _squares(self) -> Array:
        """Each person's sum of squares around his mean."""
        return np.asarray(np.nansum((self.distances - self.levels[:, None]) ** 2, axis=1))

    @cached_property
    def _scatter_of_means(self) -> Array:
        """The error variance of each person's mean: that of his visits, or of everybody's where he has one, over their number."""
        several = self._visits > 1
        of_visits = self._squares.sum() / (self._visits[several] - 1).sum()
        own = np.where(several, self._squares / np.maximum(self._visits - 1, 1), of_visits)
        return np.asarray(np.where(self._visits, own / np.maximum(self._visits, 1), 0.0))

    @cached_property
    def _differ_beyond_scatter(self) -> bool:
        """Whether people's means vary more than the scatter of visits makes them (F test)."""
        here, freedom = self._visits > 0, int(np.maximum(self._visits - 1, 0).sum())
        if here.sum() < 2 or not freedom:
            return False
        scatter = self._scatter_of_means[here].mean()
        ratio = self.levels[here].var(ddof=1) / scatter if scatter > 0 else np.inf
        return bool(fdtrc(here.sum() - 1, freedom, ratio) < BEYOND_CHANCE)


def dose(cohort: Cohort, name: str, weeks: list[float], arm: Positions, is_in: NDArray[np.bool_]) -> Dose:
    """What the people compared did of their programme by these visits, their arms by position.

    Raises `NotComparable` where no arm has a record of it.
    """
    every, (table,) = by_week(cohort, [name])
    distances = table[is_in][:, [every.index(week) for week in weeks]]
    has_programme = np.zeros(len(distances), dtype=bool)
    for at in np.unique(arm):
        here = arm == at
        has_programme |= here & np.isfinite(distances[here]).any()
        for column in distances.T:
            seen = here & np.isfinite(column)
            column[seen] -= column[seen].mean() if seen.any() else 0.0
    if not has_programme.any():
        raise NotComparable(
            f"nobody has {name!r} between baseline and week {weeks[-1]:g}",
            f"{name} since the visit before, at each visit",
        )
    return Dose(cohort.variables[name], distances, has_programme)
