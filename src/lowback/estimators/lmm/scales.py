"""Centres and scales of columns, so that neither origin nor unit costs digits in the sums of their products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING
from lowback.estimators.lmm.pairs import Array

BLOCK = 8192
# Rows that centres and scales are taken from.
SAMPLE = 50_000


def blocks(length: int) -> Iterator[slice]:
    """Stretches of at most `BLOCK` positions, short enough to stay in the processor's cache."""
    return (slice(start, start + BLOCK) for start in range(0, length, BLOCK))


@dataclass(frozen=True, eq=False)
class Scales:
    """What makes columns comparable: `(given - centres) / scales`, or `given @ back` in one matrix.

    `constant` is the position of the constant column that pays for the centring; None where no column is constant, and
    then nothing is centred.
    """

    centres: Array
    scales: Array
    back: Array
    constant: int | None


def scales_of(matrix: Array) -> Scales:
    """Means (where a column is constant) and root mean squares of the columns of a matrix, from some of its rows.

    They only have to be near: whatever is subtracted and divided by is put back exactly.
    """
    constant = _constant_column(matrix)
    some = matrix[:: max(1, len(matrix) // SAMPLE)]
    centres = np.zeros(matrix.shape[1])
    if constant is not None:
        centres = some[0] + (some - some[0]).mean(axis=0)
        centres[constant] = 0.0
    scales = np.sqrt(((some - centres) ** 2).mean(axis=0))
    scales = np.where(scales > 0, scales, 1.0)
    if constant is None:
        return Scales(centres, scales, np.diag(1 / scales), None)
    scales[constant] = matrix[0, constant]
    back = np.diag(1 / scales)
    back[constant] -= centres / scales / matrix[0, constant]
    return Scales(centres, scales, back, constant)


def effect_scales(random: Array, names: Sequence[str]) -> Scales:
    """The scales of the random effects' columns; missing values and a second constant column are refused."""
    if random.ndim != 2 or random.shape[1] != len(names) or random.shape[1] == 0:
        raise NotEstimable(
            f"random effects have shape {random.shape} for {len(names)} names; they must agree"
        )
    finite = np.isfinite(random.sum())
    for k, name in enumerate(names):
        if not finite and not np.isfinite(random[:, k]).all():
            raise NotEstimable(f"random effect {name} has missing or infinite values")
    found = scales_of(random)
    for k, name in enumerate(names):
        if k != found.constant and _is_constant(random[:, k]):
            raise NotEstimable(f"random effect {name} is constant; only one column may be, and not zero")
    return found


def _constant_column(matrix: Array) -> int | None:
    for j in range(matrix.shape[1]):
        if matrix[0, j] != 0 and _is_constant(matrix[:, j]):
            return j
    return None


def _is_constant(column: Array) -> bool:
    first = column[0]
    # Most columns show on their first rows that they vary.
    start = slice(0, 100)
    return all(
        bool(np.abs(column[some] - first).max() <= ROUNDING * abs(first)) for some in (start, slice(None))
    )
