"""Risks standardised over everybody's covariates, from a logistic regression whose maximum is proven to exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array, conditioned

ITERATIONS = 100
# The largest score, in people, that counts as zero at the maximum of the likelihood.
ZERO_SCORE = 1e-9
# Margins below this are the linear programme's tolerance (1e-7), not separation.
OVERLAP = 1e-5


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
    is the robust one of the estimating equations, with the sampling of the covariates, times n / (n - coefficients); it
    holds when the regression is wrong.

    Raises `NotEstimable` for dependent columns and for separation, where no finite maximum exists.

    Ge et al. 2011, Drug Inf J 45:481-493; Steingrimsson, Hanley & Rosenblum 2017, Contemp Clin Trials 54:18-24.
    """
    y, code = np.asarray(event, dtype=float), np.asarray(arms, dtype=int)
    dummies = (code[:, None] == np.arange(1, len(arm_names))).astype(float)
    extra = np.asarray(covariates, dtype=float).reshape(len(y), -1)
    x = np.column_stack([np.ones(len(y)), dummies, extra])
    well = conditioned(x, ["intercept", *(f"arm {name}" for name in arm_names[1:]), *names])
    coefficients = _proven(y, well.columns)
    moved = [_everybody_in(x, arm, len(arm_names)) @ well.back for arm in range(len(arm_names))]
    return _averaged(y, well.columns, moved, coefficients)


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
    information = (x * (fitted * (1 - fitted))[:, None]).T @ x
    per_person = np.linalg.solve(information, (x * (y - fitted)[:, None]).T).T * n
    predicted = np.column_stack([expit(one @ coefficients) for one in moved])
    risks = predicted.mean(axis=0)
    gradients = np.column_stack(
        [(one * (p * (1 - p))[:, None]).mean(axis=0) for one, p in zip(moved, predicted.T, strict=True)]
    )
    influence = predicted - risks + per_person @ gradients
    return StandardisedRisks(risks, influence.T @ influence / n / (n - x.shape[1]), n)


def _proven(y: Array, x: Array) -> Array:
    """The maximum of the logistic likelihood over orthonormal columns, refused where there is none.

    Along a direction that separates (see `_refuse_separation`) the score is the sum over rows of distance times residual, so
    at least the least residual: a shorter score proves that no direction does, and only else the programme is solved.
    """
    try:
        coefficients = _logistic(y, x)
    except (NotEstimable, np.linalg.LinAlgError):
        _refuse_separation(y, x)
        raise NotEstimable(f"the logistic regression reached no maximum in {ITERATIONS} steps") from None
    residuals = y - expit(x @ coefficients)
    if np.linalg.norm(x.T @ residuals) > 0.5 * np.abs(residuals).min():
        _refuse_separation(y, x)
    return coefficients


def _logistic(y: Array, x: Array) -> Array:
    """The maximum of the logistic likelihood by Newton steps, halved when they overshoot."""
    coefficients = np.zeros(x.shape[1])
    for _ in range(ITERATIONS):
        fitted = expit(x @ coefficients)
        score = x.T @ (y - fitted)
        if np.abs(score).max() < ZERO_SCORE:
            return coefficients
        information = (x * (fitted * (1 - fitted))[:, None]).T @ x
        step = np.linalg.solve(information, score)
        while _log_likelihood(y, x @ (coefficients + step)) < _log_likelihood(y, x @ coefficients) - 1e-9:
            step = step / 2
        coefficients = coefficients + step
    raise NotEstimable(f"the logistic regression reached no maximum in {ITERATIONS} steps")


def _log_likelihood(y: Array, predictor: Array) -> float:
    return float(y @ predictor - np.logaddexp(0, predictor).sum())


def _refuse_separation(y: Array, x: Array) -> None:
    """Refuse when some combination of the columns tells events from others without overlap (complete or quasi).

    Such a combination, which is never on the wrong side of 0 and somewhere on the right one, exists if and only if the
    likelihood has no finite maximum.

    Konis 2007, Computational algorithms for detecting separated data sets in binary response models, Oxford.
    """
    # Unit columns of n rows hold values near 1 / sqrt(n); the solver's tolerance is meant for values near 1.
    signed = x * np.where(y > 0.5, 1.0, -1.0)[:, None] * len(y) ** 0.5
    answer = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1, 1), method="highs")
    if answer.status != 0:
        raise NotEstimable(f"whether a finite maximum exists could not be settled ({answer.message})")
    if (signed @ answer.x).max() > OVERLAP:
        raise NotEstimable("arm and covariates tell responders from others without overlap")
