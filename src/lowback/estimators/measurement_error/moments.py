"""What each group adds to the equations of slopes, and how much of it an error in the exposure makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Positions = NDArray[np.intp]
Level = Literal["within", "between"]


@dataclass(frozen=True, eq=False)
class Part:
    """A column that the exposure gives: its group mean or the deviation from it, times something known of each row."""

    name: str
    level: Level
    times: Array


@dataclass(frozen=True, eq=False)
class Moments:
    """For each group (in order of its code) X'V^-1X, X'V^-1y, and what an error of variance 1 adds to the first, on average.

    The first columns of X are the `parts`, the others are free of error. `errors` are groups by parts by parts.
    """

    squares: Array
    products: Array
    errors: Array


def columns_of(parts: Sequence[Part], exposure: Array, codes: Positions) -> Array:
    """The parts' columns (rows by parts); codes are 0, 1, ... in any order."""
    mean = (np.bincount(codes, exposure) / np.bincount(codes))[codes]
    of = {"within": exposure - mean, "between": mean}
    return np.column_stack([of[part.level] * part.times for part in parts])


def moments(
    outcome: Array, exposure: Array, parts: Sequence[Part], others: Array, codes: Positions, ratio: float
) -> Moments:
    """The moments of rows sorted by group, with V the identity plus `ratio` times a matrix of ones in each group.

    An error adds the trace of K'V^-1K to X'V^-1X, where a part's column has the error K e. What the other columns take up of the error is
    taken off (a share of their number over the rows), of each group alike and whatever value of a modifier counts as 0.
    """
    sizes = np.bincount(codes)
    x = np.column_stack([columns_of(parts, exposure, codes), others])
    shrink = np.asarray(ratio / (1 + sizes * ratio), dtype=np.float64)
    starts = np.cumsum(sizes) - sizes
    sums = np.add.reduceat(x, starts, axis=0)
    squares = np.add.reduceat(x[:, :, None] * x[:, None, :], starts, axis=0)
    squares -= shrink[:, None, None] * sums[:, :, None] * sums[:, None, :]
    of_outcome = np.add.reduceat(outcome, starts)
    products = np.add.reduceat(x * outcome[:, None], starts, axis=0) - (shrink * of_outcome)[:, None] * sums
    errors = _errors(parts, sizes, starts, shrink)
    taken = _taken_up(parts, others, squares[:, len(parts) :, len(parts) :].sum(axis=0), codes, shrink)
    total = errors.sum(axis=0)
    kept = (total - taken) @ np.linalg.pinv(total, hermitian=True)
    return Moments(squares, products, (kept @ errors + errors @ kept.T) / 2)


def _errors(parts: Sequence[Part], sizes: Positions, starts: Positions, shrink: Array) -> Array:
    """The trace of K'V^-1K for each group and pair of parts: parts of different levels share no error."""
    found = np.zeros((len(sizes), len(parts), len(parts)))
    for k, one in enumerate(parts):
        for j, other in enumerate(parts):
            if one.level != other.level:
                continue
            both = np.add.reduceat(one.times * other.times, starts)
            means = np.add.reduceat(one.times, starts) * np.add.reduceat(other.times, starts) / sizes
            if one.level == "within":
                found[:, k, j] = (1 - 1 / sizes) * both - shrink * (both - means)
            else:
                found[:, k, j] = both / sizes - shrink * means
    return found


def _taken_up(parts: Sequence[Part], others: Array, squares: Array, codes: Positions, shrink: Array) -> Array:
    """How much of the error the other columns explain by chance: the trace of their projection of it."""
    sizes = np.bincount(codes)
    starts = np.cumsum(sizes) - sizes
    turned = others - (shrink[:, None] * np.add.reduceat(others, starts, axis=0))[codes]
    inverse = np.linalg.pinv(squares, hermitian=True)
    taken = np.zeros((len(parts), len(parts)))
    for k, one in enumerate(parts):
        for j, other in enumerate(parts):
            if one.level != other.level:
                continue
            left, right = (
                np.add.reduceat(part.times[:, None] * turned, starts, axis=0) for part in (one, other)
            )
            crossed = (left / sizes[:, None]).T @ right
            if one.level == "within":
                crossed = (turned * (one.times * other.times)[:, None]).T @ turned - crossed
            taken[k, j] = float((inverse * crossed.T).sum())
    return taken
