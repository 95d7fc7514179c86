"""Least squares with the intervals of normal theory, or with errors that hold under unequal variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array, check_outcome, conditioned

Variance = Literal["model", "HC3"]


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A fitted linear model; coefficients and covariance are in the order of `names`, in the columns' own units.

    `df` are the rows less the coefficients, `residual_sd` is in the outcome's unit.
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    df: float
    residual_sd: float
    n_rows: int


def least_squares(
    outcome: ArrayLike, design: ArrayLike, *, names: Sequence[str], variance: Variance = "model"
) -> LinearFit:
    """The model outcome = design @ coefficients + residual by least squares; rows are independent.

    `design` has one row a person and a column a name (an intercept is not added). "model" is the covariance under one
    residual variance; "HC3" holds under unequal ones. Columns may have any origin and scale.

    Raises `NotEstimable` for missing values, dependent columns or fewer rows than are needed.

    MacKinnon & White 1985, J Econometrics 29:305-325 (HC3).
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(design, dtype=float)
    well = conditioned(x, names)
    check_outcome(y, len(x))
    q, back = well.columns, well.back
    coefficients = back @ (q.T @ y)
    residuals = y - q @ (q.T @ y)
    df = float(len(y) - x.shape[1])
    residual_variance = float(residuals @ residuals) / df
    middle = np.eye(x.shape[1]) * residual_variance
    if variance == "HC3":
        middle = _unequal_variances(q, residuals, names)
    return LinearFit(
        names=tuple(names),
        coefficients=coefficients,
        covariance=back @ middle @ back.T,
        df=df,
        residual_sd=residual_variance**0.5,
        n_rows=len(y),
    )


def _unequal_variances(q: Array, residuals: Array, names: Sequence[str]) -> Array:
    """The middle of the sandwich, each residual divided by what its own row leaves of it."""
    left = 1 - (q**2).sum(axis=1)
    if (left < 1e-10).any():
        raise NotEstimable(f"a row is fitted exactly by {', '.join(names)}; HC3 needs another row like it")
    scaled = q * (residuals / left)[:, None]
    return scaled.T @ scaled
