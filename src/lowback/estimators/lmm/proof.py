"""The proof that a point is an optimum: no slope, curvature, and no fall away from the boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.criterion import Criterion
from lowback.estimators.lmm.newton import Optimum, derivatives
from lowback.estimators.lmm.pairs import Array, upper

# The proof asks for a gradient this short, this much curvature, and no steeper fall away from the boundary.
FLAT, CURVED, SLACK = 1e-6, 1e-9, 1e-7
# A fit with so large a variance ratio that cannot be proven has, to rounding, no residual variance.
NEARLY_ALL = 1e5


@dataclass(frozen=True)
class Proof:
    """What shows that the fit is an optimum.

    `gradient` is the length of the gradient in units of the curvature, relative to the root of the criterion (half its
    square is the share of the criterion that another step could gain); `curvature` is the smallest eigenvalue of the
    curvature scaled to a unit diagonal; at the boundary `outward` is the least slope of the
    criterion away from it (relative; not negative, infinite inside).
    """

    evaluations: int
    starts: int
    gradient: float
    curvature: float
    outward: float
    proven: bool


def proved(criterion: Criterion, best: Optimum, sites: bool, evaluations: int, starts: int) -> Proof:
    """The proof that `best` is an optimum; `NotEstimable` with what speaks against it where there is none."""
    gradient, hessian = derivatives(criterion, best.factor, best.point)
    scale = 1 + abs(best.value)
    steepest, curvature = _shape(gradient, hessian)
    steepest = steepest / float(np.sqrt(scale))
    least, _, at_site = outward(criterion, best, sites)
    away = min(least, at_site) / scale
    proven = steepest <= FLAT and curvature >= CURVED and away >= -SLACK
    proof = Proof(evaluations, starts, steepest, curvature, away, bool(proven))
    if not proven and float(np.trace(best.factor.ratios)) > NEARLY_ALL:
        raise NotEstimable("the groups explain the outcome fully; no residual variance is left")
    if not proven:
        raise NotEstimable(
            f"no optimum of the likelihood could be proven after {evaluations} evaluations from {starts} starts "
            f"(relative gradient {steepest:.1e}, smallest curvature {curvature:.1e}, slope at the boundary {away:.1e})"
        )
    return proof


def outward(criterion: Criterion, found: Optimum, sites: bool) -> tuple[float, Array | None, float]:
    """The least slope away from the boundary: over combinations of random effects that do not vary, and the site's.

    Returns the least slope of the first kind, its direction, and the slope of the second kind; infinite where inside.
    """
    slope = criterion.gradient(found.point)
    q, rank = found.factor.root.shape
    least, direction = float("inf"), None
    if rank < q:
        a, b = upper(q)
        matrix = np.zeros((q, q))
        np.add.at(matrix, (a, b), slope[: len(a)] / 2)
        matrix = matrix + matrix.T
        outside = np.linalg.svd(found.factor.root, full_matrices=True)[0][:, rank:]
        values, vectors = np.linalg.eigh(outside.T @ matrix @ outside)
        least, direction = float(values[0]), outside @ vectors[:, 0]
    at_site = float(slope[-1]) if sites and not found.factor.has_site else float("inf")
    return least, direction, at_site


def _shape(gradient: Array, hessian: Array) -> tuple[float, float]:
    """The length of the gradient in units of the curvature, and the least scaled curvature (0 where none is proven)."""
    if not gradient.size:
        return 0.0, 1.0
    size = np.sqrt(np.maximum(np.diagonal(hessian), 0.0))
    if (size == 0).any():
        return float("inf"), 0.0
    values, vectors = np.linalg.eigh(hessian / np.outer(size, size))
    if values[0] <= 0:
        return float("inf"), float(values[0])
    return float(np.linalg.norm((vectors.T @ (gradient / size)) / np.sqrt(values))), float(values[0])
