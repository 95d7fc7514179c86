"""Outcomes over the visits, by arm: observed means and those of a model."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd

from lowback.exhibit import EVERYBODY, Exhibit, arms_of, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import label_of, rounded, week
from lowback.figures.canvas import (
    INK,
    Style,
    arm_styles,
    drawn,
    listed,
    reaches,
    scale_label,
    sheet,
    tidy,
    wrapped,
)
from lowback.figures.panels import light_lines
from lowback.result import Refusal, Result

MOST_PANELS = 4


def means_figure(result: Result | Refusal) -> Exhibit:
    """Each outcome's observed mean at each visit, by arm, with 95 % intervals; the first four outcomes that have one."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "arm", "weeks", "statistic")
    rows = _by_arm(rows[rows["statistic"] == "mean"])
    rows = rows[rows["variable"].isin(in_order(rows["variable"])[:MOST_PANELS])]
    return _courses(result, rows, "means", "Observed means")


def adjusted_means_figure(result: Result | Refusal) -> Exhibit:
    """The model's means at each visit, by arm, with 95 % intervals."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "weeks", "statistic")
    rows = _by_arm(rows[rows["statistic"] == "adjusted mean"])
    if rows.empty:
        return noted(result, "This analysis has no adjusted means to show.")
    rows = rows.assign(variable=rows["outcome"] if "outcome" in rows.columns else "outcome")
    return _courses(result, rows, "adjusted means", "Adjusted means")


def _courses(result: Result, rows: pd.DataFrame, kind: str, title: str) -> Exhibit:
    variables, arms = in_order(rows["variable"]), arms_of(rows)
    looks = arm_styles(result, rows)
    legend_lines = sum(1 + len(wrapped(arm, 30)) // 31 for arm in arms) / 2
    people = 0.17 * len(arms)
    with sheet(0.5 + 0.22 * legend_lines + (2.9 + people) * len(variables), len(variables)) as (
        figure,
        panels,
    ):
        for axes, variable in zip(panels, variables, strict=True):
            _course(axes, rows[rows["variable"] == variable], looks, result.higher_is)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside upper left", ncols=2 if len(arms) > 1 else 1, handlelength=2.5
        )
        said = listed(
            rows,
            lambda row: (
                f"{label_of(row.variable)}, {row.arm or 'all'}, {week(row.weeks)}: "
                f"{rounded(row).in_words}, n={row.n_participants}"
            ),
        )
        return drawn(result, figure, kind, f"{title} by visit with 95 % intervals: {said}.")


def _course(axes: Any, rows: pd.DataFrame, looks: dict[str, Style], higher_is: str | None) -> None:
    """One outcome's lines, the arms set a little apart so that their intervals do not hide each other."""
    weeks = sorted(rows["weeks"].unique())
    step = min((b - a for a, b in itertools.pairwise(weeks)), default=1.0)
    arms = [arm for arm in looks if (rows["arm"] == arm).any()]
    apart = min(0.06, 0.5 / max(len(arms), 1)) * step
    for place, arm in enumerate(arms):
        of_arm, look = rows[rows["arm"] == arm].sort_values("weeks"), looks[arm]
        at = of_arm["weeks"] + (place - (len(arms) - 1) / 2) * apart
        axes.errorbar(
            at,
            of_arm["estimate"],
            yerr=reaches(of_arm),
            color=look.colour,
            marker=look.marker,
            markersize=7,
            linewidth=1.8,
            elinewidth=1.4,
            capsize=2.5,
            label=wrapped(arm or "all", 30),
        )
    _course_axes(axes, rows, weeks, step, higher_is)
    _people_under(axes, rows, weeks, {arm: looks[arm] for arm in arms})


def _course_axes(
    axes: Any, rows: pd.DataFrame, weeks: list[float], step: float, higher_is: str | None
) -> None:
    label = scale_label(rows["variable"].iloc[0], rows["unit"].iloc[0], higher_is)
    axes.set_ylabel(wrapped(label, 36))
    named = _far_enough_apart(weeks)
    axes.set_xticks(weeks, [f"{value:g}" if value in named else "" for value in weeks])
    margin = max(0.45 * step, 0.04 * (weeks[-1] - weeks[0]))
    axes.set_xlim(weeks[0] - margin, weeks[-1] + margin)
    axes.set_xlabel("Weeks since baseline")
    light_lines(axes, "y")
    tidy(axes)


def _far_enough_apart(weeks: list[float]) -> list[float]:
    """The visits that have room for words under them: the first, and each that stands well after the one before."""
    kept = weeks[:1]
    for value in weeks[1:]:
        if value - kept[-1] >= 0.085 * (weeks[-1] - weeks[0]):
            kept.append(value)
    return kept


def _people_under(axes: Any, rows: pd.DataFrame, weeks: list[float], looks: dict[str, Style]) -> None:
    """How many people each point rests on, in a line for each arm that begins with its mark."""
    from matplotlib.transforms import offset_copy

    for line, (arm, look) in enumerate(looks.items()):
        below = -46 - 12 * line
        edge = offset_copy(axes.transAxes, axes.figure, x=-10, y=below, units="points")
        axes.plot([0], [0], look.marker, color=look.colour, markersize=6, transform=edge, clip_on=False)
        for weeks_here in _far_enough_apart(weeks):
            found = rows[(rows["arm"] == arm) & (rows["weeks"] == weeks_here)]
            axes.annotate(
                f"n={found['n_participants'].iloc[0]}" if len(found) else "–",
                (weeks_here, 0),
                xycoords=("data", "axes fraction"),
                xytext=(0, below),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=9,
                color=INK,
                annotation_clip=False,
            )


def _by_arm(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the arms, without those of everybody where there are arms."""
    of_arms = rows[~rows["arm"].isin(EVERYBODY)]
    return of_arms if len(of_arms) else rows
