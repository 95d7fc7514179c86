"""Rates of change of people, compared between arms, in many trials at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.batched.found import Array, Found, found


def rates(scores: Array, weeks: Array) -> tuple[Array, Array, Array, Array]:
    """Each person's least-squares slope a week, the sum of squares of its weeks, and what it leaves: squares and df.

    `scores` are trials by people by visits, missing as NaN. A person seen at fewer than two weeks has no slope (NaN).
    """
    known = np.isfinite(scores)
    if known.all() and np.ptp(weeks) > 0:
        return _complete(scores, weeks)
    count = known.sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_week = (known @ weeks) / count
        mean = np.where(known, scores, 0.0).sum(axis=2) / count
        at = np.where(known, weeks - mean_week[..., None], 0.0)
        apart = np.where(known, scores - mean[..., None], 0.0)
        spread = np.einsum("tpv,tpv->tp", at, at)
        slope = np.where(spread > 0, np.einsum("tpv,tpv->tp", at, apart) / spread, np.nan)
    left = apart - np.where(np.isfinite(slope), slope, 0.0)[..., None] * at
    squares = np.einsum("tpv,tpv->tp", left, left)
    return slope, spread, squares, np.maximum(count - 2, 0).astype(float)


def _complete(scores: Array, weeks: Array) -> tuple[Array, Array, Array, Array]:
    """The same where nobody misses a visit, by sums alone."""
    people = scores.shape[:2]
    at = weeks - weeks.mean()
    spread = float(at @ at)
    slope = scores @ (at / spread)
    # Taking the grand mean off first keeps the digits of squares.
    apart = scores - scores.mean()
    level = apart.mean(axis=2)
    squares = np.einsum("tpv,tpv->tp", apart, apart) - len(weeks) * level**2 - spread * slope**2
    free = np.full(people, float(max(len(weeks) - 2, 0)))
    return slope, np.full(people, spread), np.maximum(squares, 0.0), free


def difference_in_rates(
    scores: Array, weeks: Array, arm: NDArray[np.intp], compared: tuple[int, int] = (1, 0)
) -> Found:
    """Difference between two arms in mean slope a week, people's slopes weighted by how well they are known.

    Where all are seen at the same weeks, weights are equal and the answer is Student's t on people's slopes, which is that of the
    mixed model with a random intercept and slope (Kenward and Roger's) whenever its variances are inside their bounds.
    Else the variance between people is the moments' and weights are the reciprocal variances of slopes.

    Diggle, Heagerty, Liang & Zeger 2002, Analysis of longitudinal data, 2nd ed., ch. 6; Swamy 1970, Econometrica 38:311-323.
    """
    slope, spread, squares, free = rates(scores, weeks)
    known = np.isfinite(slope)
    belongs = np.eye(int(arm.max()) + 1)[arm]
    count = known @ belongs
    df = count.sum(axis=1) - (count > 0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(known, 1 / spread, 0.0)
        weight = _weights(slope, known, inverse, squares, free, arm)
        total = weight @ belongs
        mean = (np.where(known, slope, 0.0) * weight) @ belongs / total
        apart = np.where(known, slope - mean[:, arm], 0.0)
        # Weights are known up to a factor, which what is left of the slopes gives.
        factor = np.einsum("tp,tp->t", weight, apart**2) / df
        one, other = compared
        error = np.sqrt(factor * (1 / total[:, one] + 1 / total[:, other]))
        return found(mean[:, one] - mean[:, other], error, df)


def _weights(
    slope: Array,
    known: NDArray[np.bool_],
    inverse: Array,
    squares: Array,
    free: Array,
    arm: NDArray[np.intp],
) -> Array:
    """Reciprocal variances of people's slopes; equal ones where all slopes are known alike or nothing tells how well."""
    belongs = np.eye(int(arm.max()) + 1)[arm]
    count = known @ belongs
    mean = np.where(known, slope, 0.0) @ belongs / count
    apart = np.where(known, slope - mean[:, arm], 0.0)
    total = count.sum(axis=1)
    between = np.einsum("tp,tp->t", apart, apart) / (total - (count > 0).sum(axis=1))
    noise = squares.sum(axis=1) / free.sum(axis=1)
    own = np.maximum(between - noise * inverse.sum(axis=1) / total, 0.0)
    variance = own[:, None] + noise[:, None] * inverse
    is_usable = np.isfinite(variance) & (variance > 0)
    weight = np.where(known, np.where(is_usable, 1 / variance, 1.0), 0.0)
    return weight / weight.max(axis=1, keepdims=True)
