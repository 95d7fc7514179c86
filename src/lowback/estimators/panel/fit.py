"""The panel model fitted by maximum likelihood, with a proof that the optimum is one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from lowback.estimators import NotEstimable
from lowback.estimators.inference import Inference, JointTest, infer
from lowback.estimators.panel.layout import LAGS, Lag, Layout, panel_layout
from lowback.estimators.panel.likelihood import (
    Numbers,
    best_means,
    covariance_gradient,
    deviance_and_gradient,
    inverses,
)
from lowback.estimators.panel.waves import SERIES, Array, Waves, read_waves

STEP = 1e-30
NEWTON_STEPS = 20
# A Newton step that would lower the deviance by less is rounding.
PROVEN = 1e-9


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

    def inference(self, level: float = 0.95) -> Inference:
        """Every parameter with its standard error, normal test against zero and interval."""
        return infer(self.estimates, np.sqrt(np.diag(self.covariance)), np.inf, level)

    def standardised(self, lag: Lag) -> tuple[float, float]:
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

        slope = np.array([value(one).imag / STEP for one in _stepped(self.scaled)])
        variance = float(slope @ np.linalg.solve(self.information, slope))
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
    values = _descended(waves, layout, _start(waves, layout))
    values, information = _proven(waves, layout, values)
    deviance = deviance_and_gradient(waves, layout.covariance(values))[0]
    return PanelFit(waves, layout, values, information, deviance)


def compared(smaller: PanelFit, larger: PanelFit) -> JointTest:
    """The likelihood-ratio test of a model within another, as a chi-square over its degrees of freedom."""
    df = len(larger.names) - len(smaller.names)
    if df < 1:
        raise NotEstimable("the smaller model has as many parameters as the larger")
    ratio = max(smaller.deviance - larger.deviance, 0.0)
    return JointTest(ratio / df, float(df), np.inf, float(stats.chi2.sf(ratio, df)))


def _gradient(waves: Waves, layout: Layout, values: Numbers) -> Numbers:
    return layout.gradient(values, covariance_gradient(waves, layout.covariance(values)))


def _stepped(values: Array) -> list[Numbers]:
    return [values + 1j * STEP * row for row in np.eye(len(values))]


def _hessian(waves: Waves, layout: Layout, values: Array) -> Array:
    """Second derivatives of the deviance, exact to rounding by complex steps (Squire & Trapp 1998, SIAM Rev 40:110-112)."""
    columns = [_gradient(waves, layout, one).imag / STEP for one in _stepped(values)]
    return np.asarray((np.array(columns) + np.array(columns).T) / 2)


def _start(waves: Waves, layout: Layout) -> Array:
    """Levels from what waves far apart share, the rest fresh, and lags of a fifth on a series' own past."""
    seen, total = waves.seen.astype(float), np.zeros((waves.width, waves.width))
    products = waves.scatter + waves.means[:, :, None] * waves.means[:, None, :]
    counts = np.einsum("p,pi,pj->ij", waves.count, seen, seen)
    total = np.einsum("p,pij->ij", waves.count, products) / np.maximum(counts, 1)
    blocks = total.reshape(waves.n_waves, 2, waves.n_waves, 2)
    same = np.mean([blocks[t, :, t, :] for t in range(waves.n_waves)], axis=0)
    shared = np.clip(np.diag(blocks[0, :, -1, :]) / np.diag(same), 0.2, 0.7)
    between = np.diag(shared * np.diag(same))
    rest = np.diag((1 - shared) * np.diag(same)) * 0.8 + 0.2 * np.diag(np.diag(same)) * 0.5
    values = np.zeros(len(layout.names))
    for which, row, column, at in layout.places:
        i, j = row % 2, column % 2
        values[at] = (between[i, j], 0.2 * (i == j), rest[i, j])[which]
    return values


def _descended(waves: Waves, layout: Layout, start: Array) -> Array:
    def objective(values: Array) -> tuple[float, Array]:
        sigma = layout.covariance(values)
        deviance, by_sigma = deviance_and_gradient(waves, sigma)
        if not np.isfinite(deviance):
            return 1e10, np.zeros_like(values)
        return deviance / waves.n_people, layout.gradient(values, by_sigma) / waves.n_people

    found = optimize.minimize(
        objective, start, jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 500}
    )
    return np.asarray(found.x)


def _proven(waves: Waves, layout: Layout, values: Array) -> tuple[Array, Array]:
    """The optimum polished by Newton steps, with the information; refused where it is none."""
    best = deviance_and_gradient(waves, layout.covariance(values))[0]
    for _ in range(NEWTON_STEPS):
        gradient, hessian = _gradient(waves, layout, values), _hessian(waves, layout, values)
        eigenvalues = np.linalg.eigvalsh(hessian)
        if eigenvalues[0] <= 1e-9 * eigenvalues[-1]:
            raise NotEstimable(
                "the likelihood is flat or has no maximum: these waves do not tell the parameters apart"
            )
        step = np.linalg.solve(hessian, gradient)
        if gradient @ step < PROVEN:
            return values, hessian / 2
        for _ in range(30):
            reached = deviance_and_gradient(waves, layout.covariance(values - step))[0]
            if reached < best:
                break
            step = step / 2
        values, best = values - step, reached
    raise NotEstimable("no maximum of the likelihood was reached")
