"""Our analyses of the claims on which region leads: a process in continuous time with errors of measurement behind both."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import row_of

from lowback.analyses.lead import lead
from lowback.cohort import Cohort
from lowback.result import Refusal
from lowback.study import Estimand, Study

STUDY = Study(
    title="Who leads?",
    design="cohort",
    estimands=(Estimand(name="who leads", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs"),),
)


@dataclass(frozen=True)
class HandsOn:
    """How much of hip pain's ups and downs is found in back pain a day later, at equal back pain, errors of measurement taken out.

    Above zero only where a cause in common is told from handing on.
    """

    margin: float
    name: str = "lead, hip to back a day later"
    of_checkins: bool = True

    def __call__(self, cohort: Cohort) -> Finding | None:
        # With one check-in a day the first interval is a day.
        result = lead(cohort, STUDY)
        asked = {"statistic": "standardised effect", "source": "hip_pain_nrs"}
        told = row_of(result, **asked, conclusion="handed on")
        return told or _not_above_nought(row_of(result, **asked))


@dataclass(frozen=True)
class HipLeads:
    """By how much hip pain is ahead of back pain; above zero only where the verdict on the cohort is that the hip leads."""

    margin: float
    name: str = "lead, verdict on the cohort (margin: difference of correlations)"
    of_checkins: bool = True

    def __call__(self, cohort: Cohort) -> Finding | None:
        result = lead(cohort, STUDY)
        found = row_of(result, statistic="lead")
        if found is None or isinstance(result, Refusal) or result.keys is None:
            return None
        if result.keys["conclusion"].iloc[0] == "exposure leads":
            return found
        return _not_above_nought(found)


def _not_above_nought(found: Finding | None) -> Finding | None:
    """A finding that the analysis does not let speak: its interval reaches zero."""
    return found and Finding(found.estimate, min(found.low, 0.0), max(found.high, 0.0))
