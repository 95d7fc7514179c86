"""The model in well-conditioned units, and the way back to the units that were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import check_outcome, conditioned
from lowback.estimators.mmrm.records import Array

# A remainder below this share of the outcome's spread is rounding.
EXPLAINED = 1e-10


@dataclass(frozen=True, eq=False)
class Frame:
    """Orthonormal `columns` = design @ turn, and `outcome` = (given - design @ origin) / scale.

    `origin` are the least-squares coefficients, so the outcome inside has no part in the design and variance 1.
    """

    names: tuple[str, ...]
    design: Array
    given: Array
    columns: Array
    turn: Array
    outcome: Array
    origin: Array
    scale: float

    def coefficients(self, inside: Array) -> Array:
        """Coefficients of the columns inside, in the given units."""
        return self.origin + self.scale * (self.turn @ inside)

    def covariance(self, inside: Array) -> Array:
        """Their covariance in the given units."""
        return self.scale**2 * self.turn @ inside @ self.turn.T

    def objective(self, value: float, restricted: bool) -> float:
        """Minus twice the log-likelihood with all constants, on the scale of nlme, lme4 and SAS."""
        rows, p = self.columns.shape
        left = rows - p if restricted else rows
        turned = 2 * float(np.linalg.slogdet(self.turn)[1]) if restricted else 0.0
        return value - turned + left * float(np.log(2 * np.pi * self.scale**2))


def framed(outcome: ArrayLike, design: ArrayLike, names: Sequence[str]) -> Frame:
    """The outcome and design, checked and conditioned.

    Raises `NotEstimable` for values that are not finite, dependent or empty columns, a constant outcome, and an
    outcome that the design explains without remainder.
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(design, dtype=float)
    # Sums down a column are several times faster where columns lie in one piece.
    well = conditioned(np.asfortranarray(x), names)
    check_outcome(y, len(x))
    columns, turn = well.columns, well.back
    centre = 0.0 if well.constant is None else float(y.mean())
    moved = y - centre
    fitted = columns.T @ moved
    rest = moved - columns @ fitted
    # A second pass removes what rounding left in the first.
    again = columns.T @ rest
    rest -= columns @ again
    scale = float(np.sqrt(np.mean(rest**2)))
    if scale <= EXPLAINED * float(np.sqrt(np.mean(moved**2))):
        raise NotEstimable("the design explains the outcome without remainder; nothing is left to vary")
    origin = turn @ (fitted + again)
    if well.constant is not None:
        origin = origin + centre * well.constant
    return Frame(tuple(names), x, y, columns, turn, rest / scale, origin, scale)
