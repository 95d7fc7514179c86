"""What a model with one mean for each arm and visit says: differences between arms, and the means themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lowback.estimators.inference import DfMethod, Inference
from lowback.outcomes.comparison import Comparison
from lowback.outcomes.repeated import Array, Repeated
from lowback.result import estimates_frame

DF: DfMethod = "kenward-roger"


class CellFit(Protocol):
    """A fit whose first coefficients are the means of the cells, arms slowest."""

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients."""

    def contrast(self, matrix: ArrayLike, df: DfMethod, level: float = 0.95) -> Inference:
        """Estimates of weighted sums of coefficients."""


def cells(read: Repeated, weeks: tuple[float, ...]) -> tuple[Array, list[str]]:
    """A column for each arm and week (arms slowest), 1 in the rows of that cell; `weeks` are the last of the visits.

    One mean a cell spans the same space as arm, visit and their product, and makes every contrast readable.
    """
    offset = len(read.weeks) - len(weeks)
    names = [f"{arm} at week {week:g}" for arm in read.arms for week in weeks]
    matrix = np.zeros((len(read.score), len(names)))
    rows = np.flatnonzero(read.week >= offset)
    matrix[rows, read.arm[rows] * len(weeks) + read.week[rows] - offset] = 1.0
    return matrix, names


def cell_estimates(
    compared: Comparison, read: Repeated, weeks: tuple[float, ...], fit: CellFit
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a result and their keys: the estimand's differences, those of other visits, then every mean."""
    asked = [*_differences(compared, read, weeks), *_means(compared, read, weeks)]
    weights = np.zeros((len(asked), len(fit.names)))
    for row, (cell_weights, _, _) in enumerate(asked):
        for (arm, week), weight in cell_weights.items():
            weights[row, arm * len(weeks) + week] = weight
    found = fit.contrast(weights, DF)
    rows = [
        {**row, "unit": compared.outcome.unit, **_numbers(found, at, key["statistic"] == "difference")}
        for at, (_, row, key) in enumerate(asked)
    ]
    return estimates_frame(rows), pd.DataFrame([key for _, _, key in asked])


Asked = tuple[dict[tuple[int, int], float], dict[str, object], dict[str, object]]


def _differences(compared: Comparison, read: Repeated, weeks: tuple[float, ...]) -> Iterator[Asked]:
    other = read.arms.index(compared.comparator)
    for week in sorted(weeks, key=lambda one: (one != compared.week, one)):
        at = weeks.index(week)
        suffix = "" if week == compared.week else f" at week {week:g}"
        for arm in compared.treated:
            one = read.arms.index(arm)
            row: dict[str, object] = {
                "term": f"{arm} vs {compared.comparator}{suffix}",
                "n_participants": read.people(one) + read.people(other),
            }
            yield {(one, at): 1.0, (other, at): -1.0}, row, _key(compared, arm, week, "difference")


def _means(compared: Comparison, read: Repeated, weeks: tuple[float, ...]) -> Iterator[Asked]:
    offset = len(read.weeks) - len(weeks)
    for one, arm in enumerate(read.arms):
        for at, week in enumerate(weeks):
            row: dict[str, object] = {
                "term": f"{arm} at week {week:g}: adjusted mean",
                "n_participants": read.people(one, at + offset),
            }
            yield {(one, at): 1.0}, row, _key(compared, arm, week, "adjusted mean")


def _key(compared: Comparison, arm: str, week: float, statistic: str) -> dict[str, object]:
    comparator = compared.comparator if statistic == "difference" else ""
    place = {"outcome": compared.outcome.name, "arm": arm, "comparator": comparator}
    return {**place, "weeks": week, "statistic": statistic}


def _numbers(found: Inference, at: int, is_tested: bool) -> dict[str, float]:
    """One row's numbers; that a mean differs from zero is no finding, so it carries no p-value."""
    numbers = ("estimate", "std_error", "df", "conf_low", "conf_high")
    p_value = float(found.p_value[at]) if is_tested else np.nan
    return {name: float(getattr(found, name)[at]) for name in numbers} | {"p_value": p_value}
