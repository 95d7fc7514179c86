"""Our analyses of days around a change or a flare, and of waves that foretell each other."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import RULES, TRIAL, declared, row_of

from lowback.analyses.one_person import one_person
from lowback.analyses.onsets import onsets
from lowback.analyses.panel import panel
from lowback.cohort import Cohort
from lowback.study import Estimand, Study


@dataclass(frozen=True)
class AfterTheChange:
    """Whether people's level of pain fell when each took up something new; nothing is said of how the day was chosen."""

    margin: float
    name: str = "one_person, people pooled"
    of_checkins: bool = True

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="change",
            summary="change in one person",
            outcome="pain_nrs",
            smallest_worthwhile=self.margin,
        )
        study = Study(title="A change", design="cohort", eligibility=RULES, estimands=(estimand,))
        found = row_of(one_person(cohort, study), statistic="pooled level change")
        return None if found is None else found.reversed


@dataclass(frozen=True)
class AroundOnsets:
    """Whether back pain rises on the days after flares of the hip, beyond its own past."""

    margin: float
    name: str = "onsets, the three days after"
    of_checkins: bool = True

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="hip leads", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
        study = Study(title="Flares", design="cohort", eligibility=RULES, estimands=(estimand,))
        return row_of(onsets(cohort, study), window="after")


@dataclass(frozen=True)
class Foretells:
    """Whether one series foretells the other from wave to wave within persons, with levels of persons."""

    outcome: str
    exposure: str
    margin: float
    of_checkins: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"panel, {self.outcome} on {self.exposure}, {'days' if self.of_checkins else 'visits'}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        if self.of_checkins:
            cohort = Cohort(name=cohort.name, participants=cohort.participants, checkins=cohort.checkins)
        estimand = Estimand(name="lead", summary="lead", outcome=self.outcome, exposure=self.exposure)
        study = declared(TRIAL, "usual care", estimand, RULES)
        return row_of(panel(cohort, study), statistic="lag", foretold=self.outcome)


DaysAndWaves = AfterTheChange | AroundOnsets | Foretells
