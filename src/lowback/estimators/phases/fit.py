"""Coefficients of series with residuals that hang together, and how sure they are when that has to be learnt as well.

With y = X b + residuals of covariance v R(memory, share), b and v given memory and share have the usual t distribution, and the
restricted likelihood of memory and share is

    |R|^-1/2 |X'R^-1 X|^-1/2 S^-(n - p)/2,   S = residual sum of squares in the metric of R^-1.

`integrated` weighs the t distributions by that likelihood over a grid, with a prior weight of memory in proportion to
1 / (1 - memory) and of share to its fifth power: intervals so carry what is not known of the correlation, where a plug-in of its
restricted maximum makes them too narrow in short series. Given memory and share intervals are exact, so that coverage hangs on
the prior alone. Two weeks of days hardly tell a memory from blips, and taking for a blip what lasts makes intervals too
narrow; so the prior leans to what lasts, and to lasting long, up to a memory of 0.98: a course that wanders for months looks like a change
in slope. It was chosen for intervals to cover whatever the memory
(Datta & Mukerjee 2004, Probability Matching Priors), by simulation under other seeds than those of docs/days-and-waves.md.
Zellner & Tiao 1964, J Am Stat Assoc 59:763-778; Berger, Liseo & Wolpert 1999, Stat Sci 14:1-28.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from lowback.estimators import NotEstimable
from lowback.estimators.phases.whitening import Array, whitened

MEMORIES = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 0.98])
SHARES = np.array([0.25, 0.5, 0.75, 1.0])
# The powers of the prior's lean: to long memories, and to residuals that last.
LEAN_TO_LONG, LEAN_TO_LASTING = 1, 5
MOST_STEPS = 100


@dataclass(frozen=True, eq=False)
class Integrated:
    """Weighted sums of coefficients, a value a series; NaN where a series cannot tell.

    `std_error` is the SD of what the coefficient may be, `conf_low` and `conf_high` bound 95 % of it, `p_value` is twice the
    probability of the sign opposite to the estimate's; `df` is that of the t distributions that were mixed.
    `memory` is the mean of what the residuals' correlation from day to day may be, blips included; `residual_sd` of their SD.
    """

    estimate: Array
    std_error: Array
    df: Array
    conf_low: Array
    conf_high: Array
    p_value: Array
    memory: Array
    residual_sd: Array


def integrated(
    outcome: ArrayLike, design: ArrayLike, weights: ArrayLike, *, least_sd: float = 0.0
) -> Integrated:
    """The weighted sum of coefficients in each series: outcome (series, day), design (series, day, column), weights (column).

    Weights may have a row a series, or many rows for one series. Residuals have `least_sd` at least: scores that never vary were rounded, not exact. Days are evenly spaced, NaN where missing. A series with two days more than columns or fewer, or whose design's
    columns cannot be told apart, is NaN.
    """
    y, x, w = (np.asarray(one, dtype=float) for one in (outcome, design, weights))
    memory, share, prior = _grid()
    rows = len(w) if w.ndim > 1 and len(y) == 1 else len(y)
    pairs = _at_each_pair(y, x, np.broadcast_to(w, (rows, x.shape[2])), memory, share, least_sd)
    tells = np.broadcast_to((pairs.df > 2) & np.isfinite(pairs.likelihood).all(axis=1), rows)
    estimate, error, df, likelihood, residual_sd = (
        np.broadcast_to(one, (rows, *one.shape[1:]))[tells]
        for one in (pairs.estimate, pairs.error, pairs.df, pairs.likelihood, pairs.residual_sd)
    )
    mass = prior * np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    mass /= mass.sum(axis=1, keepdims=True)
    mean = (mass * estimate).sum(axis=1)
    inflated = error**2 * (df / (df - 2))[:, None]
    spread = np.sqrt((mass * (inflated + (estimate - mean[:, None]) ** 2)).sum(axis=1))
    # Each tail by itself, since one less the other rounds a small one away, or below zero.
    tails = [_below(np.zeros(len(mean)), mass, sign * estimate, error, df) for sign in (1, -1)]
    found = {
        "estimate": mean,
        "std_error": spread,
        "df": df,
        "conf_low": _quantile(0.025, mean, spread, mass, estimate, error, df),
        "conf_high": _quantile(0.975, mean, spread, mass, estimate, error, df),
        "p_value": 2 * np.minimum(*tails),
        "memory": (mass * memory * share).sum(axis=1),
        "residual_sd": (mass * residual_sd).sum(axis=1),
    }
    return Integrated(**{name: _spread_out(values, tells) for name, values in found.items()})


def _grid() -> tuple[Array, Array, Array]:
    """Pairs of memory and share with their prior weights."""
    memory, share = (one.ravel() for one in np.meshgrid(MEMORIES, SHARES, indexing="ij"))
    of_share = share**LEAN_TO_LASTING
    # Without memory the share makes no difference, so that one of its values stands for all.
    kept = (memory > 0) | (share == 1)
    prior = np.where(memory > 0, of_share, (SHARES**LEAN_TO_LASTING).sum()) / (1 - memory) ** LEAN_TO_LONG
    return memory[kept], share[kept], prior[kept]


def smallest_seen(found: Integrated, power: float = 0.8) -> Array:
    """The true size whose 95 % interval would exclude 0 with this probability, in series that tell as little as these.

    Without an estimate NaN; a planning figure: the standard error times the two quantiles of t that this takes.
    """
    df = np.where(np.isfinite(found.df), found.df, 1.0)
    return np.asarray(found.std_error * (special.stdtrit(df, 0.975) + special.stdtrit(df, power)))


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """One series by restricted maximum likelihood; `variance` is that of a residual, `memory` and `share` as in `whitening`."""

    coefficients: Array
    covariance: Array
    variance: float
    memory: float
    share: float
    df: float


def reml_series(outcome: ArrayLike, design: ArrayLike, *, blips: bool = False) -> SeriesFit:
    """Generalised least squares of one series (day) on a design (day, column); with `blips` part of a residual lasts one day.

    Raises `NotEstimable` where columns cannot be told apart or too few days have a score.
    """
    y, x = np.asarray(outcome, dtype=float)[None], np.asarray(design, dtype=float)[None]

    def objective(at: Array) -> float:
        memory, share = _pair(np.asarray(at)[:, None], blips)
        return -float(_at_each_pair(y, x, nothing, memory, share).likelihood[0, 0])

    nothing = np.zeros((1, x.shape[2]))
    grid = np.linspace(-4, 4, 33)
    starts = np.array(np.meshgrid(grid, grid[::4] if blips else [0.0], indexing="ij")).reshape(2, -1)
    likelihood = _at_each_pair(y, x, nothing, *_pair(starts, blips)).likelihood[0]
    if not np.isfinite(likelihood).all():
        raise NotEstimable("the days do not tell the coefficients of this series apart")
    start = starts[: 2 if blips else 1, int(likelihood.argmax())]
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000}
    best = optimize.minimize(objective, start, method="Nelder-Mead", options=options)
    memory, share = _pair(best.x[:, None], blips)
    found = whitened(y, x, memory, share)
    inner, cross = found.products[0, 0, :-1, :-1], found.products[0, 0, :-1, -1]
    coefficients = np.asarray(np.linalg.solve(inner, cross), dtype=float)
    df = float(found.count[0] - x.shape[2])
    variance = float(found.products[0, 0, -1, -1] - cross @ coefficients) / df
    return SeriesFit(
        coefficients,
        np.asarray(variance * np.linalg.inv(inner), dtype=float),
        variance,
        float(memory[0]),
        float(share[0]),
        df,
    )


def _pair(at: Array, blips: bool) -> tuple[Array, Array]:
    """Memory between -1 and 1 (0 and 1 with blips) and share between 0 and 1 from unbounded numbers, a column a pair."""
    # At a memory of 1 a series has no level, and its likelihood no end.
    inside = 1 - 1e-6
    if not blips:
        return inside * np.tanh(at[0]), np.ones(at.shape[1])
    return inside * special.expit(at[0]), special.expit(at[1])


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The weighted sum with its error, the residuals' SD and the restricted log-likelihood (series, pair), and df (series)."""

    estimate: Array
    error: Array
    residual_sd: Array
    likelihood: Array
    df: Array


def _at_each_pair(
    y: Array, x: Array, weights: Array, memory: Array, share: Array, least_sd: float = 0.0
) -> _Pairs:
    """Generalised least squares of each series at each pair of memory and share; `weights` has a row a series."""
    found = whitened(y, x, memory, share)
    columns = x.shape[2]
    df = found.count - columns
    inner, cross = found.products[..., :-1, :-1], found.products[..., :-1, -1]
    scale = np.sqrt(np.maximum(np.einsum("spcc->spc", inner), 1e-300))
    correlation = inner / (scale[..., :, None] * scale[..., None, :])
    tells = (np.linalg.eigvalsh(correlation)[..., 0] > 1e-9) & (df > 0)[:, None]
    safe = np.where(tells[..., None, None], correlation, np.eye(columns))
    coefficients = np.linalg.solve(safe, (cross / scale)[..., None])[..., 0]
    squares = found.products[..., -1, -1] - (coefficients * cross / scale).sum(axis=-1)
    squares = np.maximum(squares, 1e-12 * np.maximum(found.products[..., -1, -1], 1e-300))
    w = weights[:, None, :] / scale
    residual_sd = np.maximum(np.sqrt(squares / np.maximum(df, 1)[:, None]), least_sd)
    error = residual_sd * np.sqrt((w * np.linalg.solve(safe, w[..., None])[..., 0]).sum(axis=-1))
    log_inner = np.linalg.slogdet(safe)[1] + 2 * np.log(scale).sum(axis=-1)
    likelihood = -0.5 * (found.log_determinant + log_inner + df[:, None] * np.log(squares))
    return _Pairs(
        (coefficients * w).sum(axis=-1), error, residual_sd, np.where(tells, likelihood, -np.inf), df
    )


def _below(at: Array, mass: Array, estimate: Array, error: Array, df: Array) -> Array:
    """The probability of lying below a value, a value a series."""
    t = (at[:, None] - estimate) / np.maximum(error, 1e-300)
    return np.asarray((mass * special.stdtr(df[:, None], t)).sum(axis=1))


def _density(at: Array, mass: Array, estimate: Array, error: Array, df: Array) -> Array:
    """The derivative of `_below`, a value a series."""
    width, n = np.maximum(error, 1e-300), df[:, None]
    shape = (1 + ((at[:, None] - estimate) / width) ** 2 / n) ** (-(n + 1) / 2)
    height = np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2)) / np.sqrt(df * np.pi)
    return np.asarray(height * (mass * shape / width).sum(axis=1))


def _quantile(
    share: float, mean: Array, spread: Array, mass: Array, estimate: Array, error: Array, df: Array
) -> Array:
    """Where `_below` is this share: Newton's steps, or halves of what is left where a step leads out of it."""
    reach = 200 * np.maximum(spread, 1e-12)
    low, high = mean - reach, mean + reach
    at = mean + special.ndtri(share) * spread
    for _ in range(MOST_STEPS):
        over = _below(at, mass, estimate, error, df) - share
        low, high = np.where(over < 0, at, low), np.where(over < 0, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = at - over / _density(at, mass, estimate, error, df)
        before, at = at, np.where((step >= low) & (step <= high), step, (low + high) / 2)
        if (np.abs(at - before) <= 1e-12 * reach).all():
            break
    return at


def _spread_out(values: Array, tells: NDArray[np.bool_]) -> Array:
    whole = np.full(len(tells), np.nan)
    whole[tells] = values
    return whole
