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
    y, d, beside_ = (np.asarray(one, dtype=float) for one in (outcomes, doses, beside))
    plans = np.asarray(regimes, dtype=float)
    visits = d.shape[1]
    so_far = np.cumsum(d, axis=1)
    known = ~(np.isnan(y[:, 0]) | np.isnan(beside_).any(axis=1))
    if not known.any():
        raise NotEstimable("nobody has a score at baseline and everything that is adjusted for")
    means = np.empty(len(plans))
    influence = np.zeros((int(known.sum()), len(plans)))
    freedom = np.inf
    for place, plan in enumerate(np.cumsum(plans, axis=1)):
        target, moves, back = y[:, visits], np.zeros((len(y), 0)), None
        for visit in range(visits, 0, -1):
            history = np.isfinite(y[:, :visit]).all(axis=1) & np.isfinite(d[:, :visit]).all(axis=1) & known
            used = history & np.isfinite(target)
            fit = _stage(y, so_far, beside_, visit, used, target, basis, names)
            own = np.zeros((len(y), fit.coefficients.size))
            own[used] = fit.scores
            if back is not None:
                own += moves @ (fit.solved @ back[used]).T
            freedom = min(freedom, float(used.sum() - fit.coefficients.size))
            # The next regression, a visit earlier, is of what this one predicts under the regime.
            reach = np.isfinite(y[:, :visit]).all(axis=1) & np.isfinite(d[:, : visit - 1]).all(axis=1) & known
            planned = np.full((len(y), fit.coefficients.size), np.nan)
            planned[reach] = _design(y, so_far, beside_, visit, basis, plan)[reach]
            target, moves, back = planned @ fit.coefficients, own, planned
        assert back is not None
        start = back[known]
        means[place] = float((start @ fit.coefficients).mean())
        spread = (target[known] - means[place]) / known.sum()
        influence[:, place] = (moves @ start.mean(axis=0))[known] + spread
    return RegimeMeans(means, influence, freedom, int(known.sum()))


@dataclass(frozen=True, eq=False)
class _Fit:
    """Coefficients, what each person used adds to them, and (X'X)^-1 X'."""

    coefficients: Array
    scores: Array
    solved: Array


def _stage(
    y: Array,
    so_far: Array,
    beside: Array,
    visit: int,
    used: NDArray[np.bool_],
    target: Array,
    basis: Basis,
    names: Sequence[str],
) -> _Fit:
    x = _design(y, so_far, beside, visit, basis, None)[used]
    well = conditioned(x, _names(x.shape[1], visit, names))
    solved = well.back @ well.columns.T
    coefficients = solved @ target[used]
    left = 1 - (well.columns**2).sum(axis=1)
    if (left < 1e-10).any() or len(x) <= x.shape[1]:
        raise NotEstimable(f"{len(x)} people for {x.shape[1]} coefficients at visit {visit}")
    residuals = (target[used] - x @ coefficients) / left
    return _Fit(coefficients, (solved * residuals).T, solved)


def _design(y: Array, so_far: Array, beside: Array, visit: int, basis: Basis, plan: Array | None) -> Array:
    """The columns of the regression of one visit's outcome, with the doses taken or those of a plan."""

    def dose(at: int) -> Array:
        return basis(so_far[:, at - 1] if plan is None else np.full(len(y), plan[at - 1]))

    doses = [dose(at) for at in range(1, visit + 1)]
    return np.column_stack([np.ones((len(y), 1)), beside, y[:, :visit], *doses])


def _names(columns: int, visit: int, names: Sequence[str]) -> list[str]:
    start = ["constant", *names, *(f"score at visit {at}" for at in range(visit))]
    rest = [f"dose by visit {visit}, column {n}" for n in range(1, columns - len(start) + 1)]
    return [*start, *rest]
