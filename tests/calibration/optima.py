"""Whether a fit that is called converged is the best there is: an independent optimiser from five other starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from lowback.estimators.lmm import LmmFit
from lowback.estimators.mmrm import MmrmFit

Array = NDArray[np.float64]
# The value of parameters that are no covariance.
NOWHERE = 1e10


def shortfall(fit: MmrmFit | LmmFit, rng: np.random.Generator, starts: int = 5) -> float:
    """How far the fit's objective is above the best that scipy reaches from `starts` other starts; negative: below it."""
    value, draw, own = (_mmrm if isinstance(fit, MmrmFit) else _lmm)(fit)
    best = min(
        minimize(value, draw(rng), jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 500}).fun
        for _ in range(starts)
    )
    return float(own - best)


Objective = Callable[[Array], tuple[float, Array]]
Draw = Callable[[np.random.Generator], Array]


def _mmrm(fit: MmrmFit) -> tuple[Objective, Draw, float]:
    model, theta, visits = fit.point.model, fit.point.theta, len(fit.visits)

    def value(at: Array) -> tuple[float, Array]:
        point = model.at(at)
        return (NOWHERE, np.zeros(len(at))) if point is None else (point.value, point.slopes.gradient)

    def draw(rng: np.random.Generator) -> Array:
        for _ in range(1000):
            if fit.structure == "unstructured":
                noise = (
                    rng.standard_normal((visits + 3, visits)) @ np.linalg.cholesky(_square(theta, visits)).T
                )
                found = (noise.T @ noise)[np.tril_indices(visits)] / (visits + 3)
            else:
                found = theta * np.exp(0.5 * rng.standard_normal(len(theta)))
            if model.at(found) is not None:
                return found
        return theta

    return value, draw, fit.point.value


def _square(theta: Array, visits: int) -> Array:
    lower = np.zeros((visits, visits))
    lower[np.tril_indices(visits)] = theta
    return lower + np.tril(lower, -1).T


def _lmm(fit: LmmFit) -> tuple[Objective, Draw, float]:
    criterion, q = fit.inside.criterion, len(fit.random_names)

    def height(at: Array) -> float:
        root = np.zeros((q, q))
        root[np.tril_indices(q)] = at
        return criterion.value(criterion.at(root, 0.0))

    def value(at: Array) -> tuple[float, Array]:
        steps = 1e-5 * np.eye(len(at))
        return height(at), np.array([(height(at + step) - height(at - step)) / 2e-5 for step in steps])

    def draw(rng: np.random.Generator) -> Array:
        root = np.diag(np.exp(rng.uniform(-2, 1.5, q))) + np.tril(rng.standard_normal((q, q)), -1) / 2
        return np.asarray(root[np.tril_indices(q)])

    return value, draw, criterion.value(fit.inside.best.point)
