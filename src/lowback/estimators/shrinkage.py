"""Estimates of several subgroups drawn towards each other by as much as they may differ by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]

_NODES = 96
# A half-normal distribution has all but one in a thousand million of its mass below six scales.
_REACH = 6.0
_NEAR_ZERO = 1e-4


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Posterior mean, standard deviation and equal-tailed interval of each subgroup's effect, in the effects' unit.

    `between_sd` is the posterior mean of the standard deviation of true effects between subgroups.
    """

    estimate: Array
    std_error: Array
    conf_low: Array
    conf_high: Array
    between_sd: float


def shrunken(
    effects: ArrayLike, covariance: ArrayLike, between_scale: float, level: float = 0.95
) -> Shrunken:
    """The effects of exchangeable subgroups, given estimates (k) and their covariance (k x k).

    True effects are normal around a common mean (flat prior) with a standard deviation whose prior is half-normal with
    scale `between_scale`, in the effects' unit; what is unknown of both widens the intervals. Two subgroups or more.
    Raises `NotEstimable` for fewer, or where covariance or scale are no such thing.

    Spiegelhalter, Abrams & Myles 2004, Bayesian Approaches to Clinical Trials, ch. 3.17; Jones et al. 2011, Clin Trials
    8:129-143, doi:10.1177/1740774510396933; the half-normal prior: Röver et al. 2021, Res Synth Methods 12:448-474.
    """
    values, spread = np.asarray(effects, dtype=float), np.asarray(covariance, dtype=float)
    _check(values, spread, between_scale)
    taus, priors = _half_normal_nodes(between_scale, float(np.sqrt(np.diagonal(spread).min())))
    logs, means, sds = zip(*(_given(values, spread, tau) for tau in taus), strict=True)
    weights = priors * np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    mean_of, sd_of = np.array(means), np.array(sds)
    mean = weights @ mean_of
    variance = weights @ (sd_of**2 + mean_of**2) - mean**2
    tail = (1 - level) / 2
    ends = [
        [_quantile(weights, mean_of[:, one], sd_of[:, one], share) for one in range(len(values))]
        for share in (tail, 1 - tail)
    ]
    return Shrunken(mean, np.sqrt(variance), np.array(ends[0]), np.array(ends[1]), float(weights @ taus))


def _check(values: Array, spread: Array, scale: float) -> None:
    if values.ndim != 1 or len(values) < 2:
        raise NotEstimable(f"{values.size} subgroup(s): two or more are needed to say how they differ")
    if spread.shape != (len(values), len(values)) or not np.isfinite(spread).all():
        raise NotEstimable(f"a covariance of shape {spread.shape} for {len(values)} subgroups")
    if not np.isfinite(values).all() or np.linalg.eigvalsh(spread).min() <= 0:
        raise NotEstimable("effects whose covariance is not positive definite")
    if not (np.isfinite(scale) and scale > 0):
        raise NotEstimable(f"a scale of {scale:g} between subgroups: allowed are numbers above 0")


def _half_normal_nodes(scale: float, error: float) -> tuple[Array, Array]:
    """Points and weights that integrate over a half-normal distribution, in even steps of the logarithm.

    However the scale and the least standard `error` compare, what lies between them is then resolved.
    """
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    low, high = np.log(_NEAR_ZERO * min(scale, error)), np.log(_REACH * scale)
    taus = np.exp(low + (high - low) * (points + 1) / 2)
    return taus, weights * taus * np.exp(-0.5 * (taus / scale) ** 2)


def _given(values: Array, spread: Array, tau: float) -> tuple[float, Array, Array]:
    """Log marginal likelihood, and each effect's mean and SD, were the SD between subgroups known to be `tau`."""
    marginal = spread + tau**2 * np.eye(len(values))
    solved = np.linalg.solve(marginal, np.column_stack([np.ones(len(values)), values]))
    precision = solved[:, 0].sum()
    centre = solved[:, 1].sum() / precision
    left = values - centre
    weighted = solved[:, 1] - solved[:, 0] * centre
    log = -0.5 * (np.linalg.slogdet(marginal)[1] + np.log(precision) + left @ weighted)
    # What the common mean does not settle of an effect, and what is unknown of the common mean.
    towards = spread @ solved[:, 0]
    own = np.diagonal(spread - spread @ np.linalg.solve(marginal, spread))
    return float(log), values - spread @ weighted, np.sqrt(np.maximum(own, 0) + towards**2 / precision)


def _quantile(weights: Array, means: Array, sds: Array, share: float) -> float:
    """The quantile of a mixture of normal distributions."""
    reach = float(np.abs(special.ndtri(share))) + 1
    low, high = float((means - reach * sds).min()), float((means + reach * sds).max())
    return float(
        optimize.brentq(
            lambda at: weights @ special.ndtr((at - means) / sds) - share,
            low,
            high,
            xtol=1e-12 * (high - low),
        )
    )
