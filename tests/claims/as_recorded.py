"""Our analyses of claims on what was written down: events examined and recalled, moves between steps."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import RULES, TRIAL, declared, row_of

from lowback.analyses.incidence import incidence
from lowback.analyses.screening_rule import screening_rule
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


@dataclass(frozen=True)
class LikelierWith:
    """How much likelier something is with a yes/no exposure than without; what was recalled, were any of it not so."""

    outcome: str
    exposure: str
    margin: float
    of_checkins: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        how = "recalled, any of which may be not so" if self.outcome.endswith("_reported") else "examined"
        return f"incidence, risk difference of what was {how}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="events",
            summary="incidence",
            outcome=self.outcome,
            exposure=self.exposure,
            smallest_worthwhile=self.margin,
        )
        result = incidence(cohort, declared(TRIAL, "usual care", estimand, RULES))
        recalled = row_of(result, statistic="risk difference, recalled")
        return recalled or row_of(result, statistic="risk difference")


@dataclass(frozen=True)
class PicksOut:
    """How much likelier serious pathology is where the rule picks out: of those looked at, or not knowing who was."""

    knows_who: bool
    margin: float = 0.05
    of_checkins: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        who = "of those looked at" if self.knows_who else "not knowing who was looked at"
        return f"screening_rule, risk difference {who}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="rule", summary="screening rule", outcome="serious_pathology_found")
        people = cohort.participants
        if not self.knows_who and people is not None:
            cohort = Cohort(name=cohort.name, participants=people.drop(columns="worked_up"))
        result = screening_rule(cohort, declared(TRIAL, "usual care", estimand, RULES))
        statistic = "risk difference" if self.knows_who else "risk difference, bounds"
        return row_of(result, statistic=statistic)


AsRecorded = LikelierWith | OneByOne | PicksOut
