"""Sums of the design's columns over each group, row by row only where a column asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.estimators.lmm.effect_columns import EffectColumns
from lowback.estimators.lmm.grouping import Grouping
from lowback.estimators.lmm.pairs import Array

# Differences from a product below this share of the largest value are rounding.
SAME = 1e-15
BLOCK = 8192


def blocks(length: int) -> Iterator[slice]:
    """Stretches of at most `BLOCK` positions, short enough to stay in the processor's cache."""
    return (slice(start, start + BLOCK) for start in range(0, length, BLOCK))


class ColumnSums:
    """Columns read so far: as coefficients within groups where that is exact, as rows otherwise."""

    def __init__(self, effects: EffectColumns, grouping: Grouping, weights: Array | None) -> None:
        """No column yet; weights are in runs of groups."""
        self.effects, self.grouping, self.weights = effects, grouping, weights
        self.weight = float(grouping.sizes.sum() if weights is None else weights.sum())
        self.inside: list[Array] = []
        self.inside_cross: list[Array] = []
        self.loose: list[Array] = []
        self.loose_cross: list[Array] = []
        self.places: list[tuple[bool, int]] = []
        self.centres: list[float] = []
        self.scales: list[float] = []

    def add(self, column: Array, centred: bool) -> None:
        """A column of the design, centred on its mean where asked, and scaled to mean square one."""
        within = _within_groups(column, self.effects, self.grouping)
        if within is None:
            self.add_loose(column, centred, scaled=True)
            return
        gram, one = self.effects.gram, self.effects.constant
        centre = float((gram[one] * within).sum() / self.weight) if centred else 0.0
        within[one] -= centre
        cross = sum(gram[:, b] * within[b] for b in range(len(gram)) if within[b].any())
        cross = np.asarray(cross) if np.ndim(cross) else np.zeros_like(within)
        square = float((within * cross).sum())
        scale = float(np.sqrt(max(square, 0.0) / self.weight)) or 1.0
        self._keep(True, len(self.inside), centre, scale)
        self.inside.append(within / scale)
        self.inside_cross.append(cross / scale)

    def add_loose(self, column: Array, centred: bool, scaled: bool = False) -> None:
        """A column that is multiplied row by row."""
        centre = float(column.mean()) if centred else 0.0
        column = column - centre if centred else column
        scale = (float(np.sqrt(column @ column / len(column))) or 1.0) if scaled else 1.0
        column = column / scale if scaled else column
        self._keep(False, len(self.loose), centre, scale)
        self.loose.append(column)
        weighted = column if self.weights is None else column * self.weights
        starts, one = self.grouping.starts, self.effects.constant
        parts = [weighted if k == one else z * weighted for k, z in enumerate(self.effects.columns)]
        self.loose_cross.append(np.stack([np.add.reduceat(part, starts) for part in parts]))

    def _keep(self, inside: bool, place: int, centre: float, scale: float) -> None:
        self.places.append((inside, place))
        self.centres.append(centre)
        self.scales.append(scale)

    def cross(self) -> Array:
        """Z_i' times each column (q, columns, groups)."""
        out = np.empty((len(self.effects.columns), len(self.places), len(self.grouping.starts)))
        for j, (inside, at) in enumerate(self.places):
            out[:, j] = self.inside_cross[at] if inside else self.loose_cross[at]
        return out

    def total(self, cross: Array) -> Array:
        """The sums of products of all columns, given `cross()`."""
        out = np.zeros((len(self.places),) * 2)
        within = [j for j, (inside, _) in enumerate(self.places) if inside]
        rows = [j for j, (inside, _) in enumerate(self.places) if not inside]
        for some in blocks(cross.shape[2]) if within else ():
            held = np.stack([one[:, some] for one in self.inside], axis=1)
            out[within] += np.matmul(held, cross[:, :, some].transpose(0, 2, 1)).sum(axis=0)
        out[:, within] = out[within].T
        for some in blocks(len(self.loose[0])) if rows else ():
            loose = np.stack([one[some] for one in self.loose])
            weighted = loose if self.weights is None else loose * self.weights[some]
            out[np.ix_(rows, rows)] += weighted @ loose.T
        return out

    @property
    def sums(self) -> Array:
        """The weighted sum of each column."""
        ones = self.weights if self.weights is not None else None
        loose = [float(one.sum() if ones is None else one @ ones) for one in self.loose]
        gram, constant = self.effects.gram, self.effects.constant
        inside = [float((gram[constant] * one).sum()) for one in self.inside]
        return np.array([inside[at] if within else loose[at] for within, at in self.places])

    def back(self, intercept: int | None) -> Array:
        """The matrix that takes the given design to the columns held here."""
        scales, centres = np.array(self.scales), np.array(self.centres)
        back = np.diag(1 / scales)
        if intercept is not None:
            back[intercept] -= centres / scales / self.value_of(intercept)
        return back

    def value_of(self, intercept: int) -> float:
        """The value that the constant column had before it was scaled."""
        within, at = self.places[intercept]
        scaled = self.inside[at][self.effects.constant, 0] if within else self.loose[at][0]
        return float(np.ravel(scaled)[0]) * self.scales[intercept]


def _within_groups(column: Array, effects: EffectColumns, grouping: Grouping) -> Array | None:
    """The coefficients C_i (q, groups) with column = Z_i C_i in every row; None where there are none to be had."""
    one, starts = effects.constant, grouping.starts
    if one is None:
        return None
    found = np.zeros((len(effects.columns), len(starts)))
    differs = column[1:] != column[:-1]
    differs[starts[1:] - 1] = False
    if not differs.any():
        found[one] = column[starts]
        return found
    ends = starts + grouping.sizes - 1
    for k, given in enumerate(effects.given):
        if k == one:
            continue
        at = np.where(np.abs(given[ends]) >= np.abs(given[starts]), ends, starts)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(given[at] == 0, 0.0, column[at] / given[at])
        if _is_product(column, given, slope, grouping):
            found[k] = slope / effects.back[k, k]
            found[one] = -slope * effects.back[one, k] / effects.back[k, k] * effects.given[one][0]
            return found
    return None


def _is_product(column: Array, given: Array, slope: Array, grouping: Grouping) -> bool:
    """Whether the column is `given` times the slope of each group in every row."""
    most = SAME * max(float(column.max()), -float(column.min()))
    for some in blocks(len(slope)):
        first, sizes = grouping.starts[some][0], grouping.sizes[some]
        rows = slice(first, first + int(sizes.sum()))
        if np.abs(np.repeat(slope[some], sizes) * given[rows] - column[rows]).max() > most:
            return False
    return True
