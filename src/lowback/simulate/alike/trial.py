"""Cohorts like a given one in which arms differ by as much as is set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import take

from lowback.cohort import Cohort
from lowback.simulate.alike.clusters import Clustering
from lowback.simulate.alike.instrument import Scale, Shape
from lowback.simulate.alike.leaving import Leaving
from lowback.simulate.alike.people import People, Positions, new_ids
from lowback.simulate.alike.regression import root
from lowback.variables import Variable

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Potential:
    """People drawn, with all that decides their scores but the effects: potential outcomes on the same random numbers.

    `donors` are positions among the cohort's people, `arm` positions of arms; `first` is the recorded score before
    treatment (NaN where missing), `free` the score at each later visit without any effect, neither in steps nor cut off, `apart`
    what of it baseline and covariates do not foretell; `groups` are each person's site and therapist, -1 for none.
    """

    donors: Positions
    arm: Positions
    first: Array
    free: Array
    apart: Array
    chance: Array
    groups: tuple[Positions, ...] = ()


@dataclass(frozen=True, eq=False)
class AlikeTrial:
    """All that is needed to draw cohorts like one cohort, for an estimand on arms or on a change since baseline.

    `weeks` are the visits after baseline; `estimated` is each arm's effect at each of them, (arms, visits), against the
    comparator; effects are in the outcome's unit. `fixed` is what baseline and covariates make of each donor's scores, `covariance`
    that of what they do not foretell, of which `clustering` says what people of a site or therapist share. Effects differ between people
    such that in an arm with effects what is not foretold spreads `stretch` times as far, (arms,).
    """

    people: People
    outcome: Variable
    comparator: int
    treated: Positions
    start: float
    weeks: Array
    at: int
    first: Array
    scale: Scale
    shapes: tuple[Shape, ...]
    fixed: Array
    covariance: Array
    estimated: Array
    leaving: Leaving
    clustering: Clustering
    stretch: Array

    def effects(self, size: float) -> Array:
        """Effects of this size at the estimand's week, in the direction that the data show, rising in a straight line until then."""
        ramp = np.clip((self.weeks - self.start) / (self.weeks[self.at] - self.start), 0, 1)
        better = 1.0 if self.outcome.higher_is == "better" else -1.0
        made = np.zeros_like(self.estimated)
        for arm in self.treated:
            made[arm] = (np.sign(self.estimated[arm, self.at]) or better) * size * ramp
        return made

    def draw(self, rng: np.random.Generator, size: int | None = None) -> Potential:
        """People like those of the cohort; as many as it has where `size` is not given."""
        donors, arm, groups = self._seated(rng, size)
        noise = rng.standard_normal((len(donors), len(self.weeks))) @ self._root.T
        chance = rng.random((len(donors), len(self.weeks), 2))
        foretold = self.fixed[donors]
        free = self._shaped(foretold + noise + self.clustering.draw(rng, groups))
        return Potential(donors, arm, self.first[donors], free, free - self._shaped(foretold), chance, groups)

    def _seated(
        self, rng: np.random.Generator, size: int | None
    ) -> tuple[Positions, Positions, tuple[Positions, ...]]:
        """Donors, and the arm and groups of each: where there are groups, those of the people whose places they take.

        Of a `size` that is given everybody is in a group of their own, because only their number matters.
        """
        groupings = self.clustering.groupings
        donors, arm = self.people.drawn(rng, size)
        if not groupings or size is not None:
            return donors, arm, tuple(np.full(len(donors), -1) for _ in groupings)
        if self.people.is_randomised:
            pools = np.zeros(len(donors), dtype=np.intp)
        else:
            pools = self.people.arm
            donors = donors[np.argsort(np.argsort(pools, kind="stable"), kind="stable")]
        donors = self.clustering.donors(rng, donors, pools)
        return donors, self.people.arm, tuple(one.of for one in groupings)

    def _shaped(self, normal: Array) -> Array:
        """Normal values as values of the distribution that each visit has."""
        return np.column_stack([shape.of(normal[:, at]) for at, shape in enumerate(self.shapes)])

    def scores(self, drawn: Potential, effects: Array, arm: Positions) -> Array:
        """Recorded scores at each visit after baseline if these people were in these arms and nobody left."""
        own = effects[arm]
        further = (self.stretch[arm] - 1)[:, None] * (own != 0)
        return self.scale.recorded(drawn.free + own + further * drawn.apart)

    def seen(self, drawn: Potential, scores: Array, arm: Positions) -> Flags:
        """Which of the scores are seen."""
        return self.leaving.seen(drawn.first, scores, arm, drawn.chance)

    def cohort(self, drawn: Potential, effects: Array) -> Cohort:
        """The people drawn as a cohort, in the arms that they were drawn for."""
        scores = self.scores(drawn, effects, drawn.arm)
        before = self._row_before[drawn.donors]
        seen = np.column_stack([before >= 0, self.seen(drawn, scores, drawn.arm)])
        person, visit = np.nonzero(seen)
        known = np.column_stack([drawn.first, scores])[person, visit]
        # Nothing but the outcome is drawn after baseline, so that all else is missing there.
        row = np.where(visit == 0, before[person], -1)
        columns = {
            name: known if name == self.outcome.name else take(values, row, allow_fill=True)
            for name, values in self._recorded_before.items()
        }
        if self._lateness is not None:
            late = self.weeks[visit - 1] + self._lateness[drawn.donors[person], visit - 1]
            columns["actual_weeks"] = np.where(visit == 0, columns["actual_weeks"], late)
        table = {
            "participant_id": new_ids(len(drawn.donors)).take(person),
            "weeks": np.concatenate([[self.start], self.weeks])[visit],
            **columns,
        }
        return Cohort(
            name=f"like {self.people.cohort.name}",
            participants=self.people.named(drawn.donors, drawn.arm, drawn.groups),
            visits=pd.DataFrame(table, copy=False),
            variables=self.people.cohort.variables,
        )

    @cached_property
    def _root(self) -> Array:
        """Of the covariance of what is people's own."""
        return root(self.covariance - sum(self.clustering.shared))

    @cached_property
    def _before(self) -> pd.DataFrame:
        """The rows of the first visit, with all that was recorded there."""
        visits = self.people.cohort.visits
        assert visits is not None
        here = (visits["weeks"] == self.start) & visits["participant_id"].isin(self.people.ids)
        return visits[here].reset_index(drop=True)

    @cached_property
    def _recorded_before(self) -> dict[str, Any]:
        """What was recorded at the first visit beside the keys, whole numbers as numbers that may be missing."""
        found: dict[str, Any] = {}
        for name in self._before.columns.drop(["participant_id", "weeks"]):
            values = self._before[name]
            found[str(name)] = values.to_numpy(float) if values.dtype.kind in "iu" else values.array
        return found

    @cached_property
    def _row_before(self) -> Positions:
        """Each donor's row of the first visit, -1 where they did not attend it."""
        rows = pd.Series(np.arange(len(self._before)), index=self._before["participant_id"].to_numpy(object))
        return rows.reindex(self.people.ids).fillna(-1).to_numpy(np.intp)

    @cached_property
    def _lateness(self) -> Array | None:
        """Weeks by which each donor was late at each visit, 0 where not known; None where only visits are known."""
        visits = self.people.cohort.visits
        if visits is None or "actual_weeks" not in visits:
            return None
        taken = self.people.by_week("actual_weeks", self.weeks)
        return np.asarray(np.nan_to_num(taken - self.weeks))
