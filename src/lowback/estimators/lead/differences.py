"""The log-likelihood of everybody near a point: its derivatives, and how it bends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.likelihood import Likelihood

Array = NDArray[np.float64]

CURVATURE_STEP = 2e-3


def value_and_scores(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> tuple[float, Array]:
    """The log-likelihood, and the derivative of each person's in each free figure (N, free)."""
    values, scores = likelihood.scored(point[:, None], free)
    total = float(values[0].sum())
    return total if np.isfinite(total) else -np.inf, scores[0]


def information_at(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> Array:
    """Minus the second derivatives of the log-likelihood (free, free), by central differences of the first.

    Dennis & Schnabel 1983, Numerical Methods for Unconstrained Optimization, ch. 5.6.
    """
    k, h = len(free), CURVATURE_STEP
    unit = np.zeros((len(point), k))
    unit[free, np.arange(k)] = h
    gradients = likelihood.scored(point[:, None] + np.concatenate([unit, -unit], axis=1), free)[1].sum(axis=1)
    falls = (gradients[k:] - gradients[:k]) / (2 * h)
    return np.asarray((falls + falls.T) / 2)
