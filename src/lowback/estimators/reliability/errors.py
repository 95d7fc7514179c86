"""Errors of measurement in the measurement's own unit, and the limits within which two readings agree."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, nctdtrit, stdtrit

from lowback.estimators import NotEstimable
from lowback.estimators.reliability.bounds import Bounded
from lowback.estimators.reliability.components import Components

Z = 1.959963984540054


def error_of_measurement(
    found: Components, kind: Literal["agreement", "consistency"] = "agreement"
) -> Bounded:
    """The standard error of measurement of one reading, with its 95 % interval.

    "agreement" counts all by which readings of one person differ (one-way model); "consistency" leaves out what one reading adds in everybody.
    Intervals are those of chi-squared, exact under normal errors of one variance.

    de Vet, Terwee, Knol & Bouter 2006, J Clin Epidemiol 59:1033-1039.
    """
    variance, df = found.within, found.persons * (found.readings - 1)
    if kind == "consistency":
        variance, df = found.residual, (found.persons - 1) * (found.readings - 1)
    if variance <= 0:
        raise NotEstimable("repeated readings do not differ; there is no error to estimate")
    # chdtri takes the probability above.
    low, high = (df * variance / float(chdtri(df, share)) for share in (0.025, 0.975))
    return Bounded(variance**0.5, low**0.5, high**0.5, float(df))


def smallest_change(error: Bounded) -> Bounded:
    """The smallest change between two readings of a person that error alone would exceed in one of twenty: 1.96 x sqrt(2) x SEM.

    Beckerman et al. 2001, Qual Life Res 10:571-578; de Vet et al. 2006, J Clin Epidemiol 59:1033-1039.
    """
    return error.times(Z * 2**0.5)


def limits_of_agreement(first: ArrayLike, second: ArrayLike) -> dict[str, Bounded]:
    """The mean difference (second less first) and the limits within which 95 % of differences lie, with exact 95 % intervals.

    Keys "bias", "lower limit", "upper limit"; one pair a person. Differences are taken for normal, with one spread whatever the size.

    Bland & Altman 1999, Stat Methods Med Res 8:135-160; Carkeet 2015, Optom Vis Sci 92:e71-e80 (exact intervals of the limits).
    """
    apart = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    n = len(apart)
    if n < 2 or not np.isfinite(apart).all():
        raise NotEstimable(
            f"{n} pairs, {int((~np.isfinite(apart)).sum())} of them incomplete; two complete pairs or more are needed"
        )
    mean, spread, df = float(apart.mean()), float(apart.std(ddof=1)), float(n - 1)
    if spread == 0:
        raise NotEstimable("all differences between readings are the same; there are no limits to estimate")
    root = n**0.5
    half = float(stdtrit(df, 0.975)) * spread / root
    inner, outer = (float(nctdtrit(df, Z * root, share)) / root * spread for share in (0.025, 0.975))
    return {
        "bias": Bounded(mean, mean - half, mean + half, df),
        "lower limit": Bounded(mean - Z * spread, mean - outer, mean - inner, df),
        "upper limit": Bounded(mean + Z * spread, mean + inner, mean + outer, df),
    }
