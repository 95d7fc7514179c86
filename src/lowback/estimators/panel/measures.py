"""How well the panel model fits: against waves that vary and covary freely, and against waves that share nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from lowback.estimators import NotEstimable
from lowback.estimators.panel.fit import PanelFit
from lowback.estimators.panel.likelihood import best_means, deviance_and_gradient, inverses
from lowback.estimators.panel.waves import Array, Waves

ROUNDS = 5000
SETTLED = 1e-10
# Free covariances are not told by fewer people than this for each wave's score.
PEOPLE_A_COLUMN = 3


@dataclass(frozen=True)
class FitMeasures:
    """The test of fit and what is made of it; `rmsea` has a 90 % interval.

    Browne & Cudeck 1992, Sociol Methods Res 21:230-258 (RMSEA); Bentler 1990, Psychol Bull 107:238-246 (CFI).
    """

    chi_square: float
    df: int
    p_value: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    cfi: float


def fit_measures(fit: PanelFit) -> FitMeasures:
    """The measures of fit of a panel model.

    Raises `NotEstimable` where there are too few people for waves that covary freely, or these cannot be fitted.
    """
    waves = fit.waves
    free = waves.width * (waves.width + 1) // 2 + waves.n_groups * waves.width
    df = free - fit.n_parameters
    if df < 1 or waves.n_people < PEOPLE_A_COLUMN * waves.width:
        raise NotEstimable(f"{waves.n_people} people and {waves.width} scores: fit cannot be judged")
    saturated = _saturated_deviance(waves)
    chi_square = max(fit.deviance - saturated, 0.0)
    apart, apart_df = _independent_deviance(waves) - saturated, free - waves.width * (1 + waves.n_groups)
    beyond, beyond_apart = max(chi_square - df, 0.0), max(apart - apart_df, chi_square - df, 0.0)
    low, high = (_noncentrality(chi_square, df, share) for share in (0.95, 0.05))
    of_people = df * waves.n_people
    return FitMeasures(
        chi_square=chi_square,
        df=df,
        p_value=float(special.chdtrc(df, chi_square)),
        rmsea=float(np.sqrt(beyond / of_people)),
        rmsea_low=float(np.sqrt(low / of_people)),
        rmsea_high=float(np.sqrt(high / of_people)),
        cfi=1 - beyond / beyond_apart if beyond_apart > 0 else 1.0,
    )


def _noncentrality(chi_square: float, df: int, share: float) -> float:
    """The noncentrality at which a chi-square below the one found has this probability; 0 where there is none."""

    def excess(noncentrality: float) -> float:
        return float(special.chndtr(chi_square, df, noncentrality)) - share

    if special.chdtr(df, chi_square) < share:
        return 0.0
    return float(optimize.brentq(excess, 1e-12, 10 * chi_square + 100))


def _saturated_deviance(waves: Waves) -> float:
    """The deviance with free covariances, by the EM algorithm (Dempster, Laird & Rubin 1977, J R Stat Soc B 39:1-38)."""
    sigma = np.eye(waves.width)
    last = np.inf
    for _ in range(ROUNDS):
        sigma = _em_step(waves, sigma)
        deviance = deviance_and_gradient(waves, sigma)[0]
        if not np.isfinite(deviance):
            raise NotEstimable("the covariance of the waves is singular")
        if abs(last - deviance) < SETTLED * abs(deviance):
            return deviance
        last = deviance
    raise NotEstimable("free covariances of the waves were not reached")


def _em_step(waves: Waves, sigma: Array) -> Array:
    """The covariance expected of all waves, given those seen and the covariance so far."""
    inverse = inverses(waves, sigma)
    rest = (waves.means - best_means(waves, inverse)[waves.group]) * waves.seen
    products = waves.scatter + rest[:, :, None] * rest[:, None, :]
    spread = sigma @ inverse
    parts = spread @ products @ spread.transpose(0, 2, 1) + sigma - spread @ sigma
    return np.asarray(np.tensordot(waves.count, parts, axes=1) / waves.n_people)


def _independent_deviance(waves: Waves) -> float:
    """The deviance of waves that share nothing: each column's own variance around its means by group."""
    seen = waves.seen.astype(float)
    counts = waves.count @ seen
    variances = np.zeros(waves.width)
    for group in range(waves.n_groups):
        here = waves.group == group
        weight = waves.count[here, None] * seen[here]
        means = (weight * waves.means[here]).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)
        squares = np.einsum("pii->pi", waves.scatter[here]) + (waves.means[here] - means) ** 2
        variances += (weight * squares).sum(axis=0)
    return float((counts * (np.log(2 * np.pi * variances / counts) + 1)).sum())
