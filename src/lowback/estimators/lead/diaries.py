"""Two series of each person, moment by moment, in the order in which the filter passes through them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Integers = NDArray[np.intp]

# What is taken out of each person's series before ups and downs are looked at.
Level = Literal["own line", "own level", "random level"]
COLUMNS: dict[Level, int] = {"own line": 2, "own level": 1, "random level": 1}
# Fewer values of a series than these say nothing about ups and downs around what is taken out.
FEWEST: dict[Level, int] = {"own line": 4, "own level": 3, "random level": 1}


@dataclass(frozen=True, eq=False)
class Diaries:
    """Series of everybody, packed: step by step, a column a person; later steps of short diaries are empty.

    `values` (2, steps, people) holds the first and the second series, 0 where `known` is false. `gap` (steps, people) is the
    place in `gaps` (days since the person's step before) and `nights` (nights passed since then). `moments` (steps,
    people) are in days. `people` holds each column's person as it was named, `left_out` how many had too few values.
    """

    values: Array
    known: NDArray[np.bool_]
    moments: Array
    gap: Integers
    gaps: Array
    nights: Array
    people: Integers
    level: Level
    left_out: int = 0

    @cached_property
    def columns(self) -> Array:
        """Data and what is taken out of them, of each series: (2, columns, steps, people)."""
        k = COLUMNS[self.level]
        first, last = self._ends
        # Half a person's span is the unit of the own line, so that its column is of the size of the level's.
        line = (self.moments - (first + last) / 2) / np.maximum((last - first) / 2, 1e-9)
        taken = np.stack([np.ones_like(line), line])[:k]
        columns = np.zeros((2, 1 + 2 * k, *self.moments.shape))
        columns[:, 0] = self.values
        columns[0, 1 : 1 + k] = columns[1, 1 + k :] = taken
        return columns

    @cached_property
    def alike(self) -> tuple[int, ...]:
        """Of each step the place of the gap that everybody has before it; -1 where they differ."""
        return tuple(int(one[0]) if (one == one[0]).all() else -1 for one in self.gap)

    def blocks(self, wide: int) -> list[tuple[slice, Diaries]]:
        """The same people in blocks of so many at the most, the gaps of each block its own."""
        if wide not in self._blocks:
            n = len(self.people)
            size = -(-n // -(-n // max(wide, 1)))
            cuts = [slice(start, min(start + size, n)) for start in range(0, n, size)]
            parts = [self.of(cut)._with_own_gaps() for cut in cuts] if len(cuts) > 1 else [self]
            self._blocks[wide] = list(zip(cuts, parts, strict=True))
        return self._blocks[wide]

    def _with_own_gaps(self) -> Diaries:
        """The same without the gaps that nobody has."""
        used, gap = np.unique(self.gap, return_inverse=True)
        return replace(self, gap=gap.reshape(self.gap.shape), gaps=self.gaps[used], nights=self.nights[used])

    @cached_property
    def _blocks(self) -> dict[int, list[tuple[slice, Diaries]]]:
        return {}

    @cached_property
    def span(self) -> float:
        """Days from the first to the last moment of the longest diary."""
        first, last = self._ends
        return float((last - first).max())

    @property
    def _ends(self) -> tuple[Array, Array]:
        """Each person's first and last moment."""
        is_there = self.known.any(axis=0)
        first = np.where(is_there, self.moments, np.inf).min(axis=0)
        return first, np.where(is_there, self.moments, -np.inf).max(axis=0)

    @property
    def counts(self) -> Integers:
        """How many values each person has, of both series together."""
        return np.asarray(self.known.sum(axis=(0, 1)))

    def of(self, chosen: NDArray[np.bool_] | slice | Integers) -> Diaries:
        """The same for some of the people."""
        return replace(
            self,
            values=self.values[:, :, chosen],
            known=self.known[:, :, chosen],
            moments=self.moments[:, chosen],
            gap=self.gap[:, chosen],
            people=self.people[chosen],
        )

    def swapped(self) -> Diaries:
        """The same with the second series first."""
        return replace(self, values=self.values[::-1].copy(), known=self.known[::-1].copy())


def diaries(
    person: ArrayLike, moment: ArrayLike, first: ArrayLike, second: ArrayLike, level: Level = "own line"
) -> Diaries:
    """Packed diaries from rows in any order; a series that is missing at a moment is NaN there.

    `person` are integers, `moment` days (a night passes at each whole day). People with too few values of a series are left out. Raises
    `NotEstimable` where two rows are of one person and moment, and where nobody is left.
    """
    who, when = np.asarray(person, dtype=np.intp), np.asarray(moment, dtype=float)
    values = np.stack([np.asarray(first, dtype=float), np.asarray(second, dtype=float)])
    is_told = ~np.isnan(values).all(axis=0)
    who, when, values = who[is_told], when[is_told], values[:, is_told]
    order = np.lexsort((when, who))
    who, when, values = who[order], when[order], values[:, order]
    if ((np.diff(who) == 0) & (np.diff(when) == 0)).any():
        raise NotEstimable("a moment of a person stands twice")
    people, place = np.unique(who, return_inverse=True)
    told = np.stack([np.bincount(place, ~np.isnan(one), len(people)) for one in values])
    enough = np.asarray((told >= FEWEST[level]).all(axis=0))
    if not enough.any():
        raise NotEstimable(f"nobody has {FEWEST[level]} values of each series")
    kept = enough[place]
    return _packed(place[kept], when[kept], values[:, kept], people, level, int((~enough).sum()))


def _packed(
    place: Integers, when: Array, values: Array, people: Integers, level: Level, left_out: int
) -> Diaries:
    """The rows, sorted by person and moment, as steps of people."""
    here, column, counts = np.unique(place, return_inverse=True, return_counts=True)
    step = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (int(counts.max()), len(here))
    moments, packed = np.zeros(shape), np.full((2, *shape), np.nan)
    moments[step, column] = when
    packed[:, step, column] = values
    passed = np.zeros((2, len(place)))
    follows = step > 0
    passed[0, follows] = np.diff(when, prepend=0.0)[follows]
    passed[1, follows] = np.diff(np.floor(when + 1e-9), prepend=0.0)[follows]
    # Times that differ by less than a second are the same gap.
    distinct, which = np.unique(np.round(passed, 5), axis=1, return_inverse=True)
    gap = np.zeros(shape, dtype=np.intp)
    gap[step, column] = which
    known = ~np.isnan(packed)
    return Diaries(
        values=np.where(known, packed, 0.0),
        known=known,
        moments=moments,
        gap=gap,
        gaps=distinct[0],
        nights=distinct[1],
        people=people[here],
        level=level,
        left_out=left_out,
    )
