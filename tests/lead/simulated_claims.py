"""Check-ins of hip and back pain from the simulator, with a claim on who leads switched on, off or made a trap."""

from __future__ import annotations

from typing import Any

from lowback.outcomes.two_series import TwoSeries, two_series
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Study

LEAD = Estimand(name="who leads", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
STUDY = Study(title="Who leads?", design="cohort", estimands=(LEAD,))


def claim_diaries(claim: str, switch: Any, people: int, seed: int) -> TwoSeries:
    """Hip pain first, back pain second."""
    cohort = simulate(claim_scenario(claim, switch), people, seed).cohort()
    return two_series(cohort, STUDY, LEAD)
