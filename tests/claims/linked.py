"""Our analyses of the claims on links and on agreement: slopes corrected for error, and kappa."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import RULES, TRIAL, declared, row_of

from lowback.analyses.agreement import agreement
from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.slope_by_modifier import slope_by_modifier
from lowback.analyses.slope_by_moment import slope_by_moment
from lowback.cohort import Cohort
from lowback.result import Refusal
from lowback.study import Estimand, Study


@dataclass(frozen=True)
class Kappa:
    """Whether two raters agree beyond chance."""

    first: str
    margin: float
    name: str = "agreement, kappa"
    of_checkins: bool = False

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="agreement", summary="agreement", outcome=self.first)
        result = agreement(cohort, Study(title="Two raters", design="cohort", estimands=(estimand,)))
        if isinstance(result, Refusal):
            return None
        row = result.estimates.iloc[0]
        return Finding(row["estimate"], row["conf_low"], row["conf_high"])


@dataclass(frozen=True)
class Corrected:
    """The slope within persons freed of the exposure's error of measurement; `sign` -1 where a fall speaks for the claim.

    Where the error may be all by which the exposure varies, it cannot tell.
    """

    outcome: str
    exposure: str
    per: float
    margin: float
    sign: int = 1
    name: str = "corrected_slopes, within persons, visits"
    of_checkins: bool = False

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(
            name="slope",
            summary="slope",
            outcome=self.outcome,
            exposure=self.exposure,
            per=self.per,
            smallest_worthwhile=self.margin,
        )
        people = cohort.participants
        arms = TRIAL if people is None else tuple(sorted(people["arm"].unique()))
        found = row_of(
            corrected_slopes(cohort, declared(arms, "usual care", estimand, RULES)),
            level="within",
            adjustment="corrected",
        )
        return found.reversed if found is not None and self.sign < 0 else found


@dataclass(frozen=True)
class Sensitised:
    """The slope of pain on tilt within persons where the modifier is high, freed of error; `at` "high minus low" is the interaction."""

    at: str
    margin: float
    of_checkins: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        what = "difference of slopes" if self.at == "high minus low" else "slope where it is high"
        return f"slope_by_modifier, within persons, {what}"

    def __call__(self, cohort: Cohort) -> Finding | None:
        result = slope_by_modifier(cohort, _by_sensitisation(cohort, self.margin))
        return row_of(result, level="within", adjustment="corrected", at=self.at, statistic="slope")


@dataclass(frozen=True)
class MomentByMoment:
    """How much more pain at the next check-in goes with 5 degrees of usual tilt where the modifier is high at this one than where it is low."""

    margin: float
    name: str = "slope_by_moment, high less low at check-ins"
    of_checkins: bool = True

    def __call__(self, cohort: Cohort) -> Finding | None:
        result = slope_by_moment(cohort, _by_sensitisation(cohort, self.margin))
        return row_of(result, at="high minus low", statistic="slope")


def _by_sensitisation(cohort: Cohort, margin: float) -> Study:
    """The study that asks for pain on tilt, by how sensitised people are."""
    estimand = Estimand(
        name="slope",
        summary="slope",
        outcome="pain_nrs",
        exposure="pelvic_tilt_deg",
        per=5,
        modifier="sensitised_nrs",
        smallest_worthwhile=margin,
    )
    people = cohort.participants
    arms = TRIAL if people is None else tuple(sorted(people["arm"].unique()))
    return declared(arms, "usual care", estimand, RULES)
