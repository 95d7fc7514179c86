"""Least squares with the intervals of normal theory, or with errors that hold under unequal variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array, check_outcome, conditioned
from lowback.estimators.lmm.robust import Clusters, Robust, robust

Variance = Literal["model", "HC2", "HC3"]


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A fitted linear model; coefficients and covariance are in the order of `names`, in the columns' own units.

    `df` are the rows less the coefficients, `residual_sd` is in the outcome's unit. `unequal` is the robust covariance of an "HC2"
    fit in uncorrelated columns, which `back` turns into those given.
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    df: float
    residual_sd: float
    n_rows: int
    unequal: tuple[Robust, Array] | None = None

    def df_of(self, contrast: ArrayLike) -> float:
        """Degrees of freedom of a weighted sum of coefficients: `df`, or after "HC2" Satterthwaite's."""
        if self.unequal is None:
            return self.df
        found, back = self.unequal
        return float(found.df((np.asarray(contrast, dtype=float) @ back)[None, :])[0])


def least_squares(
    outcome: ArrayLike, design: ArrayLike, *, names: Sequence[str], variance: Variance = "model"
) -> LinearFit:
    """The model outcome = design @ coefficients + residual by least squares; rows are independent.

    `design` has one row a person and a column a name (an intercept is not added). "model" is the covariance under one
    residual variance; "HC2" (with degrees of freedom for each contrast) and "HC3" (conservative) hold under unequal ones. Columns may
    have any origin and scale.

    Raises `NotEstimable` for missing values, dependent columns or fewer rows than are needed.

    MacKinnon & White 1985, J Econometrics 29:305-325 (HC2, HC3); Bell & McCaffrey 2002, Survey Methodology 28:169-181, and Imbens &
    Kolesar 2016, Rev Econ Stat 98:701-712 (degrees of freedom of HC2).
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
    unequal: tuple[Robust, Array] | None = None
    if variance == "HC3":
        middle = _unequal_variances(q, residuals, names)
    elif variance == "HC2":
        alone = Clusters([q[:, None, :]], [residuals[:, None]], [np.ones((len(y), 1, 1))], np.eye(x.shape[1]))
        unequal = robust(alone, "CR2"), back
        middle = unequal[0].covariance
    return LinearFit(
        names=tuple(names),
        coefficients=coefficients,
        covariance=back @ middle @ back.T,
        df=df,
        residual_sd=residual_variance**0.5,
        n_rows=len(y),
        unequal=unequal,
    )


def _unequal_variances(q: Array, residuals: Array, names: Sequence[str]) -> Array:
    """The middle of the sandwich, each residual divided by what its own row leaves of it."""
    left = 1 - (q**2).sum(axis=1)
    if (left < 1e-10).any():
        raise NotEstimable(f"a row is fitted exactly by {', '.join(names)}; HC3 needs another row like it")
    scaled = q * (residuals / left)[:, None]
    return scaled.T @ scaled
