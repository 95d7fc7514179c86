"""The slope of an outcome on an exposure, split into one within groups and one between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING, Array
from lowback.estimators.inference import DfMethod
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.linear import LinearFit, least_squares
from lowback.estimators.random_intercept import RandomIntercept, random_intercept


@dataclass(frozen=True, eq=False)
class SplitSlopes:
    """A fitted model and which of the slopes "within" and "between" it has.

    The coefficients of `fit` are the intercept, the slopes in the order of `levels`, then the other columns;
    `group_columns` counts the columns that do not change within a group.
    """

    levels: tuple[str, ...]
    fit: RandomIntercept | LinearFit
    group_columns: int

    @property
    def at_boundary(self) -> bool:
        """Whether a variance of the mixed model is estimated as zero."""
        return isinstance(self.fit, RandomIntercept) and self.fit.at_boundary

    def interval(self, weights: Mapping[str, float], df: DfMethod = "satterthwaite") -> dict[str, float]:
        """A weighted sum of the slopes with its t interval and p-value against 0.

        `df` is the method of the mixed model ("CR2" holds whatever the covariance of a group's rows is); least squares holds
        under unequal variances.
        """
        vector = np.zeros(len(self.fit.names))
        for level, weight in weights.items():
            vector[1 + self.levels.index(level)] = weight
        if isinstance(self.fit, LinearFit):
            found = contrast(self.fit.coefficients, self.fit.covariance, vector)
            return student_interval(*found, self.fit.df_of(vector))
        inferred = self.fit.contrast(vector, df)
        freedom = float(inferred.df[0])
        if self.fit.at_boundary and "between" in weights:
            # Groups whose intercepts do not seem to vary are still no more than so many groups.
            freedom = max(1.0, min(freedom, float(self.fit.n_groups - self.group_columns)))
        return student_interval(float(inferred.estimate[0]), float(inferred.std_error[0]), freedom)


def split_slopes(
    outcome: ArrayLike, exposure: ArrayLike, groups: ArrayLike, columns: ArrayLike, *, names: Sequence[str]
) -> SplitSlopes:
    """The model outcome = intercept + within * deviation + between * group mean + columns + group intercept + residual.

    `exposure` is split into its group's mean over these rows and the deviation from it; `columns` (rows by `names`) are adjusted for.
    Slopes are in outcome units per exposure unit. A part of the exposure that does not vary has no slope. Where every group has one row
    the model is least squares, with errors that hold under unequal variances.

    Raises `NotEstimable` where the exposure does not vary at all, and for whatever `random_intercept` or `least_squares` refuse.

    Mundlak 1978, Econometrica 46:69-85; Neuhaus & Kalbfleisch 1998, Biometrics 54:638-645.
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(exposure, dtype=float)
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    mean = _group_means(x, codes)
    rounding = ROUNDING * np.abs(x).max(initial=0.0)
    parts = {"within": x - mean, "between": mean}
    parts = {level: part for level, part in parts.items() if np.ptp(part) > 2 * rounding}
    if not parts:
        raise NotEstimable(
            "the exposure is the same in every row; nothing varies that could go with anything"
        )
    design = np.column_stack([np.ones(len(y)), *parts.values(), np.asarray(columns, dtype=float)])
    spelled = ["intercept", *(f"exposure {level} groups" for level in parts), *names]
    fit: RandomIntercept | LinearFit
    if len(np.unique(codes)) == len(y):
        fit = least_squares(y, design, names=spelled, variance="HC2")
    else:
        fit = random_intercept(y, design, groups, names=spelled)
    return SplitSlopes(tuple(parts), fit, _constant_within(design, codes))


def _group_means(values: Array, codes: np.ndarray) -> Array:
    """Each row's group mean, taken about the grand mean so that a far origin costs no digits."""
    centre = values.mean()
    return (np.bincount(codes, values - centre) / np.bincount(codes))[codes] + centre


def _constant_within(design: Array, codes: np.ndarray) -> int:
    """How many columns have one value in each group."""
    first = np.unique(codes, return_index=True)[1][codes]
    return int((np.abs(design - design[first]) <= 1e-9 * np.abs(design).max(axis=0)).all(axis=0).sum())
