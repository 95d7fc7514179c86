"""Newton steps on the factor of the variance ratios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.criterion import Criterion, Solved
from lowback.estimators.lmm.factor import Factor
from lowback.estimators.lmm.pairs import Array

STEPS = 100
# Newton has arrived when the next step is expected to gain less than this share of the criterion.
ARRIVED = 1e-15
# Gains below this share of the criterion may be hidden by its rounding.
CLOSE = 1e-9
# Negative curvature after this many steps may mean a second optimum.
UNDER_WAY = 3
# Residual variance below this share of the random effects' is taken for none at all.
LARGEST_RATIO = 1e11


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best point found, its factor, and whether the curvature was negative late on the way (`bumpy`)."""

    factor: Factor
    point: Solved
    value: float
    evaluations: int
    bumpy: bool


def newton(
    criterion: Criterion,
    start: Factor,
    evaluations: int = 0,
    known: Callable[[Factor, float], bool] | None = None,
) -> Optimum:
    """Newton steps from a start, each shortened until the criterion falls; negative curvature is turned round.

    The search ends early where `known` says of a factor and its value that what follows is known.
    """
    factor, bumpy, before = start, False, np.inf
    point = criterion.at(factor.root, factor.site)
    value = criterion.value(point)
    evaluations += 1
    for count in range(STEPS):
        gradient, hessian = derivatives(criterion, factor, point)
        if not gradient.size:
            break
        step, negative = _step(gradient, hessian, factor.coordinates)
        bumpy = bumpy or (negative and count >= UNDER_WAY)
        gain, close = -float(gradient @ step), CLOSE * (1 + abs(value))
        for _ in range(40):
            ahead = factor.moved(factor.coordinates + step)
            reached = criterion.at(ahead.root, ahead.site)
            found = criterion.value(reached)
            evaluations += 1
            # Close to the optimum the criterion's own rounding hides the gain, and Newton steps need no guard.
            if found <= value - 1e-4 * gain or (gain < close and found <= value + close):
                break
            step, gain = step / 2, gain / 2
        else:
            break
        factor, point, value = ahead, reached, found
        if known is not None and known(factor, value):
            break
        if gain <= ARRIVED * (1 + abs(value)) or (gain < close and gain >= before / 4):
            break
        before = gain
        if float(np.trace(factor.ratios)) + factor.site > LARGEST_RATIO:
            raise NotEstimable("the groups explain the outcome fully; no residual variance is left")
    return Optimum(factor, point, value, evaluations, bumpy)


def derivatives(criterion: Criterion, factor: Factor, point: Solved) -> tuple[Array, Array]:
    """Gradient and curvature of the criterion in the coordinates of the factor."""
    slope = criterion.gradient(point)
    turn = factor.jacobian(len(slope))
    return turn.T @ slope, turn.T @ criterion.hessian(point) @ turn + factor.bend(slope)


def _step(gradient: Array, hessian: Array, at: Array) -> tuple[Array, bool]:
    """The Newton step with every curvature made positive, not longer than twice the distance from zero plus one."""
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    largest = float(np.abs(values).max())
    size = np.maximum(np.abs(values), 1e-9 * largest + 1e-300)
    step = -vectors @ ((vectors.T @ gradient) / size)
    longest = 1 + 2 * float(np.abs(at).max())
    length = float(np.abs(step).max())
    return step * min(1.0, longest / max(length, 1e-300)), bool(values[0] < -1e-6 * largest)
