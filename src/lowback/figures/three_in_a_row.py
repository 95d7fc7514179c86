"""A ladder: what is felt before, at and after something done, a line a person, and the differences with their intervals."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, refused
from lowback.exhibit.numbers import rounded
from lowback.figures.canvas import (
    GREY,
    INK,
    Style,
    drawn,
    listed,
    people_in,
    reaches,
    scale_label,
    sheet,
    styles,
    tidy,
    wrapped,
)
from lowback.figures.forest import marks
from lowback.result import Refusal, Result

PLACES = ("before", "at it", "after")
SHOWN = {
    "difference": "At it, less the mean of before and after",
    "there": "From before to it",
    "back": "From it to after",
    "left over": "Left over: from before to after",
    "check": "Check: before it (0 if people do not do it because of how they feel)",
}


def three_in_a_row_figure(result: Result | Refusal) -> Exhibit:
    """Above, people's means at three check-ins in a row with their mean, beside the same without the exposure; below, the differences."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(
        result, "statistic", "sequence", "place", "person", "exposure_label", "outcome", "done", "left"
    )
    differences = rows[rows["statistic"].isin(list(SHOWN))].reset_index(drop=True)
    first = rows.iloc[0]
    with sheet(8.0, 2) as (figure, (upper, lower)):
        _people(upper, rows[rows["statistic"] == "person"])
        _means(upper, rows[rows["statistic"] == "mean"])
        many = (
            f"“{first['exposure_label']}”: {first['done']}"
            if first["done"] == "yes"
            else f"{first['exposure_label']}, {first['done']}"
        )
        upper.set_xticks(
            range(3), ["check-in before:\nwithout", wrapped(many, 26), "check-in after:\nwithout"]
        )
        upper.set_xlim(-0.45, 2.45)
        upper.set_ylabel(wrapped(scale_label(first["outcome"], first["unit"], result.higher_is), 44))
        tidy(upper)
        figure.legend(loc="outside upper left", handlelength=2.4)
        _differences(lower, differences)
        said = listed(differences, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}")
        means = listed(rows[rows["statistic"] == "mean"], lambda row: f"{row.term}: {rounded(row).in_words}")
        alt = f"Means with 95 % intervals, {people_in(differences)}: {means}. Differences, 0: no difference: {said}."
        return drawn(result, figure, "three in a row", alt)


def _people(axes: Any, rows: pd.DataFrame) -> None:
    """A thin line a person, left out of what is published."""
    colour = styles(["people"])["people"].colour
    for at, (_, of) in enumerate(rows.groupby("person")):
        label = (
            f"one person each, with it in the middle ({rows['person'].nunique()} people)" if at == 0 else None
        )
        axes.plot(range(3), of["estimate"], color=colour, linewidth=0.7, alpha=0.45, zorder=1, label=label)


def _means(axes: Any, rows: pd.DataFrame) -> None:
    """The mean of people with it in the middle, and without, which is what would be seen if it did nothing."""
    look = styles(["people", "mean"])["mean"]
    for sequence, shift in (("without", 0.04), ("with", -0.04)):
        of = rows[rows["sequence"] == sequence]
        is_with = sequence == "with"
        axes.errorbar(
            [at + shift for at in range(3)], of["estimate"], yerr=reaches(of),
            color=look.colour if is_with else INK, marker=look.marker if is_with else "o", markersize=7, capsize=3, linewidth=2.2,
            markerfacecolor=look.colour if is_with else "white", linestyle="-" if is_with else ":", zorder=3 if is_with else 4,
            label=f"mean, with it in the middle, {people_in(of)}" if is_with else "mean of the same people without it, at the same times of day",
        )  # fmt: skip


def _differences(axes: Any, rows: pd.DataFrame) -> None:
    """The differences with it less those without, against 0."""
    looks = {"difference": styles(["people", "difference"])["difference"]}
    other = Style(GREY, "o")
    marks(
        axes,
        rows,
        lambda row: looks.get(row.statistic, other),
        lambda row: row.statistic == "check",
    )
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    axes.set_yticks(range(len(rows)), [wrapped(SHOWN[row.statistic], 34) for row in each(rows)])
    axes.set_ylim(len(rows) - 0.5, -0.8)
    limit = 1.3 * float(rows[["conf_low", "conf_high"]].abs().max().max()) or 1
    axes.set_xlim(-limit, limit)
    axes.set_xlabel(
        wrapped(
            f"Difference ({rows['unit'].iloc[0]}), with it less without, {people_in(rows)}; 0: no difference",
            58,
        )
    )
    tidy(axes, left=True)
