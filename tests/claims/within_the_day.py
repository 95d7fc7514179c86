"""Our analyses of what happens within the session and the day, as claims ask for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
from answers import Finding

from lowback.analyses.event_curve import event_curve
from lowback.analyses.proximal_effect import proximal_effect
from lowback.analyses.rule_value import rule_value
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Eligibility, Estimand, Study

RULES = (
    Eligibility(variable="consent", equals=True, reason="no consent"),
    Eligibility(variable="red_flag", equals=False, reason="red flag"),
    Eligibility(variable="radiculopathy", equals=False, reason="radiculopathy"),
    Eligibility(variable="pregnant", equals=False, reason="pregnant"),
)

HIP_ARMS = ("hip-flexor stretching", "both")
REACTIVE = "where how reactive the back is today is at least 7"


@dataclass(frozen=True)
class WithinTheDay:
    """The row of one analysis of check-ins with these keys; `sign` -1 where a fall speaks for the claim."""

    estimand: Estimand
    margin: float
    sign: int
    arms: tuple[str, ...] = ()
    analysis: Callable[[Cohort, Study], Result | Refusal] = proximal_effect
    level: str = ""
    statistic: str = "effect"
    of_checkins: bool = True

    @property
    def name(self) -> str:
        """What the page calls it."""
        of = "" if self.statistic == "effect" else f" ({self.statistic})"
        return f"{self.analysis.__name__} of {self.estimand.outcome} on {self.estimand.exposure}{of}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        found = self.analysis(cohort, self.study)
        if isinstance(found, Refusal) or found.keys is None:
            return None
        is_asked = (found.keys["level"] == self.level) & (found.keys["statistic"] == self.statistic)
        return _finding(found.estimates[is_asked], self.sign)

    @property
    def study(self) -> Study:
        """The study declared, of check-ins only."""
        return Study(
            title="A claim put to the test",
            design="cohort",
            arms=self.arms,
            eligibility=RULES,
            estimands=(self.estimand,),
        )


def _finding(rows: pd.DataFrame, sign: int) -> Finding | None:
    if rows.empty:
        return None
    row = rows.iloc[0]
    found = Finding(row["estimate"], row["conf_low"], row["conf_high"])
    return found.reversed if sign < 0 else found


def proximal(
    outcome: str, exposure: str, margin: float, sign: int, *, level: str = "", **keys: object
) -> WithinTheDay:
    """The effect of an exposure on the outcome at the same check-in."""
    estimand = Estimand.model_validate(
        {"name": "proximal effect", "summary": "proximal effect", "outcome": outcome, "exposure": exposure,
         "smallest_worthwhile": margin, **keys}
    )  # fmt: skip
    return WithinTheDay(estimand, margin, sign, tuple(estimand.arms), level=level)


def curve(outcome: str, exposure: str, margin: float, sign: int, **keys: object) -> WithinTheDay:
    """The same as a point of the curve around the exposure, at the check-in that records it."""
    one = proximal(outcome, exposure, margin, sign, **keys)
    return replace(one, analysis=event_curve, level="+0 hours")


def reactive(statistic: str, margin: float) -> WithinTheDay:
    """The rule to begin with the hips on days of a reactivity of 7 or more, by the next morning's pain."""
    estimand = Estimand(
        name="hips first on reactive days",
        summary="value of a rule",
        outcome="pain_nrs",
        exposure="hips_first",
        modifier="sensitised_nrs",
        before="pain_pre_session_nrs",
        checkins_later=1,
        threshold=7,
        smallest_worthwhile=margin,
    )
    return WithinTheDay(estimand, margin, -1, analysis=rule_value, level=REACTIVE, statistic=statistic)
