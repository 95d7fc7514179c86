"""Two components, alone and together: the four means, and below what each does and what both do beyond that."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, refused
from lowback.exhibit.numbers import capital, rounded, week
from lowback.figures.canvas import (
    GREY,
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
from lowback.figures.forest import forest_axes, marks
from lowback.result import Refusal, Result

APART = 0.03
SINGLE = ("alone", "beside the other")
SHOWN = ("component", "interaction", *SINGLE)


def factorial_figure(result: Result | Refusal) -> Exhibit:
    """Above, the four means with a line a component, which run side by side where effects add up; below, effects and interaction beside 0."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(
        result, "statistic", "component", "with_one", "with_other", "one", "other", "outcome", "weeks"
    )
    means = rows[rows["statistic"] == "adjusted mean"].astype({"with_one": float, "with_other": float})
    effects = rows[rows["statistic"].isin(SHOWN)].reset_index(drop=True)
    first = rows.iloc[0]
    with sheet(9.2, 2) as (figure, (upper, lower)):
        _lines(upper, means, str(first["one"]))
        _added_up(upper, rows, means)
        other = wrapped(str(first["other"]), 30)
        upper.set_xticks([0, 1], [f"without {other}", f"with {other}"])
        upper.set_xlim(-0.45, 1.45)
        label = scale_label(first["outcome"], first["unit"], result.higher_is)
        upper.set_ylabel(wrapped(f"{label} at {week(first['weeks'])}", 44))
        tidy(upper)
        figure.legend(
            loc="outside upper left",
            handlelength=2.4,
            title="Lines side by side: the two add up",
            title_fontsize=10,
            alignment="left",
        )
        _effects(lower, effects, result)
        said = listed(effects, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}")
        at = listed(means, lambda row: f"{row.term}: {rounded(row).in_words}, n={row.n_participants}")
        alt = f"Means with 95 % intervals: {at}. Differences, 0: no difference: {said}."
        return drawn(result, figure, "factorial", alt)


def _lines(axes: Any, means: pd.DataFrame, one: str) -> None:
    """A line without and one with the first component, over the second."""
    for at, (with_it, look) in enumerate(zip((0.0, 1.0), styles(["without", "with"]).values(), strict=True)):
        of = means[means["with_one"] == with_it].sort_values("with_other")
        axes.errorbar(
            [x + APART * (2 * at - 1) for x in (0, 1)], of["estimate"], yerr=reaches(of),
            color=look.colour, marker=look.marker, markersize=8, linewidth=1.8, capsize=3, linestyle="-" if with_it else "--",
            label=f"{'with' if with_it else 'without'} {wrapped(one, 40)}, {people_in(of)} an arm",
        )  # fmt: skip


def _added_up(axes: Any, rows: pd.DataFrame, means: pd.DataFrame) -> None:
    """Where both would lie if the two alone added up, with the line to it: what would be seen without interaction."""
    row = rows[rows["statistic"] == "if both added up"].iloc[0]
    start = means[(means["with_one"] == 1) & (means["with_other"] == 0)].iloc[0]
    places = [APART, 1 + APART]
    axes.plot(
        places, [start["estimate"], row["estimate"]], color=GREY, linestyle=":", linewidth=1.6, marker="D", markevery=[1],
        markerfacecolor="white", zorder=1, label="both, if the two alone added up",
    )  # fmt: skip


def _effects(axes: Any, rows: pd.DataFrame, result: Result) -> None:
    """Effects and interaction filled, each component alone and beside the other open."""
    looks = styles(["component", "interaction"])
    labels = [wrapped(f"{capital(row.term)}, n={row.n_participants}", 34, 4) for row in each(rows)]
    marks(
        axes,
        rows,
        lambda row: looks["component" if row.statistic in SINGLE else row.statistic],
        lambda row: row.statistic in SINGLE,
    )
    forest_axes(axes, labels, rows, result.smallest_worthwhile)
    axes.set_xlabel(
        wrapped(
            f"Difference ({rows['unit'].iloc[0]}) at {week(rows['weeks'].iloc[0])}; 0: no difference",
            50,
        )
    )
