"""Risk differences standardised over everybody's baseline, in many trials at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from lowback.estimators.batched.found import Array, Found, found

ITERATIONS = 30
# The largest score, in people, that counts as zero at the maximum of the likelihood.
ZERO_SCORE = 1e-8
# Coefficients of a centred and scaled baseline beyond this mean that arms and baseline tell responders from others.
SEPARATED = 25.0
Z = float(ndtri(0.975))


def standardised_difference(
    better: Array, baseline: Array, arm: NDArray[np.intp], compared: tuple[int, int] = (1, 0)
) -> Found:
    """Difference in risk between two arms, a logistic regression on arm and baseline averaged over everybody.

    `better` (0 or 1) and `baseline` have a row a trial and a column a person, missing as NaN; people without either take no part.
    Standard errors are the robust ones of `standardised_risks`. Where that regression has no maximum, or an arm nobody, the
    answer is the plain difference with Newcombe's interval.

    Ge et al. 2011, Drug Inf J 45:481-493; Newcombe 1998, Stat Med 17:873-890, method 10.
    """
    known = np.isfinite(better) & np.isfinite(baseline)
    y = np.where(known, better, 0.0)
    x = _design(baseline, known, arm)
    coefficients, is_fitted = _logistic(y, x, known)
    risks = _averaged(y, x, known, coefficients, compared)
    adjusted = found(risks[0], np.where(is_fitted, risks[1], np.nan), np.inf)
    plain = _newcombe(better, arm, compared)
    names = ("estimate", "std_error", "df", "conf_low", "conf_high")
    missing = np.isnan(adjusted.estimate)
    chosen = [np.where(missing, getattr(plain, name), getattr(adjusted, name)) for name in names]
    low, high = np.maximum(chosen[3], -1.0), np.minimum(chosen[4], 1.0)
    return Found(chosen[0], chosen[1], chosen[2], low, high)


def _design(baseline: Array, known: NDArray[np.bool_], arm: NDArray[np.intp]) -> Array:
    """Intercept, arms after the first, and baseline centred and scaled in each trial; 0 for people who take no part."""
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    values = np.where(known, baseline, 0.0)
    apart = np.where(known, values - values.sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt((apart**2).sum(axis=1, keepdims=True) / count)
    scaled = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    columns = np.eye(int(arm.max()) + 1)[:, 1:][arm]
    fixed = np.column_stack([np.ones(len(arm)), columns])
    shape = (len(baseline), len(arm), fixed.shape[1])
    design = np.concatenate([np.broadcast_to(fixed, shape), scaled[..., None]], axis=2)
    return design * known[..., None]


def _logistic(y: Array, x: Array, known: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """The maxima of the logistic likelihoods by Newton's steps, and which of them were reached."""
    coefficients = np.zeros((len(y), x.shape[2]))
    score = np.full_like(coefficients, np.inf)
    for _ in range(ITERATIONS):
        fitted = _fitted(x, coefficients)
        score = np.einsum("tpj,tp->tj", x, (y - fitted) * known)
        if np.abs(score).max(initial=0.0) < ZERO_SCORE:
            break
        step = _solved(_information(x, fitted), score)
        # A far step is cut; a likelihood without a maximum drives its coefficients out all the same.
        largest = np.abs(step).max(axis=1, keepdims=True)
        coefficients = coefficients + step / np.maximum(largest / 2, 1.0)
        coefficients = np.clip(np.nan_to_num(coefficients), -2 * SEPARATED, 2 * SEPARATED)
    reached = (np.abs(score).max(axis=1) < ZERO_SCORE * 100) & (np.abs(coefficients).max(axis=1) < SEPARATED)
    return coefficients, reached


def _averaged(
    y: Array, x: Array, known: NDArray[np.bool_], coefficients: Array, compared: tuple[int, int]
) -> tuple[Array, Array]:
    """The difference of two standardised risks and its robust standard error; missing where nobody takes part."""
    # People of a trial without any would be divided by 0.
    n = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    fitted = _fitted(x, coefficients)
    apart = np.zeros_like(y)
    gradient = np.zeros_like(coefficients)
    for arm, sign in zip(compared, (1.0, -1.0), strict=True):
        moved = x.copy()
        moved[..., 1:-1] = 0.0
        if arm:
            moved[..., arm] = known
        risk = _fitted(moved, coefficients) * known
        apart += sign * risk
        gradient += sign * np.einsum("tpj,tp->tj", moved, risk * (1 - risk))
    estimate = apart.sum(axis=1) / n
    information = _information(x, fitted)
    direction = _solved(information, gradient)
    weights = fitted * (1 - fitted)
    leverage = weights * np.einsum("tpj,tjk,tpk->tp", x, np.linalg.pinv(information), x)
    residual = np.where(known, (y - fitted) / np.maximum(1 - leverage, 1e-12), 0.0)
    influence = apart - estimate[:, None] + np.einsum("tpj,tj->tp", x, direction) * residual
    influence = np.where(known, influence, 0.0)
    return estimate, np.sqrt(np.einsum("tp,tp->t", influence, influence)) / n


def _fitted(x: Array, coefficients: Array) -> Array:
    return expit(np.einsum("tpj,tj->tp", x, coefficients))


def _information(x: Array, fitted: Array) -> Array:
    weight = fitted * (1 - fitted)
    return np.swapaxes(x * weight[..., None], 1, 2) @ x


def _solved(matrix: Array, right: Array) -> Array:
    """Solutions of many small systems; singular ones are nudged, since their trials are told by what they reach."""
    nudge = 1e-10 * np.trace(matrix, axis1=1, axis2=2) + 1e-300
    nudged = matrix + nudge[:, None, None] * np.eye(matrix.shape[-1])
    return np.asarray(np.linalg.solve(nudged, right[..., None])[..., 0])


def _newcombe(better: Array, arm: NDArray[np.intp], compared: tuple[int, int]) -> Found:
    """The plain difference of two shares with the interval that two score intervals give."""
    shares = [_wilson(better[:, arm == one]) for one in compared]
    (p, low, high, error), (q, low_q, high_q, error_q) = shares
    difference = p - q
    below = np.sqrt((p - low) ** 2 + (high_q - q) ** 2)
    above = np.sqrt((high - p) ** 2 + (q - low_q) ** 2)
    df = np.where(np.isfinite(difference), np.inf, np.nan)
    return Found(difference, np.sqrt(error + error_q), df, difference - below, difference + above)


def _wilson(better: Array) -> tuple[Array, Array, Array, Array]:
    """Share, ends of Wilson's score interval, and squared standard error, of the people known."""
    known = np.isfinite(better)
    of = known.sum(axis=1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, better, 0.0).sum(axis=1) / of
        error = share * (1 - share) / of
        middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
        half = Z / (1 + Z**2 / of) * np.sqrt(error + Z**2 / (4 * of**2))
    low, high = (
        np.minimum(share, np.maximum(0.0, middle - half)),
        np.maximum(share, np.minimum(1.0, middle + half)),
    )
    return share, low, high, error
