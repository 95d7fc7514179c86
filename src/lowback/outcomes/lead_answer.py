"""Who leads in a cohort and in each of its people, as an analysis answers it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from lowback.estimators import NotEstimable
from lowback.estimators.lead.common_cause import handing_on
from lowback.estimators.lead.fit import Estimated, LeadFit
from lowback.estimators.lead.persons import PersonalLeads, personal_leads
from lowback.estimators.lead.reliability import Reliability, reliability
from lowback.estimators.lead.verdicts import ALPHA, MARGIN, Evidence, Verdict, evidence
from lowback.outcomes.two_series import TwoSeries

Story = Literal["handed on", "common cause", "cannot tell"]
CONCLUSIONS: dict[Verdict, str] = {
    "first leads": "exposure leads",
    "second leads": "outcome leads",
    "together": "together",
    "cannot tell": "cannot tell",
}


@dataclass(frozen=True, eq=False)
class Leads:
    """A fit with what the verdict rests on, and the verdict on each person."""

    found: TwoSeries
    fit: LeadFit
    evidence: Evidence
    persons: PersonalLeads

    @property
    def conclusion(self) -> str:
        """The verdict on the cohort: exposure leads, outcome leads, together or cannot tell."""
        return CONCLUSIONS[self.evidence.verdict]

    @cached_property
    def handing_on(self) -> Estimated | None:
        """How much better handing on fits than a cause in common, None where that cannot be estimated."""
        try:
            return handing_on(self.fit)
        except NotEstimable:
            return None

    @cached_property
    def reliabilities(self) -> tuple[Reliability, Reliability]:
        """How reliably the exposure and the outcome are recorded."""
        return reliability(self.fit, 0), reliability(self.fit, 1)

    @property
    def story(self) -> Story:
        """Which of the two the records fit, by a two-sided test at 5 %."""
        found = self.handing_on
        if found is None or not found.p_value < ALPHA:
            return "cannot tell"
        return "handed on" if found.estimate > 0 else "common cause"

    def is_handed_on(self, way: int) -> bool:
        """Whether the effect of the first (0) or the second (1) on the other is told from a cause in common.

        Whoever comes first is ahead of any cause that acts on both at the same moment.
        """
        return self.story == "handed on" or self.evidence.verdict == ("first leads", "second leads")[way]


def leads(found: TwoSeries, fit: LeadFit, smallest_worthwhile: float | None) -> Leads:
    """The evidence at the stated interval, against the smallest worthwhile cross-effect (outcome points per exposure point) or 0.1 SD per SD."""
    margin = lead_margin(fit, smallest_worthwhile)
    return Leads(
        found,
        fit,
        evidence(fit, found.interval, margin),
        personal_leads(fit, found.interval, margin),
    )


def lead_margin(fit: LeadFit, smallest_worthwhile: float | None) -> float:
    """The smallest cross-effect that matters, SD per SD, from outcome points per exposure point; 0.1 where nothing is declared."""
    if smallest_worthwhile is None:
        return MARGIN
    process = fit.model.process(fit.even.point)
    return smallest_worthwhile * float(process.sd[0] / process.sd[1])
