"""A smooth curve of the outcome on the exposure, within or between groups, with a test of whether it bends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from lowback.estimators import NotEstimable
from lowback.estimators.inference import JointTest
from lowback.estimators.linear import LinearFit, least_squares
from lowback.estimators.lmm.contrasts import tested
from lowback.estimators.measurement_error.moments import Array, Level, Positions
from lowback.estimators.measurement_error.simex import simex
from lowback.estimators.measurement_error.weighted import weighted
from lowback.estimators.random_intercept import RandomIntercept, random_intercept
from lowback.estimators.splines import NaturalSpline, natural_spline

COLUMNS = 3
POINTS = 17
# Beyond these quantiles of the exposure few people say anything.
REACH = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Curve:
    """The outcome at exposures `at`, less that at the median exposure, with a pointwise 95 % band; and the test that it is a straight line.

    `corrected` is the same without error in the exposure (SIMEX), or empty; it has no band.
    """

    level: Level
    at: Array
    middle: float
    estimate: Array
    conf_low: Array
    conf_high: Array
    bends: JointTest
    corrected: Array


def curve(
    outcome: ArrayLike,
    exposure: ArrayLike,
    groups: ArrayLike,
    columns: ArrayLike,
    *,
    names: Sequence[str],
    level: Level,
    error_variance: float = 0.0,
    seed: int = 0,
) -> Curve:
    """A natural cubic spline of three columns: of each row's exposure with all differences between groups taken off, or of groups' means.

    Errors are robust (over groups, or rows where each is a group of its own). With an `error_variance` of the exposure the curve is also
    extrapolated to none. Raises `NotEstimable` for an exposure with too few distinct values, and whatever the models refuse.

    Harrell 2015, Regression modeling strategies, 2nd ed., section 2.4; Cook & Stefanski 1994, J Am Stat Assoc 89:1314-1328.
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(exposure, dtype=float)
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    y, x, codes, others = y[order], x[order], codes[order], np.asarray(columns, dtype=float)[order]
    along = x if level == "within" else _means(x[:, None], codes)[:, 0]
    spline = natural_spline(along, COLUMNS, "the exposure")
    middle = float(np.median(along))
    low, high = (float(np.quantile(along, one)) for one in REACH)
    at = np.linspace(low, high, POINTS)
    turned = spline.basis(at) - spline.basis(np.array([middle]))
    bent, beside = _columns(spline, x, codes, level)
    design = np.column_stack([bent, np.ones(len(y)), beside, others])
    fit = _fit(y, design, codes, [*_names(beside.shape[1]), *names])
    estimate, error, df = _curve_of(fit, turned)
    half = stdtrit(df, 0.975) * error
    corrected = np.zeros(0)
    if error_variance > 0:
        ready = weighted(y, design[:, COLUMNS:], codes, _ratio(fit))
        corrected = simex(
            lambda measured: turned @ ready.fit(_columns(spline, measured, codes, level)[0]),
            x,
            error_variance,
            seed,
        ).estimate
    return Curve(
        level, at, middle, estimate, estimate - half, estimate + half, _bends(fit, spline), corrected
    )


def _names(beside: int) -> list[str]:
    """What the columns of the curve, the intercept and so many that keep the other level apart are called."""
    curved, apart = (f"exposure {n}" for n in range(COLUMNS)), (f"exposure beside {n}" for n in range(beside))
    return [*curved, "intercept", *apart]


def _means(values: Array, codes: Positions) -> Array:
    sizes = np.bincount(codes)
    return np.column_stack([np.bincount(codes, one) / sizes for one in values.T])[codes]


def _columns(spline: NaturalSpline, exposure: Array, codes: Positions, level: Level) -> tuple[Array, Array]:
    """The columns of the curve, and those by which the other level is kept apart."""
    mean = _means(exposure[:, None], codes)
    if level == "between":
        apart = exposure[:, None] - mean
        return spline.basis(mean[:, 0]), apart[:, np.ptp(apart, axis=0) > 1e-9 * np.abs(exposure).max()]
    basis = spline.basis(exposure)
    means = _means(basis, codes)
    return basis - means, means


def _fit(y: Array, design: Array, codes: Positions, names: Sequence[str]) -> LinearFit | RandomIntercept:
    if len(np.unique(codes)) == len(codes):
        return least_squares(y, design, names=names, variance="HC2")
    return random_intercept(y, design, codes, names=names)


def _ratio(fit: LinearFit | RandomIntercept) -> float:
    if isinstance(fit, LinearFit):
        return 0.0
    return fit.variance_between / fit.variance_residual if fit.variance_residual > 0 else 1e8


def _curve_of(fit: LinearFit | RandomIntercept, turned: Array) -> tuple[Array, Array, Array]:
    """Estimates, standard errors and degrees of freedom at each point; none at the median itself."""
    rows = np.zeros((len(turned), len(fit.names)))
    rows[:, :COLUMNS] = turned
    is_some = np.abs(rows).max(axis=1) > 1e-9
    error, df = np.zeros(len(rows)), np.full(len(rows), np.inf)
    if isinstance(fit, LinearFit):
        estimate = rows @ fit.coefficients
        error = np.sqrt(np.einsum("ci,ij,cj->c", rows, fit.covariance, rows))
        df[is_some] = [fit.df_of(one) for one in rows[is_some]]
        return estimate, error, np.maximum(df, 1.0)
    found = fit.contrast(rows[is_some], "CR2")
    estimate = np.zeros(len(rows))
    estimate[is_some], error[is_some], df[is_some] = found.estimate, found.std_error, found.df
    return estimate, error, np.maximum(df, 1.0)


def _bends(fit: LinearFit | RandomIntercept, spline: NaturalSpline) -> JointTest:
    """The test that the coefficients are those of a straight line, against all curves of the spline."""
    low, high = spline.boundary
    ends = np.linspace(low, high, 50)
    basis = spline.basis(ends)
    straight = np.linalg.lstsq(np.column_stack([np.ones(50), basis]), ends - low)[0][1:]
    rows = np.zeros((COLUMNS - 1, len(fit.names)))
    rows[:, :COLUMNS] = np.linalg.qr(straight[:, None], mode="complete")[0][:, 1:].T
    if isinstance(fit, LinearFit):
        df = min(fit.df_of(one) for one in rows)
        return tested(rows @ fit.coefficients, rows @ fit.covariance @ rows.T, df, 1.0)
    if isinstance(fit.fit, LinearFit):
        raise NotEstimable("columns and groups leave nothing of the outcome; there is no test of a bend")
    return fit.fit.joint_test(rows, "CR2")
