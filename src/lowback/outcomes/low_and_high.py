"""A low and a high value of what a slope may differ by, and how they are told."""

from __future__ import annotations

import numpy as np

from lowback.outcomes.scores import Array
from lowback.outcomes.wording import told_apart

LOW, HIGH = 0.25, 0.75
# Digits with which values are told, unless more are needed to tell them apart.
DIGITS = 3


def low_and_high(values: Array, *, is_flag: bool = False) -> tuple[float, float]:
    """The quartiles, or the least and the greatest value where most are the same; no and yes of a flag."""
    if is_flag:
        return 0.0, 1.0
    low, high = np.quantile(values, [LOW, HIGH])
    return (float(low), float(high)) if low < high else (float(values.min()), float(values.max()))


def named_ends(low: float, high: float) -> tuple[str, str]:
    """Both values with three digits, or as many as tell them apart."""
    named = told_apart((low, high), DIGITS)
    return named[low], named[high]


def ends_told(low: float, high: float, occasions: str) -> str:
    """Which two values these are, in words."""
    return (
        f"{' and '.join(named_ends(low, high))}, a quarter of the {occasions} lying below and above "
        "(the least and the greatest where most are the same), or no and yes"
    )
