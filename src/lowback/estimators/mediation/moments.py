"""Means and covariances of a table with gaps, and what each person adds to them, so that resampling people is a matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Positions = NDArray[np.intp]

MOST_STEPS = 5000
NO_FURTHER = 1e-10
# A column of which the others leave less than this share of its variance unexplained is taken to depend on them.
DEPENDENT = 1e-9
STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Moments:
    """Means and covariances of the same columns; leading axes, if there are any, count replicates."""

    mean: Array
    covariance: Array


@dataclass(frozen=True, eq=False)
class NormalFit:
    """The moments of largest likelihood under a normal distribution, and each person's share in them.

    `shares` has a row a person; their mean are the moments (`moments_of`), and their mean over people drawn again with replacement
    those of the people drawn: exactly where nothing is missing, to first order where something is.
    """

    shares: Array
    centre: Array
    spread: Array

    @property
    def moments(self) -> Moments:
        """Of these people."""
        return self.moments_of(self.shares.mean(axis=0))

    def moments_of(self, mean_share: Array) -> Moments:
        """The moments that belong to mean shares (last axis), in the columns' own units; the divisor is the number of people."""
        squares = _square(mean_share, len(self.centre) + 1)
        mean = squares[..., 0, 1:]
        covariance = squares[..., 1:, 1:] - mean[..., :, None] * mean[..., None, :]
        return Moments(self.centre + self.spread * mean, covariance * np.outer(self.spread, self.spread))


def block(matrices: Array, rows: Sequence[int] | Positions, columns: Sequence[int] | Positions) -> Array:
    """These rows and columns of each matrix."""
    return np.asarray(matrices[..., np.asarray(rows, dtype=int)[:, None], np.asarray(columns, dtype=int)])


@dataclass(frozen=True, eq=False)
class _Pattern:
    """People with the same gaps: columns seen (the constant among them) and not, and their cross-products of what is seen."""

    people: Positions
    seen: Positions
    gone: Positions
    products: Array


def normal_fit(values: Array, names: Sequence[str]) -> NormalFit:
    """Moments of columns with gaps (NaN) by maximum likelihood under normality, with each person's share.

    What is missing may depend on what is seen (missing at random). The shares are the expected cross-products given what is seen,
    carried to the optimum by the derivative of the EM step, so that they hold the information that is missing.

    Raises `NotEstimable` for a column that does not vary or depends on the others, and for EM steps that do not settle.

    Dempster, Laird & Rubin 1977, J R Stat Soc B 39:1-38; Little & Rubin 2002, Statistical Analysis with Missing Data, ch. 11.
    """
    table = np.asarray(values, dtype=float)
    centre, spread = _scales(table, names)
    scaled = np.column_stack([np.ones(len(table)), (table - centre) / spread])
    patterns = _patterns(scaled)
    optimum = _optimum(patterns, len(table), scaled.shape[1])
    _refuse_dependent(optimum, names)
    shares = _expected(scaled, patterns, optimum)
    if any(len(one.gone) for one in patterns):
        shares = _carried(shares, patterns, optimum, len(table))
    return NormalFit(shares, centre, spread)


def _scales(table: Array, names: Sequence[str]) -> tuple[Array, Array]:
    for column, name in zip(table.T, names, strict=True):
        seen = column[np.isfinite(column)]
        if len(seen) < 2 or np.ptp(seen) <= 1e-12 * np.abs(seen).max():
            raise NotEstimable(f"{name} does not vary: {len(seen)} values of {len(column)} people")
    return np.nanmean(table, axis=0), np.nanstd(table, axis=0)


def _patterns(scaled: Array) -> list[_Pattern]:
    codes, place = np.unique(np.isnan(scaled), axis=0, return_inverse=True)
    found = []
    for at, gaps in enumerate(codes):
        people, seen = np.flatnonzero(place.ravel() == at), np.flatnonzero(~gaps)
        rows = scaled[np.ix_(people, seen)]
        found.append(_Pattern(people, seen, np.flatnonzero(gaps), rows.T @ rows))
    return found


def _optimum(patterns: list[_Pattern], people: int, width: int) -> Array:
    """The mean cross-products at which an EM step changes nothing."""
    products = np.eye(width)
    for _ in range(MOST_STEPS):
        stepped = _em_step(products, patterns, people)
        if np.abs(stepped - products).max() < NO_FURTHER:
            return stepped
        products = stepped
    raise NotEstimable(
        f"the covariances of columns with gaps did not settle in {MOST_STEPS} EM steps: too many gaps for so few people"
    )


def _em_step(products: Array, patterns: list[_Pattern], people: int) -> Array:
    """Mean expected cross-products (constant first) given what is seen, under the moments that `products` hold; stacks allowed."""
    total = np.zeros(products.shape)
    for one in patterns:
        total[..., one.seen[:, None], one.seen] += one.products
        if not len(one.gone):
            continue
        slopes, left = _regression(products, one)
        crossed = slopes @ one.products
        total[..., one.gone[:, None], one.seen] += crossed
        total[..., one.seen[:, None], one.gone] += crossed.swapaxes(-1, -2)
        total[..., one.gone[:, None], one.gone] += crossed @ slopes.swapaxes(-1, -2) + len(one.people) * left
    return total / people


def _regression(products: Array, one: _Pattern) -> tuple[Array, Array]:
    """Slopes of what is gone on what is seen, and the covariance that they leave."""
    inside, across = block(products, one.seen, one.seen), block(products, one.seen, one.gone)
    try:
        slopes = np.linalg.solve(inside, across).swapaxes(-1, -2)
    except np.linalg.LinAlgError as singular:
        raise NotEstimable("columns with gaps depend on each other") from singular
    left = block(products, one.gone, one.gone) - slopes @ across
    return np.asarray(slopes), np.asarray(left)


def _expected(scaled: Array, patterns: list[_Pattern], products: Array) -> Array:
    """Each person's expected cross-products, flat (person, upper triangle)."""
    rows, columns = np.triu_indices(scaled.shape[1])
    flat = np.empty((len(scaled), len(rows)))
    for one in patterns:
        filled = scaled[one.people].copy()
        spare = np.zeros((scaled.shape[1], scaled.shape[1]))
        if len(one.gone):
            slopes, left = _regression(products, one)
            filled[:, one.gone] = filled[:, one.seen] @ slopes.T
            spare[np.ix_(one.gone, one.gone)] = left
        flat[one.people] = filled[:, rows] * filled[:, columns] + spare[rows, columns]
    return flat


def _carried(shares: Array, patterns: list[_Pattern], optimum: Array, people: int) -> Array:
    """Shares whose mean over people drawn again is where EM steps on those people would end, to first order.

    With F the EM step and T its fixed point, dT = (I - dF/dT)^-1 times the change of F; the derivative is by central differences.
    """
    width = len(optimum)
    rows, columns = np.triu_indices(width)
    moved = np.zeros((len(rows) - 1, width, width))
    each = np.arange(len(rows) - 1)
    moved[each, rows[1:], columns[1:]] = STEP
    moved[each, columns[1:], rows[1:]] = STEP
    ahead = _em_step(optimum + moved, patterns, people) - _em_step(optimum - moved, patterns, people)
    derivative = ahead[:, rows[1:], columns[1:]].T / (2 * STEP)
    fixed = optimum[rows, columns]
    carried = shares - fixed
    carried[:, 1:] = np.linalg.solve(np.eye(len(derivative)) - derivative, carried[:, 1:].T).T
    return np.asarray(fixed + carried)


def _square(flat: Array, width: int) -> Array:
    rows, columns = np.triu_indices(width)
    squares = np.empty((*flat.shape[:-1], width, width))
    squares[..., rows, columns] = flat
    squares[..., columns, rows] = flat
    return squares


def _refuse_dependent(products: Array, names: Sequence[str]) -> None:
    """Refuse a column of which the columns before it leave nothing unexplained."""
    covariance = products[1:, 1:] - np.outer(products[0, 1:], products[0, 1:])
    for at, name in enumerate(names):
        before = covariance[:at, :at]
        explained = covariance[at, :at] @ np.linalg.solve(before, covariance[:at, at]) if at else 0.0
        if covariance[at, at] - explained < DEPENDENT * max(covariance[at, at], 1e-300):
            raise NotEstimable(f"{name} is a combination of the columns before it, or people are too few")
