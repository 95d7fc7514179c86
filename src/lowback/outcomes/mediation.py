"""What an estimand of a mediated effect asks of a cohort: who was in which arm, mediators, confounders and outcome by visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.comparison import Comparison, comparison
from lowback.outcomes.measured_error import KnownError, known_error
from lowback.outcomes.mediation_doses import Dose, dose
from lowback.outcomes.refusals import NotComparable, no_visit
from lowback.outcomes.scores import Array
from lowback.outcomes.wording import Gaps
from lowback.study import Estimand, Study

MOST_MEDIATORS = 3


@dataclass(frozen=True, eq=False)
class MediationRecords:
    """The readings of mediators and confounders of everybody compared; a row a person, a column for each of `weeks`.

    `weeks` are the visits up to the outcome's, baseline first; mediators are read at `mediators_week`. `is_within` says that what the mediator
    does is told within persons over all of them.
    """

    compared: Comparison
    weeks: tuple[float, ...]
    mediators_week: float
    mediators: tuple[KnownError, ...]
    confounders: tuple[KnownError, ...]
    doses: tuple[Dose, ...]
    outcome: Array
    is_within: bool

    def at(self, readings: Array, week: float) -> Array:
        """The readings at one visit."""
        return np.asarray(readings[:, self.weeks.index(week)])

    @property
    def later(self) -> list[float]:
        """The visits after baseline up to that of the mediators."""
        return [week for week in self.weeks[1:] if week <= self.mediators_week]

    @property
    def between(self) -> list[float]:
        """The visits between baseline and the outcome's."""
        return list(self.weeks[1:-1])

    @property
    def lacking(self) -> Gaps:
        """Who lacks what nobody can be analysed without: the outcome at baseline and the covariates."""
        compared = self.compared
        return {
            compared.baseline_place: np.isnan(compared.baseline),
            **compared.covariate_gaps(),
        }

    @property
    def place(self) -> str:
        """The mediators and their visit in words."""
        names = [one.variable.label for one in self.mediators]
        return f"{' and '.join(names)} at week {self.mediators_week:g}"


def mediation_records(cohort: Cohort, study: Study, estimand: Estimand) -> MediationRecords:
    """The records that a mediated effect is estimated from, or `NotComparable` with the column or visit at fault."""
    compared = comparison(cohort, study, estimand)
    if len(estimand.mediators) > MOST_MEDIATORS:
        raise NotComparable(
            f"estimand {estimand.name!r} names {len(estimand.mediators)} mediators; allowed: up to {MOST_MEDIATORS}",
            "fewer mediators, in their sequence",
        )
    for name in (*estimand.mediators, *estimand.confounders, *estimand.doses):
        _refuse_unmeasured(cohort, name)
    weeks = tuple(week for week in compared.weeks_of(study) if week <= compared.week)
    mediators_week = float(compared.week if estimand.mediators_week is None else estimand.mediators_week)
    if mediators_week not in compared.weeks:
        raise no_visit(mediators_week, list(compared.weeks))
    if mediators_week not in weeks or mediators_week <= compared.baseline_week:
        raise NotComparable(
            f"mediators_week = {mediators_week:g}: mediators lie after baseline and not after week {compared.week:g}",
            "mediators at a visit after baseline",
        )
    is_in = _in_arms(cohort, compared)
    later = [week for week in weeks[1:] if week <= mediators_week]
    records = MediationRecords(
        compared=compared,
        weeks=weeks,
        mediators_week=mediators_week,
        mediators=tuple(_of_people(known_error(cohort, one, weeks), is_in) for one in estimand.mediators),
        confounders=tuple(_of_people(known_error(cohort, one, weeks), is_in) for one in estimand.confounders),
        doses=tuple(dose(cohort, one, later, compared.arm, is_in) for one in estimand.doses),
        outcome=compared.scores[:, [compared.weeks.index(week) for week in weeks]],
        is_within=estimand.mediator_slope is not None,
    )
    for arm in (compared.comparator, *compared.treated):
        _refuse_empty(records, arm)
    _refuse_unrecorded(records)
    return records


def _refuse_unmeasured(cohort: Cohort, name: str) -> None:
    if cohort.visits is None or name not in cohort.visits:
        raise NotComparable(f"no column {name!r} at the visits of this cohort", f"{name} after baseline")
    variable = cohort.variables[name]
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(
            f"{name!r} has no unit, so no effect can be split by it", "a mediator that is measured in a unit"
        )


def _in_arms(cohort: Cohort, compared: Comparison) -> NDArray[np.bool_]:
    people = cohort.participants
    arms = [] if people is None else people["arm"].tolist()
    return np.array([one in compared.arms for one in arms], dtype=bool)


def _of_people(known: KnownError, is_in: NDArray[np.bool_]) -> KnownError:
    second = None if known.second is None else known.second[is_in]
    return KnownError(
        known.variable,
        known.readings[is_in],
        known.first[is_in],
        second,
        known.is_mean,
        known.sem,
        known.reliability,
        known.told,
    )


def _refuse_empty(records: MediationRecords, arm: str) -> None:
    """Refuse an arm in which nobody has mediators and outcome together."""
    compared = records.compared
    in_arm = compared.arm == compared.arms.index(arm)
    there = {place: ~lacks for place, lacks in records.lacking.items()}
    for one in records.mediators:
        at_visit = records.at(one.readings, records.mediators_week)
        there[f"{one.variable.label} at week {records.mediators_week:g}"] = np.isfinite(at_visit)
    there[compared.question_place] = np.isfinite(compared.follow_up)
    for place, has in there.items():
        if not has[in_arm].any():
            raise NotComparable(f"nobody in arm {arm!r} has {place}", f"people in arm {arm!r} with {place}")
    if not np.logical_and.reduce([in_arm, *there.values()]).any():
        raise NotComparable(
            f"nobody in arm {arm!r} has {records.place}, {compared.question_place} and all else that is adjusted for",
            f"people in arm {arm!r} with mediators and outcome",
        )


def _refuse_unrecorded(records: MediationRecords) -> None:
    """Refuse a confounder of which nobody has a value when mediators are read: nothing would be adjusted for it."""
    for one in records.confounders:
        if not np.isfinite(records.at(one.readings, records.mediators_week)).any():
            place = f"{one.variable.name} at week {records.mediators_week:g}"
            raise NotComparable(
                f"nobody has {place}, so that nothing can be adjusted for it",
                f"{place}, or an estimand without this confounder",
            )
