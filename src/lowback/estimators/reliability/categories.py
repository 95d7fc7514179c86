"""Agreement of two raters on categories, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.proportions import Proportion, wilson
from lowback.estimators.reliability.bounds import Bounded

Array = NDArray[np.float64]

DRAWS, SEED = 20_000, 1960
# As many people's worth of prior, spread evenly over the table: with two categories half a person in each cell.
PRIOR_PEOPLE = 2.0


@dataclass(frozen=True)
class Agreement:
    """Cohen's kappa, its large-sample standard error, the share of equal ratings, and the share that chance would make equal.

    `shares` are how often each rater gives each of `categories` (raters by categories).
    """

    kappa: Bounded
    std_error: float
    observed: Proportion
    by_chance: float
    categories: tuple[object, ...]
    shares: Array
    people: int


def kappa(first: Sequence[object], second: Sequence[object]) -> Agreement:
    """Cohen's kappa of two raters, one rating each a person: 1 is full agreement, 0 what chance gives, below 0 is worse.

    The 95 % interval has the quantiles of kappa where the cells' probabilities have a Dirichlet distribution, Jeffreys' prior for two
    categories: it holds for few people and rare findings, where the usual normal interval covers half as often as it says
    (simulated from a fixed seed). Raters may differ in how often they find something.

    Raises `NotEstimable` for fewer than two people and where both raters say the same of everybody, when chance alone explains all.

    Cohen 1960, Educ Psychol Meas 20:37-46; Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323-327 (standard error).
    """
    if len(first) != len(second) or len(first) < 2:
        raise NotEstimable(
            f"{len(first)} and {len(second)} ratings; needed are the ratings of two people or more by both raters"
        )
    categories = tuple(sorted({*first, *second}, key=str))
    place = {one: at for at, one in enumerate(categories)}
    counts = np.zeros((len(categories), len(categories)))
    np.add.at(counts, ([place[one] for one in first], [place[one] for one in second]), 1)
    if len(categories) < 2:
        raise NotEstimable(
            f"both raters say {categories[0]!s} of everybody, so agreement cannot be told from chance"
        )
    people = len(first)
    shares = np.stack([counts.sum(axis=1), counts.sum(axis=0)]) / people
    estimate = float(_kappa(counts / people))
    return Agreement(
        kappa=_interval(counts, estimate),
        std_error=_standard_error(counts / people, people),
        observed=wilson(int(np.trace(counts)), people),
        by_chance=float(shares[0] @ shares[1]),
        categories=categories,
        shares=shares,
        people=people,
    )


def _kappa(tables: Array) -> Array:
    """Kappa of tables of probabilities, in the last two axes."""
    equal = np.trace(tables, axis1=-2, axis2=-1)
    chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1)
    return np.asarray((equal - chance) / (1 - chance))


def _interval(counts: Array, estimate: float) -> Bounded:
    rng = np.random.default_rng(SEED)
    drawn = rng.standard_gamma(counts + PRIOR_PEOPLE / counts.size, (DRAWS, *counts.shape))
    found = _kappa(drawn / drawn.sum(axis=(1, 2), keepdims=True))
    low, high = (float(one) for one in np.quantile(found, [0.025, 0.975]))
    return Bounded(estimate, min(low, estimate), max(high, estimate))


def _standard_error(p: Array, people: int) -> float:
    """Of kappa in large samples (Fleiss, Cohen & Everitt 1969, equation 13)."""
    rows, columns, found = p.sum(axis=1), p.sum(axis=0), float(_kappa(p))
    chance = float(rows @ columns)
    crossed = columns[:, None] + rows[None, :]
    equal = (np.diagonal(p) * (1 - np.diagonal(crossed) * (1 - found)) ** 2).sum()
    # Row i and column j meet in the sum of the column's share of i and the row's share of j.
    off = p * crossed**2
    unequal = (1 - found) ** 2 * (off.sum() - np.trace(off))
    variance = equal + unequal - (found - chance * (1 - found)) ** 2
    return float(max(variance, 0.0) ** 0.5 / ((1 - chance) * people**0.5))
