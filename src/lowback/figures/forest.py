"""What stands in lines from the top down: marks with intervals against zero and a margin, and bars of counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from lowback.exhibit import each
from lowback.exhibit.numbers import places_down, rounded
from lowback.figures.canvas import GREY, INK, Style, reach, tidy, wrapped
from lowback.figures.panels import legend_above

RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10, 20, 50, 100)


def forest_height(labels: list[str]) -> float:
    """Inches that the lines of the labels need, and the axis under them."""
    return 1.5 + sum(0.24 + 0.2 * (label.count("\n") + 1) for label in labels)


def marks(
    axes: Any,
    rows: pd.DataFrame,
    look: Callable[[Any], Style],
    is_open: Callable[[Any], bool] = lambda _: False,
    *,
    is_difference: bool = True,
    places: Sequence[float] | None = None,
) -> None:
    """A mark a row from the top down (or at `places`) in the row's look, rows of one unit with decimals alike; open ones are the second of two kinds."""
    listed = list(each(rows))
    for place, row, decimals in zip(places or range(len(listed)), listed, places_down(listed), strict=True):
        style = look(row)
        axes.errorbar(
            row.estimate,
            place,
            xerr=reach(row),
            fmt=style.marker,
            color=style.colour,
            markerfacecolor="white" if is_open(row) else style.colour,
            markersize=8,
            markeredgewidth=1.6,
            elinewidth=1.8,
            capsize=3,
            zorder=3,
        )
        axes.annotate(
            rounded(row, difference=is_difference, places=decimals).with_bounds,
            (row.estimate, place),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=9.5,
            color=INK,
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.8},
            zorder=4,
        )


def counted_bars(axes: Any, labels: list[str], counts: Sequence[float], colours: Sequence[Any]) -> None:
    """A bar a label from the top down, with its count beside it."""
    axes.barh(range(len(labels)), counts, color=colours, height=0.6)
    for place, count in enumerate(counts):
        axes.annotate(
            f"{count:.0f}",
            (count, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=INK,
        )
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    tidy(axes, left=True)


def forest_axes(axes: Any, labels: list[str], rows: pd.DataFrame, margin: float | None) -> None:
    """Labels at the left, zero as a line, the smallest worthwhile difference as a band."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.75)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    ends = rows[["estimate", "conf_low", "conf_high"]].abs().max().max()
    if margin is not None:
        shade = {"color": "#e3e3e3", "zorder": 0, "linewidth": 0}
        axes.axvspan(-margin, margin, label=f"too small to matter: within ±{margin:.3g}", **shade)
        legend_above(axes)
    limit = 1.15 * (ends if margin is None else max(ends, margin)) or 1
    axes.set_xlim(-limit, limit)
    tidy(axes, left=True)


def ratio_axes(axes: Any, labels: list[str], margin: float | None) -> None:
    """Labels at the left, a log scale with one as a line, ratios too small to matter as a band."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.75)
    axes.set_xscale("log")
    axes.axvline(1, color=INK, linewidth=1, zorder=1)
    if margin is not None:
        words = f"too small to matter: {1 / margin:.3g} to {margin:.3g}"
        axes.axvspan(1 / margin, margin, color="#e3e3e3", zorder=0, linewidth=0, label=words)
        legend_above(axes)


def ratio_ticks(axes: Any, low: float, high: float) -> None:
    """Plain numbers on a log scale between two ratios, and no marks between them."""
    ticks = [one for one in RATIOS if low <= one <= high]
    axes.set_xticks(ticks, [f"{one:g}" for one in ticks])
    axes.minorticks_off()


def name_directions(axes: Any, higher_is: str | None, comparators: str, arms: Sequence[str] = ()) -> None:
    """Which side speaks for whom, under the axis; an arm by its name where the `arms` are one."""
    if higher_is not in ("better", "worse"):
        return
    arm = f"favours {wrapped(arms[0], 28, 1) if len(arms) == 1 else 'the arm'}"
    comparator = f"favours {wrapped(comparators, 28, 1)}"
    name_sides(axes, *((arm, comparator) if higher_is == "worse" else (comparator, arm)))


def name_sides(axes: Any, left: str, right: str) -> None:
    """What lies to the left and to the right, under the axis."""
    below = -44 - 14 * axes.get_xlabel().count("\n")
    for text, where, side in ((f"← {left}", 0, "left"), (f"{right} →", 1, "right")):
        axes.annotate(
            text,
            (where, 0),
            xycoords="axes fraction",
            xytext=(0, below),
            textcoords="offset points",
            ha=side,
            va="top",
            fontsize=9.5,
            color=GREY,
            annotation_clip=False,
        )
