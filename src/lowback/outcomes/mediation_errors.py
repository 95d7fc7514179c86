"""The error variances of a table's columns, from what is known of the variables' errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.mediation import ErrorVariance, pair_sums
from lowback.outcomes.measured_error import KnownError
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.scores import Positions


def error_variances(
    measured: tuple[KnownError, ...],
    people: NDArray[np.bool_],
    places: dict[str, list[int]],
    baselines: dict[str, int | None],
) -> dict[str, ErrorVariance]:
    """The error variance of each variable's columns, for variables of which something is known."""
    found = {}
    for one in measured:
        name = one.variable.name
        base = baselines[name]
        columns = (*places[name], *([] if base is None else [base]))
        if one.is_known and columns:
            found[name] = _error(one, people, columns)
    return found


def _error(known: KnownError, people: NDArray[np.bool_], columns: tuple[int, ...]) -> ErrorVariance:
    """The error variance of a variable's columns, the last of them that of baseline."""
    share = 0.5 if known.is_mean else 1.0
    if known.second is not None:
        return ErrorVariance(columns, pairs=pair_sums(known.first[people], known.second[people]), share=share)
    if known.sem is not None:
        return ErrorVariance(columns, variance=known.sem**2)
    return ErrorVariance(columns, reliability=known.reliability, reference=columns[-1])


def largest_errors(
    records: MediationRecords,
    people: NDArray[np.bool_],
    arm: Positions,
    confounders: dict[str, list[int]],
    baselines: dict[str, int | None],
) -> dict[str, ErrorVariance]:
    """For confounders of unknown error at two visits or more after baseline: as if the last two differed by error alone.

    An arm that does not have the confounder has no error of it.
    """
    found = {}
    for one in records.confounders:
        name = one.variable.name
        if one.is_known or len(records.later) < 2 or not confounders[name]:
            continue
        last, before = (records.at(one.readings, week)[people] for week in records.later[-2:])
        apart = last - before
        has = np.zeros(len(arm), dtype=bool)
        for at in np.unique(arm):
            here = (arm == at) & np.isfinite(apart)
            apart[here] -= apart[here].mean() if here.any() else 0.0
            has |= (arm == at) & here.any()
        base = baselines[name]
        columns = (*confounders[name], *([] if base is None else [base]))
        pairs = pair_sums(apart[:, None], np.zeros((len(apart), 1)))
        found[name] = ErrorVariance(columns, pairs=pairs, people=float(has.mean()))
    return found
