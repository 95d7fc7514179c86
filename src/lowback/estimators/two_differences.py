"""The difference between two groups in two measures at once, with how both estimates hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.linear import least_squares

Array = NDArray[np.float64]
FEWEST_DF = 3.0
# Errors that are a smaller share of the values are rounding only.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class TwoDifferences:
    """Both differences, their covariance (2, 2) and the degrees of freedom."""

    estimate: Array
    covariance: Array
    df: float

    @property
    def std_error(self) -> Array:
        """Of each."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def correlation(self) -> float:
        """Of the two estimates."""
        return float(self.covariance[0, 1] / self.std_error.prod())

    def interval(self, at: int) -> dict[str, float]:
        """The one difference with its interval."""
        return student_interval(float(self.estimate[at]), float(self.std_error[at]), self.df)

    def reach(self, level: float = 0.95) -> float:
        """How many standard errors the ellipse around both reaches that holds the true pair so often (Hotelling's)."""
        return float(np.sqrt(2 * self.df / (self.df - 1) * special.fdtri(2, self.df - 1, level)))

    def quadrants(self) -> dict[tuple[int, int], float]:
        """The share of the normal cloud around both on each side of none: (-1, 1) is the first below and the second above."""
        # Slow to import, and seldom asked.
        from scipy.stats import multivariate_normal

        first, second = (float(special.ndtr(-self.estimate[at] / self.std_error[at])) for at in (0, 1))
        both = float(
            multivariate_normal.cdf(
                -self.estimate / self.std_error, cov=[[1, self.correlation], [self.correlation, 1]]
            )
        )
        return {
            (-1, -1): both,
            (-1, 1): first - both,
            (1, -1): second - both,
            (1, 1): 1 - first - second + both,
        }


def two_differences(outcomes: ArrayLike, design: ArrayLike, names: Sequence[str], at: int) -> TwoDifferences:
    """The coefficient of column `at` of the design in both outcomes (rows, 2), each by least squares on the same columns.

    The covariance holds whatever the spreads of both in either group and however they go together in a person: residuals are each
    divided by the root of one less its leverage (HC2), with Bell and McCaffrey's degrees of freedom.

    Raises `NotEstimable` where a column depends on others, a measure does not vary beside the design, or too few degrees of freedom are left.

    MacKinnon & White 1985, J Econometrics 29:305-325; Bell & McCaffrey 2002, Survey Methodology 28:169-181; Hotelling 1931, Ann Math
    Stat 2:360-378.
    """
    y, x = np.asarray(outcomes, dtype=float), np.asarray(design, dtype=float)
    fits = [least_squares(one, x, names=names, variance="HC2") for one in y.T]
    asked = np.eye(x.shape[1])[at]
    inverse = np.linalg.pinv(x)
    leverage = np.einsum("ij,ji->i", x, inverse)
    residuals = y - x @ np.column_stack([one.coefficients for one in fits])
    moves = (inverse[at] / np.sqrt(1 - leverage))[:, None] * residuals
    found = TwoDifferences(
        np.array([one.coefficients[at] for one in fits]), moves.T @ moves, fits[0].df_of(asked)
    )
    if (found.std_error <= ROUNDING * np.abs(y).max(axis=0)).any() or abs(found.correlation) > 1 - 1e-9:
        raise NotEstimable(
            "a measure does not vary beside arm and covariates, or both are the same but for their scale"
        )
    if found.df < FEWEST_DF:
        raise NotEstimable(f"{found.df:.1f} degrees of freedom; allowed: {FEWEST_DF:g} or more")
    return found
