"""The mean outcome had everybody kept to a regime of doses over time: g-computation by iterated regressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import conditioned
from lowback.estimators.intervals import student_interval

Array = NDArray[np.float64]
Basis = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class RegimeMeans:
    """Mean outcomes, one a regime, with what each person adds to them (people, regimes) and the degrees of freedom."""

    means: Array
    influence: Array
    df: float
    people: int

    def contrast(self, weights: ArrayLike) -> dict[str, float]:
        """A weighted sum of the means with its 95 % interval and p-value."""
        w = np.asarray(weights, dtype=float)
        error = float(np.sqrt(((self.influence @ w) ** 2).sum()))
        return student_interval(float(self.means @ w), error, self.df)


def regime_means(
    outcomes: ArrayLike,
    doses: ArrayLike,
    beside: ArrayLike,
    regimes: ArrayLike,
    basis: Basis,
    *,
    names: Sequence[str],
) -> RegimeMeans:
    """The mean of the last outcome under each regime, from people who chose their doses by what they knew.

    `outcomes` (people, K + 1) are the score at baseline and at K visits, `doses` (people, K) what was taken before each of
    these, `beside` (people, q) what is known at baseline besides, named by `names`; NaN where not recorded. Each visit's outcome
    is regressed on `basis` of the dose so far, on that of the doses up to each visit before, on all scores before, and on `beside`; from the last visit to the first the prediction under the regime takes the outcome's place. What a dose
    at one visit does through the next score thus counts for the dose. Each regression uses everybody with records up to
    its visit. Errors are the derivative by each person's weight, residuals scaled as in HC3, with Student's t.

    Raises `NotEstimable` where a regression has dependent columns or too few people.

    Robins 1986, Math Model 7:1393-1512; Bang & Robins 2005, Biometrics 61:962-973 (iterated regressions).
    """
    people = _people(*(np.asarray(one, dtype=float) for one in (outcomes, doses, beside)))
    plans = np.cumsum(np.asarray(regimes, dtype=float), axis=1)
    means, influences, freedoms = zip(*(_under(people, plan, basis, names) for plan in plans), strict=True)
    return RegimeMeans(np.array(means), np.column_stack(influences), min(freedoms), int(people.known.sum()))


@dataclass(frozen=True, eq=False)
class _People:
    """Everybody's scores (people, K + 1), doses and doses so far (people, K), and what is known besides; who has a baseline."""

    scores: Array
    doses: Array
    so_far: Array
    beside: Array
    known: NDArray[np.bool_]

    def recorded(self, scores: int, doses: int) -> NDArray[np.bool_]:
        """Who has a baseline, the first so many scores, and the first so many doses."""
        return (
            np.isfinite(self.scores[:, :scores]).all(axis=1)
            & np.isfinite(self.doses[:, :doses]).all(axis=1)
            & self.known
        )

    def design(self, visit: int, basis: Basis, plan: Array | None = None) -> Array:
        """The columns of the regression of one visit's outcome, with the doses taken or those of a plan."""
        taken = self.so_far if plan is None else np.broadcast_to(plan, self.so_far.shape)
        doses = [basis(taken[:, at]) for at in range(visit)]
        return np.column_stack([np.ones((len(taken), 1)), self.beside, self.scores[:, :visit], *doses])


def _people(scores: Array, doses: Array, beside: Array) -> _People:
    known = ~(np.isnan(scores[:, 0]) | np.isnan(beside).any(axis=1))
    if not known.any():
        raise NotEstimable("nobody has a score at baseline and everything that is adjusted for")
    return _People(scores, doses, np.cumsum(doses, axis=1), beside, known)


def _under(people: _People, plan: Array, basis: Basis, names: Sequence[str]) -> tuple[float, Array, float]:
    """The mean under one regime, what each person known adds to its error, and the fewest degrees of freedom of its regressions."""
    visits, everybody = people.doses.shape[1], len(people.scores)
    target, moves, back, freedom = people.scores[:, visits], np.zeros((everybody, 0)), None, np.inf
    for visit in range(visits, 0, -1):
        used = people.recorded(visit, visit) & np.isfinite(target)
        fit = _stage(people.design(visit, basis)[used], target[used], visit, names)
        own = np.zeros((everybody, fit.coefficients.size))
        own[used] = fit.scores
        if back is not None:
            own += moves @ (fit.solved @ back[used]).T
        freedom = min(freedom, float(used.sum() - fit.coefficients.size))
        # The next regression, a visit earlier, is of what this one predicts under the regime.
        reach = people.recorded(visit, visit - 1)
        planned = np.full((everybody, fit.coefficients.size), np.nan)
        planned[reach] = people.design(visit, basis, plan)[reach]
        target, moves, back = planned @ fit.coefficients, own, planned
    assert back is not None
    start = back[people.known]
    mean = float((start @ fit.coefficients).mean())
    spread = (target[people.known] - mean) / people.known.sum()
    return mean, (moves @ start.mean(axis=0))[people.known] + spread, freedom


@dataclass(frozen=True, eq=False)
class _Fit:
    """Coefficients, what each person used adds to them, and (X'X)^-1 X'."""

    coefficients: Array
    scores: Array
    solved: Array


def _stage(x: Array, target: Array, visit: int, names: Sequence[str]) -> _Fit:
    """The regression of one visit's outcome, or of what a later one predicts in its place."""
    well = conditioned(x, _names(x.shape[1], visit, names))
    solved = well.back @ well.columns.T
    coefficients = solved @ target
    left = 1 - (well.columns**2).sum(axis=1)
    if (left < 1e-10).any() or len(x) <= x.shape[1]:
        raise NotEstimable(f"{len(x)} people for {x.shape[1]} coefficients at visit {visit}")
    residuals = (target - x @ coefficients) / left
    return _Fit(coefficients, (solved * residuals).T, solved)


def _names(columns: int, visit: int, names: Sequence[str]) -> list[str]:
    start = ["constant", *names, *(f"score at visit {at}" for at in range(visit))]
    rest = [f"dose by visit {visit}, column {n}" for n in range(1, columns - len(start) + 1)]
    return [*start, *rest]
