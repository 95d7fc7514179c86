"""Our analyses of an exposure that is kept up, of those who keep to a programme, and of how long pain takes to ease."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from answers import Finding
from our_analyses import COVARIATES, RULES, WEEKS, row_of

from lowback.analyses.complier import complier
from lowback.analyses.sustained import sustained
from lowback.analyses.time_to_ease import time_to_ease
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study


@dataclass(frozen=True)
class RowOf:
    """The first row of an analysis with these keys, in a study of this estimand; `sign` -1 where a fall speaks for the claim."""

    analysis: Callable[[Cohort, Study], Result | Refusal]
    estimand: Estimand
    margin: float
    sign: int
    row: Mapping[str, str]
    named: str
    arms: tuple[str, ...] = ()
    of_checkins: bool = False
    weeks: tuple[float, ...] = field(default=WEEKS)

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"{self.analysis.__name__}, {self.named}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        found = row_of(self.analysis(cohort, self.study), **self.row)
        return found.reversed if found is not None and self.sign < 0 else found

    @property
    def study(self) -> Study:
        """The study declared: arms as randomised where there are any, age and sex as covariates."""
        assigned = {"arms": self.arms, "control_arm": "usual care"} if self.arms else {}
        return Study.model_validate(
            {
                "title": "A claim put to the test",
                "design": "randomised trial" if self.arms else "cohort",
                "weeks": self.weeks,
                "covariates": COVARIATES,
                "eligibility": RULES,
                "estimands": (self.estimand,),
                **assigned,
            }
        )


def sits_more(approach: str, margin: float) -> RowOf:
    """An hour of sitting a day more at every visit up to week 12, by one of the two approaches; less hip extension speaks for it."""
    estimand = _estimand(
        "sustained effect", margin, outcome="hip_extension_deg", exposure="sitting_hours", per=1, week=12
    )
    row = {"statistic": "sustained", "approach": approach}
    return RowOf(sustained, estimand, margin, -1, row, approach)


def keeps_to(arm: str, margin: float) -> RowOf:
    """The effect on pain at week 12 in those who do half of the sessions of an arm; less pain speaks for it."""
    keys = {"population": "all randomised", "exposure": "adherence", "threshold": 0.5, "arms": (arm,)}
    estimand = _estimand("effect in those who keep to it", margin, outcome="pain_nrs", week=12, **keys)
    row = {"statistic": "in those who keep to it", "arm": arm}
    return RowOf(
        complier, estimand, margin, -1, row, "those who do half of the sessions", ("usual care", arm)
    )


def eases_later(margin: float) -> RowOf:
    """How many minutes longer pain takes to ease after an hour more of unbroken sitting."""
    keys = {"outcome": "pain_on_standing_nrs", "exposure": "longest_sitting_min", "per": 60}
    estimand = _estimand("time to ease", margin, responders=({"minimal_important_change": True},), **keys)
    row = {"statistic": "difference in minutes", "adjustment": "within persons"}
    return RowOf(time_to_ease, estimand, margin, 1, row, "minutes on standing", of_checkins=True, weeks=())


def _estimand(summary: str, margin: float, **keys: object) -> Estimand:
    return Estimand.model_validate(
        {"name": summary, "summary": summary, "smallest_worthwhile": margin, **keys}
    )
