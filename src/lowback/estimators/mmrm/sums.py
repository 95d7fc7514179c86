"""Everything a fit needs of the rows: one cross-product tensor for each pattern of observed visits.

At one visit few columns of a design differ (an intercept, the arm, the baseline), whatever the number of its
coefficients. So only their scores are multiplied; the rotation to the columns is small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.mmrm.gappy import Gappy
from lowback.estimators.mmrm.records import Array, Codes, Records, distinct
from lowback.estimators.mmrm.slot_columns import SlotColumns

Seen = NDArray[np.bool_]

# Visits whose pattern fits into one whole number, with room for the group.
MOST_BITS = 40
# Numbers of the tensor of all patterns beyond which the persons' columns are kept instead (8 bytes each).
MOST_PRODUCTS = 4e6


@dataclass(frozen=True, eq=False)
class Stratum:
    """Persons who share a covariance, as sums over patterns (K) of visits (m) and scores (f).

    `cross` is (m * m, K, f * f): for visits a and b, sums over persons of scores at a times scores at b; where that would
    be too large it is left out, and the persons' columns are kept in `gappy`. `seen` is (K, m, m), 1 where both visits
    were observed; `counts` persons have each pattern. `distances` is (K, m, m) in time.
    Without times a pattern of all visits is always there, if with no person: the covariance of all visits must exist.
    """

    cross: Array
    seen: Array
    counts: Array
    distances: Array | None
    gappy: Gappy | None = None

    @property
    def visits(self) -> int:
        """How many visits there are."""
        return int(self.seen.shape[1])

    @property
    def outcome_products(self) -> Array:
        """Sums over persons of the outcome at one visit times that at another (m, m)."""
        if self.gappy is not None:
            return self.gappy.outcome_products(self.visits)
        return np.asarray(self.cross[:, :, -1].sum(axis=1).reshape(self.visits, self.visits))


@dataclass(frozen=True, eq=False)
class Sums:
    """Persons sorted by pattern: `scores` (persons, visits, f) with the outcome last, `rotation` (visits, f, p + 1).

    Scores times rotation give the columns of the design and the outcome at each visit. `position` is the place of
    each person in that order; `seen` is (persons, visits).
    """

    scores: Array
    rotation: Array
    seen: Seen
    position: Codes
    strata: tuple[Stratum, ...]


def summed(records: Records, placed: SlotColumns, outcome: Array) -> Sums:
    """The sums of rows in slots, for a conditioned design and an outcome."""
    slot, slots = records.slot, len(placed.rows)
    seen = np.zeros((len(records.persons), slots), dtype=bool)
    seen[records.person, slot] = True
    clock = _clock_by_person(records, slot, seen)
    order, starts, group = _patterns(records.group, seen, clock)
    position = np.empty(len(order), dtype=np.intp)
    position[order] = np.arange(len(order))
    scores, rotation = _scores(position[records.person], len(order), placed, outcome)
    seen, clock = seen[order], None if clock is None else clock[order]
    strata = tuple(
        _stratum(scores, rotation, seen, clock, starts, np.flatnonzero(group == one))
        for one in range(len(records.groups))
    )
    return Sums(scores, rotation, seen, position, strata)


def _clock_by_person(records: Records, slot: Codes, seen: Seen) -> Array | None:
    """Times since each person's first, (persons, slots); only differences matter."""
    if records.times is None:
        return None
    clock = np.full(seen.shape, np.inf)
    clock[records.person, slot] = records.times
    return np.where(seen, clock - clock.min(axis=1, keepdims=True), 0.0)


def _patterns(group: Codes, seen: Seen, clock: Array | None) -> tuple[Codes, Codes, Codes]:
    """Persons in order of group and pattern, where each pattern starts, and the group of each pattern."""
    if clock is None and seen.shape[1] <= MOST_BITS:
        bits = seen @ (1 << np.arange(seen.shape[1], dtype=np.int64))
        _, code = distinct((group.astype(np.int64) << seen.shape[1]) + bits)
    else:
        parts = [group.astype(">u4").view(np.uint8).reshape(len(group), 4), np.packbits(seen, axis=1)]
        if clock is not None:
            # Adding zero makes minus zero the same bytes as zero.
            parts.append(np.ascontiguousarray(clock + 0.0).view(np.uint8).reshape(len(group), -1))
        keys = np.ascontiguousarray(np.hstack(parts))
        _, code = np.unique(keys.view(f"V{keys.shape[1]}").ravel(), return_inverse=True)
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    return order, np.append(starts, len(order)), group[order[starts]]


def _scores(person: Codes, persons: int, placed: SlotColumns, outcome: Array) -> tuple[Array, Array]:
    """Scores and rotations of all slots side by side, with the outcome the last; slots with fewer are filled up by zeros."""
    kept, p = max(map(len, placed.scores)), placed.rotation[0].shape[1]
    scores = np.zeros((persons, len(placed.rows), kept + 1))
    rotation = np.zeros((len(placed.rows), kept + 1, p + 1))
    for slot, (rows, each, turn) in enumerate(zip(placed.rows, placed.scores, placed.rotation, strict=True)):
        scores[person[rows], slot, : len(each)] = each.T
        scores[person[rows], slot, kept] = outcome[rows]
        rotation[slot, : len(each), :p] = turn
        rotation[slot, kept, p] = 1
    return scores, rotation


def _stratum(
    scores: Array, rotation: Array, seen: Seen, clock: Array | None, starts: Codes, patterns: Codes
) -> Stratum:
    """The cross-products of the patterns of one group."""
    _, m, f = scores.shape
    first = starts[patterns]
    masks, counts = seen[first], (starts[patterns + 1] - first).astype(float)
    blocks = [scores[starts[one] : starts[one + 1]] for one in patterns]
    if clock is None and not masks.all(axis=1).any():
        masks, counts = np.vstack([masks, np.ones((1, m), dtype=bool)]), np.append(counts, 0.0)
        blocks.append(scores[:0])
    both = (masks[:, :, None] & masks[:, None, :]).astype(float)
    distances = None if clock is None else np.abs(clock[first][:, :, None] - clock[first][:, None, :])
    if len(masks) * (m * f) ** 2 > MOST_PRODUCTS:
        observed = tuple(np.flatnonzero(mask) for mask in masks)
        turned = [
            (block[:, at].swapaxes(0, 1) @ rotation[at]).swapaxes(0, 1)
            for block, at in zip(blocks, observed, strict=True)
        ]
        return Stratum(np.empty((m * m, 0, f * f)), both, counts, distances, Gappy(observed, tuple(turned)))
    cross = np.empty((len(masks), m, f, m, f))
    for at, block in enumerate(blocks):
        flat = block.reshape(-1, m * f)
        cross[at] = (flat.T @ flat).reshape(m, f, m, f)
    tensor = np.ascontiguousarray(cross.transpose(1, 3, 0, 2, 4).reshape(m * m, len(masks), f * f))
    return Stratum(tensor, both, counts, distances)
