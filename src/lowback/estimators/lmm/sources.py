"""Where the columns of a model come from: a matrix in memory, or a design that is made a stretch of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.columns import Selection
from lowback.estimators.designs import ROUNDING
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.terms import Design

BLOCK = 8192


class Source(Protocol):
    """`rows` rows of some columns: as a `matrix`, or a stretch of each; `constant` is the first that is the same in every row."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    @property
    def matrix(self) -> Array:
        """The columns side by side (rows by columns)."""

    @property
    def constant(self) -> int | None:
        """The position of the first column that is the same in every row and not zero; None where there is none."""

    def stretch(self, rows: Selection) -> list[Array]:
        """Some rows of each column."""


@dataclass(frozen=True, eq=False)
class Given:
    """The columns of a matrix in memory."""

    matrix: Array

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.matrix)

    @cached_property
    def constant(self) -> int | None:
        """The position of the first column that is the same in every row and not zero; None where there is none."""
        firsts = enumerate(self.matrix[0])
        return next((j for j, first in firsts if first != 0 and is_constant(self.matrix[:, j])), None)

    def stretch(self, rows: Selection) -> list[Array]:
        """Some rows of each column, each in one piece of memory."""
        return [np.ascontiguousarray(column) for column in self.matrix[rows].T]


def source_of(given: ArrayLike | Design, names: Sequence[str], what: str) -> Source:
    """The columns of a design as they are needed, or of a matrix, whose values must be finite; `what` a column is called."""
    if isinstance(given, Design) and given.constant is not None:
        _check_width((given.rows, len(given.names)), names, what)
        return given
    matrix = given.matrix if isinstance(given, Design) else np.asarray(given, dtype=float)
    _check_width(matrix.shape, names, what)
    # A finite sum needs no second look; an infinite one may still be of finite values.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(matrix.sum())
    if not finite:
        bad = [name for name, column in zip(names, matrix.T, strict=True) if not np.isfinite(column).all()]
        if bad:
            raise NotEstimable(f"{what} {', '.join(bad)} has missing or infinite values")
    return Given(matrix)


def is_constant(column: Array) -> bool:
    """Whether all values are the same but for rounding."""
    first = column[0]
    with np.errstate(over="ignore"):
        return all(
            bool(np.abs(column[start : start + BLOCK] - first).max() <= ROUNDING * abs(first))
            for start in range(0, len(column), BLOCK)
        )


def _check_width(shape: tuple[int, ...], names: Sequence[str], what: str) -> None:
    if len(shape) != 2 or shape[1] != len(names) or not names:
        raise NotEstimable(f"the {what}s have shape {shape} for {len(names)} names; they must agree")
