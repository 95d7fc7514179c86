"""What was measured of each person at one visit, or how it changed since the first, as columns of numbers with their error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.measured import FEWEST_PAIRS
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.replicates import replicates
from lowback.outcomes.scores import Array, positions
from lowback.variables import Variable

SILENT = ("identifier", "date", "text")


@dataclass(frozen=True, eq=False)
class Measured:
    """One variable of everybody: a column a number, a column for each level but one of a category; missing as NaN.

    `error_variance` is that of each column, in its squared unit, 0 where no error is known.
    """

    names: tuple[str, ...]
    columns: Array
    error_variance: float


def measured_at(
    cohort: Cohort, variable: str, week: float, since: float | None = None, reference: str | None = None
) -> Measured | None:
    """The variable at a visit, or its change since another; of the person where it is recorded once a person.

    A category has a column for each level but `reference` (the commonest one if that has nobody). None where the variable is
    recorded in check-ins only, is no number or category, or has no values at these visits.
    """
    known = cohort.variables.get(variable)
    if known is None or known.kind in SILENT:
        return None
    people, visits = cohort.participants, cohort.visits
    if people is not None and variable in people:
        return _columns(cohort, people[variable], known, reference)
    if visits is None or variable not in visits:
        return None
    at = [_of_visit(cohort, visits, variable, one) for one in (week, since) if one is not None]
    if any(one.isna().all() for one in at):
        return None
    if since is None:
        return _columns(cohort, at[0], known, reference)
    if known.kind == "category":
        return None
    change = _numbers(at[0]) - _numbers(at[1])
    error = 2 * _error_variance(cohort, known, _numbers(at[1]))
    return None if np.isnan(change).all() else Measured((variable,), change[:, None], error)


def visit_before(weeks: Sequence[float], week: float, steps: int) -> float | None:
    """The visit so many visits before another; None where there are not as many."""
    place = sorted(weeks).index(week) - steps
    return sorted(weeks)[place] if place >= 0 else None


def _of_visit(cohort: Cohort, visits: pd.DataFrame, variable: str, week: float) -> pd.Series:
    """One value a person, in the cohort's order."""
    rows = np.flatnonzero((visits["weeks"] == week).to_numpy())
    values = pd.Series(visits[variable].array[rows], index=positions(cohort, visits)[rows])
    return values.reindex(range(len(cohort.participant_ids)))


def _columns(cohort: Cohort, values: pd.Series, known: Variable, reference: str | None) -> Measured | None:
    if known.kind == "category":
        return _levels(values, known, reference)
    numbers = _numbers(values)
    if np.isnan(numbers).all():
        return None
    return Measured((known.name,), numbers[:, None], _error_variance(cohort, known, numbers))


def _levels(values: pd.Series, known: Variable, reference: str | None) -> Measured | None:
    texts = np.where(values.isna(), "", values.astype(str))
    is_missing = values.isna().to_numpy()
    counts = dict(zip(*np.unique(texts[~is_missing], return_counts=True), strict=True))
    if len(counts) < 2:
        return None
    first = reference if reference in counts else max(sorted(counts), key=lambda one: counts[one])
    others = [level for level in sorted(counts) if level != first]
    columns = np.array([texts == level for level in others], dtype=float).reshape(len(others), -1).T
    columns[is_missing] = np.nan
    return Measured(tuple(f"{known.name} ({level})" for level in others), columns, 0.0)


def _numbers(values: pd.Series) -> Array:
    return np.asarray(pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan))


def _error_variance(cohort: Cohort, known: Variable, numbers: Array) -> float:
    """The variance of one reading's error: by second readings of these people, raters included, else by the data dictionary.

    Of the dictionary, its standard error of measurement, or what its reliability leaves of the variance here.
    """
    if known.is_numeric:
        try:
            pairs = replicates(cohort, known.name)
        except NotComparable:
            pairs = None
        if pairs is not None and len(pairs.person) >= FEWEST_PAIRS:
            apart = pairs.first.astype(float) - pairs.second.astype(float)
            return float((apart**2).mean() / 2)
    if known.measurement_error_sem is not None:
        return known.measurement_error_sem**2
    if known.reliability_icc is None or np.isfinite(numbers).sum() < 2:
        return 0.0
    return float((1 - known.reliability_icc) * np.nanvar(numbers, ddof=1))
