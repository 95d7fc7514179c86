"""Moments of one arm by itself, for mediators that may act otherwise in each arm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import NormalFit, normal_fit
from lowback.outcomes.mediation_table import MediationTable
from lowback.outcomes.scores import Array


def arm_fit(table: MediationTable, here: NDArray[np.bool_]) -> NormalFit | None:
    """A fit of one arm, columns that do not vary in it at zero variance; None where it cannot be had."""
    rows = table.values[here]
    varies = np.array([np.isfinite(one).any() and np.nanmax(one) > np.nanmin(one) for one in rows.T])
    if here.sum() < 2 * varies.sum():
        return None
    names = [name for name, used in zip(table.names, varies, strict=True) if used]
    try:
        return _with_constants(normal_fit(rows[:, varies], names), varies, rows)
    except NotEstimable:
        return None


def _with_constants(found: NormalFit, varies: NDArray[np.bool_], rows: Array) -> NormalFit:
    """The fit with constant columns put back, whose variance is zero."""
    width = len(varies) + 1
    kept = np.concatenate([[0], 1 + np.flatnonzero(varies)])
    squares = np.zeros((len(rows), width, width))
    upper = np.triu_indices(len(kept))
    inner = np.zeros((len(rows), len(kept), len(kept)))
    inner[:, upper[0], upper[1]] = found.shares
    inner[:, upper[1], upper[0]] = found.shares
    squares[:, kept[:, None], kept] = inner
    centre = np.array([np.nanmean(one) if np.isfinite(one).any() else 0.0 for one in rows.T])
    spread = np.ones(len(varies))
    centre[varies], spread[varies] = found.centre, found.spread
    rows_of, columns_of = np.triu_indices(width)
    return NormalFit(squares[:, rows_of, columns_of], centre, spread)
