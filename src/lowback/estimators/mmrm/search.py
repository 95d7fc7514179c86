"""The search for the best covariance parameters, and the proof that they were found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm.likelihood import Array, Model, Part, Point, Slopes

MOST_STEPS = 80
MOST_HALVINGS = 40
# A Newton step that promises less than this (in units of the objective) is taken without looking.
LAST_GAIN = 1e-9
# Largest slope at an optimum, in standard errors of the parameters, and least curvature of unit-scaled parameters.
FLAT = 1e-6
CURVED = 1e-9
# Least curvature of the objective in a parameter of its own: outcome variance 1, range as a share of itself.
CURVED_ALONE = 1e-5
SMALLEST = 1e-300
# Smallest eigenvalue of a correlation matrix that is taken for singular.
SINGULAR = 1e-6
# Share of a visit's variance that the others leave, below which the likelihood is taken to rise without end.
DETERMINED = 1e-7
# Variance of a visit (of an outcome whose variance is 1), below which it is taken to fall to zero.
STILL = 1e-12
# Part of a unit direction from which a visit is named.
SHARE = 0.3
# An objective lower by less than this is the same optimum.
NO_BETTER = 1e-5
MOST_TRIES = 8


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
        return _proven(self.gradient, self.curvature)


def best_point(model: Model, starts: list[Array], tries: int, visits: tuple[str, ...]) -> tuple[Point, Proof]:
    """The proven optimum with the least objective that is reached from the `tries` best starts.

    The starts are ordered by their objective; further ones are tried as long as none has led to a proven optimum.
    Raises `NotEstimable` if none does, and if a search that ended without proof got below all that are proven.
    """
    spent, ends = len(starts), list[tuple[Point, float, float]]()
    for start in _ranked(model, starts, max(MOST_TRIES, tries)):
        if len(ends) >= tries and any(_proven(*end[1:]) for end in ends):
            break
        point, used = descend(start)
        spent += used
        ends.append((point, *_evidence(point)))
        # What rises without end gets above every optimum from whichever start.
        if _rises_on(point):
            break
    if not ends:
        raise NotEstimable("no start gives a positive definite covariance")
    best = min(ends, key=lambda end: end[0].value)
    held = [end for end in ends if _proven(*end[1:]) and end[0].value <= best[0].value + NO_BETTER]
    if not held:
        raise NotEstimable(_shortcoming(*best, visits))
    point, gradient, curvature = min(held, key=lambda end: end[0].value)
    return point, Proof(spent, len(ends), gradient, curvature)


def _ranked(model: Model, starts: list[Array], most: int) -> Iterator[Point]:
    """The starts with the least objective, best first."""
    points = (point for point in map(model.at, starts) if point is not None)
    if all(stratum.gappy is None for stratum in model.sums.strata):
        yield from sorted(points, key=lambda point: point.value)[:most]
    else:  # many points would take gigabytes
        for _, theta in sorted(((point.value, point.theta) for point in points), key=lambda one: one[0])[
            :most
        ]:
            if (point := model.at(theta)) is not None:
                yield point


def descend(point: Point) -> tuple[Point, int]:
    """Newton steps with halving from a point to where no step helps, and how many evaluations that took.

    Where the curvature is not positive definite the expected one takes its place (Fisher scoring). It ends as well
    where visits determine one another, or do not vary: the likelihood rises on from there without end.
    """
    used = 0
    for _ in range(MOST_STEPS):
        if _rises_on(point):
            return point, used
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


def _rises_on(point: Point) -> bool:
    """Whether in a pattern the other visits leave next to nothing of a visit's variance, or there is next to none.

    It is not looked at where persons have visits of their own, because looking takes as long as a step there.
    """
    for part in point.parts:
        alone = _variances(part)
        if alone is not None:
            given = np.diagonal(part.precision, axis1=1, axis2=2)
            if alone.min() < STILL or (alone * given).max() > 1 / DETERMINED:
                return True
    return False


def _variances(part: Part) -> Array | None:
    """The variance of each visit, (patterns or 1, visits); None where persons have visits of their own."""
    covariance = part.structure.covariance(part.theta)
    if covariance is None or part.stratum.gappy is not None:
        return None
    return np.asarray(np.diagonal(covariance, axis1=1, axis2=2))


def _step(slopes: Slopes) -> tuple[Array, float, bool]:
    """The step to subtract, the gain it promises to first order, and whether it is a Newton step."""
    for matrix, ridge in ((slopes.curvature, 0.0), (slopes.information, 1e-8)):
        # Unit scaling, so that parameters of different kinds are judged alike.
        scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(matrix)), SMALLEST))
        scaled = matrix * np.outer(scale, scale) + ridge * np.eye(len(scale))
        if _positive(scaled):
            step = scale * np.linalg.solve(scaled, scale * slopes.gradient)
            return step, float(slopes.gradient @ step), ridge == 0
    # Where variances grow or shrink without end there is nothing to divide by; no step is taken there.
    with np.errstate(over="ignore"):
        step = slopes.gradient / np.maximum(np.diagonal(slopes.information), SMALLEST)
        step = np.where(np.isfinite(step), step, 0.0)
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


def _evidence(point: Point) -> tuple[float, float]:
    """The largest slope and the least curvature; a curvature of a single parameter that is next to none counts too."""
    diagonal = np.diagonal(point.slopes.curvature)
    units = [unit for one in point.model.structures for unit in one.units]
    natural = np.where(np.array(units) == "time", point.theta, 1.0)
    alone = float((diagonal * natural**2).min())
    if alone <= CURVED_ALONE:
        return float("inf"), min(alone, 0.0)
    scale = 1 / np.sqrt(diagonal)
    lowest = np.linalg.eigvalsh(point.slopes.curvature * np.outer(scale, scale))[0]
    return float(np.abs(point.slopes.gradient * scale).max()), float(lowest)


def _proven(gradient: float, curvature: float) -> bool:
    return gradient < FLAT and curvature > CURVED


def _shortcoming(point: Point, gradient: float, curvature: float, visits: tuple[str, ...]) -> str:
    """Why an end of a search is no optimum; visits that came to determine one another are named."""
    for part in point.parts:
        alone = _variances(part)
        if alone is not None and alone.min() < STILL:
            named = [visits[at] for at in np.flatnonzero(alone.min(axis=0) < STILL)]
            return f"the likelihood rises until nothing varies at visits {', '.join(named)}"
        tightest, direction = _tightest(part.whitener)
        if tightest < SINGULAR:
            named = [visits[at] for at in np.flatnonzero(np.abs(direction) > SHARE)]
            return (
                f"the likelihood rises until the covariance is singular (visits {', '.join(named)} come to determine "
                f"one another, or the persons are too few for its parameters)"
            )
    if curvature <= CURVED:
        return "the likelihood does not bend in every direction of its parameters, so they cannot all be told"
    return f"the likelihood still slopes where the search ended (slope {gradient:.1e})"


def _tightest(whitener: Array) -> tuple[float, Array]:
    """The smallest eigenvalue of the correlations in any pattern, and its direction over visits."""
    lower = np.linalg.inv(whitener)
    covariance = lower @ lower.mT
    deviations = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    size, direction = np.linalg.eigh(covariance / (deviations[:, :, None] * deviations[:, None, :]))
    pattern = int(np.argmin(size[:, 0]))
    return float(size[pattern, 0]), np.asarray(direction[pattern, :, 0])
