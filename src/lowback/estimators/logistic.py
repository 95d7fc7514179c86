"""The maximum of a logistic likelihood, given only where it is proven to exist."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array

ITERATIONS = 100
# The largest score, in people, that counts as zero at the maximum of the likelihood.
ZERO_SCORE = 1e-9
# Margins below this are the linear programme's tolerance (1e-7), not separation.
OVERLAP = 1e-5


def logistic_maximum(y: Array, x: Array) -> Array:
    """The maximum of the logistic likelihood over orthonormal columns, refused where there is none.

    Along a direction that separates (see `refuse_separation`) the score is the sum over rows of distance times residual, so
    at least the least residual: a shorter score proves that no direction does, and only else the programme is solved.
    """
    try:
        coefficients = _logistic(y, x)
    except (NotEstimable, np.linalg.LinAlgError):
        refuse_separation(y, x)
        raise NotEstimable(f"the logistic regression reached no maximum in {ITERATIONS} steps") from None
    residuals = y - expit(x @ coefficients)
    if np.linalg.norm(x.T @ residuals) > 0.5 * np.abs(residuals).min():
        refuse_separation(y, x)
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


def refuse_separation(y: Array, x: Array) -> None:
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
