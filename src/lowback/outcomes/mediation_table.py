"""Everybody compared as the table that mediated effects are estimated from: columns, the parts they play, their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.mediation import ErrorVariance, Roles, Visits
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.mediation_columns import (
    Columns,
    add_baselines,
    add_confounders,
    add_covariates,
    add_doses,
    add_helpers,
    dose_errors,
)
from lowback.outcomes.mediation_errors import error_variances, largest_errors
from lowback.outcomes.mediation_visits import mediators_between, visits_within
from lowback.outcomes.scores import Array, Positions
from lowback.outcomes.wording import complete


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


def mediation_table(records: MediationRecords) -> MediationTable:
    """The table of everybody compared who has what nobody can do without.

    Covariates are the study's, and outcome, mediators and confounders at baseline; confounders are read at the mediators' visit. The
    other visits' outcomes and mediators only help where there are gaps.

    Raises `NotEstimable` for a mediator or an outcome that does not vary.
    """
    compared, people = records.compared, complete(records.lacking)
    arms, arm = _arms(records, people)
    columns = Columns()
    flags = [columns.there(f"arm {one}", (arm == at).astype(float)) for at, one in enumerate(arms) if at]
    covariates, constant = add_covariates(records, people, columns)
    baselines = add_baselines(records, people, columns)
    covariates += [one for one in baselines.values() if one is not None]
    confounders, absent = add_confounders(records, people, arm, columns)
    doses = add_doses(records, people, columns)
    mediators = _add_mediators(records, people, columns)
    outcome = columns.there(compared.question_place, compared.follow_up[people])
    later = mediators_between(records, people, columns.there)
    add_helpers(records, people, columns)
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
            **dose_errors(records, people, doses),
        },
        largest_errors=largest_errors(records, people, arm, confounders, baselines),
        constant=constant,
        unadjusted=tuple(
            one.variable.label for one in records.mediators if baselines[one.variable.name] is None
        ),
        absent=absent,
        visits=visits_within(records, columns.names, (*flags, *covariates, *doses)),
    )


def _arms(records: MediationRecords, people: NDArray[np.bool_]) -> tuple[tuple[str, ...], Positions]:
    """The arms of these people, the comparator first, and the position of each person's among them."""
    compared = records.compared
    arms = tuple(compared.people_in(people))
    place = {compared.arms.index(one): at for at, one in enumerate(arms)}
    return arms, np.array([place[one] for one in compared.arm[people].tolist()], dtype=np.intp)


def _add_mediators(records: MediationRecords, people: NDArray[np.bool_], columns: Columns) -> dict[str, int]:
    """The positions of the mediators at their visit."""
    return {
        one.variable.name: columns.there(
            f"{one.variable.label} at week {records.mediators_week:g}",
            records.at(one.readings, records.mediators_week)[people],
        )
        for one in records.mediators
    }
