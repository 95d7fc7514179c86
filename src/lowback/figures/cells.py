"""The outcome in four cells: at low and high values of an exposure, at moments of a low and a high modifier."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.figures.canvas import drawn, listed, people_in, reach, scale_label, sheet, styles, tidy, wrapped
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result
from lowback.variables import dictionary

# How far the two lines stand apart, so that their intervals do not cover each other.
APART = 0.04


def cells_figure(result: Result | Refusal) -> Exhibit:
    """Mean outcome with 95 % intervals at a low and a high modifier, a line for a low and a high exposure; parallel lines would be no interaction."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "at", "exposed")
    rows = rows[rows["statistic"] == "mean"]
    if rows.empty:
        return noted(result, "This result holds no means of four cells.")
    first = rows.iloc[0]
    exposure, modifier = label_of(first["exposure"]), first["modifier_label"]
    with sheet(4.0) as (figure, (axes,)):
        _lines(axes, rows, exposure)
        axes.set_xticks([0, 1], [f"{float(first['low']):.3g}", f"{float(first['high']):.3g}"])
        axes.set_xlim(-0.4, 1.4)
        axes.set_xlabel(
            wrapped(f"{capital(modifier)} ({_scale(first)}), at the check-in before, {people_in(rows)}", 64)
        )
        outcome = scale_label(first["outcome"], first["unit"], result.higher_is)
        axes.set_ylabel(wrapped(f"{outcome}, at the next check-in", 34))
        legend_above(axes, "Parallel lines: no interaction", columns=2)
        tidy(axes)
        said = listed(
            rows, lambda row: f"{row.exposed} {exposure}, {row.at} “{modifier}”: {rounded(row).in_words}"
        )
        return drawn(
            result,
            figure,
            "cells",
            f"Means with 95 % intervals, {people_in(rows)}; parallel lines would be no interaction: {said}.",
        )


def _lines(axes: Any, rows: pd.DataFrame, exposure: str) -> None:
    """A line with intervals for the low and one for the high exposure, a little apart."""
    looks = styles(["low", "high"])
    for at, (exposed, of_line) in enumerate(rows.groupby("exposed", sort=False)):
        look, shift = looks[str(exposed)], APART * (2 * at - 1)
        places = [shift + (row.at == "high") for row in each(of_line)]
        axes.plot(places, of_line["estimate"], color=look.colour, linewidth=1)
        for place, row in zip(places, each(of_line), strict=True):
            words = f"{exposed} {exposure}" if row.at == "low" else None
            axes.errorbar(
                place,
                row.estimate,
                yerr=reach(row),
                color=look.colour,
                marker=look.marker,
                capsize=3,
                label=words,
            )


def _scale(row: pd.Series) -> str:
    """The unit of the modifier, as far as the dictionary knows it."""
    known = dictionary().get(row["modifier"])
    return "as recorded" if known is None or not known.unit else known.unit
