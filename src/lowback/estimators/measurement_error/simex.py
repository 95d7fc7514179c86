"""What an estimate would be without error, from what it becomes as error is added (SIMEX)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators.intervals import student_interval
from lowback.estimators.measurement_error.model import split_model
from lowback.estimators.measurement_error.moments import Array, columns_of
from lowback.estimators.measurement_error.weighted import weighted

# Error is added until its variance is three times as large.
ADDED = (0.5, 1.0, 1.5, 2.0)
# Pairs of draws of opposite sign.
PAIRS = 25
# No estimate is made more than five times as large: with less than a fifth of the variation true, SIMEX cannot tell.
SHARES = np.linspace(0.0, 0.8, 161)


@dataclass(frozen=True, eq=False)
class Extrapolated:
    """Estimates and variances without error; `added` are multiples of the error variance that were added, `seen` the mean estimates there."""

    estimate: Array
    variance: Array
    added: Array
    seen: Array


def simex(
    statistic: Callable[[Array], tuple[Array, Array]], exposure: Array, error_variance: float, seed: int
) -> Extrapolated:
    """Estimates (k) at an error variance of 0, by a hyperbola through those at 1 to 3 times the variance.

    `statistic` takes an exposure and gives estimates with their variances. The hyperbola a / (1 + c l), l the multiple added and c at most 0.8, is that of
    a slope on one exposure. Standard errors grow as the estimate does; they take the error variance as known.

    Cook & Stefanski 1994, J Am Stat Assoc 89:1314-1328; Carroll et al. 2006, Measurement error in nonlinear models, 2nd ed., ch. 5.
    """
    rng = np.random.default_rng(seed)
    first, own = statistic(exposure)
    seen = [first]
    for factor in ADDED:
        found = []
        for _ in range(PAIRS):
            drawn = (factor * error_variance) ** 0.5 * rng.standard_normal(len(exposure))
            found += [statistic(exposure + sign * drawn)[0] for sign in (1, -1)]
        seen.append(np.mean(found, axis=0))
    added, means = np.array([0.0, *ADDED]), np.array(seen)
    at_none, share = _hyperbola(added, means)
    grown = 1 / (1 - share)
    return Extrapolated(at_none * grown, own * grown**2, added, means)


def _hyperbola(added: Array, seen: Array) -> tuple[Array, Array]:
    """The a and c of the hyperbola nearest to what was seen, for each estimate."""
    shapes = 1 / (1 + SHARES[:, None] * added)
    heights = (shapes @ seen) / (shapes**2).sum(axis=1)[:, None]
    left = ((seen[None] - shapes[:, :, None] * heights[:, None, :]) ** 2).sum(axis=1)
    best = left.argmin(axis=0)
    return heights[best, np.arange(seen.shape[1])], SHARES[best]


def extrapolated_slopes(
    outcome: ArrayLike,
    exposure: ArrayLike,
    groups: ArrayLike,
    columns: ArrayLike,
    *,
    names: Sequence[str],
    error_variance: float,
    seed: int,
) -> dict[str, dict[str, float]]:
    """The slopes of `corrected_slopes` by SIMEX, each part with its t interval, the error variance taken as known."""
    model = split_model(outcome, exposure, groups, columns, names)
    ready = weighted(model.outcome, model.others, model.codes, model.ratio)

    def slopes(measured: Array) -> tuple[Array, Array]:
        found, covariance = ready.fit(columns_of(model.parts, measured, model.codes))
        return found, np.diagonal(covariance)

    found = simex(slopes, model.exposure, error_variance, seed)
    pairs = zip(found.estimate.tolist(), np.sqrt(found.variance).tolist(), strict=True)
    return {
        part.name: student_interval(*pair, model.df) for part, pair in zip(model.parts, pairs, strict=True)
    }
