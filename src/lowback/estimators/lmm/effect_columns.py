"""The columns of the random effects, centred, scaled and uncorrelated, so that neither origin nor unit costs digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING
from lowback.estimators.lmm.grouping import Grouping
from lowback.estimators.lmm.pairs import Array, upper

# A random-effect column whose part that the others do not explain is below this share depends on them.
DEPENDENT = 1e-12


@dataclass(frozen=True, eq=False)
class EffectColumns:
    """Columns z of the random effects in runs of groups: `columns[k] = given @ back[:, k]`.

    `constant` is the position of the column of ones; None where no column is constant. `gram` are the sums of
    weight z z' of each group (q, q, groups).
    """

    given: list[Array]
    columns: list[Array]
    back: Array
    constant: int | None
    gram: Array


def effect_columns(
    random: Array, names: Sequence[str], grouping: Grouping, weights: Array | None
) -> EffectColumns:
    """The columns of the random effects centred (where one is constant) and scaled to mean square one.

    Raises `NotEstimable` for missing values and for columns that depend on each other.
    """
    if random.ndim != 2 or random.shape[1] != len(names) or random.shape[1] == 0:
        raise NotEstimable(
            f"random effects have shape {random.shape} for {len(names)} names; they must agree"
        )
    given = [grouping.in_runs(np.ascontiguousarray(random[:, k])) for k in range(len(names))]
    constant = None
    for k, column in enumerate(given):
        if not np.isfinite(column).all():
            raise NotEstimable(f"random effect {names[k]} has missing or infinite values")
        if np.ptp(column) <= ROUNDING * np.abs(column).max():
            if constant is not None or column[0] == 0:
                raise NotEstimable(
                    f"random effect {names[k]} is constant; only one column may be, and not zero"
                )
            constant = k
    back = np.eye(len(names))
    columns = []
    for k, column in enumerate(given):
        if k == constant:
            back[k, k] = 1 / column[0]
            columns.append(np.ones_like(column))
            continue
        centre = float(column.mean()) if constant is not None else 0.0
        shifted = column - centre
        scale = float(np.sqrt(shifted @ shifted / len(shifted)))
        if constant is not None:
            back[constant, k] = -centre / scale / given[constant][0]
        back[k, k] = 1 / scale
        columns.append(shifted / scale)
    gram = _gram(columns, constant, grouping, weights)
    _check_independent(gram, names)
    return EffectColumns(given, columns, back, constant, gram)


def _gram(columns: list[Array], constant: int | None, grouping: Grouping, weights: Array | None) -> Array:
    q = len(columns)
    gram = np.empty((q, q, len(grouping.starts)))
    for a, b in zip(*upper(q), strict=True):
        if weights is None and a == b == constant:
            gram[a, b] = grouping.sizes
            continue
        product = columns[b] if a == constant else columns[a] if b == constant else columns[a] * columns[b]
        product = product if weights is None else product * weights
        gram[a, b] = gram[b, a] = np.add.reduceat(product, grouping.starts)
    return gram


def _check_independent(gram: Array, names: Sequence[str]) -> None:
    pooled = gram.sum(axis=2)
    size = np.sqrt(np.diagonal(pooled))
    pooled = pooled / np.outer(size, size)
    for k in range(1, len(names)):
        left = pooled[k, k] - pooled[k, :k] @ np.linalg.lstsq(pooled[:k, :k], pooled[:k, k], rcond=None)[0]
        if left < DEPENDENT:
            raise NotEstimable(f"random effect {names[k]} is a combination of the ones before it")
