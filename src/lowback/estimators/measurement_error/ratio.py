"""The ratio of two estimates with an interval that is honest where the denominator is not sure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from lowback.estimators import NotEstimable


class NoBoundedRatio(NotEstimable):
    """What is divided by is not shown to be above zero."""


def ratio_interval(pair: NDArray[np.float64], covariance: NDArray[np.float64], df: float) -> dict[str, float]:
    """`pair[0] / pair[1]` with its 95 % interval and the p-value of a numerator of 0.

    The interval holds every ratio that a t test of `pair[0] - ratio * pair[1]` does not reject; it excludes 0 if and only if the numerator does.
    Raises `NoBoundedRatio` where the denominator is not shown to be above 0, when no bounded interval does, and `NotEstimable` where a number
    leaves the range of floating-point numbers.

    Fieller 1954, J R Stat Soc B 16:175-185.
    """
    scaled, spread, powers = _near_one(pair, covariance)
    (above, below), ((v_above, v_both), (_, v_below)) = scaled.tolist(), spread.tolist()
    quantile = float(stdtrit(df, 0.975))
    a = below**2 - quantile**2 * v_below
    if below <= 0 or a <= 0:
        raise NoBoundedRatio("what is divided by is not shown to be above zero")
    b, c = above * below - quantile**2 * v_both, above**2 - quantile**2 * v_above
    half = math.sqrt(max(b**2 - a * c, 0.0))
    estimate = above / below
    variance = v_above - 2 * estimate * v_both + estimate**2 * v_below
    inside = {
        "estimate": estimate,
        "std_error": math.sqrt(max(variance, 0.0)) / below,
        "conf_low": min((b - half) / a, estimate),
        "conf_high": max((b + half) / a, estimate),
    }
    with np.errstate(over="ignore"):
        found = {name: float(np.ldexp(one, powers[0] - powers[1])) for name, one in inside.items()}
    if not all(map(math.isfinite, found.values())):
        raise NotEstimable("a ratio larger than floating-point numbers go; choose another unit")
    return {
        **found,
        "df": df,
        "p_value": 2 * float(stdtr(df, -abs(above) / math.sqrt(v_above))) if v_above > 0 else math.nan,
    }


def _near_one(
    pair: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Both numbers and their covariance over powers of two that bring them near 1, with the powers.

    Squares of squares of large numbers would leave the range of floating-point numbers; division by a power of two rounds nothing.
    """
    if not (np.isfinite(pair).all() and np.isfinite(covariance).all()):
        raise NotEstimable(
            "a ratio of numbers whose squares floating-point numbers do not hold; choose another unit"
        )
    sizes = np.maximum(np.abs(pair), np.sqrt(np.maximum(np.diag(covariance), 0.0)))
    powers = np.frexp(sizes)[1]
    spread = np.ldexp(np.ldexp(covariance, -powers[:, None]), -powers[None, :])
    return np.ldexp(pair, -powers), spread, powers
