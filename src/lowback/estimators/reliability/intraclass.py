"""Intraclass correlations: the share of the variance of measurements that belongs to persons."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy.special import fdtri

from lowback.estimators import NotEstimable
from lowback.estimators.reliability.bounds import Bounded
from lowback.estimators.reliability.components import Components


def intraclass_correlations(found: Components) -> Mapping[str, Bounded]:
    """The six coefficients of Shrout and Fleiss with 95 % intervals, by name.

    "ICC(1,1)": each person has readings of its own raters (absolute agreement); "ICC(2,1)": the same readings or raters for all, who stand for
    others (absolute agreement); "ICC(3,1)": for these readings only (consistency: what one reading adds in everybody does not count). "(1,k)",
    "(2,k)" and "(3,k)" are those of the mean of all readings. Intervals are exact for (1,.) and (3,.) under normal values, Satterthwaite's for
    (2,.). A coefficient may come out below zero.

    Shrout & Fleiss 1979, Psychol Bull 86:420-428; McGraw & Wong 1996, Psychol Methods 1:30-46 (with the correction of 1996, 1:390).
    """
    if found.residual <= 0 or found.within <= 0:
        raise NotEstimable(
            "repeated readings do not differ at all (or by a constant only); there is no error to estimate"
        )
    k = found.readings
    one = _from_ratio(found.between / found.within, found.persons - 1, found.persons * (k - 1), k)
    two = _absolute(found)
    three = _from_ratio(found.between / found.residual, found.persons - 1, (found.persons - 1) * (k - 1), k)
    single = {"ICC(1,1)": one, "ICC(2,1)": two, "ICC(3,1)": three}
    return {**single, **{name.replace(",1", ",k"): _of_means(value, k) for name, value in single.items()}}


def _from_ratio(ratio: float, df: int, df_error: int, k: int) -> Bounded:
    """The coefficient that a ratio of mean squares stands for, with the exact interval of F."""
    low, high = ratio / float(fdtri(df, df_error, 0.975)), ratio * float(fdtri(df_error, df, 0.975))
    estimate, below, above = ((one - 1) / (one + k - 1) for one in (ratio, low, high))
    return Bounded(estimate, below, above, float(df_error))


def _absolute(found: Components) -> Bounded:
    """Absolute agreement in the two-way model, with Satterthwaite's interval."""
    n, k = found.persons, found.readings
    persons, columns, error = found.between, found.columns, found.residual
    estimate = (persons - error) / (persons + (k - 1) * error + k * (columns - error) / n)
    ratio = columns / error
    weight = n * (1 + (k - 1) * estimate) - k * estimate
    share = k * estimate * ratio
    above = (k - 1) * (n - 1) * (share + weight) ** 2
    below = (n - 1) * share**2 + weight**2
    # Where columns do not differ, these are the degrees of freedom of the error whatever the weight.
    df = above / below if below > 0 else float((k - 1) * (n - 1))
    rest = k * columns + (k * n - k - n) * error
    down, up = float(fdtri(n - 1, df, 0.975)), float(fdtri(df, n - 1, 0.975))
    # Hardly any degrees of freedom leave no bound below.
    low = n * (persons - down * error) / (down * rest + n * persons) if math.isfinite(down) else -math.inf
    high = n * (up * persons - error) / (rest + n * up * persons)
    return Bounded(estimate, min(low, estimate), max(high, estimate), df)


def _of_means(single: Bounded, k: int) -> Bounded:
    """The coefficient of the mean of `k` readings (Spearman and Brown); beyond any bound where one reading's is as low as -1 / (k - 1)."""
    found = (single.estimate, single.conf_low, single.conf_high)
    estimate, below, above = (
        k * one / (1 + (k - 1) * one) if (k - 1) * one > -1 else -math.inf for one in found
    )
    return Bounded(estimate, below, above, single.df)
