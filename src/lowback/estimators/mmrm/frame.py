"""The model in well-conditioned units, and the way back to the units that were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import FAR_FROM_DEPENDENT, ROUNDING, check_outcome, conditioned
from lowback.estimators.magnitudes import check_magnitudes
from lowback.estimators.mmrm.records import Array, Codes
from lowback.estimators.mmrm.slot_columns import Columns, SlotColumns, rows_by_slot

# A remainder below this share of the outcome's spread is rounding.
EXPLAINED = 1e-10
# Visits beyond which they are rather times that few persons share.
MOST_SLOTS = 300


@dataclass(frozen=True, eq=False)
class Frame:
    """Orthonormal columns = design @ turn, and `outcome` = (given - design @ origin) / scale.

    `origin` are the least-squares coefficients, so the outcome inside has no part in the design and variance 1. The
    columns are not kept: `columns` times `inner` gives their scores and rotation at any slots; `placed` are those of
    the visits, or of all rows in one slot where there are too many visits.
    """

    names: tuple[str, ...]
    design: Array
    given: Array
    columns: Columns
    inner: Array
    placed: SlotColumns
    turn: Array
    outcome: Array
    origin: Array
    scale: float

    def by_slot(self, slot: Codes, slots: int) -> SlotColumns:
        """The orthonormal columns of rows that are placed in other slots than the visits."""
        return self.columns.by_slot(rows_by_slot(slot, slots)).turned(self.inner)

    def remainder(self, inside: Array) -> Array:
        """The outcome inside less its columns times coefficients, in the order of the rows."""
        return self.outcome - self.placed.combined(inside)

    def coefficients(self, inside: Array) -> Array:
        """Coefficients of the columns inside, in the given units."""
        return self.origin + self.scale * (self.turn @ inside)

    def covariance(self, inside: Array) -> Array:
        """Their covariance in the given units."""
        return self.scale**2 * self.turn @ inside @ self.turn.T

    def objective(self, value: float, restricted: bool) -> float:
        """Minus twice the log-likelihood with all constants, on the scale of nlme, lme4 and SAS."""
        rows, p = self.design.shape
        left = rows - p if restricted else rows
        turned = 2 * float(np.linalg.slogdet(self.turn)[1]) if restricted else 0.0
        return value - turned + left * float(np.log(2 * np.pi * self.scale**2))


def matrix_of(design: ArrayLike, names: Sequence[str]) -> Array:
    """The design as rows by columns, as many as there are names."""
    x = np.asarray(design, dtype=float)
    if x.ndim != 2 or x.shape[1] != len(names) or x.shape[1] == 0:
        raise NotEstimable(f"the design has shape {x.shape} for {len(names)} names; they must agree")
    return x


def framed(outcome: ArrayLike, x: Array, names: Sequence[str], slot: Codes, slots: int) -> Frame:
    """The outcome and design (rows by columns), checked and conditioned, with their rows placed in slots.

    Raises `NotEstimable` for values that are not finite, dependent or empty columns, a constant outcome, and an
    outcome that the design explains without remainder.
    """
    y = np.asarray(outcome, dtype=float)
    rows = rows_by_slot(slot, slots) if slots <= MOST_SLOTS else [np.arange(len(x))]
    columns, inner, placed, turn, constant = _orthonormal(x, names, rows)
    check_outcome(y, len(x))
    check_magnitudes(np.abs(y).max(), [""], "the outcome")
    centre = 0.0 if constant is None else float(y.mean())
    moved = y - centre
    fitted = placed.times(moved)
    rest = moved - placed.combined(fitted)
    # A second pass removes what rounding left in the first.
    again = placed.times(rest)
    rest -= placed.combined(again)
    scale = float(np.sqrt(np.mean(rest**2)))
    if scale <= EXPLAINED * float(np.sqrt(np.mean(moved**2))):
        raise NotEstimable("the design explains the outcome without remainder; nothing is left to vary")
    origin = turn @ (fitted + again)
    if constant is not None:
        origin = origin + centre * constant
    return Frame(tuple(names), x, y, columns, inner, placed, turn, rest / scale, origin, scale)


def _orthonormal(
    x: Array, names: Sequence[str], rows: Sequence[Codes]
) -> tuple[Columns, Array, SlotColumns, Array, Array | None]:
    """Columns that times `inner` are orthonormal, these by slot, the design's `turn` to them, and coefficients that give one.

    Cross-products are enough where columns are far from dependent; elsewhere, and where a column is to be refused, the rows
    themselves are made orthonormal.
    """
    p = x.shape[1]
    with np.errstate(invalid="ignore", over="ignore"):
        low, high, means = x.min(axis=0), x.max(axis=0), x.mean(axis=0)
        size = np.maximum(np.abs(low), np.abs(high))
        constant = np.flatnonzero(high - low <= ROUNDING * size)
    if np.isfinite(size).all():
        check_magnitudes(size, names)
    if np.isfinite(size).all() and (size > 0).all() and len(constant) < 2 and len(x) > p:
        centres = means if constant.size else np.zeros(p)
        means, centres = (np.where(high - low <= ROUNDING * size, 0.0, one) for one in (means, centres))
        units = np.maximum(np.abs(low - centres), np.abs(high - centres))
        columns = Columns(x, means, centres, units)
        placed = columns.by_slot(rows)
        cross = placed.cross()
        length = np.sqrt(np.diagonal(cross))
        cross = cross / length[:, None] / length
        if np.linalg.eigvalsh(cross)[0] > FAR_FROM_DEPENDENT:
            inner = np.linalg.inv(np.linalg.cholesky(cross)).T / length[:, None]
            back, ones = np.diag(1 / units), None
            if constant.size:
                first = constant[0]
                back[first] -= centres / units / x[0, first]
                ones = np.where(np.arange(p) == first, 1 / x[0, first], 0.0)
            return columns, inner, placed.turned(inner), back @ inner, ones
    # Sums down a column are several times faster where columns lie in one piece.
    well = conditioned(np.asfortranarray(x), names)
    columns = Columns(well.columns, np.zeros(p), np.zeros(p), np.ones(p))
    return columns, np.eye(p), columns.by_slot(rows), well.back, well.constant
