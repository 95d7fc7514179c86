"""One reading of the rows: the sums over each group that the likelihood rests on.

Columns of the design that are constant within groups, or such a constant times a random-effect column, are written as
Z_i C_i and never multiplied row by row: their sums follow from Z_i'Z_i and the few numbers C_i.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import conditioned
from lowback.estimators.lmm.column_sums import ColumnSums, effects_of
from lowback.estimators.lmm.grouping import Grouping
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.scales import Scales, blocks, effect_scales, scales_of
from lowback.estimators.lmm.sources import Given
from lowback.estimators.magnitudes import MOST, check_magnitudes

if TYPE_CHECKING:
    from lowback.estimators.lmm.fit import Rows

# Below this share of a column unexplained by the others, normal equations are too coarse to judge; QR decides.
SUSPECT = 1e-9
# A random-effect column whose part that the others do not explain is below this share depends on them.
DEPENDENT = 1e-12
# Rows that are read at a time.
ROWS = 65_536


@dataclass(frozen=True, eq=False)
class GroupSums:
    """Sums over groups in uncorrelated columns, and what carries results back to the columns that were given.

    `gram` are Z_i'Z_i (q, q, groups), `cross` Z_i'[X y] (q, p + 1, groups), `total` is [X y]'[X y]; all weighted.
    Coefficients of the given design are `back @ internal + centre * ones`, random effects `effects_back @ internal`.
    """

    gram: Array
    cross: Array
    total: Array
    back: Array
    shift: Array
    effects_back: Array
    effects_one: Array | None
    log_weights: float


@dataclass(frozen=True, eq=False)
class _Read:
    """Sums in scaled columns, the outcome the last and centred: `ones` are Z_i'1, `sums` those of the columns."""

    gram: Array
    ones: Array
    cross: Array
    total: Array
    sums: Array
    weight: float


def group_sums(rows: Rows, names: Sequence[str], random_names: Sequence[str]) -> GroupSums:
    """The sums of one reading of the rows; columns that depend on others are named in `NotEstimable`."""
    effects, columns = effect_scales(rows.effects, random_names), scales_of(rows.columns, names)
    centre = float(rows.outcome.mean())
    with np.errstate(over="ignore", invalid="ignore"):
        read = _read(rows, columns, effects, centre)
    _check_sizes(read, columns, effects, names, random_names)
    check_independent(read.gram, random_names)
    back = columns.back
    if not _least_independent(read.total[:-1, :-1]) >= SUSPECT:
        well = conditioned(rows.design, names)
        q, r = np.linalg.qr(well.columns)
        back = well.back @ np.linalg.inv(r)
        width = q.shape[1]
        plain = Scales(np.zeros(width), np.ones(width), np.eye(width), None)
        read = _read(replace(rows, columns=Given(q)), plain, effects, centre)
    logs = 0.0 if rows.weights is None else float(np.log(rows.weights).sum())
    return _uncorrelated(read, back, effects, centre, logs)


def _check_sizes(
    read: _Read, columns: Scales, effects: Scales, names: Sequence[str], random_names: Sequence[str]
) -> None:
    """Refuse columns that turned out far larger than the rows their scales are from."""
    pooled = np.diagonal(read.gram.sum(axis=2))
    for squares, scales, labels, what in (
        (np.diagonal(read.total)[:-1], columns, names, "column"),
        (pooled, effects, random_names, "random effect"),
    ):
        size = np.sqrt(np.maximum(squares, 0.0) / read.weight) * scales.scales
        check_magnitudes(np.where(size < MOST, 0.0, size), labels, what)


def _read(rows: Rows, columns: Scales, effects: Scales, centre: float) -> _Read:
    """The sums of all rows, a stretch of whole groups at a time, the outcome less `centre`."""
    grouping, weights = rows.grouping, rows.weights
    width, q, groups = len(columns.centres) + 1, len(effects.centres), len(grouping.starts)
    gram, ones, cross = np.empty((q, q, groups)), np.empty((q, groups)), np.empty((q, width, groups))
    total, sums = np.zeros((width, width)), np.zeros(width)
    for some, at in _stretches(grouping):
        starts, sizes = grouping.starts[some] - grouping.starts[some][0], grouping.sizes[some]
        part = effects_of(
            rows.effects.stretch(at), effects, None if weights is None else weights[at], starts, sizes
        )
        held = ColumnSums(part, cross[:, :, some])
        for column, middle, scale in zip(
            rows.columns.stretch(at), columns.centres, columns.scales, strict=True
        ):
            held.add(column, float(middle), float(scale))
        held.add_loose(rows.outcome[at], centre, 1.0)
        gram[:, :, some], ones[:, some] = part.gram, part.ones
        total += held.total()
        sums += held.sums()
    return _Read(
        gram, ones, cross, total, sums, float(rows.columns.rows if weights is None else weights.sum())
    )


def _stretches(grouping: Grouping) -> Iterator[tuple[slice, slice | NDArray[np.intp]]]:
    """Stretches of whole groups of some `ROWS` rows: which groups, and where their rows are."""
    rows = int(grouping.starts[-1] + grouping.sizes[-1])
    cuts = np.unique(np.searchsorted(grouping.starts, np.arange(0, rows, ROWS)))
    for first, end in zip(cuts, np.append(cuts[1:], len(grouping.starts)), strict=True):
        at = slice(grouping.starts[first], grouping.starts[end - 1] + grouping.sizes[end - 1])
        yield slice(first, end), at if grouping.order is None else grouping.order[at]


def _uncorrelated(read: _Read, back: Array, effects: Scales, centre: float, logs: float) -> GroupSums:
    """The sums in columns without correlation: the design by the factor of X'X, the effects by that of their mean Z'Z."""
    total, cross = read.total, read.cross
    share = np.linalg.solve(total[:-1, :-1], read.sums[:-1])
    # The outcome may stay centred where the design has a combination that is one in every row.
    if abs(read.weight - read.sums[:-1] @ share) > 1e-11 * read.weight:
        total, cross = _moved_back(read, centre)
        centre = 0.0
    turn = np.eye(len(total))
    turn[:-1, :-1] = np.linalg.inv(np.linalg.cholesky(total[:-1, :-1])).T
    root = np.linalg.inv(np.linalg.cholesky(read.gram.sum(axis=2) / read.weight))
    one: Array | None = None
    if effects.constant is not None:
        one = np.asarray(np.linalg.inv(root).T[:, effects.constant], dtype=float)
    for some in blocks(cross.shape[2]):
        cross[:, :, some] = np.tensordot(root, np.matmul(turn.T, cross[:, :, some]), axes=1)
    return GroupSums(
        gram=(np.kron(root, root) @ read.gram.reshape(root.size, -1)).reshape(read.gram.shape),
        cross=cross,
        total=turn.T @ total @ turn,
        back=back @ turn[:-1, :-1],
        shift=centre * (back @ share),
        effects_back=effects.back @ root.T,
        effects_one=one,
        log_weights=logs,
    )


def _moved_back(read: _Read, centre: float) -> tuple[Array, Array]:
    """Total and cross products with the outcome as it was before it was centred."""
    total, cross = read.total.copy(), read.cross
    total[-1, -1] += centre * (2 * read.sums[-1] + centre * read.weight)
    total[-1, :-1] += centre * read.sums[:-1]
    total[:-1, -1] = total[-1, :-1]
    cross[:, -1] += centre * read.ones
    return total, cross


def check_independent(gram: Array, names: Sequence[str]) -> None:
    """Refuse a random effect that those before it explain."""
    pooled = gram.sum(axis=2)
    size = np.sqrt(np.diagonal(pooled))
    pooled = pooled / np.outer(size, size)
    for k in range(1, len(names)):
        left = pooled[k, k] - pooled[k, :k] @ np.linalg.lstsq(pooled[:k, :k], pooled[:k, k], rcond=None)[0]
        if left < DEPENDENT:
            raise NotEstimable(f"random effect {names[k]} is a combination of the ones before it")


def _least_independent(total: Array) -> float:
    """The smallest share of a column's square that the columns before it leave unexplained."""
    size = np.sqrt(np.maximum(np.diagonal(total), 0.0))
    if (size == 0).any():
        return 0.0
    try:
        factor = np.linalg.cholesky(total / np.outer(size, size))
    except np.linalg.LinAlgError:
        return 0.0
    return float((np.diagonal(factor) ** 2).min())
