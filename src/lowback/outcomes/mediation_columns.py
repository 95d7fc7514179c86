"""The columns that mediated effects are estimated from, as they are collected: what varies has one, with its position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import ErrorVariance
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.scores import Array, Positions

# Helpers for gaps are left out where people are fewer than so many a column.
PEOPLE_A_COLUMN = 5


class Columns:
    """Columns as they are collected, with their positions by name."""

    def __init__(self) -> None:
        """No column yet."""
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


def add_baselines(
    records: MediationRecords, people: NDArray[np.bool_], columns: Columns
) -> dict[str, int | None]:
    """The positions of mediators and confounders at baseline, None where they were not recorded there."""
    return {
        one.variable.name: columns.add(
            f"{one.variable.label} at baseline", records.at(one.readings, records.weeks[0])[people]
        )
        for one in (*records.mediators, *records.confounders)
    }


def add_covariates(
    records: MediationRecords, people: NDArray[np.bool_], columns: Columns
) -> tuple[list[int], tuple[str, ...]]:
    """The positions of the study's covariates and of the outcome at baseline."""
    compared = records.compared
    values = {name: column[people] for name, column in compared.covariates.items()}
    matrix, names, constant = centred_columns(values, compared.variables, int(people.sum()))
    places = [columns.add(name, column) for name, column in zip(names, matrix.T, strict=True)]
    places.append(columns.add(compared.baseline_place, compared.baseline[people]))
    return [one for one in places if one is not None], constant


def add_confounders(
    records: MediationRecords, people: NDArray[np.bool_], arm: Positions, columns: Columns
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


def add_doses(records: MediationRecords, people: NDArray[np.bool_], columns: Columns) -> list[int]:
    """The positions of what is done of a programme."""
    return [
        columns.there(f"{one.variable.label} since baseline", one.of(people).levels) for one in records.doses
    ]


def dose_errors(
    records: MediationRecords, people: NDArray[np.bool_], places: list[int]
) -> dict[str, ErrorVariance]:
    """The error variance of what is done of a programme, where there is one to take off."""
    errors = {
        one.variable.name: one.of(people).error(place)
        for one, place in zip(records.doses, places, strict=True)
    }
    return {name: error for name, error in errors.items() if error is not None}


def add_helpers(records: MediationRecords, people: NDArray[np.bool_], columns: Columns) -> None:
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
