"""The way to the most likely point, and the proof that it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Log-likelihood of each point (size, P) for each person: (P, N).
Likelihood = Callable[[Array], Array]

STEP, HESSIAN_STEP = 1e-4, 2e-3
LENGTHS = np.array([1.0, 0.5, 0.2, 0.05, 0.01])
# The log-likelihood that another Newton step would gain, at most, where the search may stop.
GAIN = 1e-4
# A direction whose curvature is smaller than this (log-likelihood per squared unit of the search) is one that the data do not see.
FLAT = 0.02
MOST_STEPS = 60
FARTHEST = 9.0


@dataclass(frozen=True, eq=False)
class Optimum:
    """A point (size,) with its log-likelihood, the persons' scores (N, size) and the information (size, size) there.

    `held` are the places of figures that were not searched over. `gain` is what a Newton step would still add; `is_proven`
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

    def influences(self, gradient: Array) -> Array | None:
        """How each person moves a function of the point, given its gradient (size,); None where the data do not see it.

        Their sum of squares is its variance whatever the truth is (sandwich): White 1982, Econometrica 50:1-25.
        """
        free = self.free
        values, vectors = np.linalg.eigh(self.information[np.ix_(free, free)])
        along = vectors.T @ gradient[free]
        seen = values > FLAT
        # A function that changes by more than a hundredth along a flat direction is not known at all.
        if (np.abs(along[~seen]) > 1e-2 * np.linalg.norm(gradient[free])).any():
            return None
        weights = vectors[:, seen] @ (along[seen] / values[seen])
        return np.asarray(self.scores[:, free] @ weights)


def optimum(
    likelihood: Likelihood, starts: Array, held: tuple[int, ...] = (), *, prove: bool = True
) -> Optimum:
    """The most likely point reached from the best of the starts (size, P), with the figures at `held` left as they are.

    BFGS from the outer product of scores (Berndt et al. 1974, Ann Econ Soc Meas 3:653-665), then Newton steps on the numerical Hessian
    until a step gains next to nothing; without `prove` the climb ends before these, and nothing is proven.
    """
    point = starts[:, int(np.argmax(_totals(likelihood(starts))))].copy()
    free = np.array([one for one in range(len(point)) if one not in held])
    point, value = _quasi_newton(likelihood, point, free)
    if not prove:
        nothing = np.zeros((len(point), len(point)))
        return Optimum(point, value, nothing, nothing, held, np.inf, False)
    for _ in range(6):
        scores = _scores(likelihood, point, free)
        information = _information(likelihood, point, free)
        gradient = scores.sum(axis=0)
        step, gain = _newton(information, gradient)
        if gain < GAIN:
            break
        moved, better = _best_along(likelihood, point, free, step)
        if better <= value:
            break
        point, value = moved, better
    whole = np.zeros((len(scores), len(point)))
    whole[:, free] = scores
    full = np.zeros((len(point), len(point)))
    full[np.ix_(free, free)] = information
    lowest = float(np.linalg.eigvalsh(information)[0])
    is_proven = bool(gain < 10 * GAIN and lowest > -FLAT)
    return Optimum(point, value, whole, full, held, gain, is_proven)


def scores_at(likelihood: Likelihood, point: Array, place: int) -> Array:
    """Derivative of each person's log-likelihood in the figure at one place (people,)."""
    return _scores(likelihood, point, np.array([place]))[:, 0]


def _totals(values: Array) -> Array:
    totals = values.sum(axis=1)
    return np.where(np.isfinite(totals), totals, -np.inf)


def _scores(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> Array:
    """Derivative of each person's log-likelihood in each free figure (N, free), by central differences."""
    steps = np.zeros((len(point), len(free)))
    steps[free, np.arange(len(free))] = STEP
    values = likelihood(point[:, None] + np.concatenate([steps, -steps], axis=1))
    return np.asarray((values[: len(free)] - values[len(free) :]).T / (2 * STEP))


def _information(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> Array:
    """Minus the second derivatives of the log-likelihood (free, free), by central differences."""
    k, h = len(free), HESSIAN_STEP
    unit = np.zeros((len(point), k))
    unit[free, np.arange(k)] = h
    rows, columns = np.triu_indices(k)
    both, apart = unit[:, rows] + unit[:, columns], unit[:, rows] - unit[:, columns]
    values = likelihood(point[:, None] + np.concatenate([both, -both, apart, -apart], axis=1)).sum(axis=1)
    up, down, one, other = values.reshape(4, -1)
    information = np.zeros((k, k))
    information[rows, columns] = information[columns, rows] = -(up + down - one - other) / (4 * h**2)
    return information


def _newton(information: Array, gradient: Array) -> tuple[Array, float]:
    """The step to where the gradient vanishes, along flat directions a careful one, and what it would gain."""
    values, vectors = np.linalg.eigh(information)
    along = vectors.T @ gradient
    steep = np.maximum(np.abs(values), FLAT)
    return vectors @ (along / steep), float((along**2 / steep).sum() / 2)


def _best_along(
    likelihood: Likelihood, point: Array, free: NDArray[np.intp], step: Array
) -> tuple[Array, float]:
    """The best of some lengths of a step, and its log-likelihood."""
    longest = float(np.abs(step).max())
    step = step * min(1.0, 2.0 / longest) if longest > 0 else step
    tried = np.repeat(point[:, None], len(LENGTHS), axis=1)
    tried[free] = np.clip(tried[free] + step[:, None] * LENGTHS, -FARTHEST, FARTHEST)
    totals = _totals(likelihood(tried))
    best = int(np.argmax(totals))
    return tried[:, best], float(totals[best])


def _quasi_newton(likelihood: Likelihood, point: Array, free: NDArray[np.intp]) -> tuple[Array, float]:
    """Climbs until steps gain little, beginning with the information that the scores' outer product gives."""
    value = float(_totals(likelihood(point[:, None]))[0])
    scores = _scores(likelihood, point, free)
    inverse = _from_scores(scores)
    is_fresh = True
    for _ in range(MOST_STEPS):
        gradient = scores.sum(axis=0)
        step = inverse @ gradient
        if gradient @ step < 2e-3:
            break
        moved, better = _best_along(likelihood, point, free, step)
        if better <= value:
            if is_fresh:
                break
            inverse, is_fresh = _from_scores(scores), True
            continue
        later = _scores(likelihood, moved, free)
        change, fall = (moved - point)[free], gradient - later.sum(axis=0)
        inverse = _updated(inverse, change, fall)
        point, value, scores, is_fresh = moved, better, later, False
    return point, value


def _from_scores(scores: Array) -> Array:
    outer = scores.T @ scores
    return np.asarray(np.linalg.inv(outer + np.eye(len(outer)) * max(1e-6 * np.trace(outer), 0.05)))


def _updated(inverse: Array, change: Array, fall: Array) -> Array:
    """The BFGS update of the inverse information, left out where curvature is not positive."""
    along = float(change @ fall)
    if along <= 1e-10 * float(np.linalg.norm(change) * np.linalg.norm(fall)):
        return inverse
    keep = np.eye(len(change)) - np.outer(change, fall) / along
    return np.asarray(keep @ inverse @ keep.T + np.outer(change, change) / along)
