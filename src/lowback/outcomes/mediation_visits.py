"""The visits over which a mediator's slope is taken within persons, as columns of the table of mediated effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import Visits
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.scores import Array


def mediators_between(
    records: MediationRecords, people: NDArray[np.bool_], add: Callable[[str, Array], int]
) -> list[int]:
    """The columns of the mediator at the visits between baseline and the outcome's, added after the outcome's own.

    None where the slope is that at one visit.
    """
    if not records.is_within:
        return []
    one = records.mediators[0]
    for week in records.between:
        add(_named(records.compared.outcome.label, week), records.at(records.outcome, week)[people])
    return [
        add(_named(one.variable.label, week), records.at(one.readings, week)[people])
        for week in records.between
    ]


def visits_within(records: MediationRecords, names: Sequence[str], adjusted: Iterable[int]) -> Visits | None:
    """The columns of every visit from baseline to the outcome's, None where the slope is that at one visit.

    `adjusted` are columns of what both are adjusted for at each visit; scores at baseline among them are left out.
    Raises `NotEstimable` where a visit has no column.
    """
    if not records.is_within:
        return None
    compared, label = records.compared, records.mediators[0].variable.label
    mediator = [f"{label} at baseline", *(_named(label, week) for week in records.weeks[1:])]
    between = [_named(compared.outcome.label, week) for week in records.between]
    outcome = [compared.baseline_place, *between, compared.question_place]
    for one in (*mediator, *outcome):
        if one not in names:
            raise NotEstimable(
                f"{one} is not recorded or does not vary, and a slope within persons takes every visit from baseline on"
            )
    of_mediator, of_outcome = (tuple(map(names.index, both)) for both in (mediator, outcome))
    own = {*of_mediator, *of_outcome}
    return Visits(of_mediator, of_outcome, tuple(one for one in adjusted if one not in own))


def _named(label: str, week: float) -> str:
    return f"{label} at week {week:g}"
