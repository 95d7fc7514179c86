"""Intervals for a proportion and for the difference of two."""

from __future__ import annotations

from dataclasses import dataclass

# The normal distribution's 0.975 quantile; every command imports this module, and SciPy for one number takes longer than most do.
Z = 1.959963984540054


@dataclass(frozen=True)
class Proportion:
    """A proportion (0 to 1) or a difference of two (-1 to 1), with its standard error and 95 % interval."""

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float


def wilson(count: float, of: float) -> Proportion:
    """The share `count / of` with Wilson's score interval, which is right for 0 and for all of few people.

    Wilson 1927, J Am Stat Assoc 22:209-212.
    """
    share = count / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z / (1 + Z**2 / of) * (share * (1 - share) / of + Z**2 / (4 * of**2)) ** 0.5
    low = min(share, max(0.0, middle - half))
    high = max(share, min(1.0, middle + half))
    return Proportion(share, (share * (1 - share) / of) ** 0.5, low, high)


def newcombe(count: int, of: int, control_count: int, control_of: int) -> Proportion:
    """The share in one group less that in another, with Newcombe's interval from the two score intervals.

    Newcombe 1998, Stat Med 17:873-890, method 10.
    """
    return less(wilson(count, of), wilson(control_count, control_of))


def less(one: Proportion, other: Proportion) -> Proportion:
    """One share less another, the interval by Newcombe's method 10 from those of both."""
    difference = one.estimate - other.estimate
    below = ((one.estimate - one.conf_low) ** 2 + (other.conf_high - other.estimate) ** 2) ** 0.5
    above = ((one.conf_high - one.estimate) ** 2 + (other.estimate - other.conf_low) ** 2) ** 0.5
    std_error = (one.std_error**2 + other.std_error**2) ** 0.5
    return Proportion(difference, std_error, difference - below, difference + above)
