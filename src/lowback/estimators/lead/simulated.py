"""People made by a process at the moments of others, to see what chance alone shows there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.likelihood import Model, levels_covariance

Array = NDArray[np.float64]


def simulated_without_leader(model: Model, point: Array, replicates: int, seed: int) -> Array:
    """Values of so many people in the place of each of the model's (replicates, 2, steps, people), made by the process at this point, 0 where
    the person's are not known.

    They have levels of their own where these are random; where each person's own level or line is taken out they have none, which
    makes no difference then.
    """
    series, process = model.series, model.process(point)
    rng = np.random.default_rng(seed)
    steps, n = series.moments.shape
    days = series.gaps + model.night(point) * series.nights
    carried = process.carried(days)[:, series.gap]
    l11, l21, l22 = process.loadings
    z = rng.standard_normal((2, replicates, n))
    values = np.empty((2, steps, replicates, n))
    for t in range(steps):
        if t:
            z = _moved(z, carried[:, t], rng)
        noise = process.error[:, None, None] * rng.standard_normal(z.shape)
        values[:, t] = np.stack([l11 * z[0], l21 * z[0] + l22 * z[1]]) + noise
    if model.has_random_levels:
        root = np.linalg.cholesky(levels_covariance(point[-3:, None])[0])
        values += np.einsum("ij,jrn->irn", root, rng.standard_normal(z.shape))[:, None]
    return np.where(series.known, np.moveaxis(values, 2, 0), 0.0)


def _moved(z: Array, carried: Array, rng: np.random.Generator) -> Array:
    """The state after a gap: what is carried over, and fresh noise that keeps each variance at 1."""
    f11, f12, f21, f22 = carried
    v11 = np.maximum(1 - f11**2 - f12**2, 0.0)
    v12 = -(f11 * f21 + f12 * f22)
    root = np.sqrt(v11)
    mixed = np.where(root > 1e-9, v12 / np.where(root > 1e-9, root, 1.0), 0.0)
    rest = np.sqrt(np.maximum(1 - f21**2 - f22**2 - mixed**2, 0.0))
    fresh = rng.standard_normal(z.shape)
    return np.stack(
        [
            f11 * z[0] + f12 * z[1] + root * fresh[0],
            f21 * z[0] + f22 * z[1] + mixed * fresh[0] + rest * fresh[1],
        ]
    )
