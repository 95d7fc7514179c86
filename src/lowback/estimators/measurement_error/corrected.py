"""Slopes within and between groups corrected for error in the exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error.error_variance import ErrorVariance
from lowback.estimators.measurement_error.model import split_model
from lowback.estimators.measurement_error.moments import Array, Moments, moments
from lowback.estimators.measurement_error.ratio import NoBoundedRatio, ratio_interval


@dataclass(frozen=True, eq=False)
class CorrectedSlopes:
    """The equations of a model whose exposure has error, from which slopes with and without correction follow.

    `parts` are the slopes by name: "within", "between", and with a modifier "within x modifier", "between x modifier". Weighted sums may also hold
    the coefficients of columns without error by name; those of the modifier are "modifier within groups" and "modifier between groups".
    """

    parts: tuple[str, ...]
    moments: Moments
    error: ErrorVariance
    without: Array
    df: float
    beside: Mapping[str, Array]

    def interval(self, weights: Mapping[str, float]) -> dict[str, float]:
        """A weighted sum of slopes with its 95 % interval and p-value against 0.

        Errors are those of leaving each group out, so they hold whatever the covariance of a group's rows and contain what the error variance
        is unsure by; the interval is Fieller's. Raises `NotEstimable` where error may be all by which the exposure varies.
        """
        variance = self.error.value
        pair, covariance = self._pair(weights, variance, self.without)
        if self._is_from_others:
            step = 1e-4 * variance
            ends = [self._whole(weights, variance + sign * step) for sign in (1, -1)]
            slope = (ends[0] - ends[1]) / (2 * step)
            covariance = covariance + np.outer(slope, slope) * 2 * variance**2 / self.error.df
        try:
            return ratio_interval(pair, covariance, self.df)
        except NoBoundedRatio as refused:
            varies = f"the exposure's variation ({' and '.join(weights)})"
            raise NotEstimable(
                f"{varies} is not shown to be larger than its error of measurement, whose standard deviation is {variance**0.5:.3g}"
                if variance
                else f"{varies} is that of too few people: without one of them next to nothing may be left of it"
            ) from refused

    def reliability(self, part: str) -> dict[str, float]:
        """The share of the exposure's variation in this part, other columns aside, that is not error, with its interval.

        A slope is pulled towards zero by this factor. It may come out below zero.
        """
        at = {part: 1.0}
        naive, _ = self._pair(at, 0.0, 0 * self.without)
        share = self._pair(at, self.error.value, self.without)[0][1] / naive[1]
        each = self._each(at, self.without)[:, 1] / self._each(at, 0 * self.without)[:, 1]
        count = len(each)
        spread = (count - 1) / count * ((each - each.mean()) ** 2).sum()
        if self._is_from_others:
            spread += (1 - share) ** 2 * 2 / self.error.df
        error = float(spread**0.5)
        half = float(stdtrit(self.df, 0.975)) * error
        return {
            "estimate": float(share), "std_error": error, "df": self.df, "conf_low": float(share) - half, "conf_high": max(min(1.0, float(share) + half), float(share)),
        }  # fmt: skip

    @property
    def _is_from_others(self) -> bool:
        """Whether the error variance was estimated, and not from these people."""
        return bool(np.isfinite(self.error.df)) and self.error.squares is None and self.error.value > 0

    def _whole(self, weights: Mapping[str, float], variance: float) -> Array:
        """The pair of all groups at this error variance."""
        squares, products = self._equations(weights)[0]
        return self._solved(
            (self._freed(squares, variance * self.moments.errors.sum(axis=0)), products), weights
        )[0]

    def _freed(self, squares: Array, added: Array) -> Array:
        """The equations without what the error adds."""
        q = len(self.parts)
        freed = squares.copy()
        freed[:, :q, :q] -= added
        return freed

    def _equations(self, weights: Mapping[str, float]) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """The equations of all groups and of all but each, with no more coefficients than the weighted sum needs."""
        return self._of_parts if set(weights) <= set(self.parts) else self._of_all

    @cached_property
    def _of_all(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        squares, products = self.moments.squares, self.moments.products
        whole = squares.sum(axis=0, keepdims=True), products.sum(axis=0, keepdims=True)
        return whole, (whole[0] - squares, whole[1] - products)

    @cached_property
    def _of_parts(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """The same once the columns without error are eliminated, which error does not touch."""
        q = len(self.parts)
        whole, each = ((_eliminated(squares, products, q)) for squares, products in self._of_all)
        return whole, each

    def _pair(self, weights: Mapping[str, float], variance: float, without: Array) -> tuple[Array, Array]:
        """Numerator and denominator of the slope, and their covariance by leaving each group out."""
        pair = self._whole(weights, variance)
        each = self._each(weights, without)
        count = len(each)
        # Of means, since a sum without one group is smaller by that group's share.
        apart = count / (count - 1) * (each - each.mean(axis=0))
        return pair, (count - 1) / count * apart.T @ apart

    def _each(self, weights: Mapping[str, float], without: Array) -> Array:
        """The pair without each group in turn."""
        squares, products = self._equations(weights)[1]
        errors = self.moments.errors.sum(axis=0) - self.moments.errors
        return self._solved((self._freed(squares, without[:, None, None] * errors), products), weights)

    def _solved(self, equations: tuple[Array, Array], weights: Mapping[str, float]) -> Array:
        """What is left of numerator and denominator of the weighted sum once all other coefficients are eliminated."""
        squares, products = equations
        turn, place = self._turned(weights, squares.shape[-1])
        squares, products = turn.T @ squares @ turn, products @ turn
        rest = np.arange(squares.shape[-1]) != place
        order = np.concatenate([[place], np.flatnonzero(rest)])
        below, above = _eliminated(squares[:, order][:, :, order], products[:, order], 1)
        return np.column_stack([above[:, 0], below[:, 0, 0]])

    def _turned(self, weights: Mapping[str, float], count: int) -> tuple[Array, int]:
        """Coefficients in which the weighted sum is one of them, and its place: old ones are `turn` times new ones."""
        vector = np.zeros(count)
        for name, weight in weights.items():
            if name in self.parts:
                vector[self.parts.index(name)] += weight
            else:
                vector[len(self.parts) :] += weight * self.beside[name]
        place = int(np.abs(vector).argmax())
        turn = np.eye(count)
        turn[place] = -vector / vector[place]
        turn[place, place] = 1 / vector[place]
        return turn, place


def _eliminated(squares: Array, products: Array, kept: int) -> tuple[Array, Array]:
    """The equations of the first coefficients once all others are eliminated, for each of a stack."""
    across = squares[:, :kept, kept:]
    taken = across @ np.linalg.pinv(squares[:, kept:, kept:], rcond=1e-11, hermitian=True)
    left = squares[:, :kept, :kept] - taken @ across.transpose(0, 2, 1)
    return left, products[:, :kept] - (taken @ products[:, kept:, None])[:, :, 0]


def corrected_slopes(
    outcome: ArrayLike,
    exposure: ArrayLike,
    groups: ArrayLike,
    columns: ArrayLike,
    *,
    names: Sequence[str],
    error: ErrorVariance,
    modifier: ArrayLike | None = None,
) -> CorrectedSlopes:
    """The model of `split_slopes` for a true exposure of which `exposure` is a measurement with independent errors of one variance.

    outcome = intercept + within * deviation + between * group mean + columns + group intercept + residual, where the group's mean is that of the true
    exposure over these rows. With a `modifier` (a value a row, without error) both slopes may differ by it, and it is itself adjusted for,
    within and between groups. The estimating equations of the measured exposure are freed of what the error adds to them on average
    (regression calibration, in a linear model); variances of the intercept only weight the rows.

    Raises `NotEstimable` for what `random_intercept` refuses and for an exposure that does not vary.

    Fuller 1987, Measurement error models, ch. 2; Carroll et al. 2006, Measurement error in nonlinear models, 2nd ed., ch. 3-4; Buonaccorsi
    2010, Measurement error: models, methods and applications, ch. 11.
    """
    model = split_model(outcome, exposure, groups, columns, names, modifier)
    return CorrectedSlopes(
        parts=tuple(part.name for part in model.parts),
        moments=moments(model.outcome, model.exposure, model.parts, model.others, model.codes, model.ratio),
        error=error,
        without=error.without_each(model.labels),
        df=model.df,
        beside=model.beside,
    )
