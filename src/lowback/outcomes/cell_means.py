"""What a model with one mean for each arm and visit says: differences between arms, and the means themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.inference import DfMethod, Inference
from lowback.outcomes.comparison import Comparison
from lowback.outcomes.refusals import cannot_be_fitted
from lowback.outcomes.repeated import Array, Repeated
from lowback.result import estimates_frame


class CellFit(Protocol):
    """A fit whose first coefficients are the means of the cells, arms slowest."""

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients."""

    def contrast(self, matrix: ArrayLike, df: DfMethod, level: float = 0.95) -> Inference:
        """Estimates of weighted sums of coefficients."""


Cells = tuple[tuple[int, int], ...]
# One row of a result and its keys.
Row = tuple[dict[str, object], dict[str, object]]


def cell_columns(read: Repeated, cells: Cells) -> tuple[Array, list[str]]:
    """A column for each cell (positions of arm and week), 1 in its rows.

    One mean a cell spans the same space as arm, visit and their product, and makes every contrast readable.
    """
    names = [f"{read.arms[arm]} at week {read.weeks[week]:g}" for arm, week in cells]
    return np.column_stack([(read.arm == arm) & (read.week == week) for arm, week in cells]).astype(
        float
    ), names


def cell_rows(compared: Comparison, read: Repeated, cells: Cells, fit: CellFit) -> list[Row]:
    """The rows of a result with their keys: the estimand's differences, those of other visits, then every mean.

    `cells` are those of the fit's first coefficients; a difference of which one cell has no score is left out.
    """
    asked = [*_differences(compared, read, cells), *_means(compared, read, cells)]
    return _estimated(compared, cells, asked, fit, "kenward-roger")


def change_rows(compared: Comparison, read: Repeated, fit: CellFit) -> list[Row]:
    """The same rows and keys with Satterthwaite's intervals, where a difference is one of changes since the first visit."""
    asked = []
    for weights, row, key in _differences(compared, read, read.cells):
        (one, when), (other, _) = weights
        if when:
            change = {**weights, (one, 0): -1.0, (other, 0): 1.0}
            asked.append((change, row, key))
    asked += _means(compared, read, read.cells)
    return _estimated(compared, read.cells, asked, fit, "satterthwaite")


def framed(rows: Sequence[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows as the estimates of a result, and their keys."""
    return estimates_frame([row for row, _ in rows]), pd.DataFrame([key for _, key in rows])


Asked = tuple[dict[tuple[int, int], float], dict[str, object], dict[str, object]]


def _estimated(
    compared: Comparison, cells: Cells, asked: list[Asked], fit: CellFit, df: DfMethod
) -> list[Row]:
    place = {cell: column for column, cell in enumerate(cells)}
    weights = np.zeros((len(asked), len(fit.names)))
    for at, (weighted, _, _) in enumerate(asked):
        for cell, weight in weighted.items():
            weights[at, place[cell]] = weight
    try:
        contrasts = fit.contrast(weights, df)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.outcome.label} over visits", refused) from refused
    rows: list[Row] = []
    for (_, row, key), found in zip(asked, _numbers(contrasts), strict=True):
        # That a mean differs from zero is no finding, so it carries no p-value.
        tested = found if key["statistic"] == "difference" else {**found, "p_value": np.nan}
        rows.append(({**row, "unit": compared.outcome.unit, **tested}, key))
    return rows


def _differences(compared: Comparison, read: Repeated, cells: Cells) -> Iterator[Asked]:
    asked = read.weeks.index(compared.week)
    other = read.arms.index(compared.comparator)
    people = [read.people(arm) for arm in range(len(read.arms))]
    for when in sorted({week for _, week in cells}, key=lambda one: (one != asked, one)):
        week = read.weeks[when]
        for arm in compared.treated:
            one = read.arms.index(arm)
            row: dict[str, object] = {
                "term": f"{arm} vs {compared.comparator}" + ("" if when == asked else f" at week {week:g}"),
                "n_participants": people[one] + people[other],
            }
            if (one, when) in cells and (other, when) in cells:
                weights = {(one, when): 1.0, (other, when): -1.0}
                yield weights, row, _key(compared, arm, week, "difference")


def _means(compared: Comparison, read: Repeated, cells: Cells) -> Iterator[Asked]:
    for at, when in cells:
        arm, week = read.arms[at], read.weeks[when]
        row: dict[str, object] = {
            "term": f"{arm} at week {week:g}: adjusted mean",
            "n_participants": read.people(at, when),
        }
        yield {(at, when): 1.0}, row, _key(compared, arm, week, "adjusted mean")


def _key(compared: Comparison, arm: str, week: float, statistic: str) -> dict[str, object]:
    comparator = compared.comparator if statistic == "difference" else ""
    place = {**compared.named_outcome, "arm": arm, "comparator": comparator}
    return {**place, "weeks": week, "statistic": statistic}


def _numbers(found: Inference) -> Iterator[dict[str, float]]:
    """Each contrast's numbers."""
    names = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value")
    columns = [getattr(found, name).tolist() for name in names]
    return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
