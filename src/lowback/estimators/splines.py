"""Natural cubic splines: smooth curves that are straight lines beyond the range of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]

CUBIC = 3


@dataclass(frozen=True, eq=False)
class NaturalSpline:
    """A basis of `df` columns without the constant; knots in the variable's own unit, so that it serves other data too."""

    knots: tuple[float, ...]
    boundary: tuple[float, float]
    null_space: Array

    @property
    def df(self) -> int:
        """How many columns the basis has."""
        return self.null_space.shape[1]

    def basis(self, values: Array) -> Array:
        """The basis at these values, one row each; beyond the boundary knots each column goes on as a straight line."""
        low, high = self.boundary
        scaled = (np.asarray(values, dtype=float) - low) / (high - low)
        inside = np.clip(scaled, 0.0, 1.0)
        curves = _curves(self._inner)
        beyond = (scaled - inside)[:, None] * curves(inside, 1)
        return np.asarray((curves(inside) + beyond)[:, 1:] @ self.null_space)

    @property
    def _inner(self) -> Array:
        low, high = self.boundary
        return (np.array(self.knots) - low) / (high - low)


def natural_spline(values: Array, df: int, name: str) -> NaturalSpline:
    """The natural cubic spline with `df` columns, inner knots at equally spaced quantiles, boundary knots at the range.

    Columns equal those of R's `splines::ns(x, df)`: cubic B-splines without the first, turned so that the second
    derivative is zero at both boundary knots.

    Raises `NotEstimable` for a `df` below 1, or when ties leave no room for the knots.

    Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 5.2.1.
    """
    if df < 1:
        raise NotEstimable(f"a spline of {name!r} with {df} columns; allowed: 1 or more")
    low, high = float(values.min()), float(values.max())
    knots = np.quantile(values, np.linspace(0, 1, df + 1)[1:-1])
    if not (np.diff([low, *knots, high]) > 0).all():
        raise NotEstimable(
            f"a spline of {name!r} with {df} columns has knots {', '.join(f'{k:g}' for k in [low, *knots, high])}: "
            "too few distinct values for as many; use fewer columns"
        )
    # On a scale from 0 to 1 the basis is the same and a far origin costs no digits.
    bends = _curves((knots - low) / (high - low))(np.array([0.0, 1.0]), 2)[:, 1:]
    rotation = np.linalg.qr(bends.T, mode="complete")[0]
    return NaturalSpline(tuple(knots.tolist()), (low, high), rotation[:, 2:])


def _curves(inner: Array) -> BSpline:
    """All cubic B-splines on the range 0 to 1 with these inner knots, as one function with a column for each."""
    knots = np.concatenate([np.zeros(CUBIC + 1), inner, np.ones(CUBIC + 1)])
    return BSpline(knots, np.eye(len(knots) - CUBIC - 1), CUBIC)
