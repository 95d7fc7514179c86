"""Events by an exposure: the risk difference or rate ratio beside none at all, with the margin and the bounds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.figures.canvas import drawn, in_percentage_points, listed, sheet, styles, tidy, wrapped
from lowback.figures.forest import forest_axes, forest_height, marks, ratio_axes, ratio_ticks
from lowback.result import Refusal, Result

KINDS = (
    "risk difference",
    "risk difference, recalled",
    "risk difference, bounds",
    "rate ratio",
    "rate ratio, bounds",
)


def incidence_figure(result: Result | Refusal) -> Exhibit:
    """How much likelier or more frequent an event is, filled as recorded, open within the bounds for what was not seen."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic")
    rows = rows[rows["statistic"].isin(KINDS)].reset_index(drop=True)
    if rows.empty:
        return noted(result, "This result holds no risk difference and no rate ratio.")
    rows, margin = in_percentage_points(rows, result.smallest_worthwhile)
    labels = [wrapped(f"{row.term}, n={row.n_participants}", 36, 4) for row in each(rows)]
    look = styles(["all"])["all"]
    with sheet(forest_height(labels) + 0.4) as (figure, (axes,)):
        marks(axes, rows, lambda _: look, lambda row: row.statistic.endswith(("bounds", "recalled")))
        if rows["statistic"].str.startswith("rate").all():
            _ratio_axes(axes, labels, rows, margin)
        else:
            forest_axes(axes, labels, rows, margin)
        axes.set_xlabel(
            wrapped(
                f"{capital(label_of(rows['outcome'].iloc[0]))} ({rows['unit'].iloc[0]}); {_nothing(rows)}", 60
            )
        )
        said = listed(
            rows, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}, n={row.n_participants}"
        )
        return drawn(result, figure, "incidence", f"Events by exposure with 95 % intervals: {said}.")


def _nothing(rows: pd.DataFrame) -> str:
    """Where a difference or a ratio stands when the event has nothing to do with the exposure."""
    return f"{'1' if rows['statistic'].str.startswith('rate').all() else '0'}: no link"


def _ratio_axes(axes: Any, labels: list[str], rows: pd.DataFrame, margin: float | None) -> None:
    """A log scale from the lowest end of an interval to the highest."""
    ratio_axes(axes, labels, margin)
    low, high = float(rows["conf_low"].min()), float(rows["conf_high"].max())
    axes.set_xlim(min(0.6 * low, 0.8), max(1.7 * high, 1.25))
    ratio_ticks(axes, 0.6 * low, 1.7 * high)
    tidy(axes, left=True)
