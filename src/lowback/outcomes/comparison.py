"""Who is compared with whom, on what, by an estimand on arms; or why they cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.auxiliary import auxiliary_scores, refuse_auxiliary
from lowback.outcomes.clusters import clusters_of, refuse_clusters
from lowback.outcomes.covariates import Values
from lowback.outcomes.refusals import (
    NotComparable,
    follow_up_week,
    measured_outcome,
    no_visit,
    refuse_other_strategies,
)
from lowback.outcomes.scores import Array, Positions, by_week
from lowback.outcomes.study_covariates import study_covariates
from lowback.outcomes.wording import lacking
from lowback.screening import baseline_week
from lowback.study import Estimand, Study
from lowback.variables import Variable


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everybody with an arm of the study, and what they are compared on; a row a person throughout.

    `arm` is the position of each person's in `arms`: those of the study that have people, the comparator first. `scores` has a
    column for each of `weeks`, missing where not attended; `moments`, like it, are the weeks at which people were seen, None where
    only the visit is known; `covariates` are the study's, before treatment, without the outcome itself, whose baseline is treated
    apart. `clusters` is the group with which each person was allocated or treated, None where people are independent; `auxiliary` has, like `scores`, what may tell who leaves. `treated` are the arms that the estimand compares with the comparator at `week`.
    """

    outcome: Variable
    arm: Positions
    arms: tuple[str, ...]
    treated: tuple[str, ...]
    comparator: str
    baseline_week: float
    week: float
    weeks: tuple[float, ...]
    scores: Array
    moments: Array | None
    covariates: Mapping[str, Values]
    variables: Mapping[str, Variable]
    clusters: Positions | None = None
    auxiliary: Mapping[str, Array] = field(default_factory=dict)

    @property
    def baseline(self) -> Array:
        """The scores before follow-up."""
        return self.at(self.baseline_week)

    @property
    def follow_up(self) -> Array:
        """The scores at the estimand's week."""
        return self.at(self.week)

    def at(self, week: float) -> Array:
        """The scores at one visit."""
        return np.asarray(self.scores[:, self.weeks.index(week)])

    @property
    def named_outcome(self) -> dict[str, object]:
        """The outcome's name and label, as keys of a result."""
        return {"outcome": self.outcome.name, "outcome_label": self.outcome.label}

    @property
    def baseline_place(self) -> str:
        """The outcome before follow-up in words: "back pain at baseline"."""
        late = f"week {self.baseline_week:g}, the first visit"
        return f"{self.outcome.label} at {late if self.baseline_week > 0 else 'baseline'}"

    @property
    def question_place(self) -> str:
        """The outcome and the visit in words: "back pain at week 4"."""
        return f"{self.outcome.label} at week {self.week:g}"

    def label(self, variable: str) -> str:
        """A covariate's name in words."""
        known = self.variables.get(variable)
        return known.label if known else variable.replace("_", " ")

    def people_in(self, kept: NDArray[np.bool_]) -> dict[str, int]:
        """How many of the people kept are in each arm that has any; refused when one that is compared has none."""
        counts = dict(
            zip(self.arms, np.bincount(self.arm[kept], minlength=len(self.arms)).tolist(), strict=True)
        )
        for arm in (self.comparator, *self.treated):
            if not counts[arm]:
                raise NotComparable(
                    f"nobody in arm {arm!r} has all that an analysis of {self.question_place} needs "
                    f"({self._lacking(arm)})",
                    f"people in arm {arm!r} with complete records",
                )
        return {arm: count for arm, count in counts.items() if count}

    def weeks_of(self, study: Study) -> tuple[float, ...]:
        """The visits that the study declares, or all, baseline first; refused when the cohort lacks one."""
        declared = [float(week) for week in study.weeks] or list(self.weeks)
        for week in declared:
            if week not in self.weeks:
                raise no_visit(week, list(self.weeks))
        return tuple(sorted(set(declared)))

    def _lacking(self, arm: str) -> str:
        """What the people of an arm lack, in words."""
        here = self.arm == self.arms.index(arm)
        gaps = {name: flags[here] for name, flags in self.gaps().items()}
        return f"missing among its {here.sum()} people: {lacking(gaps) or 'nothing'}"

    def gaps(self) -> dict[str, NDArray[np.bool_]]:
        """Who lacks what this comparison rests on: baseline, each covariate, follow-up; in words, with a flag a person."""
        return {
            self.baseline_place: np.isnan(self.baseline),
            **self.covariate_gaps(),
            self.question_place: np.isnan(self.follow_up),
        }

    def covariate_gaps(self) -> dict[str, NDArray[np.bool_]]:
        """Who lacks which covariate; in words, with a flag a person."""
        return {self.label(name): np.asarray(pd.isna(values)) for name, values in self.covariates.items()}


def comparison(
    cohort: Cohort,
    study: Study,
    estimand: Estimand,
    *,
    may_cluster: bool = False,
    reads_auxiliary: bool = False,
) -> Comparison:
    """Who is compared with whom by an estimand on arms, or `NotComparable` with the value at fault.

    People without an arm of the study take no part. Unless the analysis accounts for it (`may_cluster`), people who were allocated or
    treated together are refused; so is what may tell who leaves, unless the analysis reads it (`reads_auxiliary`).
    """
    comparator = _comparator(study, estimand)
    outcome = measured_outcome(cohort, estimand)
    if not reads_auxiliary:
        refuse_auxiliary(cohort, estimand)
    baseline = baseline_week(cohort, study)
    week = follow_up_week(cohort, estimand, baseline)
    _refuse_late_baseline(study, baseline)
    arms, arm = _arms(cohort, study, comparator)
    clusters = clusters_of(cohort, study, arm)
    if not may_cluster:
        refuse_clusters(cohort, study, clusters)
    treated = study.treated_arms(estimand)
    _refuse_absent_arms((comparator, *treated), arms)
    covariates = study_covariates(cohort, study, (estimand.outcome,))
    visits = cohort.visits
    is_dated = visits is not None and "actual_weeks" in visits
    weeks, (scores, *moments) = by_week(cohort, [estimand.outcome, *(["actual_weeks"] if is_dated else [])])
    is_in = arm >= 0
    return Comparison(
        outcome=outcome,
        arm=arm[is_in],
        arms=arms,
        treated=treated,
        comparator=comparator,
        baseline_week=float(baseline or 0.0),
        week=week,
        weeks=weeks,
        scores=scores[is_in],
        moments=moments[0][is_in] if is_dated else None,
        covariates={name: values[is_in] for name, values in covariates.items()},
        variables=cohort.variables,
        clusters=None if clusters is None else clusters[is_in],
        auxiliary={name: each[is_in] for name, each in auxiliary_scores(cohort, estimand).items()},
    )


def _refuse_absent_arms(asked: tuple[str, ...], arms: tuple[str, ...]) -> None:
    for name in asked:
        if name not in arms:
            raise NotComparable(
                f"no arm {name!r}; this cohort has arms {sorted(arms)}", f"people in arm {name!r}"
            )


def _comparator(study: Study, estimand: Estimand) -> str:
    """The arm that others are compared with, or why there is none."""
    refuse_other_strategies(estimand)
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


def _refuse_late_baseline(study: Study, baseline_week: float | None) -> None:
    """Refuse a trial whose first visit came after its arms were assigned.

    Adjusting for a score that treatment may have changed takes part of the effect away (Rosenbaum 1984, J R Stat Soc A
    147:656-666).
    """
    if study.is_randomised and baseline_week:
        raise NotComparable(
            f"the first visit is week {baseline_week:g}: a score recorded after the arms were assigned is no baseline, and "
            "adjusting for it takes part of the effect away",
            "a visit at week 0, before treatment",
        )


def _arms(cohort: Cohort, study: Study, comparator: str) -> tuple[tuple[str, ...], Positions]:
    """The study's arms that have people, the comparator first, and the position of each person's; -1 for any other."""
    if cohort.participants is None or "arm" not in cohort.participants:
        raise NotComparable("no column 'arm' in this cohort", "the arm of each participant")
    each = cohort.participants["arm"].to_numpy(object)
    found = set(each)
    arms = tuple(one for one in (comparator, *study.arms) if one in found)
    place = {one: at for at, one in enumerate(dict.fromkeys(arms))}
    return tuple(place), np.array([place.get(one, -1) for one in each], dtype=np.intp)
