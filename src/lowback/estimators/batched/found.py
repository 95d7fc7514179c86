"""What every trial of a batch found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Found:
    """One value a trial: estimate, standard error, degrees of freedom (infinite: normal) and 95 % interval.

    A trial that cannot answer is missing (NaN) in all of them.
    """

    estimate: Array
    std_error: Array
    df: Array
    conf_low: Array
    conf_high: Array

    def half_width(self, alpha: float) -> Array:
        """Half of the interval that leaves out `alpha` on either side."""
        return _quantile(self.df, 1 - alpha) * self.std_error


def found(estimate: ArrayLike, std_error: ArrayLike, df: ArrayLike) -> Found:
    """Estimates with t intervals; missing where the standard error is not positive or no degree of freedom is left."""
    values, errors = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    freedom = np.broadcast_to(np.asarray(df, dtype=float), values.shape)
    known = np.isfinite(values) & np.isfinite(errors) & (errors > 0) & (freedom > 0)
    values, errors, freedom = (np.where(known, one, np.nan) for one in (values, errors, freedom))
    half = _quantile(freedom, 0.975) * errors
    return Found(values, errors, freedom, values - half, values + half)


def _quantile(df: Array, level: float) -> Array:
    """Student's quantile, computed once for each value of the degrees of freedom."""
    distinct, back = np.unique(df, return_inverse=True)
    normal = np.isinf(distinct)
    quantile = np.where(normal, ndtri(level), stdtrit(np.where(normal, 1.0, distinct), level))
    return quantile[back].reshape(df.shape)
