"""Whether a measure shows change: the standardised response mean, and the smallest change that error alone does not give."""

from __future__ import annotations

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
    unit, label, n = variable.unit or "", variable.label, len(change)
    spread = float(change.std(ddof=1))
    mean = student_interval(float(change.mean()), spread / n**0.5, n - 1.0)
    ratio = float(change.mean()) / spread
    srm = student_interval(ratio, float(np.sqrt(1 / n + ratio**2 / (2 * (n - 1)))), n - 1.0)
    rows: list[Row] = [
        (
            {"statistic": "change of measure"},
            {"term": f"{label}: mean change", "unit": unit, "n_participants": n, **mean},
        ),
        (
            {"statistic": "standardised response mean"},
            {
                "term": f"{label}: standardised response mean",
                "unit": "SD of change",
                "n_participants": n,
                **srm,
            },
        ),
    ]
    error = _error(table[untreated])
    if error is not None:
        smallest = 1.96 * 2**0.5 * error
        row: dict[str, object] = {"estimate": smallest, "n_participants": int(untreated.sum()), "unit": unit}
        rows.append(
            (
                {"statistic": "smallest detectable change"},
                {"term": f"{label}: smallest detectable change", **row},
            )
        )
        beyond = float((np.abs(change) > smallest).mean())
        rows.append(
            (
                {"statistic": "beyond the smallest detectable change"},
                {
                    "term": f"{label}: changed by more",
                    "unit": "proportion",
                    "estimate": beyond,
                    "n_participants": n,
                },
            )
        )
    return rows


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
