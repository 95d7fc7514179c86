"""The ratio of two estimates with an interval that is honest where the denominator is not sure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from lowback.estimators import NotEstimable


def ratio_interval(pair: NDArray[np.float64], covariance: NDArray[np.float64], df: float) -> dict[str, float]:
    """`pair[0] / pair[1]` with its 95 % interval and the p-value of a numerator of 0.

    The interval holds every ratio that a t test of `pair[0] - ratio * pair[1]` does not reject; it excludes 0 if and only if the numerator does.
    Raises `NotEstimable` where the denominator is not shown to be above 0, when no bounded interval does.

    Fieller 1954, J R Stat Soc B 16:175-185.
    """
    above, below = (float(one) for one in pair)
    (v_above, v_both), (_, v_below) = covariance.tolist()
    quantile = float(stdtrit(df, 0.975))
    a = below**2 - quantile**2 * v_below
    if below <= 0 or a <= 0:
        raise NotEstimable("what is divided by is not shown to be above zero")
    b, c = above * below - quantile**2 * v_both, above**2 - quantile**2 * v_above
    half = math.sqrt(max(b**2 - a * c, 0.0))
    estimate = above / below
    variance = v_above - 2 * estimate * v_both + estimate**2 * v_below
    return {
        "estimate": estimate,
        "std_error": math.sqrt(max(variance, 0.0)) / below,
        "df": df,
        "conf_low": min((b - half) / a, estimate),
        "conf_high": max((b + half) / a, estimate),
        "p_value": 2 * float(stdtr(df, -abs(above) / math.sqrt(v_above))) if v_above > 0 else math.nan,
    }
