"""Error variance of what is measured, and moments as they would be without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.mediation.moments import Array, block


@dataclass(frozen=True, eq=False)
class ErrorVariance:
    """How large the error of some columns is: what is known of it, and which columns have it.

    Exactly one of: `variance`, known without error, in squared units; `reliability`, of which the variance follows as
    (1 - reliability) times the variance of the column `reference`; `pairs`, sums over each person's pairs of readings (number,
    difference, squared difference), of which half the variance of a difference is taken. `share` of it remains in the columns: 1 for
    single readings, 1/2 for the mean of two. `people` is the share of people whose columns have it; those of the others hold no error.
    """

    columns: tuple[int, ...]
    variance: float | None = None
    reliability: float | None = None
    reference: int | None = None
    pairs: Array | None = None
    share: float = 1.0
    people: float = 1.0

    def of(self, covariance: Array, mean_pairs: Array | None = None) -> Array:
        """The error variance in the columns, for these moments and mean sums over pairs; leading axes count replicates."""
        if self.variance is not None:
            single = np.full(covariance.shape[:-2], self.variance)
        elif self.reliability is not None and self.reference is not None:
            single = (1 - self.reliability) * covariance[..., self.reference, self.reference]
        else:
            single = _from_pairs(self._means(mean_pairs))
        return np.asarray(self.people * self.share * single)

    def _means(self, mean_pairs: Array | None) -> Array:
        if mean_pairs is not None:
            return mean_pairs
        if self.pairs is None:
            raise NotEstimable("an error variance needs a value, a reliability or pairs of readings")
        return np.asarray(self.pairs.mean(axis=0))


def pair_sums(first: Array, second: Array) -> Array:
    """Each person's number of pairs, and the sums of their differences and squared differences (person, 3); a gap is no pair."""
    apart = np.where(np.isfinite(first) & np.isfinite(second), first - second, 0.0)
    seen = np.isfinite(first) & np.isfinite(second)
    return np.column_stack([seen.sum(axis=1), apart.sum(axis=1), (apart**2).sum(axis=1)]).astype(float)


def _from_pairs(means: Array) -> Array:
    """Half the variance of a difference between two readings, whatever their mean difference.

    Bland & Altman 1996, BMJ 313:744 (measurement error from replicates).
    """
    number, total, squares = np.moveaxis(means, -1, 0)
    return np.asarray((squares / number - (total / number) ** 2) / 2)


def corrected(
    covariance: Array, errors: Sequence[tuple[tuple[int, ...], Array]], used: Sequence[int]
) -> Array:
    """Covariances with error variances taken off the columns that have them; NaN throughout where nothing possible is left.

    `errors` are columns and their error variance (replicate); a column that does not vary has none. What is left of the
    columns `used` must be a covariance matrix: positive definite.

    Fuller 1987, Measurement Error Models, ch. 2; Bollen 1989, Structural Equations with Latent Variables, ch. 5.
    """
    left = covariance.copy()
    for columns, variance in errors:
        for column in columns:
            before = left[..., column, column]
            left[..., column, column] = np.where(before == 0, 0.0, before - variance)
    left[np.logical_not(is_possible(block(left, used, used)))] = np.nan
    return left


def is_possible(covariance: Array) -> Array:
    """Whether each matrix is positive definite, columns of variance zero apart."""
    diagonal = np.diagonal(covariance, axis1=-2, axis2=-1)
    used = np.flatnonzero(~(diagonal == 0).all(axis=tuple(range(diagonal.ndim - 1))))
    inner = diagonal[..., used]
    positive = (inner > 0).all(axis=-1)
    scale = np.sqrt(np.where(inner > 0, inner, 1.0))
    scaled = block(covariance, used, used) / (scale[..., :, None] * scale[..., None, :])
    return np.asarray(positive & (np.linalg.eigvalsh(scaled)[..., 0] > 1e-9))


def unexplained(covariance: Array, column: int, others: list[int]) -> float:
    """The variance of a column that others leave unexplained: what its error variance must stay below."""
    across = covariance[others, column]
    inside = block(covariance, others, others)
    return float(covariance[column, column] - across @ np.linalg.solve(inside, across))
