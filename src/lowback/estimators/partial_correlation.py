"""How far two measures go together among people alike in others that are known with error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
# The error that is taken off, as shares of the error given: up to a quarter more, since what is known of errors is itself uncertain.
SHARES = np.linspace(0.0, 1.25, 11)
LEAST_LEFT = 0.1
FEWEST = 10


@dataclass(frozen=True)
class PartialCorrelation:
    """The correlation with its interval and test; `share` of the given error is taken off for it, 0 none and 1 all."""

    estimate: float
    std_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    share: float


@dataclass(frozen=True, eq=False)
class _Centred:
    first: Array
    second: Array
    given: Array
    error: Array

    def at(self, share: float) -> tuple[float, float]:
        """The correlation and the standard error of its Fisher z when so much of the error is taken off; NaN where too much is."""
        error = share * np.diag(self.error)
        inner = self.given.T @ self.given / len(self.first) - error
        by_first = np.linalg.solve(inner, self.given.T @ self.first / len(self.first))
        by_second = np.linalg.solve(inner, self.given.T @ self.second / len(self.first))
        one, other = self.first - self.given @ by_first, self.second - self.given @ by_second
        spread_one = float(np.mean(one**2) - by_first @ error @ by_first)
        spread_other = float(np.mean(other**2) - by_second @ error @ by_second)
        if spread_one <= 1e-9 * np.mean(self.first**2) or spread_other <= 1e-9 * np.mean(self.second**2):
            return float("nan"), float("nan")
        scale = np.sqrt(spread_one * spread_other)
        found = float(np.mean(one * other) - by_first @ error @ by_second) / scale
        moves = (one * other - np.mean(one * other)) / scale
        for rest, spread in ((one, spread_one), (other, spread_other)):
            moves -= found / 2 * (rest**2 - np.mean(rest**2)) / spread
        if abs(found) >= 1:
            return float("nan"), float("nan")
        left = len(self.first) - self.given.shape[1] - 3
        return found, float(np.sqrt(np.mean(moves**2) / left)) / (1 - found**2)


def partial_correlation(
    first: ArrayLike, second: ArrayLike, given: ArrayLike, error_variance: ArrayLike
) -> PartialCorrelation:
    """The correlation of two measures among rows alike in `given` (rows by columns), the one nearest to none that errors allow.

    `error_variance` is that of each column of `given`, in its squared unit. Who differs in what is measured with error is not made
    alike by holding the measurement fixed, so a correlation remains where none is. For any share of the given error between none
    and a quarter more than all, it is taken off the variances; of these correlations the one with the smallest test statistic is returned, so that a
    test holds its level if the truth lies anywhere between. Errors of the two measures themselves weaken it and make up none.

    Standard errors by the influence function, so that neither normal nor equally spread residuals are needed; effects of
    `given` are linear. Student's t on the scale of Fisher's z, with n - k - 2 degrees of freedom.

    Raises `NotEstimable` for fewer than 10 degrees of freedom, measures that do not vary, and errors that leave less than a tenth
    of a column's own variance.

    Fuller 1987, Measurement Error Models, section 2.2 (known error variance); Shah & Peters 2020, Ann Stat 48:1514-1538 (products
    of residuals).
    """
    x, y, z = (np.asarray(one, dtype=float) for one in (first, second, given))
    z = z[:, None] if z.ndim == 1 else z
    error = np.asarray(error_variance, dtype=float)
    df = len(x) - z.shape[1] - 2
    if df < FEWEST:
        raise NotEstimable(
            f"{len(x)} people for {z.shape[1]} columns held fixed; at least {FEWEST} more are needed"
        )
    data = _Centred(x - x.mean(), y - y.mean(), z - z.mean(axis=0), error)
    _refuse_what_tells_nothing(data)
    shares = SHARES if error.any() else SHARES[:1]
    found = [data.at(share) for share in shares]
    if not np.isfinite(found).all():
        by_error = "measurement error leaves next to nothing of what is held fixed"
        by_fit = "the two measures are wholly explained by what is held fixed"
        raise NotEstimable(by_error if np.isfinite(found[0]).all() else by_fit)
    share = _nearest_to_none(data, shares, np.array(found))
    estimate, error_of_z = data.at(share)
    return _tested(estimate, error_of_z, float(df), share)


def _nearest_to_none(data: _Centred, shares: Array, found: Array) -> float:
    """The share of the error at which the test statistic is smallest; 0 of it where the correlation changes sign on the way."""
    signs = np.sign(found[:, 0])
    turn = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    if len(turn):
        ends = shares[turn[0]], shares[turn[0] + 1]
        return float(optimize.brentq(lambda share: data.at(share)[0], *ends, xtol=1e-6))
    statistics = np.abs(np.arctanh(found[:, 0]) / found[:, 1])
    return float(shares[int(np.argmin(statistics))])


def _tested(estimate: float, error_of_z: float, df: float, share: float) -> PartialCorrelation:
    estimate = 0.0 if abs(estimate) < 1e-6 else estimate
    z = float(np.arctanh(estimate))
    half = float(special.stdtrit(df, 0.975)) * error_of_z
    return PartialCorrelation(
        estimate=estimate,
        std_error=error_of_z * (1 - estimate**2),
        df=df,
        conf_low=float(np.tanh(z - half)),
        conf_high=float(np.tanh(z + half)),
        p_value=float(2 * special.stdtr(df, -abs(z) / error_of_z)),
        share=share,
    )


def _refuse_what_tells_nothing(data: _Centred) -> None:
    for one in (data.first, data.second, *data.given.T):
        if not np.ptp(one) > 1e-12 * max(1.0, float(np.abs(one).max())):
            raise NotEstimable("a measure is the same in everybody")
    if not data.given.shape[1]:
        return
    spread = data.given.T @ data.given / len(data.first)
    if np.linalg.matrix_rank(spread, hermitian=True) < len(spread):
        raise NotEstimable("what is held fixed is a combination of itself")
    inner = spread - SHARES[-1] * np.diag(data.error)
    own = 1 / np.diag(np.linalg.inv(spread))
    is_sound = np.linalg.eigvalsh(inner)[0] > 0
    left = 1 / np.diag(np.linalg.inv(inner)) / own if is_sound else np.zeros(len(own))
    if left.min() < LEAST_LEFT:
        raise NotEstimable("measurement error leaves next to nothing of what is held fixed")
