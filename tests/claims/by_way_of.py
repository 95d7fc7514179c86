"""How much of an arm's effect runs by way of mediators, and whether anything that matters is left beside them."""

from __future__ import annotations

from dataclasses import dataclass

from answers import Finding
from our_analyses import RULES, TRIAL, declared

from lowback.analyses.mediation import mediation
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Estimand

CORRECTIONS = ("corrected", "largest error of confounders")


@dataclass(frozen=True)
class ByWayOf:
    """What of stretching's effect on pain at week 12 runs by way of mediators; less pain speaks for the claim.

    The interval reaches over both corrections where a confounder has an error of unknown size.
    """

    mediators: tuple[str, ...]
    margin: float
    confounders: tuple[str, ...] = ()
    name: str = "mediation, indirect effect"

    def __call__(self, cohort: Cohort) -> Finding | None:
        result = split(cohort, self.mediators, self.confounders, self.margin)
        found = _widest(result, "indirect")
        return None if found is None else found.reversed


@dataclass(frozen=True)
class NothingBeside:
    """Whether what is left beside the mediators is shown to be too small to matter."""

    mediators: tuple[str, ...]
    margin: float
    confounders: tuple[str, ...] = ()
    name: str = "mediation, direct effect against a margin"

    def __call__(self, cohort: Cohort) -> Finding | None:
        result = split(cohort, self.mediators, self.confounders, self.margin)
        found = _widest(result, "direct")
        if found is None or isinstance(result, Refusal) or result.keys is None:
            return None
        is_shown = bool((result.keys["shown"] == "equivalent").any())
        return Finding(found.estimate, found.low, found.high, is_shown)


def split(
    cohort: Cohort, mediators: tuple[str, ...], confounders: tuple[str, ...], margin: float
) -> Result | Refusal:
    """The split of stretching's effect on pain at week 12, of a study declared for it."""
    estimand = Estimand(
        name="pain at week 12 by way of the mediators",
        summary="mediated effect",
        population="all randomised",
        outcome="pain_nrs",
        week=12,
        arms=("hip-flexor stretching",),
        mediators=mediators,
        confounders=confounders,
        intercurrent_events={"stopped the programme": "treatment policy"},
        smallest_worthwhile=margin,
    )
    return mediation(cohort, declared(TRIAL, "usual care", estimand, RULES))


def _widest(result: Result | Refusal, statistic: str) -> Finding | None:
    """The corrected estimate with an interval that reaches over every correction."""
    if isinstance(result, Refusal) or result.keys is None:
        return None
    keys = result.keys
    chosen = (
        (keys["statistic"] == statistic)
        & (keys["model"] == "one slope")
        & keys["correction"].isin(CORRECTIONS)
    )
    rows = result.estimates[chosen]
    if rows.empty:
        return None
    return Finding(
        float(rows["estimate"].iloc[0]), float(rows["conf_low"].min()), float(rows["conf_high"].max())
    )
