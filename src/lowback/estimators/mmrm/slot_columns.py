"""The columns of a design at each visit, as few scores times a rotation.

At one visit few columns of a design differ: the others are constant there (an intercept, the indicators of visits) or
a multiple of one that is not (the arm, and the arm at this visit). That is read off the values, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators.mmrm.records import Array, Codes

# Values that are compared before whole columns are.
GLANCE = 8


@dataclass(frozen=True, eq=False)
class SlotColumns:
    """For each slot its `rows`, `scores` (f, rows), and the `rotation` (f, p) with scores' rotation equal to its columns."""

    rows: tuple[Codes, ...]
    scores: tuple[Array, ...]
    rotation: tuple[Array, ...]

    def turned(self, turn: Array) -> SlotColumns:
        """The columns times a matrix (p, p)."""
        return SlotColumns(self.rows, self.scores, tuple(one @ turn for one in self.rotation))

    def combined(self, coefficients: Array) -> Array:
        """The columns times coefficients, in the order of the rows."""
        out = np.empty(sum(map(len, self.rows)))
        for rows, scores, rotation in zip(self.rows, self.scores, self.rotation, strict=True):
            out[rows] = (rotation @ coefficients) @ scores
        return out

    def cross(self) -> Array:
        """The cross-products of the columns (p, p)."""
        pairs = zip(self.scores, self.rotation, strict=True)
        return np.sum([turn.T @ (scores @ scores.T) @ turn for scores, turn in pairs], axis=0)

    def times(self, outcome: Array) -> Array:
        """The columns' products with one more (p)."""
        parts = zip(self.rows, self.scores, self.rotation, strict=True)
        return np.sum([turn.T @ (scores @ outcome[rows]) for rows, scores, turn in parts], axis=0)


@dataclass(frozen=True, eq=False)
class Columns:
    """A design whose columns are meant less `centres` and over `units`, slot by slot; `means` are those of the columns."""

    design: Array
    means: Array
    centres: Array
    units: Array

    def by_slot(self, rows: Sequence[Codes]) -> SlotColumns:
        """The scores and rotations of slots with these rows."""
        each = [_factored(self, some) for some in rows]
        return SlotColumns(tuple(rows), tuple(one[0] for one in each), tuple(one[1] for one in each))


def rows_by_slot(slot: Codes, slots: int) -> list[Codes]:
    """Which rows each slot has, in their order."""
    # Short integers are sorted without comparing.
    order = np.argsort(slot.astype(np.uint16) if slots < 2**16 else slot, kind="stable")
    return np.split(order, np.cumsum(np.bincount(slot, minlength=slots))[:-1])


def _factored(columns: Columns, rows: Codes) -> tuple[Array, Array]:
    values = _taken(columns.design, rows)
    low, high = values.min(axis=1), values.max(axis=1)
    means, centres, units = columns.means, columns.centres, columns.units
    still = low == high
    kept: list[int] = []
    rotation = np.zeros((1 + int((~still).sum()), len(values)))
    # The first score is one in every row.
    rotation[0, still] = (low[still] - centres[still]) / units[still]
    for j in np.flatnonzero(~still).tolist():
        at, ratio = _multiple(values, kept, j)
        if at == len(kept):
            kept.append(j)
        i = kept[at]
        rotation[1 + at, j] = ratio * units[i] / units[j]
        rotation[0, j] = (ratio * means[i] - centres[j]) / units[j]
    scores = np.empty((1 + len(kept), len(rows)))
    scores[0] = 1.0
    scores[1:] = (values[kept] - means[kept, None]) / units[kept, None]
    return scores, rotation[: 1 + len(kept)]


def _taken(design: Array, rows: Codes) -> Array:
    """Some rows of a design, each column in one piece."""
    if design.flags.f_contiguous:
        return np.take(design.T, rows, axis=1)
    return np.ascontiguousarray(np.take(design, rows, axis=0).T)


def _multiple(values: Array, kept: list[int], j: int) -> tuple[int, float]:
    """The kept column of which column j is an exact multiple, and by what; itself where there is none."""
    for at, i in enumerate(kept):
        pivot = int(values[i, 0] == 0) and int(np.argmax(values[i] != 0))
        ratio = values[j, pivot] / values[i, pivot]
        if all(
            np.array_equal(values[j, some], ratio * values[i, some]) for some in (slice(GLANCE), slice(None))
        ):
            return at, float(ratio)
    return len(kept), 1.0
