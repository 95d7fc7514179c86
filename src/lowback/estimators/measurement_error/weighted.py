"""Least squares of rows in groups with known weights, made ready so that other columns cost little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.measurement_error.moments import Array, Positions


@dataclass(frozen=True, eq=False)
class Weighted:
    """An outcome freed of the columns without error, in rows that group intercepts of `ratio` times the residual variance leave uncorrelated."""

    outcome: Array
    others: Array
    share: Array
    codes: Positions

    def fit(self, columns: Array) -> tuple[Array, Array]:
        """Coefficients of these columns (rows by columns, in the order of the rows), with a covariance that is robust over groups."""
        x = self._freed(columns)
        inverse = np.linalg.pinv(x.T @ x, hermitian=True)
        found = inverse @ (x.T @ self.outcome)
        scores = x * (self.outcome - x @ found)[:, None]
        groups = len(self.share)
        sums = np.column_stack([np.bincount(self.codes, one, groups) for one in scores.T])
        return found, inverse @ (sums.T @ sums) @ inverse * groups / max(groups - x.shape[1], 1)

    def _freed(self, columns: Array) -> Array:
        apart = _apart(columns, self.share, self.codes)
        return np.asarray(apart - self.others @ (self.others.T @ apart))


def weighted(outcome: Array, others: Array, codes: Positions, ratio: float) -> Weighted:
    """Make ready; `others` have an intercept and full rank, codes are 0, 1, ..., `ratio` is that of variances between and within groups."""
    share = 1 - 1 / np.sqrt(1 + np.bincount(codes) * ratio)
    orthonormal = np.linalg.qr(_apart(others, share, codes))[0]
    y = _apart(outcome[:, None], share, codes)
    return Weighted((y - orthonormal @ (orthonormal.T @ y))[:, 0], orthonormal, share, codes)


def _apart(columns: Array, share: Array, codes: Positions) -> Array:
    """Each column less a share of its group's mean."""
    sizes = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, one) / sizes for one in columns.T])
    return np.asarray(columns - (share[:, None] * means)[codes])
