"""Two ups and downs that pull back to nought, each perhaps drawn along by the other: a process in continuous time.

With z = L^-1 x, x the error-free ups and downs and L L' their covariance, dz = (-S + w J) z dt + (2 S)^(1/2) dB: S is symmetric and positive
definite, J = [[0, -1], [1, 0]], and z has variance 1 whatever S and w are. Every stationary process of this kind can be written so, and w = 0 just where
the process looks the same when time runs backwards, that is where neither series comes first.

Gardiner 2009, Stochastic Methods, ch. 4.4.6 (stationary covariance of the process) and 5.3.6 (detailed balance).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]

NAMES = (
    "SD of the first",
    "SD of the second",
    "reliability of the first",
    "reliability of the second",
    "correlation",
)
RATES, TURN = slice(5, 8), 8
# Between which shares of the variance that is no known error may be no error: the last where none is known.
LEAST_SHARE, MOST_SHARE, MOST_WITHOUT_KNOWN = 0.008, 1.0, 0.995
EDGE = 0.02
CORRELATION = 0.995


@dataclass(frozen=True)
class Bounds:
    """Within which rates (per day) ups and downs may fade, and the least variance that the error of each series may have, in its units squared."""

    slowest: float
    fastest: float
    known_error: tuple[float, float] = (0.0, 0.0)

    @property
    def most_shares(self) -> tuple[float, float]:
        """The most that may be no error of each series' variance beyond the known error."""
        one, other = (MOST_SHARE if known else MOST_WITHOUT_KNOWN for known in self.known_error)
        return one, other


@dataclass(frozen=True, eq=False)
class Process:
    """The process with the errors of measurement; every field may be an array of the same shape, for many at once.

    `sd` (2, ...) of the error-free ups and downs, `error` (2, ...) the SD of what is recorded around them, `correlation`
    of the ups and downs of one moment, `rates` (3, ...) the distinct entries of S (first, mixed, second), `turn` w.
    """

    sd: Array
    error: Array
    correlation: Array
    rates: Array
    turn: Array

    @property
    def loadings(self) -> tuple[Array, Array, Array]:
        """L: first on first, second on first, second on second."""
        rest = np.sqrt(1 - self.correlation**2)
        return self.sd[0], self.sd[1] * self.correlation, self.sd[1] * rest

    @property
    def spread(self) -> Array:
        """Covariances of the ups and downs of one moment: (2, 2, ...)."""
        first, second = self.sd
        mixed = first * second * self.correlation
        return np.stack([np.stack([first**2, mixed]), np.stack([mixed, second**2])])

    @property
    def reliability(self) -> Array:
        """Share of the variance around the own level or line that is no error, of each series."""
        return self.sd**2 / (self.sd**2 + self.error**2)

    def carried(self, days: Array) -> Array:
        """F(days) = exp((-S + w J) days), as (4, ...): row by row."""
        s11, s12, s22 = self.rates
        a, b, c, d = -s11, -s12 - self.turn, -s12 + self.turn, -s22
        half, square = (a + d) / 2, ((a - d) / 2) ** 2 + b * c
        even, odd = _even_and_odd(square * days**2)
        left = np.exp(half * days)
        odd = odd * days * left
        even = even * left
        return np.stack([even + odd * (a - half), odd * b, odd * c, even + odd * (d - half)])

    def handed(self, days: Array) -> Array:
        """What a point of each leaves in both after so many days, as the filter asks."""
        return self.effects(days)

    def effects(self, days: float | Array) -> Array:
        """What a point of each has left after so many days at equal other: (2, 2, ...), [to, from], in points per point."""
        f11, f12, f21, f22 = self.carried(np.asarray(days))
        l11, l21, l22 = self.loadings
        # L F L^-1 with L^-1 = [[1/l11, 0], [-l21/(l11 l22), 1/l22]].
        back = l21 / (l11 * l22)
        one, two = l21 * f11 + l22 * f21, l21 * f12 + l22 * f22
        return np.stack(
            [
                np.stack([f11 - l11 * f12 * back, l11 * f12 / l22]),
                np.stack([one / l11 - two * back, two / l22]),
            ]
        )

    def lagged_correlations(self, days: float | Array) -> tuple[Array, Array]:
        """Correlations of error-free values: first now with second later, second now with first later."""
        f11, f12, f21, _ = self.carried(np.asarray(days))
        c, rest = self.correlation, np.sqrt(1 - self.correlation**2)
        return c * f11 + rest * f21, c * f11 + rest * f12

    def autocorrelations(self, days: float | Array) -> Array:
        """Correlation of each error-free series with itself so many days later: (2, ...)."""
        f11, f12, f21, f22 = self.carried(np.asarray(days))
        c, rest = self.correlation, np.sqrt(1 - self.correlation**2)
        return np.stack([f11, c * (c * f11 + rest * f12) + rest * (c * f21 + rest * f22)])


def process_of(points: Array, bounds: Bounds) -> Process:
    """The process at each point of the search: points (9, ...), unbounded, to figures within their bounds."""
    sd, error = sd_and_error(points, bounds)
    return Process(
        sd=sd,
        error=error,
        correlation=CORRELATION * np.tanh(points[4]),
        rates=_rates(points[RATES], bounds),
        turn=bounds.fastest * points[TURN],
    )


def sd_and_error(points: Array, bounds: Bounds) -> tuple[Array, Array]:
    """SD of the error-free ups and downs and of the errors, (2, ...) each, from the first four figures of points (size, ...).

    The first two are logarithms of the SD of all but the known error. The others, u, say what share of its variance is no error: the most that is
    possible over 1 + u^2, so that the likelihood is flat on top at u = 0 where there is no other error.
    """
    known, most = (_by_series(one, points.ndim) for one in (bounds.known_error, bounds.most_shares))
    share = share_at(points[2:4], most)
    beyond = np.exp(2 * points[0:2])
    return np.sqrt(share * beyond), np.sqrt(known + (1 - share) * beyond)


def share_point(share: Array, most: Array) -> Array:
    """The figure of a point that stands for a share of the variance beyond the known error."""
    return np.asarray(np.sqrt((most - LEAST_SHARE) / (share - LEAST_SHARE) - 1))


def share_at(figure: Array | float, most: Array | float) -> Array:
    """The share that a figure of a point stands for."""
    return np.asarray(LEAST_SHARE + (most - LEAST_SHARE) / (1 + np.square(figure)))


def point_at(total: Array, reliable: Array, correlation: float, rates: Array, bounds: Bounds) -> Array:
    """The point of the search of a process without turn whose ups and downs fade at these two rates: (9,)."""
    share = np.log(rates / bounds.slowest) / np.log(bounds.fastest / bounds.slowest)
    m = logit(np.clip(share, 0.02, 0.98))
    beyond = np.maximum(total**2 - bounds.known_error, 0.1 * total**2)
    most = np.array(bounds.most_shares)
    return np.array(
        [
            *np.log(beyond) / 2,
            *share_point(np.clip(reliable * total**2 / beyond, LEAST_SHARE + 0.01, most - 0.005), most),
            np.arctanh(np.clip(correlation, -0.95, 0.95) / CORRELATION),
            m[0],
            0.0,
            m[1],
            0.0,
        ]
    )


def _by_series(values: tuple[float, float], dimensions: int) -> Array:
    """A figure of each series, to go with points of so many dimensions."""
    return np.array(values).reshape(2, *(1,) * (dimensions - 1))


def _rates(m: Array, bounds: Bounds) -> Array:
    """S: the function of the symmetric matrix M that takes each eigenvalue to a rate within the bounds; smooth everywhere."""
    middle, half = (m[0] + m[2]) / 2, np.sqrt(((m[0] - m[2]) / 2) ** 2 + m[1] ** 2)
    upper, lower = rate_at(middle + half, bounds), rate_at(middle - half, bounds)
    is_apart = half > 1e-7
    share = expit(middle)
    slope = rate_at(middle, bounds) * np.log(bounds.fastest / bounds.slowest) * share * (1 - share)
    slope = np.where(is_apart, (upper - lower) / np.where(is_apart, 2 * half, 1.0), slope)
    mean = (upper + lower) / 2
    return np.stack([mean + slope * (m[0] - middle), slope * m[1], mean + slope * (m[2] - middle)])


def rate_at(eigenvalue: Array, bounds: Bounds) -> Array:
    """A rate between the bounds, evenly on the scale of its logarithm."""
    return np.asarray(bounds.slowest * (bounds.fastest / bounds.slowest) ** expit(eigenvalue))


def _even_and_odd(square: Array) -> tuple[Array, Array]:
    """cosh(u) and sinh(u)/u from u squared, which is negative where the process turns."""
    root = np.sqrt(np.abs(square))
    safe = np.where(root > 1e-6, root, 1.0)
    turning = square < 0
    even = np.where(turning, np.cos(root), np.cosh(np.minimum(root, 300)))
    odd = np.where(turning, np.sin(safe), np.sinh(np.minimum(safe, 300))) / safe
    return even, np.where(root > 1e-6, odd, 1 + square / 6)
