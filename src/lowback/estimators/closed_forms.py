"""What a trial would find, in closed form: standard errors of its standard analyses, and the power that they give."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import integrate, stats

from lowback.estimators import NotEstimable


@dataclass(frozen=True)
class Precision:
    """The standard error that a design leads to expect, in the effect's unit, and its degrees of freedom."""

    std_error: float
    df: float


def two_means(sd: float, n: float, n_control: float) -> Precision:
    """The difference of two means by Student's t; `sd` is that within either group.

    Cohen 1988, Statistical power analysis for the behavioral sciences, 2nd ed., ch. 2.
    """
    return _checked(sd * math.sqrt(1 / n + 1 / n_control), n + n_control - 2)


def adjusted_means(
    sd: float, correlation: float, n: float, n_control: float, others: float = 0, other_arms: int = 0
) -> Precision:
    """The difference of two means adjusted for one covariate, such as baseline, that correlates so with the outcome.

    The variance is that of two means times 1 - correlation^2. `others` people in `other_arms` arms add to the residual
    degrees of freedom. The imbalance of the covariate between arms, which squares to (1/n + 1/n_control) F / within with
    F on 1 and `within` degrees of freedom, adds its mean, 1 / (within - 2).

    Borm, Fransen & Lemmens 2007, J Clin Epidemiol 60:1234-1238.
    """
    within = n + n_control + others - 2 - other_arms
    if within <= 2:
        raise NotEstimable(f"{within + 2:g} people in the arms are too few for an analysis of covariance")
    variance = sd**2 * (1 - correlation**2) * (1 / n + 1 / n_control) * (1 + 1 / (within - 2))
    return _checked(math.sqrt(variance), within - 1)


def design_effect(size: float, icc: float) -> float:
    """How many times clusters of `size` people inflate a variance; `icc` is the correlation within a cluster.

    Donner & Klar 2000, Design and analysis of cluster randomization trials in health research, ch. 5.
    """
    return 1 + (size - 1) * icc


def clustered_means(
    sd: float, icc: float, size: float, clusters: float, clusters_control: float, correlation: float = 0.0
) -> Precision:
    """The difference of two means of clusters, each of `size` people, by Student's t on the clusters.

    The variance of a cluster's mean is sd^2 (design effect - correlation^2) / size, where people's baseline, which no cluster
    shaped yet, correlates so with the outcome and is adjusted for within clusters.

    Donner & Klar 2000, ch. 5 and 7 (without a covariate).
    """
    variance = sd**2 * (design_effect(size, icc) - correlation**2) / size
    counted = 1 / clusters + 1 / clusters_control
    return _checked(math.sqrt(variance * counted), clusters + clusters_control - 2)


def two_slopes(
    sd: float,
    correlation: float,
    weeks: Sequence[float],
    n: float,
    n_control: float,
    *,
    slope_sd: float = 0.0,
) -> Precision:
    """The difference in mean slope a week of two arms whose people are all seen at these `weeks`.

    Any two scores of a person correlate so, apart from what people's own slopes (`slope_sd` a week) do; a person's
    least-squares slope then has the variance slope_sd^2 + sd^2 (1 - correlation) / sum of squares of the weeks about their mean.

    Diggle, Heagerty, Liang & Zeger 2002, Analysis of longitudinal data, 2nd ed., ch. 2.4.
    """
    spread = float(np.square(np.asarray(weeks, dtype=float) - np.mean(weeks)).sum())
    if spread <= 0:
        raise NotEstimable(f"weeks = {list(weeks)}: a slope needs two visits at different weeks")
    variance = slope_sd**2 + sd**2 * (1 - correlation) / spread
    return _checked(math.sqrt(variance * (1 / n + 1 / n_control)), n + n_control - 2)


def slope_within(residual_sd: float, exposure_sd: float, free: float) -> Precision:
    """The slope of outcome on exposure within persons by least squares on `free` independent deviations.

    With everybody seen at all visits, and a mean for every arm's visit, they are (people - arms) (visits - 1).
    `residual_sd` is the outcome's from visit to visit at equal recorded exposure, `exposure_sd` that of the recorded exposure; where
    this holds an error of measurement the slope is attenuated by the share of its variance that is true.

    Fuller 1987, Measurement error models, ch. 1.
    """
    return _checked(residual_sd / (exposure_sd * math.sqrt(max(free, 0.0)) or math.inf), free - 1)


def two_proportions(risk: float, risk_control: float, n: float, n_control: float) -> Precision:
    """The difference of two proportions with unpooled variance; normal.

    Chow, Shao & Wang 2008, Sample size calculations in clinical research, 2nd ed., ch. 4.2.
    """
    variance = risk * (1 - risk) / n + risk_control * (1 - risk_control) / n_control
    return _checked(math.sqrt(variance), math.inf)


def power_of_difference(effect: float, expected: Precision, alpha: float = 0.05) -> float:
    """How often the interval of level 1 - alpha excludes 0 on the side of the effect; alpha on both sides for no effect."""
    return power_beyond(abs(effect), expected, alpha / 2) if effect else alpha


def power_beyond(distance: float, expected: Precision, alpha: float = 0.025) -> float:
    """How often a one-sided t test at `alpha` finds that an effect lies beyond a bound that it exceeds by `distance`."""
    if math.isinf(expected.df):
        return float(stats.norm.sf(stats.norm.isf(alpha) - distance / expected.std_error))
    shift = distance / expected.std_error
    return float(stats.nct.sf(stats.t.isf(alpha, expected.df), expected.df, shift))


def power_of_equivalence(effect: float, expected: Precision, margin: float, alpha: float = 0.05) -> float:
    """How often two one-sided tests at `alpha` show that the effect lies between -margin and +margin.

    The estimate is normal given its standard error, whose square is chi-squared; their product is integrated.

    Phillips 1990, J Pharmacokinet Biopharm 18:137-144; Owen 1965, Biometrika 52:437-446.
    """
    reach = margin / expected.std_error
    shift = effect / expected.std_error

    def inside(ratio: float) -> float:
        half = float(quantile) * ratio
        width = stats.norm.cdf(reach - shift - half) - stats.norm.cdf(-reach - shift + half)
        return max(0.0, float(width))

    if math.isinf(expected.df):
        quantile = stats.norm.isf(alpha)
        return inside(1.0)
    quantile = stats.t.isf(alpha, expected.df)

    def weighted(ratio: float) -> float:
        # The density of s / sigma, where df s^2 / sigma^2 is chi-squared.
        density = stats.chi.pdf(ratio * math.sqrt(expected.df), expected.df) * math.sqrt(expected.df)
        return inside(ratio) * float(density)

    far = 10 / math.sqrt(2 * expected.df)
    low, high = max(0.0, 1 - far), min(1 + far, reach / float(quantile))
    return float(integrate.quad(weighted, low, high, limit=200)[0]) if high > low else 0.0


def assurance(power: Callable[[float], float], mean: float, sd: float, points: int = 64) -> float:
    """Power averaged over a normal prior of the effect, by Gauss and Hermite's rule.

    O'Hagan, Stevens & Campbell 2005, Pharm Stat 4:187-201.
    """
    if sd == 0:
        return power(mean)
    at, weight = np.polynomial.hermite_e.hermegauss(points)
    values = np.array([power(mean + sd * one) for one in at])
    return float(values @ weight / weight.sum())


def _checked(std_error: float, df: float) -> Precision:
    if not (math.isfinite(std_error) and std_error > 0 and df > 0):
        raise NotEstimable(
            f"a standard error of {std_error:g} with {df:g} degrees of freedom; both must be above 0"
        )
    return Precision(std_error, df)
