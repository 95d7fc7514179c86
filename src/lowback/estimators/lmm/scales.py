"""Centres and scales of columns, so that neither origin nor unit costs digits in the sums of their products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.sources import BLOCK, Source, is_constant
from lowback.estimators.magnitudes import check_magnitudes

# Rows that centres and scales are taken from; rows that mostly show that a column varies.
SAMPLE, FEW = 10_000, 100


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


def scales_of(given: Source, names: Sequence[str], what: str = "column") -> Scales:
    """Means (where a column is constant) and root mean squares of columns, from some of their rows.

    They only have to be near: whatever is subtracted and divided by is put back exactly. Sizes that cannot be squared are refused.
    """
    constant = given.constant
    some = np.stack(given.stretch(slice(0, given.rows, max(1, given.rows // SAMPLE))), axis=1)
    check_magnitudes(np.abs(some).max(axis=0), names, what)
    centres = np.zeros(some.shape[1])
    if constant is not None:
        centres = some[0] + (some - some[0]).mean(axis=0)
        centres[constant] = 0.0
    scales = np.sqrt(((some - centres) ** 2).mean(axis=0))
    scales = np.where(scales > 0, scales, 1.0)
    if constant is None:
        return Scales(centres, scales, np.diag(1 / scales), None)
    scales[constant] = some[0, constant]
    back = np.diag(1 / scales)
    back[constant] -= centres / scales / some[0, constant]
    return Scales(centres, scales, back, constant)


def effect_scales(given: Source, names: Sequence[str]) -> Scales:
    """The scales of the random effects' columns; a second constant column is refused."""
    found = scales_of(given, names, "random effect")
    for k, (name, column) in enumerate(zip(names, given.stretch(slice(0, FEW)), strict=True)):
        if k != found.constant and is_constant(column) and is_constant(given.matrix[:, k]):
            raise NotEstimable(f"random effect {name} is constant; only one column may be, and not zero")
    return found
