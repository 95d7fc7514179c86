"""Sums of the columns of a stretch of rows over each group, row by row only where a column asks for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lmm.pairs import Array, upper
from lowback.estimators.lmm.scales import Scales

# Differences from a product below this share of the largest value are rounding.
SAME = 1e-15


@dataclass(frozen=True, eq=False)
class Effects:
    """The random effects of a stretch of whole groups: columns as given and scaled, weights (None: one), Z'WZ, Z'W1.

    Group k of the stretch has `sizes[k]` rows from `starts[k]` on.
    """

    given: list[Array]
    columns: list[Array]
    scales: Scales
    weights: Array | None
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]
    gram: Array
    ones: Array


def effects_of(
    random: Array,
    scales: Scales,
    weights: Array | None,
    starts: NDArray[np.intp],
    sizes: NDArray[np.intp],
) -> Effects:
    """The random effects of a stretch of rows with the sums of their products over each group."""
    given = [np.ascontiguousarray(random[:, k]) for k in range(random.shape[1])]
    one = scales.constant
    columns = [
        np.ones_like(column) if k == one else (column - scales.centres[k]) / scales.scales[k]
        for k, column in enumerate(given)
    ]
    gram = np.empty((len(columns), len(columns), len(starts)))
    for a, b in zip(*upper(len(columns)), strict=True):
        product = columns[b] if a == one else columns[a] if b == one else columns[a] * columns[b]
        product = product if weights is None else product * weights
        gram[a, b] = gram[b, a] = np.add.reduceat(product, starts)
    if one is not None:
        return Effects(given, columns, scales, weights, starts, sizes, gram, gram[one])
    weighted = columns if weights is None else [column * weights for column in columns]
    ones = np.stack([np.add.reduceat(column, starts) for column in weighted])
    return Effects(given, columns, scales, weights, starts, sizes, gram, ones)


class ColumnSums:
    """Columns read so far: as coefficients within groups where that is exact, as rows otherwise."""

    def __init__(self, effects: Effects) -> None:
        """No column yet."""
        self.effects = effects
        self.inside: list[Array] = []
        self.inside_cross: list[Array] = []
        self.loose: list[Array] = []
        self.loose_cross: list[Array] = []
        self.places: list[tuple[bool, int]] = []

    def add(self, column: Array, centre: float, scale: float) -> None:
        """(column - centre) / scale."""
        within = _within_groups(column, self.effects)
        if within is None:
            self.add_loose(column, centre, scale)
            return
        if centre:
            within[self.effects.scales.constant] -= centre
        within /= scale
        gram = self.effects.gram
        cross = np.zeros_like(within)
        for b in range(len(gram)):
            if within[b].any():
                cross += gram[:, b] * within[b]
        self.places.append((True, len(self.inside)))
        self.inside.append(within)
        self.inside_cross.append(cross)

    def add_loose(self, column: Array, centre: float, scale: float) -> None:
        """(column - centre) / scale, multiplied row by row."""
        scaled = (column - centre) / scale
        self.places.append((False, len(self.loose)))
        self.loose.append(scaled)
        effects = self.effects
        weighted = scaled if effects.weights is None else scaled * effects.weights
        one = effects.scales.constant
        parts = [weighted if k == one else z * weighted for k, z in enumerate(effects.columns)]
        self.loose_cross.append(np.stack([np.add.reduceat(part, effects.starts) for part in parts]))

    def cross(self) -> Array:
        """Z_i' times each column (q, columns, groups)."""
        each = [self.inside_cross[at] if inside else self.loose_cross[at] for inside, at in self.places]
        return np.stack(each, axis=1)

    def total(self, cross: Array) -> Array:
        """The sums of products of all columns, given `cross()`."""
        out = np.zeros((len(self.places),) * 2)
        within = [j for j, (inside, _) in enumerate(self.places) if inside]
        rows = [j for j, (inside, _) in enumerate(self.places) if not inside]
        if within:
            held = np.stack(self.inside, axis=1)
            out[within] = np.matmul(held, cross.transpose(0, 2, 1)).sum(axis=0)
            out[:, within] = out[within].T
        if rows:
            loose, weights = np.stack(self.loose), self.effects.weights
            out[np.ix_(rows, rows)] = (loose if weights is None else loose * weights) @ loose.T
        return out

    def sums(self) -> Array:
        """The weighted sum of each column."""
        weights = self.effects.weights
        loose = [float(one.sum() if weights is None else one @ weights) for one in self.loose]
        inside = [float((self.effects.ones * one).sum()) for one in self.inside]
        return np.array([inside[at] if within else loose[at] for within, at in self.places])


def _within_groups(column: Array, effects: Effects) -> Array | None:
    """The coefficients C_i (q, groups) with column = Z_i C_i in every row; None where there are none to be had."""
    one, starts, scales = effects.scales.constant, effects.starts, effects.scales
    if one is None:
        return None
    found = np.zeros((len(effects.columns), len(starts)))
    differs = column[1:] != column[:-1]
    differs[starts[1:] - 1] = False
    if not differs.any():
        found[one] = column[starts]
        return found
    ends = starts + effects.sizes - 1
    for k, given in enumerate(effects.given):
        if k == one:
            continue
        at = np.where(np.abs(given[ends]) >= np.abs(given[starts]), ends, starts)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(given[at] == 0, 0.0, column[at] / given[at])
        product = np.repeat(slope, effects.sizes) * given
        if np.abs(product - column).max() <= SAME * np.abs(column).max():
            found[k], found[one] = slope * scales.scales[k], slope * scales.centres[k]
            return found
    return None
