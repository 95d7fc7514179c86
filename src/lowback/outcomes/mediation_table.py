"""Everybody compared as the table that mediated effects are estimated from: columns, the parts they play, their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import ErrorVariance, Roles, Visits
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.mediation_errors import error_variances, largest_errors
from lowback.outcomes.mediation_visits import mediators_between, visits_within
from lowback.outcomes.scores import Array, Positions
from lowback.outcomes.wording import complete

# Helpers for gaps are left out where people are fewer than so many a column.
PEOPLE_A_COLUMN = 5


@dataclass(frozen=True, eq=False)
class MediationTable:
    """A row a person, a column for everything that is modelled (gaps are NaN); `arm` is the position of each person's in `arms`.

    `arm_columns` flag the arms after the comparator, `mediator_columns` are those of each mediator, at its visit and at baseline.
    `errors` belong to the mediators, `confounder_errors` to the confounders, by name; `largest_errors` are those that
    confounders of unknown error can have at most: what two visits differ by. `constant` are covariates that do not vary,
    `unadjusted` mediators without baseline, `absent` confounders that an arm does not have, which count as zero there; `visits` are set where the slope is that within persons.
    """

    values: Array
    names: tuple[str, ...]
    arm: Positions
    arms: tuple[str, ...]
    arm_columns: tuple[int, ...]
    covariates: tuple[int, ...]
    confounders: tuple[int, ...]
    mediators: tuple[int, ...]
    outcome: int
    mediator_columns: dict[str, tuple[int, ...]]
    errors: dict[str, ErrorVariance]
    confounder_errors: dict[str, ErrorVariance]
    largest_errors: dict[str, ErrorVariance]
    constant: tuple[str, ...]
    unadjusted: tuple[str, ...]
    absent: tuple[str, ...]
    visits: Visits | None = None

    @property
    def people(self) -> int:
        """How many people take part."""
        return len(self.values)

    def people_of(self, *arms: str) -> int:
        """How many of them are in these arms."""
        return int(np.isin(self.arm, [self.arms.index(one) for one in arms]).sum())

    def unknown_error(self, mediator: str) -> ErrorVariance:
        """No error, in the columns of a mediator."""
        return ErrorVariance(self.mediator_columns[mediator], variance=0.0)

    @property
    def paired_errors(self) -> list[ErrorVariance]:
        """The errors that are known from pairs of readings."""
        every = (*self.errors.values(), *self.confounder_errors.values(), *self.largest_errors.values())
        return [one for one in every if one.pairs is not None]

    def roles(self, arm: str) -> Roles:
        """The parts that columns play in the effect of one arm; those that flag other arms are covariates."""
        own = self.arm_columns[self.arms.index(arm) - 1]
        others = tuple(one for one in self.arm_columns if one != own)
        return Roles(
            own, (*others, *self.covariates), self.confounders, self.mediators, self.outcome, self.visits
        )


class _Columns:
    """Columns as they are collected, with their positions by name."""

    def __init__(self) -> None:
        self.values: list[Array] = []
        self.names: list[str] = []

    def add(self, name: str, column: Array) -> int | None:
        """The position of a new column, or None if it does not vary."""
        seen = column[np.isfinite(column)]
        if len(seen) < 3 or np.ptp(seen) == 0:
            return None
        self.values.append(column)
        self.names.append(name)
        return len(self.names) - 1

    def there(self, name: str, column: Array) -> int:
        """The same, refused if it does not vary."""
        place = self.add(name, column)
        if place is None:
            raise NotEstimable(f"{name} does not vary")
        return place


def mediation_table(records: MediationRecords) -> MediationTable:
    """The table of everybody compared who has what nobody can do without.

    Covariates are the study's, and outcome, mediators and confounders at baseline; confounders are read at the mediators' visit. The
    other visits' outcomes and mediators only help where there are gaps.

    Raises `NotEstimable` for a mediator or an outcome that does not vary.
    """
    compared, people = records.compared, complete(records.lacking)
    counts = compared.people_in(people)
    arms = tuple(counts)
    place = {compared.arms.index(one): at for at, one in enumerate(arms)}
    arm = np.array([place[one] for one in compared.arm[people].tolist()], dtype=np.intp)
    columns = _Columns()
    flags = [columns.there(f"arm {one}", (arm == at).astype(float)) for at, one in enumerate(arms) if at]
    covariates, constant = _covariates(records, people, columns)
    baselines = _baselines(records, people, columns)
    covariates += [one for one in baselines.values() if one is not None]
    confounders, absent = _confounders(records, people, arm, columns)
    doses = _doses(records, people, columns)
    mediators = {
        one.variable.name: columns.there(
            f"{one.variable.label} at week {records.mediators_week:g}",
            records.at(one.readings, records.mediators_week)[people],
        )
        for one in records.mediators
    }
    outcome = columns.there(compared.question_place, compared.follow_up[people])
    later = mediators_between(records, people, columns.there)
    _add_helpers(records, people, columns)
    return MediationTable(
        values=np.column_stack(columns.values),
        names=tuple(columns.names),
        arm=arm,
        arms=arms,
        arm_columns=tuple(flags),
        covariates=tuple(covariates),
        confounders=(*(one for places in confounders.values() for one in places), *doses),
        mediators=tuple(mediators.values()),
        outcome=outcome,
        mediator_columns={
            name: tuple(one for one in (place, baselines[name]) if one is not None)
            for name, place in mediators.items()
        },
        errors=error_variances(
            records.mediators, people, {name: [one, *later] for name, one in mediators.items()}, baselines
        ),
        confounder_errors={
            **error_variances(records.confounders, people, confounders, baselines),
            **_dose_errors(records, people, doses),
        },
        largest_errors=largest_errors(records, people, arm, confounders, baselines),
        constant=constant,
        unadjusted=tuple(
            one.variable.label for one in records.mediators if baselines[one.variable.name] is None
        ),
        absent=absent,
        visits=visits_within(records, columns.names, (*flags, *covariates, *doses)),
    )


def _baselines(
    records: MediationRecords, people: NDArray[np.bool_], columns: _Columns
) -> dict[str, int | None]:
    """The positions of mediators and confounders at baseline, None where they were not recorded there."""
    return {
        one.variable.name: columns.add(
            f"{one.variable.label} at baseline", records.at(one.readings, records.weeks[0])[people]
        )
        for one in (*records.mediators, *records.confounders)
    }


def _covariates(
    records: MediationRecords, people: NDArray[np.bool_], columns: _Columns
) -> tuple[list[int], tuple[str, ...]]:
    """The positions of the study's covariates and of the outcome at baseline."""
    compared = records.compared
    values = {name: column[people] for name, column in compared.covariates.items()}
    matrix, names, constant = centred_columns(values, compared.variables, int(people.sum()))
    places = [columns.add(name, column) for name, column in zip(names, matrix.T, strict=True)]
    places.append(columns.add(compared.baseline_place, compared.baseline[people]))
    return [one for one in places if one is not None], constant


def _confounders(
    records: MediationRecords, people: NDArray[np.bool_], arm: Positions, columns: _Columns
) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """The position of each confounder at the mediators' visit, and the confounders that one of the arms does not have.

    Earlier visits of the same confounder would say the same again but for error, and leave nothing when that is taken off.
    """
    found: dict[str, list[int]] = {}
    absent = []
    for one in records.confounders:
        column = records.at(one.readings, records.mediators_week)[people].copy()
        without = [at for at in np.unique(arm) if np.isnan(column[arm == at]).all()]
        if len(without) < len(np.unique(arm)):
            # The arm's own level takes up whatever number stands here.
            column[np.isin(arm, without)] = 0.0
            absent += [one.variable.label] if without else []
        place = columns.add(f"{one.variable.label} at week {records.mediators_week:g}", column)
        found[one.variable.name] = [] if place is None else [place]
    return found, tuple(absent)


def _doses(records: MediationRecords, people: NDArray[np.bool_], columns: _Columns) -> list[int]:
    """The positions of what is done of a programme."""
    return [
        columns.there(f"{one.variable.label} since baseline", one.of(people).levels) for one in records.doses
    ]


def _dose_errors(
    records: MediationRecords, people: NDArray[np.bool_], places: list[int]
) -> dict[str, ErrorVariance]:
    """The error variance of what is done of a programme, where there is one to take off."""
    errors = {
        one.variable.name: one.of(people).error(place)
        for one, place in zip(records.doses, places, strict=True)
    }
    return {name: error for name, error in errors.items() if error is not None}


def _add_helpers(records: MediationRecords, people: NDArray[np.bool_], columns: _Columns) -> None:
    """Other visits' outcomes and mediators as columns, where values are missing that they tell of."""
    if records.is_within or all(np.isfinite(one).all() for one in columns.values):
        return
    room = int(people.sum()) // PEOPLE_A_COLUMN
    outcome = records.compared.outcome.label
    other = [(outcome, records.outcome, week) for week in records.between]
    other += [
        (one.variable.label, one.readings, week)
        for one in records.mediators
        for week in records.weeks[1:]
        if week != records.mediators_week
    ]
    for label, readings, week in other[: max(0, room - len(columns.names))]:
        columns.add(f"{label} at week {week:g}", records.at(readings, week)[people])
