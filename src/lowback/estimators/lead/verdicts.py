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
# A correlation of the error-free ups and downs that must be exceeded where they are said to come together.
TOGETHER = 0.2


@dataclass(frozen=True)
class Evidence:
    """What the verdict on a cohort rests on, at one interval in days.

    `asymmetry` is the test that neither comes first, `lead` by how much the correlation of the first now with the second later exceeds that of the second
    now with the first later; `onto_second` and `onto_first` are standardised cross-effects; `margin` is standardised.
    """

    asymmetry: Estimated
    lead: Estimated
    onto_second: Estimated
    onto_first: Estimated
    correlation: Estimated
    margin: float

    @property
    def verdict(self) -> Verdict:
        """Leads: the asymmetry is beyond chance, and the leader's effect is clearly above 0, at least the margin, and the larger one.

        Together: the correlation is clearly above `TOGETHER`, and the lead is shown to be smaller than the margin either way.
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
        if self.correlation.interval()[0] > TOGETHER and -self.margin < low and high < self.margin:
            return "together"
        return "cannot tell"


def standardised(process: Process, days: float) -> tuple[Array, Array]:
    """SD of the second so much later per SD of the first at equal second, and the other way round."""
    effects = process.effects(days)
    ratio = process.sd[0] / process.sd[1]
    return effects[1, 0] * ratio, effects[0, 1] / ratio


def lead_of(process: Process, days: float) -> Array:
    """Correlation of the first now with the second later less that of the second now with the first later."""
    later_second, later_first = process.lagged_correlations(days)
    return np.asarray(later_second - later_first)


def evidence(fit: LeadFit, days: float, margin: float = MARGIN) -> Evidence:
    """What the verdict rests on, at the interval of so many days; raises `NotEstimable` where the free fit is not proven."""
    return Evidence(
        asymmetry=fit.asymmetry(),
        lead=fit.estimated(lambda process: lead_of(process, days)),
        onto_second=fit.estimated(lambda process: standardised(process, days)[0]),
        onto_first=fit.estimated(lambda process: standardised(process, days)[1]),
        correlation=fit.estimated(lambda process: process.correlation),
        margin=margin,
    )
