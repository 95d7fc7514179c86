"""The way to the most likely point, and the proof that it is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.differences import information_at, value_and_scores
from lowback.estimators.lead.likelihood import Likelihood

Array = NDArray[np.float64]
LENGTHS = np.array([0.5, 0.2, 0.05, 0.01])
LONGEST = 2.0
# What a further step may at most gain in log-likelihood, along directions that the data see.
GAIN = 1e-4
# What may be gained after the information was taken on which standard errors rest.
SETTLED = 1e-6
# A direction whose curvature (log-likelihood per squared unit of the search) is smaller is one that the data hardly see: along it
# the log-likelihood may still rise by no more than this.
FLAT, FLAT_GAIN, FLAT_REACH = 0.02, 0.1, 3.0
MOST_STEPS, MOST_UNPROVEN, MOST_CURVATURES = 60, 6, 8
# Twice what the first climb may leave to be gained: further on it would only follow directions that are flat.
NEAR = 2e-3
FARTHEST = 9.0


@dataclass(frozen=True, eq=False)
class Optimum:
    """A point (size,) with its log-likelihood, the persons' scores (N, size) and the information (size, size) there.

    `held` are the places of figures that were not searched over, or that lie at the edge of the search. `gain` is what a Newton step would still add; `is_proven`
    where that is next to nothing and the information is positive in every direction that is not flat.
    """

    point: Array
    log_likelihood: float
    scores: Array
    information: Array
    held: tuple[int, ...]
    gain: float
    is_proven: bool

    @property
    def free(self) -> list[int]:
        """The places of the figures that were searched over."""
        return [one for one in range(len(self.point)) if one not in self.held]

    def influences(self, gradient: Array) -> tuple[Array, float]:
        """How each person moves a function of the point, given its gradient (size,), and what flat directions may add to its error.

        The influences' sum of squares is its variance whatever the truth is (sandwich): White 1982, Econometrica 50:1-25. Along a flat
        direction figures lie at the edge of what is possible; `FLAT_REACH` units either way are then counted as not known.
        """
        free = self.free
        values, vectors = np.linalg.eigh(self.information[np.ix_(free, free)])
        along = vectors.T @ gradient[free]
        seen = values > FLAT
        weights = vectors[:, seen] @ (along[seen] / values[seen])
        return self.scores[:, free] @ weights, FLAT_REACH * float(np.linalg.norm(along[~seen]))


def optimum(
    likelihood: Likelihood,
    starts: Array,
    held: tuple[int, ...] = (),
    *,
    prove: bool = True,
    curvature: Array | None = None,
    later: float = np.inf,
) -> Optimum:
    """The most likely point reached from the best of the starts (size, P), with the figures at `held` left as they are.

    BFGS from the `curvature` (size, size; 0 where it is not known) or from the outer product of scores (Berndt et al. 1974, Ann Econ Soc Meas
    3:653-665), then Newton steps on the numerical Hessian until a step gains next to nothing, and `later` at the most was gained since that was
    taken; without `prove` the climb ends before these, and nothing is proven.
    """
    best = int(np.argmax(_totals(likelihood(starts)))) if starts.shape[1] > 1 else 0
    point = starts[:, best].copy()
    free = np.array([one for one in range(len(point)) if one not in held])
    known = None if curvature is None else curvature[np.ix_(free, free)]
    most, near = MOST_STEPS if prove else MOST_UNPROVEN, min(NEAR, later)
    point, value, scores = _quasi_newton(likelihood, point, free, known, most, near)
    information = np.zeros((len(free), len(free)))
    gain, is_proven = np.inf, False
    for _ in range(MOST_CURVATURES if prove else 0):
        # What lies at the edge of the search and would leave it is held there (Karush-Kuhn-Tucker).
        leaves = (np.abs(point[free]) >= FARTHEST) & (scores.sum(axis=0) * point[free] >= 0)
        free, scores = free[~leaves], scores[:, ~leaves]
        information, before = information_at(likelihood, point, free), value
        point, value, scores = _newton(likelihood, point, free, information, (value, scores))
        gain, is_proven = _proof(information, scores.sum(axis=0))
        if is_proven and value - before < later:
            break
    whole = np.zeros((len(scores), len(point)))
    whole[:, free] = scores
    full = np.zeros((len(point), len(point)))
    full[np.ix_(free, free)] = information
    kept = tuple(one for one in range(len(point)) if one not in free)
    return Optimum(point, value, whole, full, kept, gain, is_proven)


def _proof(information: Array, gradient: Array) -> tuple[float, bool]:
    """What a further step would gain, and whether that is nothing and the log-likelihood bends down wherever it bends."""
    values, vectors = np.linalg.eigh(information)
    along = vectors.T @ gradient
    seen = values > FLAT
    gain = float((along[seen] ** 2 / values[seen]).sum() / 2)
    rise = float(np.abs(along[~seen]).sum()) * FLAT_REACH
    return gain + rise, gain < 10 * GAIN and rise < FLAT_GAIN and float(values[0]) > -FLAT


def _newton(
    likelihood: Likelihood,
    point: Array,
    free: NDArray[np.intp],
    information: Array,
    known: tuple[float, Array],
) -> tuple[Array, float, Array]:
    """Newton steps on one Hessian, careful ones along flat directions, until they gain nothing."""
    value, scores = known
    values, vectors = np.linalg.eigh(information)
    steep = np.maximum(np.abs(values), FLAT)
    for _ in range(5):
        along = vectors.T @ scores.sum(axis=0)
        if _proof(information, scores.sum(axis=0))[1] and (along**2 / steep).sum() < GAIN:
            break
        moved, later, later_scores = _stepped(likelihood, point, free, vectors @ (along / steep), value)
        if later <= value:
            break
        point, value, scores = moved, later, later_scores
    return point, value, scores


def _stepped(
    likelihood: Likelihood, point: Array, free: NDArray[np.intp], step: Array, value: float
) -> tuple[Array, float, Array]:
    """The point after a step, or where that is no better after the best of shorter ones, with its value and scores."""
    longest = float(np.abs(step).max())
    step = step * min(1.0, LONGEST / longest) if longest > 0 else step
    moved = point.copy()
    moved[free] = np.clip(moved[free] + step, -FARTHEST, FARTHEST)
    later, scores = value_and_scores(likelihood, moved, free)
    if later > value:
        return moved, later, scores
    tried = np.repeat(point[:, None], len(LENGTHS), axis=1)
    tried[free] = np.clip(tried[free] + step[:, None] * LENGTHS, -FARTHEST, FARTHEST)
    best = tried[:, int(np.argmax(_totals(likelihood(tried))))]
    return best, *value_and_scores(likelihood, best, free)


def _quasi_newton(
    likelihood: Likelihood,
    point: Array,
    free: NDArray[np.intp],
    known: Array | None,
    most_steps: int,
    near: float,
) -> tuple[Array, float, Array]:
    """Climbs until steps gain little, beginning with the information that is known, or that the scores' outer product gives."""
    value, scores = value_and_scores(likelihood, point, free)
    is_fresh = known is None
    inverse = _from_scores(scores) if known is None else _from_curvature(known, scores)
    for _ in range(most_steps):
        gradient = scores.sum(axis=0)
        step = inverse @ gradient
        if gradient @ step < near:
            break
        moved, later, later_scores = _stepped(likelihood, point, free, step, value)
        if later <= value:
            if is_fresh:
                break
            inverse, is_fresh = _from_scores(scores), True
            continue
        inverse = _updated(inverse, (moved - point)[free], gradient - later_scores.sum(axis=0))
        point, value, scores, is_fresh = moved, later, later_scores, False
    return point, value, scores


def _totals(values: Array) -> Array:
    totals = values.sum(axis=1)
    return np.where(np.isfinite(totals), totals, -np.inf)


def _from_scores(scores: Array) -> Array:
    outer = scores.T @ scores
    return np.asarray(np.linalg.inv(outer + np.eye(len(outer)) * max(1e-6 * np.trace(outer), 0.05)))


def _from_curvature(known: Array, scores: Array) -> Array:
    """The inverse of the information, what is not known of it by the scores, and what is flat as if it were not."""
    blank = np.diag(known) == 0
    values, vectors = np.linalg.eigh(known + np.diag(np.where(blank, (scores**2).sum(axis=0), 0.0)))
    return np.asarray((vectors / np.maximum(np.abs(values), FLAT)) @ vectors.T)


def _updated(inverse: Array, change: Array, fall: Array) -> Array:
    """The BFGS update of the inverse information, left out where curvature is not positive."""
    along = float(change @ fall)
    if along <= 1e-10 * float(np.linalg.norm(change) * np.linalg.norm(fall)):
        return inverse
    keep = np.eye(len(change)) - np.outer(change, fall) / along
    return np.asarray(keep @ inverse @ keep.T + np.outer(change, change) / along)
