"""An estimate between its bounds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounded:
    """An estimate with its 95 % interval, not always symmetrical; `df` are degrees of freedom where there are any."""

    estimate: float
    conf_low: float
    conf_high: float
    df: float = float("nan")

    def times(self, factor: float) -> Bounded:
        """The same of something that is so many times as large (a positive factor)."""
        return Bounded(factor * self.estimate, factor * self.conf_low, factor * self.conf_high, self.df)
