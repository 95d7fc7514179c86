"""Both lags of two series, side by side in SD, against no lag."""

from __future__ import annotations

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.figures.canvas import drawn, listed, people_in, sheet, styles, wrapped
from lowback.figures.forest import forest_axes, forest_height, marks
from lowback.result import Refusal, Result


def panel_figure(result: Result | Refusal) -> Exhibit:
    """Each lag in SD of what is foretold per SD of what foretells it; open marks are without correction for error."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "foretold_label", "by_label", "adjustment")
    rows = rows[rows["statistic"] == "standardised lag"].reset_index(drop=True)
    if rows.empty:
        return noted(result, "This analysis has no lags to show.")
    adjustments = in_order(rows["adjustment"])
    looks = styles(in_order(rows["by_label"]))
    labels = [
        "\n".join(
            [
                wrapped(f"{capital(spoken(row.by_label))} → {spoken(row.foretold_label)}", 30),
                *([row.adjustment] if len(adjustments) > 1 else []),
                f"n={row.n_participants}",
            ]
        )
        for row in each(rows)
    ]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(axes, rows, lambda row: looks[row.by_label], lambda row: row.adjustment != adjustments[0])
        forest_axes(axes, labels, rows, None)
        axes.set_xlabel(wrapped("Lag within persons (SD per SD, one wave later); 0: no lag", 66))
        said = listed(
            rows,
            lambda row: (
                f"{spoken(row.foretold_label)} on {spoken(row.by_label)}, {row.adjustment}: {rounded(row).in_words}"
            ),
        )
        return drawn(
            result,
            figure,
            "panel lags",
            f"Lags from one wave to the next with 95 % intervals, {people_in(rows)}: {said}.",
        )
