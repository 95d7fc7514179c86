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
    """The random effects of a stretch of whole groups: columns as given and scaled (None: one in every row), Z'WZ, Z'W1.

    Group k of the stretch has `sizes[k]` rows from `starts[k]` on; weights are None where all are one.
    """

    given: list[Array]
    columns: list[Array | None]
    scales: Scales
    weights: Array | None
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]
    gram: Array
    ones: Array


def effects_of(
    given: list[Array],
    scales: Scales,
    weights: Array | None,
    starts: NDArray[np.intp],
    sizes: NDArray[np.intp],
) -> Effects:
    """The random effects of a stretch of rows (`given`, a column each) with the sums of their products over each group."""
    one = scales.constant
    columns = [
        None if k == one else (column - scales.centres[k]) / scales.scales[k]
        for k, column in enumerate(given)
    ]
    gram = np.empty((len(columns), len(columns), len(starts)))
    for a, b in zip(*upper(len(columns)), strict=True):
        gram[a, b] = gram[b, a] = _summed(_product(columns[a], columns[b], weights), starts, sizes)
    if one is not None:
        return Effects(given, columns, scales, weights, starts, sizes, gram, gram[one])
    ones = np.stack([_summed(_product(column, weights), starts, sizes) for column in columns])
    return Effects(given, columns, scales, weights, starts, sizes, gram, ones)


class ColumnSums:
    """Columns read one after another: as coefficients C_i within groups where that is exact, as rows otherwise.

    `cross` (q, columns, groups) is filled with Z_i' times each column.
    """

    def __init__(self, effects: Effects, cross: Array) -> None:
        """No column yet."""
        self.effects = effects
        self.cross = cross
        self._within = np.zeros(cross.shape)
        self._inside: list[int] = []
        self._loose: dict[int, Array] = {}

    def add(self, column: Array, centre: float, scale: float) -> None:
        """(column - centre) / scale."""
        found = _within_groups(column, self.effects)
        if found is None:
            self.add_loose(column, centre, scale)
            return
        j, gram = self._next(), self.effects.gram
        self._inside.append(j)
        for k, values in found.items():
            coefficients = (values - centre if k == self.effects.scales.constant else values) / scale
            self._within[k, j] = coefficients
            self.cross[:, j] += gram[:, k] * coefficients

    def add_loose(self, column: Array, centre: float, scale: float) -> None:
        """(column - centre) / scale, multiplied row by row."""
        j, effects = self._next(), self.effects
        scaled = (column - centre) / scale if scale != 1 else column - centre
        self._loose[j] = scaled
        for k, effect in enumerate(effects.columns):
            self.cross[k, j] = _summed(
                _product(scaled, effect, effects.weights), effects.starts, effects.sizes
            )

    def total(self) -> Array:
        """The sums of products of all columns."""
        out = np.asarray(np.matmul(self._within, self.cross.transpose(0, 2, 1)).sum(axis=0))
        out[:, self._inside] = out[self._inside].T
        if self._loose:
            at, loose, weights = list(self._loose), np.stack(list(self._loose.values())), self.effects.weights
            out[np.ix_(at, at)] = (loose if weights is None else loose * weights) @ loose.T
        return out

    def sums(self) -> Array:
        """The weighted sum of each column."""
        out = np.asarray(np.matmul(self._within, self.effects.ones[:, :, None]).sum(axis=(0, 2)))
        weights = self.effects.weights
        for j, column in self._loose.items():
            out[j] = column.sum() if weights is None else column @ weights
        return out

    def _next(self) -> int:
        j = len(self._inside) + len(self._loose)
        self.cross[:, j] = 0.0
        return j


def _product(*columns: Array | None) -> Array | None:
    """The product of columns, None for one in every row."""
    out: Array | None = None
    for column in columns:
        if column is not None:
            out = column if out is None else out * column
    return out


def _summed(column: Array | None, starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> Array:
    """The sum of a column (None: one in every row) over each group."""
    return sizes.astype(float) if column is None else np.add.reduceat(column, starts)


def _within_groups(column: Array, effects: Effects) -> dict[int, Array] | None:
    """The coefficients C_i with column = Z_i C_i in every row, by effect; None where there are none to be had."""
    one, starts, scales = effects.scales.constant, effects.starts, effects.scales
    if one is None:
        return None
    differs = column[1:] != column[:-1]
    differs[starts[1:] - 1] = False
    if not differs.any():
        return {one: column[starts]}
    for k, given in enumerate(effects.given):
        if k != one and (slope := _slope(column, given, effects)) is not None:
            return {k: slope * scales.scales[k], one: slope * scales.centres[k]}
    return None


def _slope(column: Array, given: Array, effects: Effects) -> Array | None:
    """The multiples of a random-effect column, one for each group, that a column consists of; None if it does not."""
    if np.array_equal(column, given):
        return np.ones(len(effects.starts))
    ends = effects.starts + effects.sizes - 1
    at = np.where(np.abs(given[ends]) >= np.abs(given[effects.starts]), ends, effects.starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(given[at] == 0, 0.0, column[at] / given[at])
    product = np.repeat(slope, effects.sizes)
    product *= given
    if np.array_equal(product, column):
        return slope
    largest = max(float(column.max()), -float(column.min()))
    product -= column
    same = max(float(product.max()), -float(product.min())) <= SAME * largest
    return slope if same else None
