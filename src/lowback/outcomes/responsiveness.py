"""Whether a measure shows change: the standardised response mean, and the smallest change that error alone does not give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators.intervals import student_interval
from lowback.outcomes.scores import Array, by_week

FEWEST = 5
Row = tuple[dict[str, object], dict[str, object]]


def responsiveness_rows(
    cohort: Cohort,
    name: str,
    weeks: tuple[float, ...],
    treated: NDArray[np.bool_],
    untreated: NDArray[np.bool_],
) -> list[Row]:
    """Keys and estimates for a measure at the first and the last of these visits; none where hardly anybody has both.

    The standardised response mean is the mean change over its SD; its standard error is sqrt(1/n + SRM^2/(2(n - 1))). The smallest
    detectable change is 1.96 x sqrt(2) x the SD of a person's visits around their mean among the untreated, in whom
    nothing should change; true ups and downs of theirs count as error, so it is rather too large than too small.

    Liang, Fossel & Larson 1990, Med Care 28:632-642; Beckerman et al. 2001, Qual Life Res 10:571-578.
    """
    if cohort.visits is None or name not in cohort.visits:
        return []
    every, (table,) = by_week(cohort, [name])
    table = table[:, [every.index(week) for week in weeks]]
    change = (table[:, -1] - table[:, 0])[treated]
    change = change[np.isfinite(change)]
    if len(change) < FEWEST or not change.std() > 0:
        return []
    variable = cohort.variables[name]
    unit, label = variable.unit or "", variable.label
    rows = _change_rows(change, label, unit)
    error = _error(table[untreated])
    if error is not None:
        rows += _detectable_rows(change, 1.96 * 2**0.5 * error, int(untreated.sum()), label, unit)
    return rows


def _change_rows(change: Array, label: str, unit: str) -> list[Row]:
    """The mean change, and the same over its SD."""
    n, spread, mean = len(change), float(change.std(ddof=1)), float(change.mean())
    ratio = mean / spread
    error = float(np.sqrt(1 / n + ratio**2 / (2 * (n - 1))))
    return [
        _row(
            "change of measure",
            f"{label}: mean change",
            unit,
            n,
            student_interval(mean, spread / n**0.5, n - 1.0),
        ),
        _row(
            "standardised response mean",
            f"{label}: standardised response mean",
            "SD of change",
            n,
            student_interval(ratio, error, n - 1.0),
        ),
    ]


def _detectable_rows(change: Array, smallest: float, n_untreated: int, label: str, unit: str) -> list[Row]:
    """The smallest detectable change, and how many of those treated changed by more."""
    beyond = float((np.abs(change) > smallest).mean())
    return [
        _row(
            "smallest detectable change",
            f"{label}: smallest detectable change",
            unit,
            n_untreated,
            {"estimate": smallest},
        ),
        _row(
            "beyond the smallest detectable change",
            f"{label}: changed by more",
            "proportion",
            len(change),
            {"estimate": beyond},
        ),
    ]


def _row(statistic: str, term: str, unit: str, n: int, numbers: Mapping[str, float]) -> Row:
    return {"statistic": statistic}, {"term": term, "unit": unit, "n_participants": n, **numbers}


def _error(table: Array) -> float | None:
    """The SD of a person's visits around their own mean, after the mean of each visit; None where hardly anybody has two."""
    seen = np.isfinite(table)
    several = seen.sum(axis=1) > 1
    if several.sum() < FEWEST:
        return None
    table, seen = table[several], seen[several]
    left = np.where(seen, table - np.nanmean(table, axis=0), 0.0)
    own = left.sum(axis=1) / seen.sum(axis=1)
    squares = (np.where(seen, left - own[:, None], 0.0) ** 2).sum()
    return float((squares / (seen.sum() - len(table))) ** 0.5)
