"""One design that could be run: how many people in each arm, seen when, by how many raters, with how many readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Layout:
    """People of each arm (the comparator first), the weeks of their visits, and raters and readings at each visit.

    People stand arm by arm; `cluster_size` people of an arm make a cluster, the last of an arm perhaps fewer.
    """

    people: tuple[int, ...]
    weeks: tuple[float, ...]
    raters: int = 1
    readings: int = 1
    cluster_size: int | None = None

    @property
    def participants(self) -> int:
        """All people."""
        return sum(self.people)

    @property
    def arm(self) -> Codes:
        """The arm of each person, from 0."""
        return np.repeat(np.arange(len(self.people)), self.people)

    @property
    def clusters(self) -> tuple[int, ...]:
        """How many clusters each arm has; as many as people where there are none."""
        return tuple(-(-one // (self.cluster_size or 1)) for one in self.people)

    @property
    def cluster(self) -> Codes:
        """The cluster of each person, from 0."""
        size = self.cluster_size or 1
        first = np.concatenate([[0], np.cumsum(self.clusters)[:-1]])
        return np.concatenate(
            [start + np.arange(count) // size for start, count in zip(first, self.people, strict=True)]
        )

    @property
    def arm_of_cluster(self) -> Codes:
        """The arm of each cluster."""
        return np.repeat(np.arange(len(self.people)), self.clusters)


def divided(participants: int, weights: Sequence[float]) -> tuple[int, ...]:
    """Participants in arms of sizes in this proportion, each arm's within one of it; what is left over goes to the largest remainders.

    With equal weights the first arms have one more where they do not divide evenly.
    """
    shares = participants * np.asarray(weights, dtype=float) / sum(weights)
    people = np.floor(shares + 1e-9).astype(int)
    remainders = np.round(shares - people, 9)
    people[np.argsort(-remainders, kind="stable")[: participants - people.sum()]] += 1
    return tuple(people.tolist())


def evenly(visits: int, last: float) -> tuple[float, ...]:
    """The weeks of so many visits, evenly from baseline to the last one."""
    return tuple(last * place / (visits - 1) for place in range(visits)) if visits > 1 else (0.0,)
