"""Slopes of a regression on columns that were measured with error, and what they would be without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.recurrence.counting import Array


def calibrated(
    coefficients: Array, covariance: Array, columns: Array, error_variance: Array, *, names: Sequence[str]
) -> tuple[Array, Array]:
    """Coefficients per unit of what was to be measured, and their covariance, by regression calibration.

    `columns` holds one row a person (or an independent unit) as measured, `error_variance` the variance of each column's error,
    0 where there is none; errors are independent of each other, of the truth and of the outcome. The expected truth is linear in
    what was measured, so with covariances S of the columns and E of the errors the coefficients b become (S - E)^-1 S b. Of the first column the error of
    its reliability among so many people is added by the delta method; the error variance counts as known.

    Raises `NotEstimable` where a column has no more variance than its error.

    Carroll, Ruppert, Stefanski & Crainiceanu 2006, Measurement Error in Nonlinear Models, ch. 4; Prentice 1982, Biometrika
    69:331-342 (hazards).
    """
    total = np.atleast_2d(np.cov(columns, rowvar=False))
    true = total - np.diag(error_variance)
    if np.linalg.eigvalsh(true).min() <= 1e-9 * total.diagonal().min():
        raise NotEstimable(f"{', '.join(names)} vary no more than their measurement error")
    back = np.linalg.solve(true, total)
    corrected = back @ coefficients
    spread = back @ covariance @ back.T
    reliability = _conditional_reliability(total, error_variance[0])
    # A variance of n normal numbers has relative variance 2 / (n - 1), and so has what it says of the reliability.
    relative = 2 * ((1 - reliability) / reliability) ** 2 / (len(columns) - 1)
    spread[0, 0] += corrected[0] ** 2 * relative
    return corrected, spread


def _conditional_reliability(total: Array, error: float) -> float:
    """Of the first column at equal values of the others."""
    alone = float(1 / np.linalg.inv(total)[0, 0])
    return (alone - error) / alone
