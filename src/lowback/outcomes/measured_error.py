"""What is known of the error of a recorded variable: from second readings in the cohort, else from the data dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators.designs import ROUNDING
from lowback.outcomes.scores import Array, by_week
from lowback.variables import Variable


@dataclass(frozen=True, eq=False)
class KnownError:
    """A variable's readings by visit, and how large their error is.

    `readings` (person, visit) are the means of two readings where `is_mean`, else first readings; `second` are the second ones where
    the cohort has them. Where it has none, `sem` is the dictionary's standard error of measurement or, if it has none, `reliability` an
    intraclass correlation; all three are None for a variable of which nothing is known. `told` says which, with the source.
    """

    variable: Variable
    readings: Array
    first: Array
    second: Array | None
    is_mean: bool
    sem: float | None
    reliability: float | None
    told: str

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the error."""
        return self.second is not None or self.sem is not None or self.reliability is not None

    @property
    def variance(self) -> float:
        """The variance of a reading's error, or of the mean of two; 0 where nothing is known.

        What the second reading adds in everybody is no error. A reliability is one among people at the first visit at which two or more were
        measured; NaN where there is none.
        """
        if self.second is not None:
            return float(np.nanvar(self.first - self.second, ddof=1)) / (4 if self.is_mean else 2)
        if self.sem is not None:
            return float(self.sem) ** 2
        if self.reliability is None:
            return 0.0
        several = self.first[:, np.isfinite(self.first).sum(axis=0) > 1]
        if not several.size:
            return float("nan")
        return (1 - self.reliability) * float(np.nanvar(several[:, 0], ddof=1))


def second_reading(name: str, columns: set[str]) -> str | None:
    """The column that holds a second reading of a variable, as `pelvic_tilt_second_deg` does of `pelvic_tilt_deg`."""
    stem, _, unit = name.rpartition("_")
    return next((one for one in (f"{stem}_second_{unit}", f"{name}_second") if one in columns), None)


def known_error(cohort: Cohort, name: str, weeks: Sequence[float]) -> KnownError:
    """The readings of a variable at these visits of everybody in the cohort, with what is known of their error."""
    variable = cohort.variables[name]
    columns = set() if cohort.visits is None else {str(one) for one in cohort.visits}
    again = second_reading(name, columns)
    every, tables = by_week(cohort, [name, *([again] if again else [])])
    chosen = [every.index(week) for week in weeks]
    first, *seconds = (table[:, chosen] for table in tables)
    apart = seconds[0] - first if seconds else np.empty(0)
    apart = apart[np.isfinite(apart)]
    if len(apart) < 2:
        return _published(variable, first)
    # Readings that never differ are copies, or readings that knew of each other: no error of 0 follows from them.
    if np.ptp(apart) <= ROUNDING * np.nanmax(np.abs(first)):
        known = _published(variable, first)
        return replace(
            known, told=f"second readings of {variable.label} never differ, and tell nothing; {known.told}"
        )
    return _replicated(variable, first, seconds[0])


def _replicated(variable: Variable, first: Array, second: Array) -> KnownError:
    pairs = int((np.isfinite(first) & np.isfinite(second)).sum())
    is_mean = bool((np.isfinite(first) <= np.isfinite(second)).all())
    shown = "the mean of two readings is analysed" if is_mean else "the first reading is analysed"
    told = f"the error of {variable.label} is that between {pairs} pairs of readings in this cohort ({shown})"
    readings = (first + second) / 2 if is_mean else first
    return KnownError(variable, readings, first, second, is_mean, None, None, told)


def _published(variable: Variable, first: Array) -> KnownError:
    sem, reliability = variable.measurement_error_sem, variable.reliability_icc
    source = f" ({variable.source})" if variable.source else ""
    if sem is not None:
        told = f"the error of {variable.label} is taken from {variable.error_from}: SD {sem:g} {variable.unit or ''}{source}"
        reliability = None
    elif reliability is not None:
        told = (
            f"the error of {variable.label} is taken from {variable.error_from}: reliability {reliability:g} among people as at "
            f"baseline{source}"
        )
    else:
        told = f"{variable.label} is taken to be measured without error: neither cohort nor data dictionary say how large it is"
    return KnownError(variable, first, first, None, False, sem, reliability, told)
