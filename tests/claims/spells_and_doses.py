"""Whether it lasts, builds up, and must be held: our analyses of spells, doses and thresholds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from answers import Finding
from our_analyses import RULES, TRIAL, declared, row_of

from lowback.analyses.dose import dose
from lowback.analyses.hold import hold
from lowback.analyses.incidence import incidence
from lowback.analyses.recurrence import recurrence
from lowback.cohort import Cohort
from lowback.study import Estimand

HIP_ARMS = ("hip-flexor stretching", "both")


@dataclass(frozen=True)
class ComesBack:
    """How much less pain comes back per 10 degrees of hip extension at settling, as a logarithm of the hazard ratio.

    Flares are the person's own account; adjusted for age, sex, arm and, since it moves hips and flares alike, activity (its
    level as told and the steps counted at baseline).
    """

    margin: float = float(np.log(4 / 3))
    model: str = "any return"
    of_checkins: bool = True

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"recurrence, {self.model} (log hazard ratio per 10 degrees, corrected)"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="return",
            summary="recurrence",
            outcome="pain_nrs",
            exposure="hip_extension_deg",
            per=10,
            smallest_worthwhile=float(np.exp(self.margin)),
        )
        study = declared(TRIAL, "usual care", estimand, RULES)
        study = study.model_copy(
            update={"covariates": (*study.covariates, "activity_level", "steps_per_day")}
        )
        key = {"definition": "flare by own account", "statistic": "hazard ratio", "correction": "corrected"}
        found = row_of(recurrence(cohort, study), model=self.model, **key)
        if found is None:
            return None
        logs = np.log([found.estimate, found.low, found.high])
        return replace(found, estimate=logs[0], low=logs[1], high=logs[2]).reversed


@dataclass(frozen=True)
class AddsUp:
    """What 10 sessions more take off pain by week 12, or how much more the upper half of the range does than the lower."""

    statistic: str
    margin: float = 0.3

    @property
    def name(self) -> str:
        """What the page calls it."""
        what = {"more": "10 sessions more", "bend": "bend, not slope"}
        return f"dose, {what[self.statistic]}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="sessions",
            summary="dose response",
            outcome="pain_nrs",
            exposure="sessions_done",
            per=10,
            week=12,
            smallest_worthwhile=self.margin,
        )
        found = row_of(dose(cohort, declared(TRIAL, "usual care", estimand, RULES)), statistic=self.statistic)
        return None if found is None else found.reversed


@dataclass(frozen=True)
class MustBeHeld:
    """What 10 sessions held for 30 seconds take off pain beyond 10 that were not, within persons."""

    margin: float = 0.3
    of_checkins: bool = True
    name: str = "hold, within persons, per 10 sessions that reach 30 s"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="held",
            summary="threshold",
            outcome="pain_nrs",
            exposure="hold_s",
            threshold=30,
            per=10,
            arms=HIP_ARMS,
            smallest_worthwhile=self.margin,
        )
        found = row_of(
            hold(cohort, declared(TRIAL, "usual care", estimand, RULES)), statistic="effect at the rule"
        )
        return None if found is None else found.reversed


@dataclass(frozen=True)
class Happens:
    """How much likelier or more frequent an event is per so much of an exposure, within bounds for what was not seen.

    `sign` is -1 where less of the event speaks for the claim. Counts answer by the logarithm of the rate ratio.
    """

    outcome: str
    exposure: str
    per: float
    margin: float
    sign: int = 1
    counts: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"incidence, {'log rate ratio' if self.counts else 'risk difference'} with bounds for what was not seen"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="events",
            summary="incidence",
            outcome=self.outcome,
            exposure=self.exposure,
            per=self.per,
            smallest_worthwhile=float(np.exp(self.margin)) if self.counts else self.margin,
        )
        result = incidence(cohort, declared(TRIAL, "usual care", estimand, RULES))
        kind = "rate ratio" if self.counts else "risk difference"
        found = row_of(result, statistic=f"{kind}, bounds") or row_of(result, statistic=kind)
        if found is None:
            return None
        if self.counts:
            logs = np.log([found.estimate, found.low, found.high])
            found = replace(found, estimate=logs[0], low=logs[1], high=logs[2])
        return found if self.sign > 0 else found.reversed


SpellsAndDoses = ComesBack | AddsUp | MustBeHeld | Happens
