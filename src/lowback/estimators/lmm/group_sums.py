"""One reading of the rows: the sums over each group that the likelihood rests on.

Columns of the design that are constant within groups, or such a constant times a random-effect column, are written as
Z_i C_i and never multiplied row by row: their sums follow from Z_i'Z_i and the few numbers C_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators.designs import ROUNDING, conditioned
from lowback.estimators.lmm.effect_columns import EffectColumns, effect_columns
from lowback.estimators.lmm.grouping import Grouping
from lowback.estimators.lmm.pairs import Array

# Below this share of a column unexplained by the others, normal equations are too coarse to judge; QR decides.
SUSPECT = 1e-9
# Differences from a product below this many times the largest value are rounding.
SAME = 1e-15


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
    sizes: Array
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
    held = _Columns(effects, grouping, weights)
    intercept = _constant_column(design)
    for j in range(design.shape[1]):
        column = grouping.in_runs(np.ascontiguousarray(design[:, j]))
        held.add(column, intercept is not None and j != intercept)
    cross, total, back = held.cross(), held.total(), held.back(intercept)
    if _least_independent(total) < SUSPECT:
        well = conditioned(design, names)
        q, r = np.linalg.qr(well.columns)
        back = well.back @ np.linalg.inv(r)
        held = _Columns(effects, grouping, weights)
        for j in range(q.shape[1]):
            held.add_loose(grouping.in_runs(np.ascontiguousarray(q[:, j])), False)
        cross, total = held.cross(), held.total()
    return _with_outcome(grouping.in_runs(outcome), held, (cross, total, back), grouping, weights)


def _with_outcome(
    y: Array, held: _Columns, parts: tuple[Array, Array, Array], grouping: Grouping, weights: Array | None
) -> GroupSums:
    cross, total, back = parts
    ones = np.linalg.solve(total, held.sums)
    # An outcome far from zero is centred where the design has a combination that is one in every row.
    has_one = abs(held.weight - held.sums @ ones) <= 1e-11 * held.weight
    centre = float(y.mean()) if has_one else 0.0
    held.add_loose(y - centre, False)
    cross, total = held.cross(), held.total()
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
    cross = np.tensordot(root, cross, axes=1)
    cross = np.ascontiguousarray(np.einsum("qpi,pr->qri", cross, turn, optimize=True))
    return GroupSums(
        gram=gram,
        cross=cross,
        total=turn.T @ total @ turn,
        back=back @ turn[:-1, :-1],
        shift=centre * (back @ ones),
        effects_back=effects.back @ root.T,
        effects_one=one,
        sizes=grouping.sizes.astype(float),
        log_weights=0.0 if weights is None else float(np.log(weights).sum()),
    )


class _Columns:
    """Columns read so far: as coefficients within groups where that is exact, as rows otherwise."""

    def __init__(self, effects: EffectColumns, grouping: Grouping, weights: Array | None) -> None:
        self.effects, self.grouping, self.weights = effects, grouping, weights
        self.weight = float(grouping.sizes.sum() if weights is None else weights.sum())
        self.inside: list[Array] = []
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
        square = np.einsum("ai,abi,bi->", within, gram, within, optimize=True)
        scale = float(np.sqrt(max(square, 0.0) / self.weight)) or 1.0
        self._keep(True, len(self.inside), centre, scale)
        self.inside.append(within / scale)

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
        inside = [np.einsum("abi,bi->ai", self.effects.gram, one) for one in self.inside]
        each = [inside[at] if within else self.loose_cross[at] for within, at in self.places]
        return np.stack(each, axis=1)

    def total(self) -> Array:
        """The sums of products of all columns."""
        cross = self.cross()
        out = np.zeros((len(self.places),) * 2)
        within = [j for j, (inside, _) in enumerate(self.places) if inside]
        rows = [j for j, (inside, _) in enumerate(self.places) if not inside]
        if within:
            held = np.stack(self.inside, axis=1)
            flat = held.transpose(1, 0, 2).reshape(len(within), -1)
            out[within] = flat @ cross.transpose(0, 2, 1).reshape(-1, cross.shape[1])
            out[:, within] = out[within].T
        if rows:
            loose = np.stack(self.loose)
            weighted = loose if self.weights is None else loose * self.weights
            out[np.ix_(rows, rows)] = weighted @ loose.T
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
        if np.abs(np.repeat(slope, grouping.sizes) * given - column).max() <= SAME * np.abs(column).max():
            found[k] = slope / effects.back[k, k]
            found[one] = -slope * effects.back[one, k] / effects.back[k, k] * effects.given[one][0]
            return found
    return None


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
