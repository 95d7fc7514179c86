"""Steps of a ladder: how moves go, against the share asked for, and how many are on each step at each visit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import rounded
from lowback.figures.canvas import INK, drawn, listed, people_in, reach, sheet, styles, tidy, wrapped
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result

MOVES = {"one step up": "one step up", "leaves out a step": "up, leaving out a step", "down": "down"}
# Grey levels from light to dark, lowest step first: an order that print and every eye keeps.
LIGHTEST, DARKEST = 0.92, 0.25


def steps_figure(result: Result | Refusal) -> Exhibit:
    """The shares of moves with 95 % intervals beside the share asked for, and below it everybody by step at each visit."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "step", "weeks")
    moves = rows[rows["statistic"].isin(MOVES)]
    stack = rows[rows["statistic"] == "on a step"]
    if moves.empty:
        return noted(result, "This result holds no moves.")
    beyond = rows[rows["statistic"] == "one step up, less the threshold"]
    with sheet(5.6 if len(stack) else 2.6, 2 if len(stack) else 1) as (figure, panels):
        _moves(panels[0], moves, beyond)
        if len(stack):
            _stack(panels[1], stack)
        said = listed(moves, lambda row: f"{MOVES[row.statistic]}: {rounded(row).in_words}")
        at = listed(stack, lambda row: f"{row.term}: {rounded(row).estimate} %")
        alt = f"Moves between visits in a row, {people_in(moves)}, with 95 % intervals: {said}." + (
            f" {at}." if at else ""
        )
        return drawn(result, figure, "steps", alt)


def _moves(axes: Any, rows: pd.DataFrame, beyond: pd.DataFrame) -> None:
    look = styles(["all"])["all"]
    for place, row in enumerate(each(rows)):
        whole = row._replace(
            estimate=100 * row.estimate, conf_low=100 * row.conf_low, conf_high=100 * row.conf_high
        )
        axes.errorbar(
            whole.estimate, place, xerr=reach(whole), color=look.colour, marker=look.marker, capsize=3
        )
    up = rows[rows["statistic"] == "one step up"]
    if len(up) and len(beyond):
        asked = 100 * (up["estimate"].iloc[0] - beyond["estimate"].iloc[0])
        axes.axvline(
            asked, color=INK, linestyle="--", linewidth=1, label=f"asked for: {asked:.3g} % one step up"
        )
        legend_above(axes)
    axes.set_yticks(range(len(rows)), [MOVES[one] for one in rows["statistic"]])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-2, 102)
    axes.set_xlabel(f"Share of moves (%), n={int(rows['n_participants'].max())} people who moved")
    tidy(axes, left=True)


def _stack(axes: Any, rows: pd.DataFrame) -> None:
    """A bar a visit, the lowest step at the bottom."""
    rows = rows.assign(step=rows["step"].astype(float), weeks=rows["weeks"].astype(float))
    weeks, steps = sorted(set(rows["weeks"])), sorted(set(rows["step"]))
    greys = np.linspace(LIGHTEST, DARKEST, len(steps))
    bottom = np.zeros(len(weeks))
    for step, grey in zip(steps, greys, strict=True):
        of_step = rows[rows["step"] == step].set_index("weeks")["estimate"].reindex(weeks)
        heights = 100 * of_step.fillna(0.0).to_numpy(float)
        axes.bar(
            range(len(weeks)), heights, bottom=bottom, color=str(grey), edgecolor=INK, label=f"step {step:g}"
        )
        bottom = bottom + heights
    people = rows.groupby("weeks")["n_participants"].max().reindex(weeks)
    axes.set_xticks(
        range(len(weeks)),
        [f"week {week:g}\nn={int(n)}" for week, n in zip(weeks, people, strict=True)],
    )
    axes.set_ylabel(wrapped("People on each step (%)", 26))
    axes.set_ylim(0, 100)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)
    tidy(axes)
