"""The panel model fitted by maximum likelihood, with a proof that the optimum is one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.inference import Inference, JointTest, infer
from lowback.estimators.panel.layout import LAGS, Lag, Layout, panel_layout
from lowback.estimators.panel.likelihood import (
    Numbers,
    best_means,
    deviance_and_gradient,
    inverses,
)
from lowback.estimators.panel.search import (
    STEP,
    descended,
    first_guess,
    person_scores,
    proven,
    sought,
    stepped,
)
from lowback.estimators.panel.waves import SERIES, Array, Waves, read_waves

# Where the standard errors come from: the information, each person's part of the score, or the fits without each person.
Errors = Literal["information", "sandwich", "jackknife"]
# A step that would lower the deviance by less moves no estimate by more than a thousandth of its standard error.
SETTLED = 1e-6


@dataclass(frozen=True, eq=False)
class PanelFit:
    """Maximum-likelihood estimates in the series' own units; lags are points of one series per point of the other.

    `covariance` is that of `estimates`, from the observed information. `deviance` is minus twice the log-likelihood of the
    scores in units of their SD, so that only differences between models of the same scores mean anything.
    """

    waves: Waves
    layout: Layout
    scaled: Array
    information: Array
    deviance: float

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters beside the means."""
        return self.layout.names

    @cached_property
    def _units(self) -> Array:
        """What a parameter is multiplied by to be in the series' own units."""
        one, other = self.waves.scale
        of_pair = {"covariance": one * other}
        of_pair |= {f"variance of {name}": s**2 for name, s in zip(SERIES, self.waves.scale, strict=True)}
        of_lag = {f"{SERIES[i]} on {SERIES[j]}": self.waves.scale[i] / self.waves.scale[j] for i, j in LAGS}
        known = {**of_pair, **of_lag}
        return np.array([next(unit for words, unit in known.items() if words in name) for name in self.names])

    @cached_property
    def estimates(self) -> Array:
        """The estimates."""
        return self.scaled * self._units

    @cached_property
    def covariance(self) -> Array:
        """The covariance of the estimates."""
        return np.asarray(np.linalg.inv(self.information) * np.outer(self._units, self._units))

    @cached_property
    def robust_covariance(self) -> Array:
        """The covariance of the estimates whatever the scores' distribution, from each person's part of the score.

        Huber 1967, Proc 5th Berkeley Symp 1:221-233; White 1982, Econometrica 50:1-25; with n / (n - 1).
        """
        scores = person_scores(self.waves, self.layout, self.scaled)
        bread = np.linalg.inv(self.information)
        people = self.waves.n_people
        sandwich = bread @ scores.T @ scores @ bread * people / (people - 1)
        return np.asarray(sandwich * np.outer(self._units, self._units))

    @cached_property
    def jackknife_covariance(self) -> Array:
        """The covariance of the estimates whatever the scores' distribution, from the model fitted anew without each person.

        Unlike `robust_covariance` it does not come out too small with few people. Raises `NotEstimable` where a person is all
        by which the waves tell the parameters apart.

        Shao & Tu 1995, The jackknife and bootstrap, ch. 2; MacKinnon & White 1985, J Econometrics 29:305-325.
        """
        people, metric = self.waves.n_people, 2 * self.information
        scores = person_scores(self.waves, self.layout, self.scaled)
        starts = self.scaled - np.linalg.solve(self.information, scores.T).T
        each = np.array([self._without(one, starts[one], metric) for one in range(people)])
        apart = (each - each.mean(axis=0)) * self._units
        return np.asarray((people - 1) / people * apart.T @ apart)

    def _without(self, person: int, start: Array, metric: Array) -> Array:
        """The parameters from everybody but one person."""
        try:
            return sought(self.waves.without(person), self.layout, start, metric, SETTLED)[0]
        except NotEstimable as refused:
            raise NotEstimable(
                f"the model of {self.waves.n_people} people rests on one of them, without whom it cannot be fitted: {refused}"
            ) from refused

    @cached_property
    def means(self) -> Array:
        """The waves' means (group, series, wave)."""
        found = best_means(self.waves, inverses(self.waves, self.layout.covariance(self.scaled)))
        by_series = found.reshape(self.waves.n_groups, self.waves.n_waves, 2).transpose(0, 2, 1)
        return np.asarray(by_series * self.waves.scale[:, None] + self.waves.centre[:, None])

    @property
    def log_likelihood(self) -> float:
        """The logarithm of the likelihood of the scores in their own units."""
        scores = (self.waves.count @ self.waves.seen).reshape(-1, 2).sum(axis=0)
        return float(-self.deviance / 2 - scores @ np.log(self.waves.scale))

    @property
    def n_parameters(self) -> int:
        """The parameters, means included."""
        return len(self.names) + self.waves.n_groups * self.waves.width

    @property
    def negative(self) -> tuple[str, ...]:
        """What of the model would need a variance below zero: "levels", "wave 1", "wave 2" and so on."""
        between, _, fresh = self.layout.matrices(self.scaled)
        blocks = {"levels": between}
        for wave in range(self.waves.n_waves):
            blocks[f"wave {wave + 1}"] = fresh[2 * wave : 2 * wave + 2, 2 * wave : 2 * wave + 2]
        return tuple(name for name, block in blocks.items() if np.linalg.eigvalsh(block)[0] < 0)

    def covariance_by(self, errors: Errors) -> Array:
        """The covariance of the estimates by this kind of errors."""
        if errors == "information":
            return self.covariance
        return self.robust_covariance if errors == "sandwich" else self.jackknife_covariance

    def df_by(self, errors: Errors) -> float:
        """Degrees of freedom of the interval: with the jackknife people less parameters beside the means, else none are counted."""
        return float(self.waves.n_people - len(self.names)) if errors == "jackknife" else np.inf

    def inference(self, errors: Errors = "information", level: float = 0.95) -> Inference:
        """Every parameter with its standard error, test against zero and interval: normal, or t with the jackknife."""
        spread = np.sqrt(np.diag(self.covariance_by(errors)))
        return infer(self.estimates, spread, self.df_by(errors), level)

    def standardised(self, lag: Lag, errors: Errors = "sandwich") -> tuple[float, float]:
        """A lag in SD of the one series' own ups and downs per SD of the other's, with its standard error.

        SD are those within persons that the model implies, over the waves from which and to which the lag leads. Where
        lags differ between waves, their mean.
        """
        words = f"{SERIES[lag[0]]} on {SERIES[lag[1]]}"
        which = np.array([name.startswith(words) for name in self.names])
        if not which.any():
            return 0.0, 0.0

        def value(at: Numbers) -> Numbers:
            variances = np.diag(self.layout.within(at)[1])
            to, since = variances[2 + lag[0] :: 2].mean(), variances[lag[1] : -2 : 2].mean()
            return at[which].mean() * np.sqrt(since / to)

        slope = np.array([value(one).imag / STEP for one in stepped(self.scaled)]) / self._units
        variance = float(slope @ self.covariance_by(errors) @ slope)
        return float(value(self.scaled)), max(variance, 0.0) ** 0.5


def fit_panel(
    first: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    error_variance: tuple[float, float] = (0.0, 0.0),
    equal_lags: bool = True,
    equal_innovations: bool = False,
    without: Collection[Lag] = (),
) -> PanelFit:
    """The random-intercept cross-lagged panel model of two series, each a row a person and a column a wave.

    Missing scores (NaN) are taken as missing at random. `groups` have means of their own and the rest in common.
    `error_variance` is known, in squared units of each series. `without` are lags (row, column) fixed at zero: (1, 0) is the
    second series on the first. Variances are not kept above zero, so that the normal approximation holds; look at `negative`.

    Raises `NotEstimable` where the optimum is not proven or the information singular.

    Hamaker, Kuiper & Grasman 2015, Psychol Methods 20:102-116.
    """
    waves = read_waves(first, second, groups)
    error = np.asarray(error_variance, dtype=float)
    if not (np.isfinite(error).all() and (error >= 0).all()):
        raise NotEstimable(f"error variances {error.tolist()}; allowed: finite numbers of 0 or more")
    layout = panel_layout(
        waves.n_waves,
        error / waves.scale**2,
        equal_lags=equal_lags,
        equal_innovations=equal_innovations,
        without=without,
    )
    if waves.n_people <= len(layout.names):
        raise NotEstimable(
            f"{waves.n_people} people for a model of {len(layout.names)} parameters beside the means"
        )
    values = descended(waves, layout, first_guess(waves, layout))
    values, information = proven(waves, layout, values)
    deviance = deviance_and_gradient(waves, layout.covariance(values))[0]
    return PanelFit(waves, layout, values, information, deviance)


def compared(smaller: PanelFit, larger: PanelFit) -> JointTest:
    """The likelihood-ratio test of a model within another, as a chi-square over its degrees of freedom."""
    df = len(larger.names) - len(smaller.names)
    if df < 1:
        raise NotEstimable("the smaller model has as many parameters as the larger")
    ratio = max(smaller.deviance - larger.deviance, 0.0)
    return JointTest(ratio / df, float(df), np.inf, float(special.chdtrc(df, ratio)))


def lag_test(fit: PanelFit, lags: Collection[Lag]) -> JointTest:
    """The likelihood-ratio test that these lags are zero, without a second proof: the smaller model is sought from the larger."""
    gone = {f"{SERIES[i]} on {SERIES[j]}" for i, j in lags}
    kept = np.array([not any(name.startswith(one) for one in gone) for name in fit.names])
    layout = replace(
        fit.layout, places=_renumbered(fit.layout.places, kept), names=tuple(np.array(fit.names)[kept])
    )
    # Where the parameters would move to on a quadratic likelihood when the lags are taken to zero.
    inverse = np.linalg.inv(fit.information)
    moved = fit.scaled - inverse[:, ~kept] @ np.linalg.solve(inverse[np.ix_(~kept, ~kept)], fit.scaled[~kept])
    metric = 2 * fit.information[np.ix_(kept, kept)]
    deviance = sought(fit.waves, layout, moved[kept], metric)[1]
    ratio, df = max(deviance - fit.deviance, 0.0), int((~kept).sum())
    return JointTest(ratio / df, float(df), np.inf, float(special.chdtrc(df, ratio)))


def _renumbered(places: NDArray[np.intp], kept: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The places of the parameters that are kept, under their new numbers."""
    number = np.cumsum(kept) - 1
    rows = places[kept[places[:, 3]]]
    return np.column_stack([rows[:, :3], number[rows[:, 3]]])
