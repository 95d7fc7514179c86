"""Estimates of several people or studies taken together, when the truth differs between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]

# An estimate that leaves less of the weight than this to the others decides the mean alone.
ALONE = 1e-8
# An SD between people that is nothing beside the error of their mean.
NO_SCATTER = 1e-3


@dataclass(frozen=True)
class Pooled:
    """The mean of the true values, with an interval that holds whatever the weights, and how they scatter.

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

    @property
    def foretells(self) -> bool:
        """Whether the true values are found to scatter at all: else the prediction is the mean's own interval, as if they were known not to."""
        return self.tau > NO_SCATTER * self.std_error


def pooled(estimates: ArrayLike, std_errors: ArrayLike) -> Pooled:
    """The random-effects mean: scatter by restricted maximum likelihood, interval by the sandwich with Satterthwaite's degrees of freedom.

    Weights are one over standard errors squared and scatter. Standard errors that are themselves estimates from few days make weights w that differ by
    chance; were all estimates in truth equally sure, of variance v, their weighted mean would have the variance v sum(w^2) / sum(w)^2, which is
    v (1 + c^2) / k at a coefficient of variation c of the weights, while Hartung and Knapp's (2001) is v / k on average. The sandwich sums
    w^2 (y - mean)^2 / (1 - w / sum(w)) instead and needs no right weights.

    Raises `NotEstimable` for fewer than two estimates, a missing one, or a standard error that is not positive.

    Viechtbauer 2005, J Educ Behav Stat 30:261-293 (REML); Sidik & Jonkman 2006, Comput Stat Data Anal 50:3681-3701 (sandwich); Bell &
    McCaffrey 2002, Survey Methodology 28:169-181 (degrees of freedom); Higgins, Thompson & Spiegelhalter 2009, J R Stat Soc A 172:137-159 (prediction).
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
    spread, df = _sandwich(y - mean, weights / weights.sum())
    # Estimates that are all the same leave the sandwich nothing; the estimates' own errors stand in.
    spread = spread if spread > 1e-12 * float(error.min()) else float(weights.sum() ** -0.5)
    half = float(special.stdtrit(df, 0.975)) * spread
    beyond = float(special.stdtrit(df, 0.975)) * (tau2 + spread**2) ** 0.5
    fixed = 1 / variance
    q = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    return Pooled(
        estimate=mean,
        std_error=spread,
        df=df,
        conf_low=mean - half,
        conf_high=mean + half,
        p_value=float(2 * special.stdtr(df, -abs(mean) / spread)),
        tau=tau2**0.5,
        prediction_low=mean - beyond,
        prediction_high=mean + beyond,
        q=q,
        q_p_value=float(special.chdtrc(len(y) - 1, q)),
        count=len(y),
    )


def _sandwich(apart: Array, share: Array) -> tuple[float, float]:
    """The standard error of a mean of these shares, from what estimates are apart from it, and its degrees of freedom were the shares right."""
    left = 1 - share
    if left.min() <= ALONE:
        raise NotEstimable("one estimate has all of the weight; the others say nothing of how it may vary")
    pull = share / left
    df = 1 / float((pull**2 * (1 - 2 * share)).sum() + (pull @ share) ** 2)
    return float((share**2 / left) @ apart**2) ** 0.5, df


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
