"""Normal regression of several visits with scores missing at random, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_STEPS, CLOSE = 300, 1e-7
# The weight of compound symmetry in the covariance, as if so many people had shown it.
PRIOR_PEOPLE = 4


@dataclass(frozen=True, eq=False)
class VisitRegression:
    """Coefficients (columns of the design, visits) and the covariance of what is left over, (visits, visits)."""

    coefficients: Array
    covariance: Array

    def completed(self, design: Array, scores: Array, noise: Array) -> Array:
        """Scores with those that are missing drawn given the others of the person; `noise` is standard normal."""
        filled = scores.copy()
        fitted = design @ self.coefficients
        for seen, rows in _patterns(scores):
            weights, left = _given(self.covariance, seen)
            mean = (
                fitted[np.ix_(rows, ~seen)]
                + (scores[np.ix_(rows, seen)] - fitted[np.ix_(rows, seen)]) @ weights
            )
            filled[np.ix_(rows, ~seen)] = mean + noise[np.ix_(rows, ~seen)] @ root(left).T
        return filled


def fit_visits(design: Array, scores: Array, spread: float) -> VisitRegression:
    """The regression of all visits on `design` (no gaps) from scores of which some are missing (NaN).

    `design` has full rank over the people with a score. The covariance is pulled towards one variance and one
    correlation, the more the fewer people there are; with no degrees of freedom left it is `spread` squared, without correlation.

    EM algorithm: Little & Rubin 2002, Statistical Analysis with Missing Data, chapter 11.
    """
    rows = np.isfinite(scores).any(axis=1)
    design, scores = design[rows], scores[rows]
    visits, df = scores.shape[1], len(scores) - design.shape[1]
    inverse = np.asarray(np.linalg.pinv(design), dtype=float)
    centre = np.where(np.isfinite(scores).any(axis=0), _column_means(scores), 0.0)
    filled = np.where(np.isfinite(scores), scores, centre)
    coefficients: Array = inverse @ filled
    covariance = np.eye(visits) * max(float(np.var(filled - design @ coefficients)), CLOSE)
    if df < 1:
        return VisitRegression(coefficients, np.eye(visits) * spread**2)
    patterns = _patterns(scores)
    for _ in range(MOST_STEPS):
        filled, extra = _expected(design @ coefficients, scores, covariance, patterns)
        before, spread_before = coefficients, covariance
        coefficients = inverse @ filled
        left = filled - design @ coefficients
        covariance = (left.T @ left + extra) / len(scores) + CLOSE * np.eye(visits)
        if _is_close(coefficients, before) and _is_close(covariance, spread_before):
            break
    return VisitRegression(coefficients, shrunk(covariance * len(scores) / df, df))


def _is_close(found: Array, before: Array) -> bool:
    return bool(np.abs(found - before).max() < CLOSE * (1 + np.abs(found).max()))


def root(covariance: Array) -> Array:
    """A matrix whose product with its transpose is the covariance, of any rank."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


Patterns = list[tuple[NDArray[np.bool_], NDArray[np.intp]]]


def _patterns(scores: Array) -> Patterns:
    """Which visits were seen, and by whom, one entry a pattern that leaves some out."""
    seen = np.isfinite(scores)
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    return [(kind, np.flatnonzero(which.ravel() == at)) for at, kind in enumerate(kinds) if not kind.all()]


def _expected(fitted: Array, scores: Array, covariance: Array, patterns: Patterns) -> tuple[Array, Array]:
    """Missing scores at their expectation given the others, and the sum of their covariances."""
    filled, extra = scores.copy(), np.zeros_like(covariance)
    for seen, rows in patterns:
        weights, left = _given(covariance, seen)
        known = scores[np.ix_(rows, seen)] - fitted[np.ix_(rows, seen)]
        filled[np.ix_(rows, ~seen)] = fitted[np.ix_(rows, ~seen)] + known @ weights
        extra[np.ix_(~seen, ~seen)] += len(rows) * left
    return filled, extra


def _given(covariance: Array, seen: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Weights of the seen visits in the others' expectation, and the covariance that is left."""
    across = covariance[np.ix_(seen, ~seen)]
    known = covariance[np.ix_(seen, seen)]
    weights = np.asarray(np.linalg.solve(known, across), dtype=float) if seen.any() else across
    return weights, covariance[np.ix_(~seen, ~seen)] - across.T @ weights


def shrunk(covariance: Array, df: int) -> Array:
    """The covariance pulled towards one variance and one correlation."""
    visits = len(covariance)
    variance = float(np.trace(covariance)) / visits
    off = float(covariance.sum() - np.trace(covariance)) / max(visits * (visits - 1), 1)
    target = np.full((visits, visits), off) + (variance - off) * np.eye(visits)
    weight = PRIOR_PEOPLE / (PRIOR_PEOPLE + df) if visits > 1 else 0.0
    return (1 - weight) * covariance + weight * target


def _column_means(scores: Array) -> Array:
    counts = np.maximum(np.isfinite(scores).sum(axis=0), 1)
    return np.asarray(np.nansum(scores, axis=0) / counts)
