"""Correlations between visits as functions of few numbers, with their first and second derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Correlations from which the search for the best one may start.
GRID = (0.5, 0.0, 0.8, 0.25, 0.95, -0.3)


class Correlation(Protocol):
    """A map from correlation parameters (`count` of them) to matrices of visits by visits with ones on the diagonal."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """What each parameter is, in words."""
        ...

    def at(self, rho: Array) -> tuple[Array, Array, Array]:
        """The matrix (patterns or 1, visits, visits) with first (c, ...) and second (c, c, ...) derivatives."""
        ...

    def inside(self, rho: Array) -> bool:
        """Whether the parameters are in the range where they mean a correlation."""
        ...

    def starts(self, observed: Array, pairs: Array) -> list[Array]:
        """Parameters to start a search from, given observed correlations and how many persons share each pair."""
        ...


@dataclass(frozen=True, eq=False)
class Constant:
    """Compound symmetry: the same correlation for every pair of visits."""

    visits: int
    parameters: tuple[str, ...] = ("correlation",)

    def at(self, rho: Array) -> tuple[Array, Array, Array]:
        """rho off the diagonal."""
        off = 1 - np.eye(self.visits)
        none = np.zeros((1, 1, 1, self.visits, self.visits))
        return (np.eye(self.visits) + rho[0] * off)[None], off[None, None], none

    def inside(self, rho: Array) -> bool:
        """Positive definite between -1 / (visits - 1) and 1."""
        return bool(-1 / (self.visits - 1) < rho[0] < 1)

    def starts(self, observed: Array, pairs: Array) -> list[Array]:
        """The mean observed correlation, then a grid."""
        lowest = -0.9 / (self.visits - 1)
        mean = weighted_mean(observed, pairs * (1 - np.eye(self.visits)))
        return [np.array([max(value, lowest)]) for value in (np.clip(mean, lowest, 0.95), *GRID)]


@dataclass(frozen=True, eq=False)
class Autoregressive:
    """First-order autoregression over visits taken as equally spaced: rho to the power of the lag."""

    visits: int
    parameters: tuple[str, ...] = ("correlation of neighbouring visits",)

    def at(self, rho: Array) -> tuple[Array, Array, Array]:
        """rho ** lag; exponents stop at zero where the derivative is zero anyway."""
        lag, r = lags(self.visits), rho[0]
        matrix: Array = r**lag
        first = lag * r ** np.maximum(lag - 1, 0)
        second = lag * (lag - 1) * r ** np.maximum(lag - 2, 0)
        return matrix[None], first[None, None], second[None, None, None]

    def inside(self, rho: Array) -> bool:
        """Between -1 and 1."""
        return bool(abs(rho[0]) < 1)

    def starts(self, observed: Array, pairs: Array) -> list[Array]:
        """The mean observed correlation of neighbours, then a grid."""
        mean = weighted_mean(observed, pairs * (lags(self.visits) == 1))
        return [np.array([value]) for value in (np.clip(mean, -0.9, 0.95), *GRID, -0.7)]


@dataclass(frozen=True, eq=False)
class Banded:
    """Toeplitz: one correlation for each lag between visits taken as equally spaced."""

    visits: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """One correlation a lag."""
        return tuple(f"correlation at lag {lag}" for lag in range(1, self.visits))

    def at(self, rho: Array) -> tuple[Array, Array, Array]:
        """Linear in the correlations."""
        bands = (lags(self.visits)[None] == np.arange(1, self.visits)[:, None, None]).astype(float)
        matrix = np.eye(self.visits) + np.tensordot(rho, bands, axes=1)
        none = np.zeros((len(rho), len(rho), 1, self.visits, self.visits))
        return matrix[None], bands[:, None], none

    def inside(self, rho: Array) -> bool:
        """Each between -1 and 1; whether they fit together shows in the matrix."""
        return bool((np.abs(rho) < 1).all())

    def starts(self, observed: Array, pairs: Array) -> list[Array]:
        """The mean observed correlation at each lag, that shrunk towards none, a constant one and autoregressions."""
        lag = lags(self.visits)
        means = np.array([weighted_mean(observed, pairs * (lag == k)) for k in range(1, self.visits)])
        powers = np.arange(1, self.visits)
        return [
            *(means * share for share in (1.0, 0.8, 0.5)),
            np.full(self.visits - 1, 0.4),
            *(rho**powers for rho in (0.6, -0.4)),
            0.0 * means,
        ]


@dataclass(frozen=True, eq=False)
class Chain:
    """First-order ante-dependence: a correlation for each step; further apart, the product of the steps between.

    Gabriel 1962, Ann Math Stat 33:201-212, doi:10.1214/aoms/1177704724.
    """

    visits: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """One correlation a step."""
        return tuple(f"correlation over step {k + 1}" for k in range(self.visits - 1))

    def at(self, rho: Array) -> tuple[Array, Array, Array]:
        """Leaving out step k splits the product: R[a, k] R[k + 1, b]; two steps leave three factors."""
        upper = np.eye(self.visits)
        for start in range(self.visits - 1):
            upper[start, start + 1 :] = np.cumprod(rho[start:])
        head, tail, middle = upper[:, :-1], upper[1:], upper[1:, :-1]
        first = np.einsum("ak,kb->kab", head, tail)
        second = np.einsum("ak,kj,jb->kjab", head, middle, tail)
        second = second + second.transpose(1, 0, 2, 3)
        matrix = upper + upper.T - np.eye(self.visits)
        return matrix[None], (first + first.mT)[:, None], (second + second.mT)[:, :, None]

    def inside(self, rho: Array) -> bool:
        """Each between -1 and 1."""
        return bool((np.abs(rho) < 1).all())

    def starts(self, observed: Array, pairs: Array) -> list[Array]:
        """The observed correlations of neighbours, those shrunk, and constant ones."""
        steps = np.where(np.diagonal(pairs, 1) > 0, np.diagonal(observed, 1), 0.5)
        shares = (1.0, 0.8, 0.5, 0.0)
        return [
            *(np.clip(steps, -0.95, 0.95) * share for share in shares),
            np.full(self.visits - 1, 0.5),
            np.full(self.visits - 1, 0.9),
        ]


@dataclass(frozen=True, eq=False)
class Exponential:
    """Spatial exponential: exp(-distance / range) with the distance in time of each pair, pattern by pattern.

    `distances` is (patterns, visits, visits), scaled so that a typical gap is 1.
    """

    distances: Array
    parameters: tuple[str, ...] = ("range",)

    def at(self, rho: Array) -> tuple[Array, Array, Array]:
        """exp(-d / r), with derivatives in r."""
        r, d = float(rho[0]), self.distances
        matrix = np.exp(-d / r)
        first = matrix * d / r**2
        second = first * (d / r**2 - 2 / r)
        return matrix, first[None], second[None, None]

    def inside(self, rho: Array) -> bool:
        """A range is positive."""
        return bool(rho[0] > 0)

    def starts(self, observed: Array, pairs: Array) -> list[Array]:  # noqa: ARG002 (times differ, so pairs say nothing)
        """Ranges from a small share of a typical gap to many of them."""
        return [np.array([value]) for value in np.logspace(-0.8, 2.6, 12)]


def lags(visits: int) -> NDArray[np.int64]:
    """How many visits apart each pair is."""
    order = np.arange(visits)
    return np.asarray(np.abs(order[:, None] - order))


def weighted_mean(values: Array, weights: Array) -> float:
    """The mean of the entries that have weight; 0 where none has."""
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total else 0.0
