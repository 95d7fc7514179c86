"""One reading of the rows: the sums over each group that the likelihood rests on.

Columns of the design that are constant within groups, or such a constant times a random-effect column, are written as
Z_i C_i and never multiplied row by row: their sums follow from Z_i'Z_i and the few numbers C_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators.designs import ROUNDING, conditioned
from lowback.estimators.lmm.column_sums import ColumnSums, blocks
from lowback.estimators.lmm.effect_columns import effect_columns
from lowback.estimators.lmm.grouping import Grouping
from lowback.estimators.lmm.pairs import Array

# Below this share of a column unexplained by the others, normal equations are too coarse to judge; QR decides.
SUSPECT = 1e-9


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


def group_sums(
    outcome: Array,
    design: Array,
    random: Array,
    grouping: Grouping,
    weights: Array | None,
    names: Sequence[str],
    random_names: Sequence[str],
) -> GroupSums:
    """The sums of one reading of the rows; columns that depend on others are named in `NotEstimable`."""
    effects = effect_columns(random, random_names, grouping, weights)
    held = ColumnSums(effects, grouping, weights)
    intercept = _constant_column(design)
    for j in range(design.shape[1]):
        held.add(
            grouping.in_runs(np.ascontiguousarray(design[:, j])), intercept is not None and j != intercept
        )
    total, back = held.total(held.cross()), held.back(intercept)
    if _least_independent(total) < SUSPECT:
        well = conditioned(design, names)
        q, r = np.linalg.qr(well.columns)
        back = well.back @ np.linalg.inv(r)
        held = ColumnSums(effects, grouping, weights)
        for j in range(q.shape[1]):
            held.add_loose(grouping.in_runs(np.ascontiguousarray(q[:, j])), False)
        total = held.total(held.cross())
    return _with_outcome(grouping.in_runs(outcome), held, total, back)


def _with_outcome(y: Array, held: ColumnSums, total: Array, back: Array) -> GroupSums:
    ones = np.linalg.solve(total, held.sums)
    # An outcome far from zero is centred where the design has a combination that is one in every row.
    has_one = abs(held.weight - held.sums @ ones) <= 1e-11 * held.weight
    centre = float(y.mean()) if has_one else 0.0
    held.add_loose(y - centre, False)
    cross = held.cross()
    total = held.total(cross)
    # Uncorrelated columns: the design by the Cholesky factor of X'X, the random effects by that of their mean Z'Z.
    factor = np.linalg.cholesky(total[:-1, :-1])
    turn = np.eye(len(total))
    turn[:-1, :-1] = np.linalg.inv(factor).T
    effects = held.effects
    root = np.linalg.inv(np.linalg.cholesky(effects.gram.sum(axis=2) / len(y)))
    one: Array | None = None
    if effects.constant is not None:
        one = np.asarray(np.linalg.inv(root).T[:, effects.constant], dtype=float)
    gram = np.einsum("ac,cdi,bd->abi", root, effects.gram, root, optimize=True)
    for some in blocks(cross.shape[2]):
        cross[:, :, some] = np.tensordot(root, np.matmul(turn.T, cross[:, :, some]), axes=1)
    return GroupSums(
        gram=gram,
        cross=cross,
        total=turn.T @ total @ turn,
        back=back @ turn[:-1, :-1],
        shift=centre * (back @ ones),
        effects_back=effects.back @ root.T,
        effects_one=one,
        log_weights=0.0 if held.weights is None else float(np.log(held.weights).sum()),
    )


def _constant_column(design: Array) -> int | None:
    for j in range(design.shape[1]):
        first = design[0, j]
        if first != 0 and np.abs(design[:, j] - first).max() <= ROUNDING * abs(first):
            return j
    return None


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
