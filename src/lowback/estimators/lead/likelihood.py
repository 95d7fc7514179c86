"""How likely each person's two series are under a process, with their own levels or lines taken out exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.backwards import scored
from lowback.estimators.lead.diaries import COLUMNS, Diaries, Integers, Level
from lowback.estimators.lead.filtering import Filtered, Latent, filtered
from lowback.estimators.lead.process import Bounds, Process, process_of

Array = NDArray[np.float64]
LOG_TWO_PI = float(np.log(2 * np.pi))
PROCESS_POINTS = 9
LEVELS_CORRELATION = 0.98
# Moves of a figure by which derivatives are found where levels are random.
DIFFERENCE = 1e-5


@dataclass(frozen=True, eq=False)
class Model:
    """What is fitted: diaries, the bounds of the rates, and whether a night may count more or less than its hours.

    A point of the search has 9 figures of the process (`process_of`), then one for the night if it is free, then three for the
    persons' levels if they are random (two log SDs, one correlation). A night counts `night` more days: exp(-S night) of
    the ups and downs is carried over it beside what its hours leave, 0 if it counts as its hours, and less where it is negative,
    which never makes the time from one check-in to the next negative.
    """

    series: Diaries
    bounds: Bounds
    free_night: bool = False

    @property
    def size(self) -> int:
        """How many figures a point has."""
        return PROCESS_POINTS + self.free_night + 3 * self.has_random_levels

    @property
    def has_random_levels(self) -> bool:
        """Whether persons' levels are draws from a normal distribution, instead of each person's own figure."""
        return self.series.level == "random level"

    @property
    def shortest_night(self) -> float:
        """The shortest time, in days, from one check-in to the next for each night between them."""
        passed = self.series.nights > 0
        return float((self.series.gaps[passed] / self.series.nights[passed]).min()) if passed.any() else 1.0

    def night(self, points: Array) -> Array:
        """How many more days a night counts, at points (size, ...)."""
        if not self.free_night:
            return np.zeros(points.shape[1:])
        return np.asarray(self.shortest_night * (np.exp(points[PROCESS_POINTS]) - 1))

    def process(self, points: Array) -> Process:
        """The process at points (size, ...)."""
        return process_of(points[:PROCESS_POINTS], self.bounds)

    def log_likelihoods(self, points: Array) -> Array:
        """Log-likelihood of each point (size, P) for each person: (P, N).

        Own levels and lines are taken out exactly: the density is that of all contrasts that do not depend on them (restricted
        likelihood). Random levels are integrated over, around means that each point estimates by generalised least squares.
        """
        return self.log_likelihoods_of(self.process(points[:, :, None]), points)

    def log_likelihoods_of(self, latent: Latent, points: Array, copies: Array | None = None) -> Array:
        """The same of another process behind the series, with the points' nights and levels: (P, N).

        With `copies` (copies, 2, steps, N), other values at the same moments, of each copy of each person: (P, copies * N).
        """
        found = filtered(self.series, latent, self.night(points[:, :, None]), copies)
        counts = self.series.counts if copies is None else np.tile(self.series.counts, len(copies))
        if self.has_random_levels:
            return _around_random_levels(found, counts, points[-3:])
        return _beside_own(found, counts, self.series.level)

    @property
    def likelihood(self) -> Likelihood:
        """Of the process that may hand on both ways."""
        return Likelihood(self, self.process)


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Log-likelihoods of a model's people under a `story`: the process at points (size, P, 1)."""

    model: Model
    story: Callable[[Array], Latent]

    def __call__(self, points: Array) -> Array:
        """Of each point (size, P) for each person: (P, N)."""
        return self.model.log_likelihoods_of(self.story(points[:, :, None]), points)

    def scored(self, points: Array, free: Integers) -> tuple[Array, Array]:
        """The same, and its derivatives in the free figures: (P, N) and (P, N, free).

        Where each person's own level or line is taken out by going back through the filter; random levels, whose means are of
        everybody, by forward differences.
        """
        model = self.model
        if not model.has_random_levels:
            return scored(
                model.series,
                lambda at: (self.story(at[:, :, None]), model.night(at[:, :, None])),
                points,
                free,
                _beside_own_with_slopes,
            )
        moves = np.zeros((len(points), 1 + len(free), 1))
        moves[free, 1 + np.arange(len(free))] = DIFFERENCE
        moved = points[:, None] + moves
        values = self(moved.reshape(len(points), -1)).reshape(*moved.shape[1:], -1)
        return values[0], np.moveaxis(values[1:] - values[0], 0, 2) / DIFFERENCE


def _beside_own_with_slopes(found: Filtered, series: Diaries) -> tuple[Array, Array]:
    """Restricted log-likelihood, and minus twice its derivative by the products: (1, -b)(1, -b)' with the person's coefficients b, and K^-1."""
    inverse = np.linalg.inv(found.products[..., 1:, 1:])
    own = -(inverse @ found.products[..., 1:, :1])[..., 0]
    with_data = np.concatenate([np.ones((*own.shape[:-1], 1)), own], axis=-1)
    slopes = with_data[..., None] * with_data[..., None, :]
    slopes[..., 1:, 1:] += inverse
    return _beside_own(found, series.counts, series.level), slopes


def _beside_own(found: Filtered, counts: Integers, level: Level) -> Array:
    """Restricted log-likelihood, each person's own coefficients with a flat prior.

    Harville 1974, Biometrika 61:383-385.
    """
    quadratic, cross, products = _parts(found)
    solved = np.linalg.solve(products, cross[..., None])[..., 0]
    rest = quadratic - (cross * solved).sum(axis=-1)
    contrasts = counts - 2 * COLUMNS[level]
    determinant = np.linalg.slogdet(products)[1]
    return np.asarray(-(found.log_variances + determinant + rest + contrasts * LOG_TWO_PI) / 2)


def _around_random_levels(found: Filtered, counts: Integers, levels: Array) -> Array:
    """Log-likelihood with normal levels around means that are those most likely at each point.

    With products K of the level columns, the levels' covariance G and M = I + K G, the inverse variance of a person's sums is M^-1 K.
    """
    quadratic, cross, products = _parts(found)
    spread = levels_covariance(levels)[:, None]
    marginal = np.eye(2) + products @ spread
    shrunken = np.linalg.solve(marginal, np.concatenate([products, cross[..., None]], axis=-1))
    weights, sums = shrunken[..., :2], shrunken[..., 2]
    mean = np.linalg.solve(weights.sum(axis=1), sums.sum(axis=1)[..., None])[:, None, :, 0]
    away = cross - (products @ mean[..., None])[..., 0]
    about_mean = (
        quadratic - 2 * (cross * mean).sum(-1) + (mean * (products @ mean[..., None])[..., 0]).sum(-1)
    )
    # cross' G (I + K G)^-1 cross: what the levels explain.
    explained = (away * (spread @ np.linalg.solve(marginal, away[..., None]))[..., 0]).sum(-1)
    determinant = np.linalg.slogdet(marginal)[1]
    rest = about_mean - explained
    return np.asarray(-(found.log_variances + determinant + rest + counts * LOG_TWO_PI) / 2)


def levels_covariance(levels: Array) -> Array:
    """The covariance of the persons' levels (P, 2, 2) from log SDs and the correlation's point."""
    sds, correlation = np.exp(levels[:2]), LEVELS_CORRELATION * np.tanh(levels[2])
    mixed = sds[0] * sds[1] * correlation
    return np.stack([np.stack([sds[0] ** 2, mixed], -1), np.stack([mixed, sds[1] ** 2], -1)], -2)


def _parts(found: Filtered) -> tuple[Array, Array, Array]:
    """Products of the data with themselves, with what is taken out, and of that with itself."""
    return found.products[..., 0, 0], found.products[..., 1:, 0], found.products[..., 1:, 1:]
