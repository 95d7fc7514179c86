"""Derivatives of log-likelihoods of many people, by differences between points that are evaluated together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Likelihood = Callable[[Array], Array]

SCORE_STEP, CURVATURE_STEP = 1e-5, 2e-3


def value_and_scores(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> tuple[float, Array]:
    """The log-likelihood, and the derivative of each person's in each free figure (N, free), by forward differences."""
    steps = np.zeros((len(point), 1 + len(free)))
    steps[free, 1 + np.arange(len(free))] = SCORE_STEP
    values = likelihood(point[:, None] + steps)
    total = float(values[0].sum())
    return total if np.isfinite(total) else -np.inf, np.asarray((values[1:] - values[0]).T / SCORE_STEP)


def scores_at(likelihood: Likelihood, point: Array, place: int) -> Array:
    """Derivative of each person's log-likelihood in the figure at one place (people,), by central differences."""
    step = 10 * SCORE_STEP
    points = np.repeat(point[:, None], 2, axis=1)
    points[place] += np.array([step, -step])
    ahead, behind = likelihood(points)
    return np.asarray((ahead - behind) / (2 * step))


def information_at(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> Array:
    """Minus the second derivatives of the log-likelihood (free, free), by central differences.

    Dennis & Schnabel 1983, Numerical Methods for Unconstrained Optimization, ch. 5.6.
    """
    k, h = len(free), CURVATURE_STEP
    unit = np.zeros((len(point), k))
    unit[free, np.arange(k)] = h
    rows, columns = np.triu_indices(k, 1)
    both = unit[:, rows] + unit[:, columns]
    steps = np.concatenate([np.zeros((len(point), 1)), unit, -unit, both, -both], axis=1)
    totals = likelihood(point[:, None] + steps).sum(axis=1)
    middle, alone = totals[0], totals[1 : 1 + k] + totals[1 + k : 1 + 2 * k]
    pairs = totals[1 + 2 * k :].reshape(2, -1).sum(axis=0)
    information = np.diag(-(alone - 2 * middle) / h**2)
    mixed = -(pairs - alone[rows] - alone[columns] + 2 * middle) / (2 * h**2)
    information[rows, columns] = information[columns, rows] = mixed
    return np.asarray(information)
