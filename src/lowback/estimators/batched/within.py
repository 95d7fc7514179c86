"""The slope of outcome on exposure within persons, in many studies at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.batched.found import Array, Found, found


def slope_within_persons(outcome: Array, exposure: Array, arm: NDArray[np.intp]) -> Found:
    """Change of outcome with one unit of exposure from visit to visit of a person, apart from every arm's visits.

    Both are trials by people by visits, missing as NaN; `arm` is each person's, from 0 (all 0 without arms). It is least squares
    on deviations from the person, with a mean for each arm and visit. Where nobody misses a visit this is the slope of
    the mixed model with a random intercept and the exposure split into person's mean and deviation.

    Mundlak 1978, Econometrica 46:69-85.
    """
    known = np.isfinite(outcome) & np.isfinite(exposure)
    people = known.any(axis=2).sum(axis=1)
    cells = np.stack([known[:, arm == one].any(axis=1).sum(axis=1) for one in range(int(arm.max()) + 1)])
    y, x = _apart(outcome, known, arm), _apart(exposure, known, arm)
    spread = np.einsum("tpv,tpv->t", x, x)
    # Each arm's first visit is its people's level.
    df = known.sum(axis=(1, 2)) - people - np.maximum(cells - 1, 0).sum(axis=0) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.einsum("tpv,tpv->t", x, y) / spread
        left = y - slope[:, None, None] * x
        variance = np.einsum("tpv,tpv->t", left, left) / df
        return found(slope, np.sqrt(variance / spread), df)


def _apart(values: Array, known: NDArray[np.bool_], arm: NDArray[np.intp]) -> Array:
    """Deviations from person and from arm and visit together; 0 where missing."""
    apart = _from_people(values, known)
    for one in range(int(arm.max()) + 1):
        mine = arm == one
        apart[:, mine] = _from_visits(apart[:, mine], known[:, mine])
    return apart


def _from_people(values: Array, known: NDArray[np.bool_]) -> Array:
    count = np.maximum(known.sum(axis=2), 1)
    mean = np.where(known, values, 0.0).sum(axis=2) / count
    return np.where(known, values - mean[..., None], 0.0)


def _from_visits(apart: Array, known: NDArray[np.bool_]) -> Array:
    """What the visits' means, themselves taken apart from persons, leave of deviations from persons.

    Those deviations sum to 0 in each person, so that a visit's sum of them is its share in the normal equations.
    """
    visits = known.shape[2]
    if visits < 2 or known.all():
        return apart - apart.mean(axis=1, keepdims=True)
    seen = known.astype(float)
    share = seen / np.maximum(seen.sum(axis=2, keepdims=True), 1)
    cross = np.swapaxes(seen, 1, 2) @ -share
    cross[:, range(visits), range(visits)] += seen.sum(axis=1)
    effect = np.zeros((len(apart), visits))
    solved = np.linalg.pinv(cross[:, 1:, 1:], hermitian=True) @ apart.sum(axis=1)[:, 1:, None]
    effect[:, 1:] = solved[..., 0]
    level = np.einsum("tpv,tv->tp", share, effect)
    return np.where(known, apart - effect[:, None, :] + level[..., None], 0.0)
