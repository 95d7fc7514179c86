"""The mixed model with an intercept of each group by the engine of mixed models, also where groups leave no remainder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING
from lowback.estimators.inference import DfMethod, Inference, infer
from lowback.estimators.linear import LinearFit, least_squares
from lowback.estimators.lmm import LmmFit, fit_lmm

# What columns and groups leave of an outcome's variation, as a share of it, that is rounding.
ROUNDED_AWAY = 1e-20
# A variance between groups so many times that of rows stands for one that leaves rows none.
OVERWHELMING = 1e8


@dataclass(frozen=True, eq=False)
class RandomIntercept:
    """A fitted random-intercept model by restricted maximum likelihood; variances are in squared outcome units.

    `at_boundary` says that a variance is estimated as zero: that between groups, or that within them.
    """

    fit: LmmFit | LinearFit
    variance_between: float
    variance_residual: float
    n_groups: int
    n_rows: int
    at_boundary: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients."""
        return self.fit.names

    def contrast(self, matrix: ArrayLike, df: DfMethod = "satterthwaite", level: float = 0.95) -> Inference:
        """Estimates of `matrix @ coefficients` (one row a contrast), tested against zero, with intervals at `level`.

        Without a residual variance the degrees of freedom are the rows less the coefficients, whatever `df` is.
        """
        if isinstance(self.fit, LmmFit):
            return self.fit.contrast(matrix, df, level)
        weights = np.atleast_2d(np.asarray(matrix, dtype=float))
        error = np.sqrt(np.einsum("ci,ij,cj->c", weights, self.fit.covariance, weights))
        return infer(weights @ self.fit.coefficients, error, self.fit.df, level)


def random_intercept(
    outcome: ArrayLike, design: ArrayLike, groups: ArrayLike, *, names: Sequence[str]
) -> RandomIntercept:
    """The model outcome = design @ coefficients + an intercept of each group + residual.

    One value, row and label a row of data, a column a name (no intercept is added). Raises `NotEstimable` for all that
    `fit_lmm` refuses, save where columns and groups explain an outcome fully: there the limit without residuals is given.
    """
    try:
        fit = fit_lmm(outcome, design, groups, names=names)
    except NotEstimable:
        limit = _without_remainder(outcome, design, groups, names)
        if limit is None:
            raise
        return limit
    variances = float(fit.random_covariance[0, 0]), fit.variance_residual
    return RandomIntercept(fit, *variances, fit.n_groups, fit.n_rows, fit.at_boundary)


def _without_remainder(
    outcome: ArrayLike, design: ArrayLike, groups: ArrayLike, names: Sequence[str]
) -> RandomIntercept | None:
    """The model as the residual variance goes to zero; None where something is left or the fit is refused for another reason."""
    y, x = np.asarray(outcome, dtype=float), np.asarray(design, dtype=float)
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    sizes = np.bincount(codes)
    rows = np.column_stack([x, y])
    if not np.isfinite(rows).all() or np.ptp(y) <= ROUNDING * np.abs(y).max():
        return None
    means = np.column_stack([np.bincount(codes, column) / sizes for column in rows.T])[codes]
    inside = rows - means
    slopes, _, rank, _ = np.linalg.lstsq(inside[:, :-1], inside[:, -1])
    left = inside[:, -1] - inside[:, :-1] @ slopes
    spread = y - y.mean()
    is_known = len(y) > len(sizes) + rank and len(sizes) + rank > x.shape[1]
    if not is_known or left @ left > ROUNDED_AWAY * (spread @ spread):
        return None
    # Weighting rows by the inverse of their covariance is to take this share of the group's mean from each.
    share = 1 - 1 / np.sqrt(1 + sizes * OVERWHELMING)
    apart = rows - share[codes, None] * means
    fit = least_squares(apart[:, -1], apart[:, :-1], names=names)
    between = OVERWHELMING * fit.residual_sd**2
    return RandomIntercept(fit, between, 0.0, len(sizes), len(y), at_boundary=True)
