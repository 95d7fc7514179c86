"""The model of an outcome on an exposure split into groups' means and deviations, made ready for correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING, check_outcome, conditioned
from lowback.estimators.measurement_error.moments import Array, Level, Part, Positions, columns_of
from lowback.estimators.random_intercept import random_intercept

LEVELS: tuple[Level, ...] = ("within", "between")
TIMES_MODIFIER = " x modifier"


@dataclass(frozen=True, eq=False)
class SplitModel:
    """Rows sorted by group: `codes` are positions in `labels`; outcome and exposure are centred; `others` have an intercept and full rank.

    `ratio` is the variance of group intercepts over that of residuals, `constant` counts the columns that do not change within a group. `beside` are the
    named columns without error, each as a weighted sum of `others`' coefficients.
    """

    outcome: Array
    exposure: Array
    parts: tuple[Part, ...]
    others: Array
    codes: Positions
    labels: NDArray[np.generic]
    ratio: float
    constant: int
    beside: Mapping[str, Array]

    @property
    def df(self) -> float:
        """Groups less the columns that do not change within one."""
        return float(max(len(self.labels) - self.constant, 1))


def split_model(
    outcome: ArrayLike,
    exposure: ArrayLike,
    groups: ArrayLike,
    columns: ArrayLike,
    names: Sequence[str],
    modifier: ArrayLike | None = None,
) -> SplitModel:
    """Check and sort the rows, split the exposure (and a modifier, to be adjusted for), and find the weights of groups.

    Raises `NotEstimable` for what `random_intercept` refuses and for an exposure that does not vary.
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(exposure, dtype=float)
    labels, codes = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    y, x, codes = y[order], x[order] - x.mean(), codes[order]
    others, named = np.asarray(columns, dtype=float)[order], list(names)
    check_outcome(y, len(x))
    times = None if modifier is None else np.asarray(modifier, dtype=float)[order]
    if times is not None:
        split, levels = _split(times, codes)
        others, named = (
            np.column_stack([others, split]),
            [*named, *(f"modifier {one} groups" for one in levels)],
        )
    parts = _parts(x, codes, times)
    with_intercept = np.column_stack([np.ones(len(y)), others])
    well, exposed = conditioned(with_intercept, ["intercept", *named]), columns_of(parts, x, codes)
    design = np.column_stack([exposed, well.columns])
    ratio = _ratio(y, design, codes, [*(part.name for part in parts), "intercept", *named])
    beside = dict(zip(["intercept", *named], well.back, strict=True))
    # Of the columns as given: where people miss visits, orthonormal ones mix those that stay with those that change.
    constant = _still(np.column_stack([exposed, with_intercept]), codes)
    return SplitModel(y - y.mean(), x, tuple(parts), well.columns, codes, labels, ratio, constant, beside)


def _split(values: Array, codes: Positions) -> tuple[Array, list[Level]]:
    """Deviation from the group's mean and that mean, as far as they vary, and which of them do."""
    ones = np.ones(len(values))
    both = columns_of([Part(level, level, ones) for level in LEVELS], values, codes)
    varies = np.ptp(both, axis=0) > 2 * ROUNDING * np.abs(values).max(initial=0.0)
    return both[:, varies], [level for level, there in zip(LEVELS, varies, strict=True) if there]


def _parts(exposure: Array, codes: Positions, modifier: Array | None) -> list[Part]:
    levels = _split(exposure, codes)[1]
    if not levels:
        raise NotEstimable(
            "the exposure is the same in every row; nothing varies that could go with anything"
        )
    parts = [Part(level, level, np.ones(len(exposure))) for level in levels]
    if modifier is not None:
        parts += [Part(level + TIMES_MODIFIER, level, modifier) for level in levels]
    return parts


def _still(columns: Array, codes: Positions) -> int:
    """How many columns do not change within any group."""
    first = np.unique(codes, return_index=True)[1][codes]
    return int((np.abs(columns - columns[first]).max(axis=0) < 1e-9 * np.abs(columns).max(axis=0)).sum())


def _ratio(y: Array, design: Array, codes: Positions, names: Sequence[str]) -> float:
    """The variance of group intercepts over that of residuals; 0 where every group has one row."""
    if len(np.unique(codes)) == len(codes):
        conditioned(design, names)
        return 0.0
    fit = random_intercept(y, design, codes, names=names)
    return fit.variance_between / fit.variance_residual if fit.variance_residual > 0 else 1e8
