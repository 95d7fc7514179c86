"""What an estimate would be without error, from what it becomes as error is added (SIMEX)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error.model import split_model
from lowback.estimators.measurement_error.moments import Array, columns_of
from lowback.estimators.measurement_error.ratio import ratio_interval
from lowback.estimators.measurement_error.weighted import weighted

# Error is added until its variance is three times as large.
ADDED = (0.5, 1.0, 1.5, 2.0)
# Pairs of draws of opposite sign.
PAIRS = 25
LEAST_RELIABILITY = 0.25
"""What the interval of a reliability must lie above for an extrapolation to be told: below a fifth it has no end."""
# No estimate is made more than five times as large: with less than a fifth of the variation true, SIMEX cannot tell.
SHARES = np.linspace(0.0, 0.8, 161)


@dataclass(frozen=True, eq=False)
class Extrapolated:
    """The `height` and `share` of each estimate's hyperbola height / (1 + share l), l the multiple of the error variance that is added.

    Without error, at l = -1, the estimate is height / (1 - share): a ratio of what is seen and what of the variation is true.
    `added` are the multiples, `seen` the mean estimates there.
    """

    height: Array
    share: Array
    added: Array
    seen: Array

    @property
    def estimate(self) -> Array:
        """The estimates without error."""
        return np.asarray(self.height / (1 - self.share))


def simex(
    statistic: Callable[[Array], Array], exposure: Array, error_variance: float, seed: int
) -> Extrapolated:
    """Estimates at an error variance of 0, by a hyperbola through those at 1 to 3 times the variance.

    `statistic` takes an exposure and gives an array of estimates. The hyperbola, its share at most 0.8, is that of a slope on one exposure.

    Cook & Stefanski 1994, J Am Stat Assoc 89:1314-1328; Carroll et al. 2006, Measurement error in nonlinear models, 2nd ed., ch. 5.
    """
    rng = np.random.default_rng(seed)
    seen = [statistic(exposure)]
    for factor in ADDED:
        found = []
        for _ in range(PAIRS):
            drawn = (factor * error_variance) ** 0.5 * rng.standard_normal(len(exposure))
            found += [statistic(exposure + sign * drawn) for sign in (1, -1)]
        seen.append(np.mean(found, axis=0))
    added, means = np.array([0.0, *ADDED]), np.array(seen)
    height, share = hyperbola(added, means.reshape(len(added), -1))
    return Extrapolated(height.reshape(means.shape[1:]), share.reshape(means.shape[1:]), added, means)


def hyperbola(added: Array, seen: Array) -> tuple[Array, Array]:
    """Height and share of the hyperbola nearest to what was seen (multiple added by estimate), for each estimate."""
    left = _distance(added, seen, SHARES[:, None])
    best = np.clip(left.argmin(axis=0), 1, len(SHARES) - 2)
    before, here, after = left[best + np.array([[-1], [0], [1]]), np.arange(seen.shape[1])]
    # Where the parabola through the three nearest shares is lowest, so that leaving one group out moves the share smoothly.
    bend = np.maximum(before - 2 * here + after, 1e-300)
    steps = np.clip((before - after) / (2 * bend), -1, 1)
    share = SHARES[best] + steps * (SHARES[1] - SHARES[0])
    shapes = 1 / (1 + share * added[:, None])
    return (shapes * seen).sum(axis=0) / (shapes**2).sum(axis=0), share


def _distance(added: Array, seen: Array, share: Array) -> Array:
    """The sum of squares around the best hyperbola of each share (share by estimate)."""
    shapes = 1 / (1 + share * added)
    heights = (shapes @ seen) / (shapes**2).sum(axis=1)[:, None]
    return np.asarray(((seen[None] - shapes[:, :, None] * heights[:, None, :]) ** 2).sum(axis=1))


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
    """The slopes of `corrected_slopes` by SIMEX, each part with its 95 % interval, the error variance taken as known.

    Every group is left out in turn, with the same errors added to the others, so that the interval contains what the extrapolation
    is unsure by; it is Fieller's of height and 1 - share. Parts of which these data do not show that a fifth of the variation is true are left out.

    Shao & Tu 1995, The jackknife and bootstrap, ch. 2; Fieller 1954, J R Stat Soc B 16:175-185.
    """
    model = split_model(outcome, exposure, groups, columns, names)
    ready = weighted(model.outcome, model.others, model.codes, model.ratio)

    def slopes(measured: Array) -> Array:
        return ready.fit_without_each(columns_of(model.parts, measured, model.codes))

    found = simex(slopes, model.exposure, error_variance, seed)
    intervals = {}
    for at, part in enumerate(model.parts):
        # Shares that stop at the largest do not show how far they would go without a group.
        if found.share[:, at].max() >= SHARES[-1]:
            continue
        pairs = np.column_stack([found.height[:, at], 1 - found.share[:, at]])
        apart, count = pairs[1:] - pairs[1:].mean(axis=0), len(pairs) - 1
        try:
            intervals[part.name] = ratio_interval(pairs[0], (count - 1) / count * apart.T @ apart, model.df)
        except NotEstimable:
            continue
    return intervals
