"""Least squares of rows in groups with known weights, made ready so that other columns cost little."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lowback.estimators.measurement_error.moments import Array, Positions


@dataclass(frozen=True, eq=False)
class Weighted:
    """An outcome freed of the columns without error, in rows, sorted by group, that group intercepts of `ratio` times the residual variance leave uncorrelated."""

    outcome: Array
    others: Array
    share: Array
    codes: Positions

    def fit(self, columns: Array) -> Array:
        """Coefficients of these columns (rows by columns, in the order of the rows)."""
        x = self._freed(columns)
        return np.asarray(np.linalg.pinv(x.T @ x, hermitian=True) @ (x.T @ self.outcome))

    def fit_without_each(self, columns: Array) -> Array:
        """The same from all groups (first row), and from all but each in turn (a row a group, in order of its code)."""
        x = self._freed(columns)
        q, taken = x.shape[1], self._others_without_each
        both = np.column_stack([x, self.outcome, self.others])
        own = np.add.reduceat(x[:, :, None] * both[:, None, :], self._starts, axis=0)
        total = own.sum(axis=0, keepdims=True)
        left = np.concatenate([total, total - own])
        across, of_outcome = left[:, :, q + 1 :], taken[1]
        squares = left[:, :, :q] - across @ taken[0] @ across.transpose(0, 2, 1)
        products = left[:, :, q] - (across @ taken[0] @ of_outcome[:, :, None])[:, :, 0]
        return np.asarray((np.linalg.pinv(squares, hermitian=True) @ products[:, :, None])[:, :, 0])

    @cached_property
    def _starts(self) -> Positions:
        sizes = np.bincount(self.codes)
        return np.asarray(np.cumsum(sizes) - sizes)

    @cached_property
    def _others_without_each(self) -> tuple[Array, Array]:
        """The inverse of the others' products, and their products with the outcome, from all groups and from all but each."""
        both = np.column_stack([self.others, self.outcome])
        own = np.add.reduceat(self.others[:, :, None] * both[:, None, :], self._starts, axis=0)
        total = own.sum(axis=0, keepdims=True)
        left = np.concatenate([total, total - own])
        return np.linalg.pinv(left[:, :, :-1], rcond=1e-11, hermitian=True), left[:, :, -1]

    def _freed(self, columns: Array) -> Array:
        apart = _apart(columns, self.share, self.codes)
        return np.asarray(apart - self.others @ (self.others.T @ apart))


def weighted(outcome: Array, others: Array, codes: Positions, ratio: float) -> Weighted:
    """Make ready; `others` have an intercept and full rank, codes are 0, 1, ... in order, `ratio` is that of variances between and within groups."""
    share = 1 - 1 / np.sqrt(1 + np.bincount(codes) * ratio)
    orthonormal = np.linalg.qr(_apart(others, share, codes))[0]
    y = _apart(outcome[:, None], share, codes)
    return Weighted((y - orthonormal @ (orthonormal.T @ y))[:, 0], orthonormal, share, codes)


def _apart(columns: Array, share: Array, codes: Positions) -> Array:
    """Each column less a share of its group's mean."""
    sizes = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, one) / sizes for one in columns.T])
    return np.asarray(columns - (share[:, None] * means)[codes])
