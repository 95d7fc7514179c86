"""Estimates of several people or studies taken together, when the truth differs between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """The mean of the true values, with Hartung and Knapp's interval, and how they scatter.

    `tau` is the SD of the true values; `prediction_low` and `prediction_high` bound the true value of another one like them
    (95 %); `q` is Cochran's statistic of no scatter with `count` - 1 degrees of freedom.
    """

    estimate: float
    std_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    tau: float
    prediction_low: float
    prediction_high: float
    q: float
    q_p_value: float
    count: int


def pooled(estimates: ArrayLike, std_errors: ArrayLike) -> Pooled:
    """The random-effects mean: scatter by restricted maximum likelihood, interval by Hartung and Knapp.

    Raises `NotEstimable` for fewer than two estimates, a missing one, or a standard error that is not positive.

    Viechtbauer 2005, J Educ Behav Stat 30:261-293 (REML); Hartung & Knapp 2001, Stat Med 20:3875-3889 (interval); Higgins,
    Thompson & Spiegelhalter 2009, J R Stat Soc A 172:137-159 (prediction).
    """
    y, error = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float)
    if y.ndim != 1 or y.shape != error.shape or len(y) < 2:
        raise NotEstimable(f"{y.size} estimates to pool; allowed: two or more, each with its standard error")
    if not np.isfinite(y).all() or not (np.isfinite(error).all() and (error > 0).all()):
        raise NotEstimable("an estimate to pool is missing, or its standard error is not positive")
    variance = error**2
    tau2 = _reml(y, variance)
    weights = 1 / (variance + tau2)
    mean = float(weights @ y / weights.sum())
    df = len(y) - 1
    spread = float(np.sqrt(weights @ (y - mean) ** 2 / df / weights.sum()))
    # Estimates that are all the same leave Hartung and Knapp's variance nothing; the estimates' own errors stand in.
    spread = spread if spread > 1e-12 * float(error.min()) else float(weights.sum() ** -0.5)
    half = float(stats.t.ppf(0.975, df)) * spread
    beyond = float(stats.t.ppf(0.975, df)) * (tau2 + spread**2) ** 0.5
    fixed = 1 / variance
    q = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    return Pooled(
        estimate=mean,
        std_error=spread,
        df=float(df),
        conf_low=mean - half,
        conf_high=mean + half,
        p_value=float(2 * stats.t.sf(abs(mean) / spread, df)),
        tau=tau2**0.5,
        prediction_low=mean - beyond,
        prediction_high=mean + beyond,
        q=q,
        q_p_value=float(stats.chi2.sf(q, df)),
        count=len(y),
    )


def _reml(y: Array, variance: Array) -> float:
    """The variance of the true values at the maximum of the restricted likelihood, 0 or more."""

    def deviance(log_tau2: float) -> float:
        weights = 1 / (variance + np.exp(log_tau2))
        mean = weights @ y / weights.sum()
        return float(-np.log(weights).sum() + np.log(weights.sum()) + weights @ (y - mean) ** 2)

    top = np.log(max(float(y.var(ddof=1)), 1e-12) * 10 + 1e-12)
    grid = np.linspace(top - 40, top, 81)
    at = int(np.argmin([deviance(one) for one in grid]))
    if at == 0:
        return 0.0
    bounds = (grid[at - 1], grid[min(at + 1, len(grid) - 1)])
    found = optimize.minimize_scalar(deviance, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    return float(np.exp(found.x)) if found.fun < deviance(-700.0) else 0.0
