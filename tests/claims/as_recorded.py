"""Our analyses of claims on what was written down: moves between steps."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import RULES, TRIAL, declared, row_of

from lowback.analyses.transitions import transitions
from lowback.cohort import Cohort
from lowback.study import Estimand


@dataclass(frozen=True)
class OneByOne:
    """By how much the share of moves that go one step up exceeds 90 %."""

    outcome: str
    margin: float = 0.05
    of_checkins: bool = False
    name: str = "transitions, moves one step up against 90 percent"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="steps", summary="transitions", outcome=self.outcome, threshold=0.9)
        study = declared(TRIAL, "usual care", estimand, RULES)
        return row_of(transitions(cohort, study), statistic="one step up, less the threshold")


AsRecorded = OneByOne
