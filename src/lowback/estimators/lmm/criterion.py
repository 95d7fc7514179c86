"""Minus twice the profiled log-likelihood, restricted or not, with gradient and curvature in the variance ratios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lowback.estimators.lmm.expansion import Expansion
from lowback.estimators.lmm.pairs import Array

# Remainders below this share of the outcome's sum of squares are rounding, not variation.
NO_REMAINDER = 1e-22


@dataclass(frozen=True, eq=False)
class Solved:
    """The best coefficients at given variance ratios.

    `inverse` is (X'HX)^-1, `weights` are (-coefficients, 1), `remainder` the weighted sum of squared residuals.
    """

    expansion: Expansion
    inverse: Array
    log_det_information: float
    weights: Array
    remainder: float

    @property
    def drift(self) -> Array:
        """The derivatives of X'Hr in each ratio, at fixed coefficients (m, p)."""
        return np.asarray((self.expansion.derivatives.first @ self.weights)[:, :-1])

    @property
    def slope(self) -> Array:
        """The derivatives of the remainder in each ratio."""
        return np.asarray(self.expansion.derivatives.first @ self.weights @ self.weights)


def solved(expansion: Expansion) -> Solved:
    """Generalised least squares from the cross products of an expansion."""
    information = expansion.cross[:-1, :-1]
    inverse = np.linalg.inv(information)
    inverse = (inverse + inverse.T) / 2
    weights = np.append(-inverse @ expansion.cross[:-1, -1], 1.0)
    floor = NO_REMAINDER * float(expansion.cross[-1, -1])
    remainder = max(float(weights @ expansion.cross @ weights), floor)
    logs = float(np.linalg.slogdet(information)[1])
    return Solved(expansion, inverse, logs, weights, remainder)


@dataclass(frozen=True, eq=False)
class Criterion:
    """A model's criterion as a function of its variance ratios; `left` are the degrees of freedom of the remainder."""

    expand: Callable[[Array, float], Expansion]
    left: int
    restricted: bool
    constant: float

    def at(self, root: Array, site: float) -> Solved:
        """The coefficients that belong to the variance ratios D = R R' and that of the site."""
        return solved(self.expand(root, site))

    def value(self, point: Solved) -> float:
        """Minus twice the log-likelihood, on the scale of lme4; infinite where ratios are so large that rounding leaves no remainder."""
        if not point.remainder > 0:
            return float("inf")
        logs = point.expansion.log_det + (point.log_det_information if self.restricted else 0.0)
        return float(logs + self.left * (1 + np.log(2 * np.pi * point.remainder / self.left)) + self.constant)

    def gradient(self, point: Solved) -> Array:
        """The derivatives in each ratio (entries a <= b of D, then the site's)."""
        out = point.expansion.derivatives.first_log + self.left / point.remainder * point.slope
        if self.restricted:
            out = out + np.einsum("rij,ij->r", point.expansion.derivatives.first[:, :-1, :-1], point.inverse)
        return np.asarray(out)

    def hessian(self, point: Solved) -> Array:
        """The second derivatives of the profile."""
        slope = point.slope
        return self.unprofiled(point) - self.left / point.remainder**2 * np.outer(slope, slope)

    def unprofiled(self, point: Solved) -> Array:
        """The second derivatives with the residual variance held at its best value."""
        rate = self.left / point.remainder
        middle = rate * np.outer(point.weights, point.weights)
        drift = point.drift
        out = point.expansion.derivatives.second_log - 2 * rate * drift @ point.inverse @ drift.T
        if self.restricted:
            middle[:-1, :-1] += point.inverse
            turned = point.expansion.derivatives.first[:, :-1, :-1] @ point.inverse
            out = out - np.einsum("rij,sji->rs", turned, turned)
        return np.asarray(out + point.expansion.derivatives.second_with(middle))
