"""What a study asks for that the cohort lacks, refused by name before anything is estimated."""

from __future__ import annotations

from lowback.cohort import Cohort
from lowback.study import Estimand
from lowback.variables import Variable


class NotComparable(ValueError):  # noqa: N818 (a finding about the study, not a fault of the program)
    """A comparison that the study or the cohort does not allow; `needs` says what would allow it."""

    def __init__(self, reason: str, *needs: str) -> None:
        """Keep what would be needed beside the reason."""
        super().__init__(reason)
        self.needs = needs


def cannot_be_fitted(place: str, why: object) -> NotComparable:
    """The refusal of an estimator, with what was to be estimated and what would help."""
    return NotComparable(
        f"the model of {place} cannot be fitted: {why}",
        "an outcome that varies, covariates that are no combination of each other, and more people than coefficients",
    )


def refuse_other_strategies(estimand: Estimand) -> None:
    """Refuse an estimand that asks for more than to follow everybody whatever happened."""
    for event, strategy in estimand.intercurrent_events.items():
        if strategy != "treatment policy":
            raise NotComparable(
                f"estimand {estimand.name!r} asks for the strategy {strategy!r} for {event!r}; "
                "this analysis can only follow 'treatment policy'",
                f"'treatment policy' for {event!r}, or an analysis for {strategy!r}",
            )


def measured_outcome(cohort: Cohort, estimand: Estimand) -> Variable:
    """The estimand's outcome, refused where it is not recorded at visits or has no unit."""
    if cohort.visits is None or estimand.outcome not in cohort.visits:
        raise NotComparable(
            f"no column {estimand.outcome!r} at the visits of this cohort",
            f"{estimand.outcome} at baseline and follow-up",
        )
    outcome = cohort.variables[estimand.outcome]
    if not outcome.is_numeric or outcome.unit is None:
        raise NotComparable(
            f"{estimand.outcome!r} has no unit, so it cannot be estimated", "a measured outcome"
        )
    return outcome


def follow_up_week(cohort: Cohort, estimand: Estimand, baseline_week: float | None) -> float:
    """The estimand's week, refused where the cohort lacks that visit, the baseline, or their order is wrong."""
    weeks = cohort.weeks
    week = float(estimand.week) if estimand.week is not None else float("nan")
    for asked in (week, baseline_week):
        if asked not in weeks:
            raise no_visit(asked, weeks)
    if baseline_week is None or week <= baseline_week:
        raise NotComparable(f"week {week:g} is not after the baseline visit", "a visit after baseline")
    return week


def no_visit(week: float | None, weeks: list[float]) -> NotComparable:
    """The refusal of a visit that the cohort lacks."""
    shown = ", ".join(f"{one:g}" for one in weeks)
    asked = "baseline" if week is None else f"week {week:g}"
    return NotComparable(f"no visit at {asked}; this cohort has weeks [{shown}]", f"a visit at {asked}")


def check_covariate(cohort: Cohort, name: str) -> None:
    """Refuse a covariate that the cohort lacks or that holds names, dates or text."""
    if name not in cohort.columns:
        items = cohort.variables[name].sum_of if name in cohort.variables else ()
        made_of = f", the sum of {', '.join(items)}" if items else ""
        raise NotComparable(f"no column {name!r} in this cohort", f"the covariate {name!r}{made_of}")
    if cohort.variables[name].kind in ("identifier", "date", "text"):
        kind = cohort.variables[name].kind
        raise NotComparable(
            f"{name!r} is no covariate: it holds {'an' if kind == 'identifier' else 'a'} {kind}",
            "a number, flag or category",
        )
