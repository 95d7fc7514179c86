"""Who leads in a cohort: what the verdict rests on, and the fixed rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.fit import Estimated, LeadFit
from lowback.estimators.lead.process import Process

Array = NDArray[np.float64]
Verdict = Literal["first leads", "second leads", "together", "cannot tell"]
VERDICTS: tuple[Verdict, ...] = ("first leads", "second leads", "together", "cannot tell")

# Standardised: SD of the one later per SD of the other now.
MARGIN = 0.1
ALPHA = 0.05
# Correlations of the error-free ups and downs, and of recorded ones, that must be exceeded where they are said to come together.
TOGETHER, RECORDED_TOGETHER = 0.2, 0.1


@dataclass(frozen=True)
class Evidence:
    """What the verdict on a cohort rests on, at one interval in days.

    `asymmetry` is the test that neither comes first, `lead` by how much the correlation of the first now with the second later exceeds that of the second
    now with the first later; `onto_second` and `onto_first` are standardised cross-effects; `margin` is standardised. `correlation` is that of
    the error-free ups and downs of one moment, `recorded` that of the recorded ones.
    """

    asymmetry: Estimated
    lead: Estimated
    onto_second: Estimated
    onto_first: Estimated
    correlation: Estimated
    recorded: Estimated
    margin: float

    @property
    def verdict(self) -> Verdict:
        """Leads: the asymmetry is beyond chance, and the leader's effect is clearly above 0, at least the margin, and the larger one.

        Together: the correlations are clearly above `TOGETHER` and `RECORDED_TOGETHER`, and the lead is shown to be smaller than the
        margin either way (two one-sided tests at 5 %).
        """
        p = self.asymmetry.p_value
        if np.isfinite(p) and p < ALPHA:
            is_first = self.asymmetry.estimate > 0
            own, other = (
                (self.onto_second, self.onto_first) if is_first else (self.onto_first, self.onto_second)
            )
            ahead = own.estimate >= max(self.margin, other.estimate)
            if ahead and own.interval()[0] > 0:
                return "first leads" if is_first else "second leads"
            return "cannot tell"
        low, high = self.lead.interval(0.9)
        do_move_along = (
            self.correlation.interval()[0] > TOGETHER and self.recorded.interval()[0] > RECORDED_TOGETHER
        )
        if do_move_along and -self.margin < low and high < self.margin:
            return "together"
        return "cannot tell"


def standardised(process: Process, days: float | Array) -> tuple[Array, Array]:
    """SD of the second so much later per SD of the first at equal second, and the other way round."""
    effects = process.effects(days)
    ratio = process.sd[0] / process.sd[1]
    return effects[1, 0] * ratio, effects[0, 1] / ratio


def lead_of(process: Process, days: float | Array) -> Array:
    """Correlation of the first now with the second later less that of the second now with the first later."""
    later_second, later_first = process.lagged_correlations(days)
    return np.asarray(later_second - later_first)


def recorded_correlation(process: Process) -> Array:
    """Correlation of what is recorded of both at one moment, errors included."""
    return np.asarray(process.correlation * np.sqrt(process.reliability.prod(axis=0)))


def evidence(fit: LeadFit, days: float, margin: float = MARGIN) -> Evidence:
    """What the verdict rests on, at the interval of so many days; raises `NotEstimable` where the free fit is not proven."""
    return Evidence(
        asymmetry=fit.asymmetry(),
        lead=fit.estimated(lead_of, days),
        onto_second=fit.estimated(lambda process, time: standardised(process, time)[0], days),
        onto_first=fit.estimated(lambda process, time: standardised(process, time)[1], days),
        correlation=fit.estimated(lambda process, _: process.correlation),
        recorded=fit.estimated(lambda process, _: recorded_correlation(process)),
        margin=margin,
    )
