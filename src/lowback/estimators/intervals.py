"""Intervals and p-values from an estimate and its standard error."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit


def contrast(coefficients: ArrayLike, covariance: ArrayLike, weights: ArrayLike) -> tuple[float, float]:
    """The weighted sum of coefficients and its standard error."""
    w = np.asarray(weights, dtype=float)
    variance = float(w @ np.asarray(covariance) @ w)
    return float(w @ np.asarray(coefficients)), math.sqrt(max(variance, 0.0))


def student_interval(estimate: float, std_error: float, df: float = math.inf) -> dict[str, float]:
    """95 % interval and two-sided p-value against 0 from Student's t, normal where `df` is infinite.

    Without a standard error (0) the interval is the estimate and there is no p-value.
    """
    is_normal = math.isinf(df)
    half = float(ndtri(0.975) if is_normal else stdtrit(df, 0.975)) * std_error
    distance = -abs(estimate) / std_error if std_error > 0 else math.nan
    return {
        "estimate": estimate,
        "std_error": std_error,
        "df": df,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "p_value": 2 * float(ndtr(distance) if is_normal else stdtr(df, distance)),
    }
