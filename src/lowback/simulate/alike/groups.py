"""Sites, therapists and classes of a cohort: who belongs together, and who takes whose place in cohorts like it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Positions = NDArray[np.intp]
Flags = NDArray[np.bool_]

GROUPED_BY = ("site_id", "cluster_id")


@dataclass(frozen=True, eq=False)
class Grouping:
    """A column that puts people in groups; `of` is the position of each person's group, -1 for those in none."""

    name: str
    labels: pd.Series
    of: Positions

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.labels)

    def columns(self, rows: Flags) -> NDArray[np.float64]:
        """A column of 0 and 1 for each group that these people are in, (people, groups)."""
        there, of = np.unique(self.of[rows], return_inverse=True)
        return np.eye(len(there))[of][:, there >= 0]

    def lies_within(self, other: Grouping) -> bool:
        """Whether all people of each group are in one group of the other grouping."""
        here = self.of >= 0
        pairs = np.unique(np.column_stack([self.of, other.of])[here], axis=0)
        return len(pairs) == len(np.unique(pairs[:, 0]))

    def named(self, groups: Positions) -> pd.Series:
        """The names of groups; missing for -1."""
        taken = self.labels.reindex(groups)
        return taken.reset_index(drop=True)

    @cached_property
    def sizes(self) -> Positions:
        """How many people are in each group."""
        return np.bincount(self.of[self.of >= 0], minlength=self.groups)

    def others(self, rng: np.random.Generator, pools: Positions) -> Positions:
        """For each person one of a group drawn for theirs, of the same pool (an arm, say); -1 where that group has nobody in it.

        Groups are drawn by their size, one for each group there is, so that everybody is as likely to be drawn.
        """
        drawn = rng.choice(self.groups, self.groups, p=self.sizes / self.sizes.sum())
        chance = rng.random(len(self.of))
        order, starts, counts = self._pooled(pools)
        cell = np.append(drawn, -1)[self.of] * (pools.max() + 1) + pools
        there = np.where(self.of >= 0, counts[cell], 0)
        place = starts[cell] + np.floor(chance * np.maximum(there, 1)).astype(np.intp)
        return np.where(there > 0, order[np.minimum(place, len(order) - 1)], -1)

    def _pooled(self, pools: Positions) -> tuple[Positions, Positions, Positions]:
        """People ordered by group and pool, where each pair begins among them, and how many are in it."""
        of = np.where(self.of >= 0, self.of, self.groups) * (pools.max() + 1) + pools
        counts = np.bincount(of, minlength=(self.groups + 1) * (int(pools.max()) + 1))
        return np.argsort(of, kind="stable"), np.cumsum(counts) - counts, counts


def groupings_of(participants: pd.DataFrame) -> tuple[Grouping, ...]:
    """The sites and clusters of these people: columns with two groups or more, one of them of two people or more."""
    return tuple(_groupings(participants))


def _groupings(participants: pd.DataFrame) -> Iterator[Grouping]:
    for name in GROUPED_BY:
        if name not in participants:
            continue
        of, labels = pd.factorize(participants[name])
        if len(labels) > 1 and np.bincount(of[of >= 0]).max() > 1:
            yield Grouping(name, pd.Series(labels), of.astype(np.intp))
