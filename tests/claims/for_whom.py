"""Whether an arm does more in some people than in others, by the analysis of effects by characteristic."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import RULES, TRIAL, declared, row_of

from lowback.analyses.by_characteristic import by_characteristic
from lowback.cohort import Cohort
from lowback.study import Estimand


@dataclass(frozen=True)
class DoesMore:
    """How much more hip-flexor stretching lowers pain at week 12 per unit of a number, or at a level against the first.

    `sign` is -1 where the claim is that it does less there.
    """

    modifier: str
    margin: float
    level: str = ""
    sign: int = 1
    name: str = "by_characteristic"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name=f"effect by {self.modifier}",
            summary="effect by characteristic",
            population="all randomised",
            outcome="pain_nrs",
            week=12,
            arms=("hip-flexor stretching",),
            modifier=self.modifier,
            intercurrent_events={"stopped the programme": "treatment policy"},
            smallest_worthwhile=self.margin,
        )
        result = by_characteristic(cohort, declared(TRIAL, "usual care", estimand, RULES))
        key = {"statistic": "difference in effect", "level": self.level}
        found = row_of(result, **(key if self.level else {"statistic": "difference per unit"}))
        return found if found is None or self.sign < 0 else found.reversed
