"""Our analyses of the claims on links and on agreement: slopes corrected for error, and kappa."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding

from lowback.analyses.agreement import agreement
from lowback.cohort import Cohort
from lowback.result import Refusal
from lowback.study import Estimand, Study


@dataclass(frozen=True)
class Kappa:
    """Whether two raters agree beyond chance."""

    first: str
    margin: float
    name: str = "agreement, kappa"
    of_checkins: bool = False

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="agreement", summary="agreement", outcome=self.first)
        result = agreement(cohort, Study(title="Two raters", design="cohort", estimands=(estimand,)))
        if isinstance(result, Refusal):
            return None
        row = result.estimates.iloc[0]
        return Finding(row["estimate"], row["conf_low"], row["conf_high"])
