"""Whether a measure shows change: its course from visit to visit, the standardised response mean, and the smallest change that error alone does not give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.reliability import Bounded, error_of_repeats, smallest_change
from lowback.outcomes.scores import Array, by_week
from lowback.variables import Variable

FEWEST = 5
DID, NEVER = "did it", "never did it"
Row = tuple[dict[str, object], dict[str, object]]


def responsiveness_rows(
    cohort: Cohort,
    name: str,
    weeks: tuple[float, ...],
    treated: NDArray[np.bool_],
    untreated: NDArray[np.bool_],
) -> list[Row]:
    """Keys and estimates for a measure at the first and the last of these visits, then its mean change by each; none where hardly anybody has both.

    The standardised response mean is the mean change over its SD; its standard error is sqrt(1/n + SRM^2/(2(n - 1))). The smallest
    detectable change is 1.96 x sqrt(2) x the SD of visits around what person and visit make of them among the untreated, in whom
    nothing should change, with the interval of that SD; true ups and downs of theirs count as error, so it is rather too large than too small.

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
    return [
        *_change_rows(change, variable),
        *_detectable_rows(change, table[untreated], variable),
        *_course(table[treated], weeks, DID, variable),
        *_course(table[untreated], weeks, NEVER, variable),
    ]


def _change_rows(change: Array, variable: Variable) -> Iterator[Row]:
    """The mean change, and the same over its SD."""
    n, spread, mean = len(change), float(change.std(ddof=1)), float(change.mean())
    ratio = mean / spread
    error = float(np.sqrt(1 / n + ratio**2 / (2 * (n - 1))))
    whole, unit = student_interval(mean, spread / n**0.5, n - 1.0), variable.unit or ""
    yield _row("change of measure", f"{variable.label}: mean change", unit, n, whole)
    ratio_of = student_interval(ratio, error, n - 1.0)
    words = f"{variable.label}: standardised response mean"
    yield _row("standardised response mean", words, "SD of change", n, ratio_of)


def _detectable_rows(change: Array, table: Array, variable: Variable) -> Iterator[Row]:
    """The smallest detectable change by the visits of the untreated, and how many of those treated changed by more."""
    several = int((np.isfinite(table).sum(axis=1) > 1).sum())
    try:
        found = smallest_change(error_of_repeats(table)) if several >= FEWEST else None
    except NotEstimable:
        found = None
    if found is None:
        return
    words, unit = f"{variable.label}: smallest detectable change", variable.unit or ""
    yield _row("smallest detectable change", words, unit, several, _numbers(found))
    beyond = {"estimate": float((np.abs(change) > found.estimate).mean())}
    words = f"{variable.label}: changed by more"
    yield _row("beyond the smallest detectable change", words, "proportion", len(change), beyond)


def _course(table: Array, weeks: tuple[float, ...], who: str, variable: Variable) -> Iterator[Row]:
    """The mean change from the first of these visits to each later one, of those who have both."""
    for at, week in enumerate(weeks[1:], 1):
        change = table[:, at] - table[:, 0]
        change = change[np.isfinite(change)]
        if len(change) >= FEWEST:
            error = float(change.std(ddof=1)) / len(change) ** 0.5
            numbers = student_interval(float(change.mean()), error, len(change) - 1.0)
            words = f"{variable.label}: mean change by week {week:g}, people who {who}"
            (key, row) = _row("change by visit", words, variable.unit or "", len(change), numbers)
            yield {**key, "who": who, "weeks": week}, row


def _numbers(found: Bounded) -> dict[str, float]:
    ends = {"conf_low": found.conf_low, "conf_high": found.conf_high}
    return {"estimate": found.estimate, "df": found.df, **ends}


def _row(statistic: str, term: str, unit: str, n: int, numbers: dict[str, float]) -> Row:
    return {"statistic": statistic}, {"term": term, "unit": unit, "n_participants": n, **numbers}
