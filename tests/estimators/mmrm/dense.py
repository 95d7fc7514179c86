"""The formulas with one big matrix and no shortcut: an independent account of what the engine computes.

Covariances are functions of unbounded numbers (log standard deviations, inverse hyperbolic tangents of correlations),
which is not how the engine writes them, and all derivatives are numerical.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .trials import Rows

Array = NDArray[np.float64]
Map = Callable[[Array], Array]


def maps(visits: int) -> dict[str, tuple[Map, Array]]:
    """For each covariance the map from unbounded numbers to a matrix, and where to start."""
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    several, one = np.zeros(visits), np.zeros(1)

    def stretched(log_deviations: Array, correlation: Array) -> Array:
        deviations = np.exp(log_deviations) * np.ones(visits)
        return correlation * np.outer(deviations, deviations)

    def banded(rho: Array) -> Array:
        return np.append(1.0, rho)[lag]

    def chained(rho: Array) -> Array:
        return np.array([[np.prod(rho[min(a, b) : max(a, b)]) for b in range(visits)] for a in range(visits)])

    def factored(numbers: Array) -> Array:
        lower = np.zeros((visits, visits))
        lower[np.tril_indices(visits)] = numbers
        return lower @ lower.T

    steps = np.full(visits - 1, 0.3)
    return {
        "toeplitz": (lambda w: stretched(w[:1], banded(np.tanh(w[1:]))), np.append(one, steps)),
        "heterogeneous toeplitz": (
            lambda w: stretched(w[:visits], banded(np.tanh(w[visits:]))),
            np.append(several, steps),
        ),
        "ante-dependence": (
            lambda w: stretched(w[:visits], chained(np.tanh(w[visits:]))),
            np.append(several, steps),
        ),
        "heterogeneous autoregressive": (
            lambda w: stretched(w[:visits], np.tanh(w[visits]) ** lag),
            np.append(several, 0.3),
        ),
        "autoregressive": (lambda w: stretched(w[:1], np.tanh(w[1]) ** lag), np.array([0.0, 0.3])),
        "unstructured": (factored, np.eye(visits)[np.tril_indices(visits)]),
    }


def objective(rows: Rows, covariance: Array, restricted: bool = True) -> float:
    """Minus twice the log-likelihood of all rows at once."""
    v = spread_out(rows, covariance)
    n, p = rows.design.shape
    weighted = np.linalg.solve(v, rows.design)
    information = rows.design.T @ weighted
    beta = np.linalg.solve(information, weighted.T @ rows.outcome)
    rest = rows.outcome - rows.design @ beta
    value = np.linalg.slogdet(v)[1] + rest @ np.linalg.solve(v, rest) + n * np.log(2 * np.pi)
    if restricted:
        value += np.linalg.slogdet(information)[1] - p * np.log(2 * np.pi)
    return float(value)


def spread_out(rows: Rows, covariance: Array) -> Array:
    """The covariance of all rows, which is zero between persons."""
    same = rows.subjects[:, None] == rows.subjects[None, :]
    visit = np.unique(rows.visits, return_inverse=True)[1]
    return np.where(same, covariance[np.ix_(visit, visit)], 0.0)


def maximised(rows: Rows, mapped: Map, start: Array, restricted: bool = True) -> Array:
    """The numbers at the least objective, by a general-purpose optimiser restarted until it stays."""

    def value(numbers: Array) -> float:
        try:
            np.linalg.cholesky(mapped(numbers))
        except np.linalg.LinAlgError:
            return 1e10
        return objective(rows, mapped(numbers), restricted)

    best = start
    for method in ("Nelder-Mead", "BFGS", "BFGS"):
        best = minimize(value, best, method=method, options={"maxiter": 2000}).x
    return best


def derivative(function: Callable[[Array], Array], at: Array, step: float = 1e-4) -> Array:
    """First derivatives by central differences of fourth order, first axis the argument."""
    parts = []
    for k in range(len(at)):
        move = np.zeros(len(at))
        move[k] = step
        near = function(at + move) - function(at - move)
        far = function(at + 2 * move) - function(at - 2 * move)
        parts.append((8 * near - far) / (12 * step))
    return np.array(parts)


def kenward_roger(rows: Rows, mapped: Map, theta: Array, contrast: Array, bent: bool) -> tuple[float, float]:
    """Standard error and df of one contrast by the formulas of Kenward & Roger (1997), each matrix written out.

    W is twice the inverse of the numerical Hessian of the objective. `theta` are the parameters of `mapped`.
    """
    v = spread_out(rows, mapped(theta))
    inverse, x = np.linalg.inv(v), rows.design
    phi = np.linalg.inv(x.T @ inverse @ x)
    first = derivative(mapped, theta)
    second = derivative(lambda at: derivative(mapped, at), theta)

    def slope(at: Array) -> Array:
        return derivative(lambda here: np.array(objective(rows, mapped(here))), at)

    hessian = derivative(slope, theta)
    w = 2 * np.linalg.inv((hessian + hessian.T) / 2)
    by_inverse = [-inverse @ spread_out(rows, one) @ inverse for one in first]
    p = [x.T @ one @ x for one in by_inverse]
    total = np.zeros_like(phi)
    for h in range(len(theta)):
        for j in range(len(theta)):
            q = x.T @ by_inverse[h] @ v @ by_inverse[j] @ x
            r = x.T @ inverse @ spread_out(rows, second[h, j]) @ inverse @ x
            total += w[h, j] * (q - p[h] @ phi @ p[j] - (r / 4 if bent else 0))
    adjusted = phi + 2 * phi @ total @ phi
    gradient = np.array([-contrast @ phi @ one @ phi @ contrast for one in p])
    variance = contrast @ phi @ contrast
    return float(np.sqrt(contrast @ adjusted @ contrast)), float(2 * variance**2 / (gradient @ w @ gradient))
