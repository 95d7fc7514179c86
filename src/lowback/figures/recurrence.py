"""Whether pain comes back: the hazard ratio under every definition, and the course of calm and flare."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.figures.canvas import (
    drawn,
    in_percentage_points,
    listed,
    people_in,
    sheet,
    styles,
    tidy,
    wrapped,
)
from lowback.figures.forest import forest_height, marks, name_sides, ratio_axes, ratio_ticks
from lowback.figures.panels import light_lines
from lowback.result import Refusal, Result

PANELS = {
    "not yet come back": ("Not yet come back (%)", "Weeks since pain settled"),
    "in flare": ("In flare (%)", "Weeks since baseline"),
    "mean number of returns": ("Returns a person so far (mean)", "Weeks since baseline"),
}


def recurrence_figure(result: Result | Refusal) -> Exhibit:
    """The hazard ratio of coming back under every definition and model, corrected (filled) and as measured (open), beside 1."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "definition", "statistic")
    rows = rows[rows["statistic"] == "hazard ratio"].reset_index(drop=True)
    if rows.empty:
        return noted(result, "No hazard ratio was asked for or could be had, so there is none to show.")
    looks = styles(in_order(rows["definition"]))
    labels = [
        wrapped(f"{row.definition}: {row.model}, {row.correction}, n={row.n_participants}", 40, 4)
        for row in each(rows)
    ]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(
            axes,
            rows,
            lambda row: looks[row.definition],
            lambda row: row.correction != "corrected",
            is_difference=False,
        )
        exposure = label_of(rows["exposure"].iloc[0])
        unit = rows["unit"].iloc[0].removeprefix("hazard ratio ")
        axes.set_xlabel(
            wrapped(f"Hazard ratio of coming back {unit} of {exposure} at settling (log scale)", 50)
        )
        _axes(axes, labels, rows, result.smallest_worthwhile)
        said = listed(
            rows,
            lambda row: (
                f"{row.definition}, {row.model}, {row.correction}: {rounded(row).in_words}, n={row.n_participants}"
            ),
        )
        alt = f"Hazard ratios with 95 % intervals; 1 would mean that it does not matter: {said}."
        return drawn(result, figure, "recurrence", alt)


def recurrence_course_figure(result: Result | Refusal) -> Exhibit:
    """How many have not come back since settling, how many are in flare, and how often it came back, with 95 % bands."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "definition", "statistic", "weeks")
    shown = [one for one in PANELS if (rows["statistic"] == one).any()]
    if not shown:
        return noted(result, "This result holds no curves.")
    colour = styles(["all"])["all"].colour
    rows = rows[rows["statistic"].isin(shown)]
    with sheet(2.5 * len(shown) + 0.3, len(shown)) as (figure, panels):
        for axes, statistic in zip(panels, shown, strict=True):
            of_panel = rows[rows["statistic"] == statistic].sort_values("weeks")
            _curve(axes, of_panel, statistic, colour)
        panels[0].set_title(wrapped(f"{capital(rows['definition'].iloc[0])}, with 95 % bands", 70))
        said = listed(rows, lambda row: f"{row.term}: {rounded(row).in_words}")
        return drawn(
            result,
            figure,
            "recurrence course",
            f"Course of calm and flare with 95 % bands, {people_in(rows)}: {said}.",
        )


def _curve(axes: Any, rows: pd.DataFrame, statistic: str, colour: Any) -> None:
    scaled, _ = in_percentage_points(rows, unit="%")
    axes.plot(scaled["weeks"], scaled["estimate"], marker="o", markersize=5, color=colour, linewidth=1.8)
    axes.fill_between(
        scaled["weeks"], scaled["conf_low"], scaled["conf_high"], color=colour, alpha=0.2, linewidth=0
    )
    name, weeks = PANELS[statistic]
    axes.set_ylabel(wrapped(name, 22))
    axes.set_xlabel(f"{weeks}, {people_in(rows)}")
    axes.set_ylim(bottom=0, top=103 if statistic == "not yet come back" else None)
    light_lines(axes, "y")
    tidy(axes)


def _axes(axes: Any, labels: list[str], rows: pd.DataFrame, worthwhile: float | None) -> None:
    """A log scale around 1, with what would be too small to matter as a band."""
    ratio_axes(axes, labels, worthwhile)
    ends = rows[["conf_low", "conf_high"]].map(lambda one: abs(math.log(one)) if one > 0 else 0.0).max().max()
    if worthwhile is not None:
        ends = max(ends, math.log(worthwhile))
    # Room beside the farthest interval for the figures above it.
    limit = math.exp(1.15 * min(ends, 5) + 0.3)
    axes.set_xlim(1 / limit, limit)
    ratio_ticks(axes, 1 / limit, limit)
    name_sides(axes, "comes back less", "comes back more")
    tidy(axes, left=True)
