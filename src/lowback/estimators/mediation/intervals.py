"""Intervals from resampled estimates: expanded percentiles, and the share that one effect is of another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, stdtrit

from lowback.estimators import NotEstimable
from lowback.estimators.mediation.moments import Array

FARTHEST_SHARE = 1e6
HALVINGS = 60


@dataclass(frozen=True)
class Percentiles:
    """Percentile intervals, widened for the people and the coefficients of a fit.

    A plain percentile interval is too short by the factor sqrt((n - k) / n) and by the normal quantile in place of t's; both
    are mended by reading quantiles further out.

    Hesterberg 2015, Am Stat 69:371-386, section on expanded percentile intervals.
    """

    people: int
    coefficients: int

    def __post_init__(self) -> None:
        """Refuse a fit with hardly more people than coefficients."""
        if self.people - self.coefficients < 4:
            raise NotEstimable(
                f"{self.people} people for {self.coefficients} coefficients; allowed: 4 more people or more"
            )

    def tail(self, level: float = 0.95) -> float:
        """The probability below the lower quantile."""
        df = self.people - self.coefficients
        return float(ndtr(np.sqrt(self.people / df) * stdtrit(df, (1 - level) / 2)))

    def interval(self, draws: Array, estimate: float, level: float = 0.95) -> tuple[float, float]:
        """The interval of resampled estimates; a draw that could not be had (NaN) counts as beyond either end, which is the worst case.

        Raises `NotEstimable` where more draws cannot be had than an end leaves out: counted so, they leave it without bounds.
        """
        impossible = np.isnan(draws)
        tail = self.tail(level)
        if impossible.mean() > tail:
            raise NotEstimable(
                f"in {100 * impossible.mean():.2f} % of the resampled groups of people nothing is left of a variance "
                "after its error variance is taken off; counted as beyond both ends of an interval, of which each leaves out "
                f"{100 * tail:.2f} % here, they leave it without bounds"
            )
        low = float(np.quantile(np.where(impossible, -np.inf, draws), tail, method="lower"))
        high = float(np.quantile(np.where(impossible, np.inf, draws), 1 - tail, method="higher"))
        return min(low, estimate), max(high, estimate)

    def spread(self, draws: Array) -> float:
        """A standard error that a few wild draws do not move: half the width of the middle 68.27 % of them, widened alike."""
        seen = draws[np.isfinite(draws)]
        low, high = np.quantile(seen, [ndtr(-1.0), ndtr(1.0)])
        return float((high - low) / 2 * np.sqrt(self.people / (self.people - self.coefficients)))


@dataclass(frozen=True, eq=False)
class Share:
    """The share that a part is of a whole, from resampled parts and wholes; its interval is the set that no test refuses.

    A share s is refused where the interval of part - s whole excludes 0 (Fieller's argument with resampling: Hwang 1995, Stat
    Sinica 5:161-171). It is to be had only where the whole is clearly not zero.
    """

    part: float
    whole: float
    parts: Array
    wholes: Array
    percentiles: Percentiles

    @cached_property
    def is_clear(self) -> bool:
        """Whether the whole's interval excludes 0."""
        low, high = self.percentiles.interval(self.wholes, self.whole)
        return low > 0 or high < 0

    @property
    def estimate(self) -> float:
        """Part over whole."""
        return self.part / self.whole

    def interval(self) -> tuple[float, float]:
        """The shares that are not refused, at 95 %; infinite ends where they reach beyond any bound."""
        return -self._edge(-1.0), self._edge(1.0)

    def _edge(self, side: float) -> float:
        """How far the shares not refused reach upwards (side 1) or, with the sign changed, downwards (-1)."""
        sign = np.sign(self.whole)
        parts, wholes = side * sign * self.parts, sign * self.wholes
        tail = self.percentiles.tail()
        kept = np.where(np.isnan(parts), np.inf, parts)

        def is_refused(share: float) -> bool:
            return bool(np.quantile(kept - share * np.nan_to_num(wholes), 1 - tail) < 0)

        near = side * self.estimate
        far = near + max(1.0, abs(near))
        while not is_refused(far):
            far = near + 2 * (far - near)
            if far > FARTHEST_SHARE:
                return np.inf
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            near, far = (near, middle) if is_refused(middle) else (middle, far)
        return float((near + far) / 2)
