"""Our analyses of the claims: for each a study as a researcher would declare it, and the row of the result that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd
from answers import Finding, answer_of

from lowback.analyses.ancova import ancova
from lowback.analyses.clda import clda
from lowback.analyses.equivalence import equivalence
from lowback.analyses.expected_change import expected_change
from lowback.analyses.mixed import mixed
from lowback.analyses.mmrm import mmrm
from lowback.analyses.responders import responders
from lowback.analyses.slopes import slopes
from lowback.analyses.within_between import within_between
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Eligibility, Estimand, Responder, Study

Analysis = Callable[[Cohort, Study], Result | Refusal]
OF_ARMS: dict[str, Analysis] = {
    "ancova": ancova,
    "mixed": mixed,
    "mmrm": mmrm,
    "clda": clda,
    "slopes": slopes,
}

WEEKS, COVARIATES = (0, 4, 8, 12), ("age_years", "sex")
TRIAL = ("usual care", "hip-flexor stretching", "strengthening", "both")
RULES = (
    Eligibility(variable="consent", equals=True, reason="no consent"),
    Eligibility(variable="red_flag", equals=False, reason="red flag"),
    Eligibility(variable="radiculopathy", equals=False, reason="radiculopathy"),
    Eligibility(variable="pregnant", equals=False, reason="pregnant"),
)


@dataclass(frozen=True)
class ArmEffect:
    """Whether an arm lowers an outcome at week 12, by one of the analyses of arms; a fall speaks for the claim."""

    analysis: str
    arm: str
    margin: float
    control: str = "usual care"
    arms: tuple[str, ...] = TRIAL
    outcome: str = "pain_nrs"
    only: Eligibility | None = None
    auxiliary: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the page calls it."""
        of = self.analysis if self.outcome == "pain_nrs" else f"{self.analysis} of {self.outcome}"
        return f"{of}, with {', '.join(self.auxiliary)} beside it" if self.auxiliary else of

    def __call__(self, cohort: Cohort) -> Finding | None:
        found = row_of(OF_ARMS[self.analysis](cohort, self.study), arm=self.arm, statistic=self._statistic)
        return None if found is None else found.reversed

    @property
    def _statistic(self) -> str:
        return "difference in change" if self.analysis == "slopes" else "difference"

    @property
    def study(self) -> Study:
        """The study declared: treatment policy, age and sex as covariates."""
        estimand = Estimand(
            name=f"{self.outcome} at week 12",
            summary="mean difference",
            population="all randomised",
            outcome=self.outcome,
            week=12,
            arms=(self.arm,),
            compared_with=self.control,
            intercurrent_events={"stopped the programme": "treatment policy"},
            smallest_worthwhile=self.margin,
            **({"auxiliary": self.auxiliary} if self.auxiliary else {}),
        )
        rules = (*RULES, self.only) if self.only else RULES
        return declared(self.arms, self.control, estimand, rules)


@dataclass(frozen=True)
class ShownSmall:
    """Whether an arm's difference in an outcome at week 12 is shown to lie within the margin."""

    arm: str
    outcome: str
    margin: float
    arms: tuple[str, ...]
    control: str = "usual care"
    name: str = "equivalence"

    def __call__(self, cohort: Cohort) -> Finding | None:
        study = ArmEffect("mmrm", self.arm, self.margin, self.control, self.arms, self.outcome).study
        result = equivalence(cohort, study)
        found = row_of(result, arm=self.arm, statistic="difference")
        if found is None or isinstance(result, Refusal) or result.keys is None:
            return None
        shown = bool((result.keys["verdict"] == "equivalent").iloc[0])
        return Finding(found.estimate, found.low, found.high, shown)


@dataclass(frozen=True)
class SameMinutes:
    """An arm's effect on pain, where its minutes are shown to be those of the comparator; else it cannot tell."""

    effect: ArmEffect
    minutes: ArmEffect
    name: str = "mmrm, and minutes within the margin by ancova as co-primary"

    @property
    def margin(self) -> float:
        """The smallest worthwhile effect on pain."""
        return self.effect.margin

    def __call__(self, cohort: Cohort) -> Finding | None:
        is_same_dose = answer_of(self.minutes(cohort), self.minutes.margin, "zero") == "yes"
        return self.effect(cohort) if is_same_dose else None


@dataclass(frozen=True)
class Better:
    """Whether more people of an arm got better by 30 % (risk difference)."""

    arm: str
    margin: float
    arms: tuple[str, ...] = TRIAL
    name: str = "responders"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="responders at week 12",
            summary="risk difference",
            population="all randomised",
            outcome="pain_nrs",
            week=12,
            arms=(self.arm,),
            responders=(Responder(fall_percent=30),),
            smallest_worthwhile=self.margin,
        )
        result = responders(cohort, declared(self.arms, "usual care", estimand, RULES))
        return row_of(result, arm=self.arm, statistic="risk difference")


@dataclass(frozen=True)
class Slope:
    """The adjusted slope of an outcome on an exposure within or between persons; `sign` -1 where a fall speaks for the claim."""

    outcome: str
    exposure: str
    per: float
    level: str
    margin: float
    sign: int = 1
    only: Eligibility | None = None
    of_checkins: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"within_between, {self.level} persons, {'check-ins' if self.of_checkins else 'visits'}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        people = cohort.participants
        if self.of_checkins:
            cohort = Cohort(name=cohort.name, participants=people, checkins=cohort.checkins)
        arms = tuple(sorted(people["arm"].unique())) if people is not None else TRIAL
        estimand = Estimand(
            name="slope",
            summary="slope",
            outcome=self.outcome,
            exposure=self.exposure,
            per=self.per,
            smallest_worthwhile=self.margin,
        )
        rules = (*RULES, self.only) if self.only else RULES
        study = declared(arms, "usual care", estimand, rules, () if self.of_checkins else WEEKS)
        found = row_of(within_between(cohort, study), level=self.level, adjustment="adjusted")
        return found.reversed if found is not None and self.sign < 0 else found


@dataclass(frozen=True)
class BeyondRegression:
    """Whether people compared with nobody fell by more than regression to the mean could give.

    The interval reaches from the change with all of the largest regression taken off to the change with none taken off.
    """

    margin: float = 1.0
    name: str = "expected_change"

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="change in pain", summary="mean difference", outcome="pain_nrs", week=12)
        study = Study(
            title="Pain settles", design="single arm", weeks=WEEKS, eligibility=RULES, estimands=(estimand,)
        )
        result = expected_change(cohort, study)
        fall = row_of(result, statistic="observed change")
        if fall is None or isinstance(result, Refusal) or result.keys is None:
            return None
        largest = float(
            result.estimates["estimate"][result.keys["statistic"] == "largest expected change"].iloc[0]
        )
        return Finding(fall.estimate - largest, fall.low - largest, fall.high)


class Ours(Protocol):
    """An analysis of a claim: what the page calls it, the smallest worthwhile effect, and what it finds; None is a refusal.

    One that reads check-ins says so by an attribute `of_checkins`.
    """

    @property
    def name(self) -> str:
        """What the page calls it."""

    @property
    def margin(self) -> float:
        """The smallest worthwhile effect, in the unit of its finding."""

    def __call__(self, cohort: Cohort) -> Finding | None:
        """What it finds in a cohort."""


def declared(
    arms: tuple[str, ...],
    control: str,
    estimand: Estimand,
    rules: tuple[Eligibility, ...],
    weeks: tuple[float, ...] = WEEKS,
) -> Study:
    return Study(
        title="A claim put to the test",
        design="randomised trial",
        weeks=weeks,
        arms=arms,
        control_arm=control,
        covariates=COVARIATES,
        eligibility=rules,
        estimands=(estimand,),
    )


def row_of(result: Result | Refusal, **key: str) -> Finding | None:
    """The row of a result with these keys; None for a refusal, and where the result has no such row."""
    if isinstance(result, Refusal) or result.keys is None:
        return None
    is_asked = pd.Series(True, index=result.keys.index)
    for column, value in key.items():
        is_asked &= result.keys[column] == value
    if not is_asked.any():
        return None
    row = result.estimates[is_asked].iloc[0]
    return Finding(row["estimate"], row["conf_low"], row["conf_high"])
