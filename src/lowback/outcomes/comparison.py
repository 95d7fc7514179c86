"""Who is compared with whom, on what, by an estimand on arms; or why they cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.scores import scores_by_visit
from lowback.study import Estimand, Study
from lowback.variables import Variable


class NotComparable(ValueError):  # noqa: N818 (a finding about the study, not a fault of the program)
    """A comparison that the study or the cohort does not allow; `needs` says what would allow it."""

    def __init__(self, reason: str, *needs: str) -> None:
        """Keep what would be needed beside the reason."""
        super().__init__(reason)
        self.needs = needs


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everybody with an arm of the study (index `participant_id`), and what they are compared on.

    `arm` is each person's, `scores` has a column a week (weeks as floats), `covariates` a column each, both missing
    where not recorded. `arms` are those of the study that have people, the comparator first; `treated` are those that the estimand
    compares with it at `week`.
    """

    outcome: Variable
    arm: pd.Series
    arms: tuple[str, ...]
    treated: tuple[str, ...]
    comparator: str
    baseline_week: float
    week: float
    scores: pd.DataFrame
    covariates: pd.DataFrame
    variables: Mapping[str, Variable]

    @property
    def code(self) -> pd.Series:
        """The position of each person's arm in `arms`."""
        return self.arm.map({arm: at for at, arm in enumerate(self.arms)}).astype(int)

    @property
    def question_place(self) -> str:
        """The outcome and the visit in words: "back pain at week 4"."""
        return f"{self.outcome.label} at week {self.week:g}"

    def label(self, variable: str) -> str:
        """A covariate's name in words."""
        known = self.variables.get(variable)
        return known.label if known else variable.replace("_", " ")

    def people_in(self, kept: pd.Series) -> dict[str, int]:
        """How many of the people kept are in each arm that has any; refused when one that is compared has none."""
        counts = self.arm[kept].value_counts()
        for arm in (self.comparator, *self.treated):
            if arm not in counts:
                raise NotComparable(
                    f"nobody in arm {arm!r} has all that an analysis of {self.question_place} needs",
                    f"people in arm {arm!r} with complete records",
                )
        return {arm: int(counts[arm]) for arm in self.arms if arm in counts}

    def weeks_of(self, study: Study) -> tuple[float, ...]:
        """The visits that the study declares, or all, baseline first; refused when the cohort lacks one."""
        declared = [float(week) for week in study.weeks] or list(self.scores.columns)
        for week in declared:
            if week not in self.scores.columns:
                raise _no_visit(week, list(self.scores.columns))
        return tuple(sorted(set(declared)))

    def gaps(self) -> dict[str, pd.Series]:
        """Who lacks what this comparison rests on: baseline, each covariate, follow-up; in words, with a flag a person."""
        label = self.outcome.label
        gaps = {f"{label} at baseline": self.scores[self.baseline_week].isna()}
        gaps |= {self.label(name): self.covariates[name].isna() for name in self.covariates}
        gaps[self.question_place] = self.scores[self.week].isna()
        return gaps


def comparison(
    cohort: Cohort,
    study: Study,
    estimand: Estimand,
    baseline_week: float | None,
    covariates: Mapping[str, pd.Series],
) -> Comparison:
    """Who is compared with whom by an estimand on arms, or `NotComparable` with the value at fault.

    `covariates` are the study's, one value a person before treatment; the outcome itself is none, its baseline is
    treated apart. People without an arm of the study take no part.
    """
    comparator = _comparator(study, estimand)
    outcome = _measured_outcome(cohort, estimand)
    week = _follow_up_week(cohort, estimand, baseline_week)
    arm = _arm_of_each_person(cohort, study)
    treated = study.treated_arms(estimand)
    for name in (comparator, *treated):
        if name not in set(arm):
            raise NotComparable(
                f"no arm {name!r}; this cohort has arms {sorted(set(arm))}", f"people in arm {name!r}"
            )
    others = tuple(one for one in study.arms if one != comparator and one in set(arm))
    used = {name: values for name, values in covariates.items() if name != estimand.outcome}
    for name in used:
        _check_covariate(cohort, name)
    scores = scores_by_visit(cohort, estimand.outcome).reindex(arm.index)
    return Comparison(
        outcome=outcome,
        arm=arm,
        arms=(comparator, *others),
        treated=treated,
        comparator=comparator,
        baseline_week=float(baseline_week or 0.0),
        week=week,
        scores=scores.set_axis(scores.columns.astype(float), axis=1),
        covariates=pd.DataFrame(used, index=arm.index),
        variables=cohort.variables,
    )


def assignment(study: Study) -> str:
    """What the design allows to be said of a difference between arms, as an assumption."""
    if study.is_randomised:
        return "Arms were assigned at random; whatever happened afterwards counts as part of the arm (treatment policy)."
    return "Arms were not assigned at random: a difference is an association, and may come from who was in which arm."


def left_out(gaps: pd.DataFrame) -> str:
    """How many people lack something, and what they lack, in words; empty where nobody does."""
    people = int(gaps.any(axis=1).sum())
    lacking = "; ".join(f"{name}: {count}" for name, count in gaps.sum().items() if count)
    several = ", a person may lack several" if gaps.sum().sum() > people else ""
    return f"{people} left out because a value is missing ({lacking}{several})" if people else ""


def _comparator(study: Study, estimand: Estimand) -> str:
    """The arm that others are compared with, or why there is none."""
    for event, strategy in estimand.intercurrent_events.items():
        if strategy != "treatment policy":
            raise NotComparable(
                f"estimand {estimand.name!r} asks for the strategy {strategy!r} for {event!r}; "
                "this analysis can only follow 'treatment policy'",
                f"'treatment policy' for {event!r}, or an analysis for {strategy!r}",
            )
    comparator = study.comparator(estimand)
    if study.design == "single arm" or comparator is None or not study.treated_arms(estimand):
        what = (
            "a single-arm study" if study.design == "single arm" else "a study that names no arms to compare"
        )
        raise NotComparable(
            f"{study.title!r} is {what}: without a comparator a change since baseline cannot be told from regression "
            "to the mean and natural recovery, because people join when their complaints are at their worst",
            "a comparator: people of the same kind who were followed alike and treated otherwise",
        )
    return comparator


def _measured_outcome(cohort: Cohort, estimand: Estimand) -> Variable:
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


def _follow_up_week(cohort: Cohort, estimand: Estimand, baseline_week: float | None) -> float:
    weeks = cohort.weeks
    week = float(estimand.week) if estimand.week is not None else float("nan")
    for asked in (week, baseline_week):
        if asked not in weeks:
            raise _no_visit(asked, weeks)
    if baseline_week is None or week <= baseline_week:
        raise NotComparable(f"week {week:g} is not after the baseline visit", "a visit after baseline")
    return week


def _no_visit(week: float | None, weeks: list[float]) -> NotComparable:
    shown = ", ".join(f"{one:g}" for one in weeks)
    asked = "baseline" if week is None else f"week {week:g}"
    return NotComparable(f"no visit at {asked}; this cohort has weeks [{shown}]", f"a visit at {asked}")


def _arm_of_each_person(cohort: Cohort, study: Study) -> pd.Series:
    if cohort.participants is None or "arm" not in cohort.participants:
        raise NotComparable("no column 'arm' in this cohort", "the arm of each participant")
    arm = cohort.participants.set_index("participant_id")["arm"]
    return arm[arm.isin(study.arms)].astype(object)


def _check_covariate(cohort: Cohort, name: str) -> None:
    if name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in this cohort", f"the covariate {name!r}")
    if cohort.variables[name].kind in ("identifier", "date", "text"):
        kind = cohort.variables[name].kind
        raise NotComparable(
            f"{name!r} is no covariate: it holds {'an' if kind == 'identifier' else 'a'} {kind}",
            "a number, flag or category",
        )
