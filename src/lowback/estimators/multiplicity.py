"""Several questions asked of one trial: p-values and levels that keep the chance of any false finding where one wants it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]


def holm(p_values: ArrayLike) -> Array:
    """p-values of a family, adjusted so that all below 5 % may be claimed at once; in the order given.

    Controls the chance of one or more false claims in the family, whatever the dependence between the tests.

    Raises `NotEstimable` for a value that is missing or outside 0 to 1.

    Holm 1979, Scand J Stat 6:65-70.
    """
    values = _checked(p_values)
    order = np.argsort(values, kind="stable")
    factors = len(values) - np.arange(len(values))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> Array:
    """p-values adjusted so that of those below 5 % at most 5 % are false on average; in the order given.

    Holds for tests that are independent or positively dependent.

    Raises `NotEstimable` for a value that is missing or outside 0 to 1.

    Benjamini & Hochberg 1995, J R Stat Soc B 57:289-300.
    """
    values = _checked(p_values)
    order = np.argsort(values, kind="stable")[::-1]
    factors = len(values) / np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(values[order] * factors), 1.0)
    return adjusted


def fixed_sequence(p_values: ArrayLike) -> Array:
    """p-values of tests in an order declared beforehand, adjusted: each counts only if all before it did.

    Raises `NotEstimable` for a value that is missing or outside 0 to 1.

    Maurer, Hothorn & Lehmacher 1995, in Vollmar (ed.), Biometrie in der chemisch-pharmazeutischen Industrie 6:3-18;
    Westfall & Krishen 2001, J Stat Plan Inference 99:25-40 (adjusted p-values).
    """
    return np.maximum.accumulate(_checked(p_values))


def gatekeeping(p_values: Sequence[ArrayLike]) -> list[Array]:
    """p-values of families in an order declared beforehand, adjusted: a family counts only if all tests before it did.

    Within a family the p-values are Holm's. Families of one test are `fixed_sequence`.

    Bauer, Roehmel, Maurer & Hothorn 1998, Stat Med 17:2133-2146.
    """
    adjusted: list[Array] = []
    gate = 0.0
    for family in p_values:
        adjusted.append(np.maximum(holm(family), gate))
        gate = float(adjusted[-1].max())
    return adjusted


def simultaneous_level(count: int, level: float = 0.95) -> float:
    """The level of each of `count` intervals, so that all of them cover with at least `level`; pass it as `level`.

    Holds whatever the dependence between the intervals; it is wider than needed where they agree.

    Dunn 1961, J Am Stat Assoc 56:52-64 (Bonferroni's inequality).
    """
    if count < 1 or not 0 < level < 1:
        raise NotEstimable(
            f"{count} intervals at level {level:g}; allowed: 1 or more, a level between 0 and 1"
        )
    return 1 - (1 - level) / count


def _checked(p_values: ArrayLike) -> Array:
    values = np.array(p_values, dtype=float)
    if values.ndim != 1 or not values.size:
        raise NotEstimable(f"p-values of shape {values.shape}; allowed: a list of one or more")
    wrong = ~((values >= 0) & (values <= 1))
    if wrong.any():
        raise NotEstimable(
            f"p-value {values[wrong][0]:g} at position {int(np.argmax(wrong)) + 1}; allowed 0 to 1"
        )
    return values
