"""The linear mixed model with a random intercept, at its proven restricted maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array, check_outcome, conditioned

# Ratios of the variance between groups to the residual variance at which the profile is looked at.
GRID = np.concatenate([[0.0], np.logspace(-8, 8, 129)])
# Remainders below this share of the outcome's sum of squares are rounding, not variation.
NO_REMAINDER = 1e-20


@dataclass(frozen=True, eq=False)
class MixedFit:
    """A fitted random-intercept model; coefficients are in the order of `names`, variances in squared outcome units.

    `covariance` belongs to the coefficients. `at_boundary` says that a variance is estimated as zero: then the model
    is no longer one of groups (between) or leaves no remainder (residual). `covariance_by_ratio` is the derivative of `covariance` with respect to
    the variance ratio (between / residual) and `curvature` the Hessian of the deviance in that ratio and the logarithm
    of the residual variance; `satterthwaite_df` needs both.
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    variance_between: float
    variance_residual: float
    restricted_log_likelihood: float
    n_groups: int
    n_rows: int
    at_boundary: bool
    covariance_by_ratio: Array
    curvature: Array


def random_intercept(
    outcome: ArrayLike, design: ArrayLike, groups: ArrayLike, *, names: Sequence[str]
) -> MixedFit:
    """The model outcome = design @ coefficients + an intercept of each group + residual, by REML.

    `outcome` has one value a row, `design` one row each and a column a name (an intercept is not added), `groups` the
    group of each row. The profile of the restricted likelihood in the single variance ratio is searched from 0 to
    1e8, so the optimum is global there; columns may have any origin and scale. The log-likelihood is on the scale of
    lme4 (no constant for the design).

    Raises `NotEstimable` for missing values, dependent columns, a constant outcome, fewer than two groups, one row a
    group, or a design that leaves nothing to tell the two variances apart.

    Bates et al. 2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01 (profiled REML criterion).
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(design, dtype=float)
    well = conditioned(x, names)
    check_outcome(y, len(x))
    centre = 0.0 if well.constant is None else float(y.mean())
    profile = _Profile(np.column_stack([well.columns, y - centre]), _codes(groups, len(y)))
    _check_identified(profile)
    ratio = _best_ratio(profile)
    fit = _in_design_units(profile.fit(ratio, names), well.back)
    # The intercept takes back what was subtracted from the outcome.
    return (
        fit if well.constant is None else replace(fit, coefficients=fit.coefficients + centre * well.constant)
    )


def satterthwaite_df(fit: MixedFit, contrast: ArrayLike) -> float:
    """Degrees of freedom for the t distribution of `contrast @ coefficients` (one weight a coefficient).

    Twice the squared variance of the contrast over the variance of that variance, from the observed curvature; with a
    variance at zero, the rows less the coefficients.

    Kuznetsova et al. 2017, J Stat Softw 82(13), doi:10.18637/jss.v082.i13.
    """
    if fit.at_boundary:
        return float(fit.n_rows - len(fit.coefficients))
    weights = np.asarray(contrast, dtype=float)
    variance = weights @ fit.covariance @ weights
    gradient = np.array([weights @ fit.covariance_by_ratio @ weights, variance])
    return float(2 * variance**2 / (gradient @ np.linalg.solve(fit.curvature / 2, gradient)))


class _Profile:
    """The restricted likelihood as a function of the variance ratio, from sums over groups of equal size."""

    def __init__(self, columns: Array, codes: NDArray[np.intp]) -> None:
        self.rows, self.p = columns.shape[0], columns.shape[1] - 1
        sizes = np.bincount(codes).astype(float)
        means = np.zeros((len(sizes), columns.shape[1]))
        np.add.at(means, codes, columns)
        means /= sizes[:, None]
        inside = columns - means[codes]
        self.within = inside.T @ inside
        self.sizes, kind = np.unique(sizes, return_inverse=True)
        self.counts = np.bincount(kind).astype(float)
        weighted = means * np.sqrt(sizes)[:, None]
        parts = [weighted[kind == one] for one in range(len(self.sizes))]
        self.between = np.stack([part.T @ part for part in parts])

    def moments(self, ratio: float, order: int = 0) -> Array:
        """Cross-products of the columns weighted by the inverse covariance, or their derivative of that order."""
        shrink = 1 + self.sizes * ratio
        factor = (1.0, -1.0, 2.0)[order] * self.sizes**order / shrink ** (order + 1)
        between = np.tensordot(factor, self.between, axes=1)
        return between + self.within if order == 0 else between

    def deviance(self, ratio: float) -> float:
        """Minus twice the restricted log-likelihood, with coefficients and residual variance at their best."""
        cross = self.moments(ratio)
        left = self.rows - self.p
        log_determinants = self.counts @ np.log1p(self.sizes * ratio) + np.linalg.slogdet(cross[:-1, :-1])[1]
        return float(left * (1 + np.log(2 * np.pi * self._remainder(cross) / left)) + log_determinants)

    def slopes(self, ratios: Array) -> Array:
        """The derivative of `deviance` at each ratio."""
        shrink = 1 + np.outer(ratios, self.sizes)
        cross = np.tensordot(1 / shrink, self.between, axes=1) + self.within
        first = np.tensordot(-self.sizes / shrink**2, self.between, axes=1)
        solved = np.linalg.solve(
            cross[:, :-1, :-1], np.concatenate([first[:, :-1, :-1], cross[:, :-1, -1:]], axis=2)
        )
        trace = np.trace(solved[:, :, :-1], axis1=1, axis2=2)
        u = np.concatenate([-solved[:, :, -1], np.ones((len(ratios), 1))], axis=1)
        change, remainder = (np.einsum("ri,rij,rj->r", u, one, u) for one in (first, cross))
        remainder = np.maximum(remainder, NO_REMAINDER * cross[:, -1, -1])
        return (self.sizes / shrink) @ self.counts + trace + (self.rows - self.p) * change / remainder

    def slope(self, ratio: float) -> float:
        """The derivative of `deviance` at one ratio."""
        return float(self.slopes(np.array([ratio]))[0])

    def fit(self, ratio: float, names: Sequence[str]) -> MixedFit:
        """The model at a variance ratio, in the units of the conditioned columns."""
        cross, first, second = (self.moments(ratio, order) for order in range(3))
        inverse = np.linalg.inv(cross[:-1, :-1])
        u = self._weights(cross)
        left = self.rows - self.p
        residual = self._remainder(cross) / left
        drift = (first @ u)[:-1]
        turn = inverse @ first[:-1, :-1]
        logs = -self.counts @ (self.sizes / (1 + self.sizes * ratio)) ** 2
        bend = logs + np.trace(inverse @ second[:-1, :-1]) - np.trace(turn @ turn)
        bend += (u @ second @ u - 2 * drift @ inverse @ drift) / residual
        mixed = -(u @ first @ u) / residual
        return MixedFit(
            names=tuple(names),
            coefficients=-u[:-1],
            covariance=residual * inverse,
            variance_between=float(ratio * residual),
            variance_residual=float(residual),
            restricted_log_likelihood=-self.deviance(ratio) / 2,
            n_groups=int(self.counts.sum()),
            n_rows=self.rows,
            at_boundary=ratio in (GRID[0], GRID[-1]),
            covariance_by_ratio=-residual * turn @ inverse,
            curvature=np.array([[bend, mixed], [mixed, left]]),
        )

    def _weights(self, cross: Array) -> Array:
        return np.append(-np.linalg.solve(cross[:-1, :-1], cross[:-1, -1]), 1.0)

    def _remainder(self, cross: Array) -> float:
        u = self._weights(cross)
        return max(float(u @ cross @ u), NO_REMAINDER * float(cross[-1, -1]))


def _codes(groups: ArrayLike, rows: int) -> NDArray[np.intp]:
    labels = np.asarray(groups)
    if labels.shape != (rows,):
        raise NotEstimable(f"groups have shape {labels.shape}; allowed: one group for each of {rows} rows")
    kinds, codes = np.unique(labels, return_inverse=True)
    if len(kinds) < 2:
        raise NotEstimable(f"{len(kinds)} group; a random intercept needs two groups or more")
    if len(kinds) == rows:
        raise NotEstimable(
            f"each of {rows} groups has one row; two or more are needed to tell groups from residuals"
        )
    return codes


def _check_identified(profile: _Profile) -> None:
    """Refuse a design that explains all differences between groups, or all within them."""
    groups = int(profile.counts.sum())
    inner = np.linalg.matrix_rank(profile.within[:-1, :-1], tol=1e-9, hermitian=True)
    if profile.rows - groups - inner < 1:
        raise NotEstimable(
            f"{profile.rows} rows in {groups} groups for {inner} coefficients within groups leave no residual"
        )
    if groups + inner - profile.p < 1:
        raise NotEstimable(f"{profile.p} coefficients explain every difference between the {groups} groups")


def _best_ratio(profile: _Profile) -> float:
    """The variance ratio with the least deviance: every stationary point between grid points and both ends."""
    slopes = profile.slopes(GRID)
    turns = np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0))
    candidates = [float(GRID[0]), float(GRID[-1])] if slopes[-1] < 0 else [float(GRID[0])]
    candidates += [
        float(brentq(profile.slope, GRID[at], GRID[at + 1], xtol=1e-14, rtol=1e-13)) for at in turns
    ]
    return min(candidates, key=profile.deviance)


def _in_design_units(fit: MixedFit, back: Array) -> MixedFit:
    """The fit of the conditioned columns carried back to the columns that were given."""
    return replace(
        fit,
        coefficients=back @ fit.coefficients,
        covariance=back @ fit.covariance @ back.T,
        covariance_by_ratio=back @ fit.covariance_by_ratio @ back.T,
        restricted_log_likelihood=fit.restricted_log_likelihood + float(np.linalg.slogdet(back)[1]),
    )
