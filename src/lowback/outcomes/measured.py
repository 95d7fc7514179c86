"""How large the error of an exposure's measurement is, and what a slope may differ by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error import ErrorVariance, error_from_pairs
from lowback.outcomes.low_and_high import low_and_high
from lowback.outcomes.occasions import Occasions
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.replicates import Replicates, replicates
from lowback.outcomes.scores import Array, positions
from lowback.study import Study

# Fewer pairs than this say less of the error than a published figure.
FEWEST_PAIRS = 10


@dataclass(frozen=True, eq=False)
class Measured:
    """The error variance of one measurement (None: not known), and where it comes from, in a sentence.

    Where raters are known, the error is what is left beside what each of them adds; `raters` are then columns (a row an occasion) to adjust for.
    """

    error: ErrorVariance | None
    words: str
    raters: Array
    names: tuple[str, ...] = ()


def measured_with(cohort: Cohort, study: Study, found: Occasions) -> Measured:
    """The error variance of the exposure: from second measurements of these people, else from the data dictionary.

    The dictionary's standard error of measurement comes before its intraclass correlation, which belongs to the people it was found in; that is
    turned into an error by the variance between these people.
    """
    exposure = found.exposure
    label = exposure.label
    nothing = np.empty((len(found.person), 0))
    try:
        pairs = replicates(cohort, exposure.name, study.weeks)
    except NotComparable:
        pairs = None
    if pairs is not None and len(pairs.person) >= FEWEST_PAIRS:
        return _from_pairs(cohort, found, pairs)
    source = f" ({exposure.source})" if exposure.source else ""
    here = (
        f"; here it was measured by {found.measured_by}, whose error may be another"
        if found.measured_by and exposure.error_from != "the mapping"
        else ""
    )
    if exposure.measurement_error_sem is not None:
        sem = exposure.measurement_error_sem
        said = f"The standard error of measurement of {label} is taken from {exposure.error_from}, {sem:g} {exposure.unit}{source}, as known{here}"
        return Measured(ErrorVariance(sem**2), said, nothing)
    if exposure.reliability_icc is not None:
        variance = (1 - exposure.reliability_icc) * _between_people(found)
        if not variance > 0:
            return Measured(
                None,
                f"how large the error of {label} is, cannot be told: its reliability is that among people who differ, and these do not at their first record",
                nothing,
            )
        said = (
            f"The error of {label} follows from the reliability in {exposure.error_from}, {exposure.reliability_icc:g}{source}, and the variance "
            f"between these people: a standard error of measurement of {variance**0.5:.3g} {exposure.unit}, taken as known{here}"
        )
        return Measured(ErrorVariance(variance), said, nothing)
    return Measured(
        None,
        f"how large the error of {label} is, is not known: nobody was measured twice, and the data dictionary has neither a standard error of measurement nor a reliability (a mapping may give one, under errors)",
        nothing,
    )


def _from_pairs(cohort: Cohort, found: Occasions, pairs: Replicates) -> Measured:
    label, unit, nothing = found.exposure.label, found.exposure.unit, np.empty((len(found.person), 0))
    here = _recorded(cohort, found, "rater_id")
    everybody = sorted({*pairs.first_rater.tolist(), *pairs.second_rater.tolist(), *here.dropna().tolist()})
    is_adjusted = (
        pairs.raters > 1
        and pairs.are_others
        and here.notna().all()
        and len(everybody) * FEWEST_PAIRS <= len(pairs.person)
    )
    try:
        if is_adjusted:
            apart = _each(pairs.second_rater, everybody) - _each(pairs.first_rater, everybody)
            error = error_from_pairs(pairs.first, pairs.second, pairs.person, apart)
        else:
            error = error_from_pairs(pairs.first, pairs.second, pairs.person)
    except NotEstimable as refused:
        return Measured(None, f"the error of {label} cannot be estimated: {refused}", nothing)
    people = len(np.unique(pairs.person))
    words = (
        f"The error of {label} comes from {len(pairs.person)} second measurements of {people} of these people"
        f"{', by another rater' if pairs.are_others else ''}: a standard error of measurement of {error.value**0.5:.3g} {unit}, whose uncertainty the "
        "intervals contain"
    )
    if not is_adjusted:
        return Measured(error, words, nothing)
    words += f"; what each of {len(everybody)} raters adds is taken off both the differences and, as columns of the model, the measurements"
    columns, names = _new_columns(found.adjustments[0], _each(here.to_numpy(object), everybody), everybody)
    return Measured(error, words, columns, tuple(f"rater {name}" for name in names))


def _each(raters: NDArray[Any], everybody: list[str]) -> Array:
    """A column for each rater, 1 where it was that one."""
    return (raters[:, None] == np.array(everybody, dtype=object)).astype(float)


def _new_columns(known: Array, columns: Array, names: list[str]) -> tuple[Array, list[str]]:
    """The columns, centred, that are no combination of an intercept, the known ones and those before."""
    kept: list[int] = []
    basis = np.linalg.svd(np.column_stack([np.ones(len(known)), known]), full_matrices=False)
    span = basis[0][:, basis[1] > 1e-9 * basis[1][0]]
    for at, column in enumerate(columns.T):
        left = column - span @ (span.T @ column)
        if left @ left > 1e-6 * max(float(column @ column), 1.0):
            kept.append(at)
            span = np.column_stack([span, left / np.linalg.norm(left)])
    return columns[:, kept] - columns[:, kept].mean(axis=0), [names[at] for at in kept]


def _between_people(found: Occasions) -> float:
    """The variance between people of one measurement each."""
    first = np.unique(found.person, return_index=True)[1]
    if len(first) < 2:
        raise NotComparable("one person only; the variance between people is not known", "more people")
    return float(found.exposures[first].var(ddof=1))


@dataclass(frozen=True, eq=False)
class Modified:
    """Occasions on which a modifier was recorded too: its value at each, and a low and a high value (quartiles, or no and yes)."""

    found: Occasions
    values: Array
    name: str
    label: str
    low: float
    high: float
    left_out: int
    is_flag: bool

    @property
    def half(self) -> float:
        """Half of what lies between low and high."""
        return (self.high - self.low) / 2

    @property
    def places(self) -> Array:
        """Each value as -1 at low and 1 at high: far from 0 products with the exposure would hardly differ from the exposure itself."""
        return np.asarray((self.values - self.low) / self.half - 1)


def modified(cohort: Cohort, found: Occasions, name: str) -> Modified:
    """The occasions with the modifier at the same moment, else with the person's own.

    Raises `NotComparable` for a modifier that is neither a number nor a yes or no, was never recorded, or does not vary.
    """
    variable = cohort.variables.get(name)
    if variable is None or name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in {cohort.name!r}", f"the modifier {name!r}")
    if not (variable.is_numeric or variable.kind == "flag"):
        raise NotComparable(
            f"{name!r} is neither a number nor a yes or no", "a modifier that is a number or a flag"
        )
    values = _at_moments(cohort, found, name)
    kept = np.isfinite(values)
    if not kept.any() or np.ptp(values[kept]) == 0:
        known = (
            "was never recorded with outcome and exposure"
            if not kept.any()
            else "is the same on every occasion"
        )
        raise NotComparable(f"{name} {known}", f"{name} that varies, on the same occasions")
    fields = {one: getattr(found, one)[kept] for one in ("person", "moment", "scores", "exposures")}
    low, high = low_and_high(values[kept], is_flag=variable.kind == "flag")
    return Modified(
        replace(found, **fields),
        values[kept],
        name,
        variable.label,
        low,
        high,
        int((~kept).sum()),
        variable.kind == "flag",
    )


def _at_moments(cohort: Cohort, found: Occasions, name: str) -> Array:
    """The modifier at each occasion, missing where it was not recorded."""
    return np.asarray(_recorded(cohort, found, name).to_numpy(float, na_value=np.nan))


def _recorded(cohort: Cohort, found: Occasions, name: str) -> pd.Series:
    """A column at each occasion: that of the same moment where the table of occasions has it, else the person's own."""
    tables = {"visit": (cohort.visits, "weeks"), "day": (cohort.checkins, "days")}
    table, moment = tables.get(found.kind, (None, ""))
    if table is not None and name in table:
        moments = pd.MultiIndex.from_arrays([positions(cohort, table), table[moment]])
        recorded = pd.Series(table[name].to_numpy(object), index=moments)
        return recorded.reindex(pd.MultiIndex.from_arrays([found.person, found.moment])).reset_index(
            drop=True
        )
    people = cohort.participants
    if people is None or name not in people:
        return pd.Series(np.full(len(found.person), None), dtype=object)
    return pd.Series(people[name].to_numpy(object)[found.person])
