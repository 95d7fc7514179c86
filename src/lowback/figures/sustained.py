"""What more of an exposure, kept up, goes with: within persons and by the g-formula, beside zero."""

from __future__ import annotations

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import label_of, rounded
from lowback.figures.canvas import drawn, listed, sheet, styles, wrapped
from lowback.figures.forest import forest_axes, forest_height, mark
from lowback.result import Refusal, Result

CONTROL = "later exposure"


def sustained_figure(result: Result | Refusal) -> Exhibit:
    """Differences with their intervals, a line each; the open mark is a negative control, at 0 if nothing else is at work."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "approach", "more")
    looks = styles(in_order(rows["approach"]))
    words = {CONTROL: " (negative control: should be 0)"}
    labels = [
        wrapped(f"{row.term}{words.get(row.statistic, '')}, n={row.n_participants}", 38, 4)
        for row in each(rows)
    ]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        for place, row in enumerate(each(rows)):
            look = looks[row.approach]
            mark(axes, place, row, look.colour, look.marker, is_open=row.statistic == CONTROL)
        forest_axes(axes, labels, rows, result.smallest_worthwhile)
        axes.set_xlabel(
            wrapped(
                f"Difference in {label_of(rows['outcome'].iloc[0])} ({rows['unit'].iloc[0]}); 0 if nothing were true",
                50,
            )
        )
        said = listed(
            rows, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}, n={row.n_participants}"
        )
        return drawn(
            result, figure, "sustained", f"Differences with 95 % intervals, 0 if nothing were true: {said}."
        )
