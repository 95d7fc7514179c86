"""Rates of events that are counted: a log-linear regression whose errors hold whatever the counts' spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array, conditioned

STEPS, SMALL, WITHOUT_END = 60, 1e-12, 30.0


@dataclass(frozen=True, eq=False)
class RateFit:
    """Log rate ratios per unit of each column, their robust covariance, and the rows less the columns."""

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    df: float


def log_linear_rates(counts: ArrayLike, design: ArrayLike, *, names: Sequence[str]) -> RateFit:
    """The rate exp(design @ coefficients) by Poisson's likelihood, with the sandwich HC3, which no spread of the counts upsets.

    One row a person, all seen equally long; `design` has a constant. Raises `NotEstimable` for dependent columns, for
    counts that are all zero, and where the likelihood rises without end.

    Gourieroux, Monfort & Trognon 1984, Econometrica 52:701-720; MacKinnon & White 1985, J Econometrics 29:305-325 (HC3).
    """
    y, x = np.asarray(counts, dtype=float), np.asarray(design, dtype=float)
    if (y < 0).any() or not np.isfinite(y).all():
        raise NotEstimable("counts are missing or below zero")
    if not y.any():
        raise NotEstimable("nothing was counted, so there is no rate")
    well = conditioned(x, names)
    z = well.columns
    start = np.linalg.lstsq(z, np.log(y + 0.5), rcond=None)[0]
    beta = start
    for _ in range(STEPS):
        with np.errstate(over="ignore"):
            rate = np.exp(z @ beta)
        information = (z * rate[:, None]).T @ z
        step = np.linalg.solve(information, z.T @ (y - rate))
        longest = np.abs(z @ step).max()
        beta = beta + step / max(1.0, longest / 2)
        if np.abs(z @ beta).max() > WITHOUT_END:
            break
        if longest < SMALL**0.5:
            return _fit(y, z, beta, well.back, names)
    raise NotEstimable(
        f"the rate by {', '.join(names)} has no finite estimate: the likelihood rises without end"
    )


def _fit(y: Array, z: Array, beta: Array, back: Array, names: Sequence[str]) -> RateFit:
    rate = np.exp(z @ beta)
    inverse = np.linalg.inv((z * rate[:, None]).T @ z)
    leverage = rate * np.einsum("ij,jk,ik->i", z, inverse, z)
    scores = z * ((y - rate) / np.maximum(1 - leverage, 1e-9))[:, None]
    covariance = inverse @ (scores.T @ scores) @ inverse
    return RateFit(tuple(names), back @ beta, back @ covariance @ back.T, float(len(y) - z.shape[1]))
