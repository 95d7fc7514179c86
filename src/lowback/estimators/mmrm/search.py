"""The search for the best covariance parameters, and the proof that they were found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm.likelihood import Array, Model, Point, Slopes

MOST_STEPS = 80
MOST_HALVINGS = 40
# A Newton step that promises less than this (in units of the objective) is taken without looking.
LAST_GAIN = 1e-9
# Largest slope at an optimum, in standard errors of the parameters, and least curvature of unit-scaled parameters.
FLAT = 1e-6
CURVED = 1e-9
SMALLEST = 1e-300


@dataclass(frozen=True)
class Proof:
    """What shows that a fit stands at an optimum.

    `gradient` is the largest slope of the objective, each parameter measured in its own curvature; `curvature` the
    smallest eigenvalue of the objective's second derivatives scaled to ones on the diagonal. `evaluations` of the
    likelihood were made from `starts` starting values.
    """

    evaluations: int
    starts: int
    gradient: float
    curvature: float

    @property
    def proven(self) -> bool:
        """Whether the slope is zero, but for rounding, and the objective bends upwards in every direction."""
        return self.gradient < FLAT and self.curvature > CURVED


def best_point(model: Model, starts: list[Array], tries: int) -> tuple[Point, Proof]:
    """The proven optimum with the least objective that is reached from the `tries` best starts.

    The starts are ordered by their objective; further ones are tried as long as none has led to a proven optimum.
    Raises `NotEstimable` if none does.
    """
    evaluated = [point for point in map(model.at, starts) if point is not None]
    ranked = sorted(evaluated, key=lambda point: point.value)
    spent, found, tried, last = len(starts), [], 0, "no start gives a positive definite covariance"
    for start in ranked[: max(5, tries)]:
        if found and tried >= tries:
            break
        point, used = descend(start)
        spent, tried = spent + used, tried + 1
        gradient, curvature = _evidence(point.slopes)
        if Proof(spent, tried, gradient, curvature).proven:
            found.append((point, gradient, curvature))
        else:
            last = _shortcoming(point, gradient, curvature)
    if not found:
        raise NotEstimable(last)
    point, gradient, curvature = min(found, key=lambda one: one[0].value)
    return point, Proof(spent, tried, gradient, curvature)


def descend(point: Point) -> tuple[Point, int]:
    """Newton steps with halving from a point to where no step helps, and how many evaluations that took.

    Where the curvature is not positive definite the expected one takes its place (Fisher scoring).
    """
    used = 0
    for _ in range(MOST_STEPS):
        step, gain, newton = _step(point.slopes)
        if newton and gain < LAST_GAIN:
            final = point.model.at(point.theta - step)
            return (point if final is None else final), used + 1
        share, better = 1.0, None
        for _ in range(MOST_HALVINGS):
            trial = point.model.at(point.theta - share * step)
            used += 1
            if trial is not None and trial.value <= point.value - 1e-4 * share * gain:
                better = trial
                break
            share /= 2
        if better is None:
            return point, used
        point = better
    return point, used


def _step(slopes: Slopes) -> tuple[Array, float, bool]:
    """The step to subtract, the gain it promises to first order, and whether it is a Newton step."""
    for matrix, ridge in ((slopes.curvature, 0.0), (slopes.information, 1e-8)):
        # Unit scaling, so that parameters of different kinds are judged alike.
        scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(matrix)), SMALLEST))
        scaled = matrix * np.outer(scale, scale) + ridge * np.eye(len(scale))
        if _positive(scaled):
            step = scale * np.linalg.solve(scaled, scale * slopes.gradient)
            return step, float(slopes.gradient @ step), ridge == 0
    step = slopes.gradient / np.maximum(np.diagonal(slopes.information), SMALLEST)
    return step, float(slopes.gradient @ step), False


def _positive(matrix: Array) -> bool:
    """Whether a matrix is finite and positive definite."""
    if not np.isfinite(matrix).all():
        return False
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _evidence(slopes: Slopes) -> tuple[float, float]:
    diagonal = np.diagonal(slopes.curvature)
    if not (diagonal > 0).all():
        return float("inf"), float(diagonal.min())
    scale = 1 / np.sqrt(diagonal)
    lowest = np.linalg.eigvalsh(slopes.curvature * np.outer(scale, scale))[0]
    return float(np.abs(slopes.gradient * scale).max()), float(lowest)


def _shortcoming(point: Point, gradient: float, curvature: float) -> str:
    if curvature <= CURVED:
        return f"the likelihood does not bend in every direction of its parameters (least curvature {curvature:.1e})"
    return f"the likelihood still slopes where the search ended (slope {gradient:.1e})"
