"""Patterns of many visits that few persons share: rows and factors of the observed visits take the place of cross-products.

With hundreds of visits of which everybody misses some, a tensor over pairs of visits for each pattern would take gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from lowback.estimators.mmrm.records import Array, Codes


@dataclass(frozen=True, eq=False)
class Gappy:
    """For each pattern the visits `observed` (o), and the `columns` of its persons, the outcome last (persons, o, p + 1)."""

    observed: tuple[Codes, ...]
    columns: tuple[Array, ...]

    def factored(self, covariance: Array, visits: int) -> tuple[Array, Array, Array] | None:
        """Whitening matrices and inverses (K, visits, visits), and log-determinants (K), of covariances (K or 1, visits, visits).

        Nothing, where one is not positive definite. A missing visit is an unrelated one of variance 1 in the first.
        """
        whitener = np.tile(np.eye(visits), (len(self.observed), 1, 1))
        precision, logs = np.zeros_like(whitener), np.empty(len(whitener))
        for k, at in enumerate(self.observed):
            lower, failed = lapack.dpotrf(_among(covariance, k, at), lower=1)
            if failed:
                return None
            inverse = lapack.dtrtri(lower, lower=1)[0]
            square = np.ix_(at, at)
            whitener[k][square], precision[k][square] = inverse, inverse.T @ inverse
            logs[k] = 2 * float(np.log(np.diagonal(lower)).sum())
        return whitener, precision, logs

    def moments_each(self, weights: Array) -> Array:
        """Sums over persons of columns' w columns, for several weights (H, K, visits, visits); (H, p + 1, p + 1)."""
        each = [
            weighted(_among(weights.swapaxes(0, 1), k, at), columns)
            for k, (at, columns) in enumerate(zip(self.observed, self.columns, strict=True))
        ]
        return np.sum(each, axis=0)

    def pieces(
        self, precision: Array, first: Array, second: Array | None
    ) -> Iterator[tuple[Array, Array, Array, Array | None]]:
        """For each pattern with persons its columns, and of its observed visits the precision and derivatives of the covariance."""
        for k, (at, columns) in enumerate(zip(self.observed, self.columns, strict=True)):
            if len(columns):
                bend = None if second is None else _among(np.moveaxis(second, 2, 0), k, at)
                yield columns, _among(precision, k, at), _among(first.swapaxes(0, 1), k, at), bend

    def outcome_products(self, visits: int) -> Array:
        """Sums over persons of the outcome at one visit times that at another (visits, visits)."""
        out = np.zeros((visits, visits))
        for at, columns in zip(self.observed, self.columns, strict=True):
            out[np.ix_(at, at)] += columns[:, :, -1].T @ columns[:, :, -1]
        return out


def weighted(weights: Array, columns: Array) -> Array:
    """Sums over persons of columns' w columns, for weights (H, o, o) and columns (persons, o, p + 1)."""
    return (columns.mT @ (weights[:, None] @ columns)).sum(axis=1)


def _among(matrices: Array, k: int, at: Codes) -> Array:
    """Those of pattern k, or those of all patterns, at some visits only."""
    one = matrices[k if len(matrices) > 1 else 0]
    return np.asarray(one[..., at[:, None], at])
