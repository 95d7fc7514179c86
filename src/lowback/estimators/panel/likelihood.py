"""Minus twice the log-likelihood of normal waves, some missing, and its derivative by every entry of their covariance.

With A_p the inverse of pattern p's part of Sigma, filled up with zeros, d_p = m_p - mu and C_p = S_p + d_p d_p',

    deviance = sum_p n_p (k_p log 2 pi + log|Sigma_p| + tr A_p C_p),  d deviance / d Sigma = sum_p n_p (A_p - A_p C_p A_p)

at the means that are best for Sigma: mu = (sum n_p A_p)^-1 sum n_p A_p m_p, by group. Because those means are the best, the
derivative is that of the deviance with the means profiled out, and its own derivative the information without them.
Arbuckle 1996, in Marcoulides & Schumacker (eds), Advanced Structural Equation Modeling, 243-277 (missing waves).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lowback.estimators.panel.waves import Array, Waves

# Arrays of real or, for derivatives by complex steps, complex numbers.
Numbers = Any


def inverses(waves: Waves, sigma: Numbers) -> Numbers:
    """The inverse of each pattern's part of Sigma, zero where a column is not seen."""
    seen = waves.seen.astype(float)
    pairs = seen[:, :, None] * seen[:, None, :]
    filled = sigma * pairs + np.eye(waves.width) * (1 - seen)[:, None, :]
    return np.linalg.inv(filled) * pairs


def best_means(waves: Waves, inverse: Numbers) -> Numbers:
    """The means of each group (a row a group) that are best for a covariance; 0 for a column that a group never has."""
    found = []
    for group in range(waves.n_groups):
        here = waves.group == group
        weights = waves.count[here, None, None] * inverse[here]
        total = weights.sum(axis=0)
        never = np.diag(~waves.seen[here].any(axis=0)).astype(float)
        found.append(np.linalg.solve(total + never, np.einsum("pij,pj->i", weights, waves.means[here])))
    return np.array(found)


def covariance_gradient(waves: Waves, sigma: Numbers) -> Numbers:
    """The derivative of the deviance by each entry of Sigma, at the best means; real or complex."""
    return _with_products(waves, sigma)[2]


def deviance_and_gradient(waves: Waves, sigma: Array) -> tuple[float, Array]:
    """Minus twice the log-likelihood at the best means, and its derivative; infinite where Sigma is no covariance."""
    if not np.isfinite(sigma).all() or np.linalg.eigvalsh(sigma)[0] <= 1e-10:
        return np.inf, np.zeros_like(sigma)
    inverse, products, gradient = _with_products(waves, sigma)
    seen = waves.seen.astype(float)
    filled = sigma * seen[:, :, None] * seen[:, None, :] + np.eye(waves.width) * (1 - seen)[:, None, :]
    logs = np.linalg.slogdet(filled)[1]
    traces = np.einsum("pij,pji->p", inverse, products)
    constant = waves.seen.sum(axis=1) * np.log(2 * np.pi)
    return float(waves.count @ (constant + logs + traces)), gradient


def _with_products(waves: Waves, sigma: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The inverses, the products around the best means, and the derivative by Sigma."""
    inverse = inverses(waves, sigma)
    rest = (waves.means - best_means(waves, inverse)[waves.group]) * waves.seen
    products = waves.scatter + rest[:, :, None] * rest[:, None, :]
    inner = inverse - inverse @ products @ inverse
    return inverse, products, np.tensordot(waves.count, inner, axes=1)
