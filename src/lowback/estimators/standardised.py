"""Risks standardised over everybody's covariates, from a logistic regression whose maximum is proven to exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from lowback.estimators.designs import Array, conditioned
from lowback.estimators.logistic import logistic_maximum


@dataclass(frozen=True, eq=False)
class StandardisedRisks:
    """The risk in each arm if everybody were in it, in the order of the arms, and the covariance of these risks."""

    risks: Array
    covariance: Array
    n_rows: int


def standardised_risks(
    event: ArrayLike,
    arms: ArrayLike,
    covariates: ArrayLike,
    *,
    arm_names: Sequence[str],
    names: Sequence[str],
) -> StandardisedRisks:
    """The mean predicted risk of `event` with everybody in arm 0, 1, ..., from a logistic regression.

    One row a person: `event` 0 or 1, `arms` the position of the person's arm, `covariates` a column a name. The covariance
    is the robust one of the estimating equations, with the sampling of the covariates; it holds when the regression is wrong.
    Each residual is divided by one less its leverage, without which intervals of 40 people an arm are too narrow.

    Raises `NotEstimable` for dependent columns and for separation, where no finite maximum exists.

    Ge et al. 2011, Drug Inf J 45:481-493; Steingrimsson, Hanley & Rosenblum 2017, Contemp Clin Trials 54:18-24; the leverages:
    Mancl & DeRouen 2001, Biometrics 57:126-134.
    """
    y, code = np.asarray(event, dtype=float), np.asarray(arms, dtype=int)
    dummies = (code[:, None] == np.arange(1, len(arm_names))).astype(float)
    extra = np.asarray(covariates, dtype=float).reshape(len(y), -1)
    x = np.column_stack([np.ones(len(y)), dummies, extra])
    well = conditioned(x, ["intercept", *(f"arm {name}" for name in arm_names[1:]), *names])
    coefficients = logistic_maximum(y, well.columns)
    moved = [_everybody_in(x, arm, len(arm_names)) @ well.back for arm in range(len(arm_names))]
    return _averaged(y, well.columns, moved, coefficients)


def moved_risks(
    event: ArrayLike, exposure: ArrayLike, covariates: ArrayLike, by: float, *, names: Sequence[str]
) -> StandardisedRisks:
    """The mean predicted risk of `event` as people are, and with everybody's `exposure` higher by so much.

    `names` are those of the exposure and of the covariates. As `standardised_risks`; raises `NotEstimable` alike.
    """
    y, z = np.asarray(event, dtype=float), np.asarray(exposure, dtype=float)
    x = np.column_stack([np.ones(len(y)), z, np.asarray(covariates, dtype=float).reshape(len(y), -1)])
    well = conditioned(x, ["intercept", *names])
    coefficients = logistic_maximum(y, well.columns)
    higher = x.copy()
    higher[:, 1] += by
    return _averaged(y, well.columns, [x @ well.back, higher @ well.back], coefficients)


def _everybody_in(design: Array, arm: int, arms: int) -> Array:
    moved = design.copy()
    moved[:, 1:arms] = 0.0
    if arm:
        moved[:, arm] = 1.0
    return moved


def _averaged(y: Array, x: Array, moved: list[Array], coefficients: Array) -> StandardisedRisks:
    """Mean risks with the covariance of their influence functions."""
    n = len(y)
    fitted = expit(x @ coefficients)
    weights = fitted * (1 - fitted)
    directions = np.linalg.solve((x * weights[:, None]).T @ x, x.T).T
    leverage = weights * np.einsum("ij,ij->i", x, directions)
    per_person = directions * ((y - fitted) / (1 - leverage) * n)[:, None]
    predicted = np.column_stack([expit(one @ coefficients) for one in moved])
    risks = predicted.mean(axis=0)
    gradients = np.column_stack(
        [(one * (p * (1 - p))[:, None]).mean(axis=0) for one, p in zip(moved, predicted.T, strict=True)]
    )
    influence = predicted - risks + per_person @ gradients
    return StandardisedRisks(risks, influence.T @ influence / n**2, n)
