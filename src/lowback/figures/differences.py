"""Differences one under another with their intervals, beside zero and what would be too small to matter."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import label_of, rounded
from lowback.figures.canvas import drawn, listed, sheet, styles, wrapped
from lowback.figures.forest import forest_axes, forest_height, marks
from lowback.result import Refusal, Result


def sustained_figure(result: Result | Refusal) -> Exhibit:
    """More of an exposure kept up, by both ways; the open mark is a negative control, at 0 if nothing else is at work."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "approach", "more")
    words = {"later exposure": " (negative control: should be 0)"}
    notes = [words.get(one, "") for one in rows["statistic"]]
    return _drawn(result, rows, "approach", notes, ("later exposure",), "sustained")


def complier_figure(result: Result | Refusal) -> Exhibit:
    """The difference as assigned and in those who keep to it; the open mark compares people who chose, not chance."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "arm", "comparator")
    rows = rows[rows["statistic"] != "more keep to it"].reset_index(drop=True)
    words = {"by who kept to it": " (by choice, not by chance)"}
    notes = [words.get(one, "") for one in rows["statistic"]]
    return _drawn(result, rows, "arm", notes, ("by who kept to it",), "complier")


def _drawn(
    result: Result, rows: pd.DataFrame, group: str, notes: list[str], is_open: Collection[str], kind: str
) -> Exhibit:
    """A line a row, a colour a group; open marks are those of the statistics named."""
    looks = styles(in_order(rows[group]))
    labels = [
        wrapped(f"{row.term}{note}, n={row.n_participants}", 38, 5)
        for row, note in zip(each(rows), notes, strict=True)
    ]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(axes, rows, lambda row: looks[getattr(row, group)], lambda row: row.statistic in is_open)
        forest_axes(axes, labels, rows, result.smallest_worthwhile)
        outcome, unit = label_of(rows["outcome"].iloc[0]), rows["unit"].iloc[0]
        axes.set_xlabel(wrapped(f"Difference in {outcome} ({unit}); 0: no difference", 50))
        said = listed(
            rows, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}, n={row.n_participants}"
        )
        return drawn(result, figure, kind, f"Differences with 95 % intervals, 0: no difference: {said}.")
