"""What came between and what else was done, as shares of the people of each arm."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, arms_of, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of
from lowback.figures.canvas import Style, arm_styles, drawn, listed, people_in, reach, sheet, tidy, wrapped
from lowback.figures.panels import legend_above, light_lines
from lowback.result import Refusal, Result

MOST_EVENTS = 12


def events_figure(result: Result | Refusal) -> Exhibit:
    """The share of each arm to whom it happened, with its interval, event under event."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "level", "arm", "statistic")
    rows = rows[rows["statistic"] == "percentage"].reset_index(drop=True)
    arms = [arm for arm in arms_of(rows) if arm not in ("", "all")] or arms_of(rows)
    rows = rows[rows["arm"].isin(arms)]
    if rows.empty:
        return noted(result, "Every share would tell of too few people.")
    places = in_order(rows["variable"] + "\n" + rows["level"])[:MOST_EVENTS]
    rows = rows[(rows["variable"] + "\n" + rows["level"]).isin(places)]
    with sheet(1.6 + 0.3 * len(arms) / 2 + len(places) * (0.35 + 0.2 * len(arms))) as (figure, (axes,)):
        _shares(axes, rows, places, arm_styles(result, rows))
        axes.set_yticks(range(len(places)), [_event(place, 28) for place in places])
        axes.set_ylim(len(places) - 0.45, -0.55)
        axes.set_xlim(-3, 103)
        axes.set_xlabel("People of the arm to whom it happened after baseline (%, 95 % interval)")
        light_lines(axes, "x")
        alike = "Were the arms alike, their marks would stand at the same share"
        legend_above(axes, alike if len(arms) > 1 else "Everybody", columns=2)
        tidy(axes, left=True)
        return drawn(result, figure, "events", _alt(rows))


def _shares(axes: Any, rows: pd.DataFrame, places: list[str], looks: dict[str, Style]) -> None:
    """A mark with its interval for each event and arm, the arms of an event under each other, and a legend's line an arm."""
    arms = list(looks)
    for row in each(rows):
        lower = (arms.index(row.arm) + 0.5) / len(arms) * 0.7 - 0.35
        at = places.index(f"{row.variable}\n{row.level}") + lower
        _mark(axes, row.estimate, at, looks[row.arm], xerr=reach(row), capsize=3)
    for arm in arms:
        of_arm = rows[rows["arm"] == arm]
        people = "" if of_arm.empty else f", {people_in(of_arm)}"
        _mark(axes, [], [], looks[arm], label=wrapped(f"{arm or 'all'}{people}", 34))


def _mark(axes: Any, x: Any, y: Any, look: Style, **more: Any) -> None:
    axes.errorbar(x, y, color=look.colour, fmt=look.marker, markersize=7, **more)


def _alt(rows: pd.DataFrame) -> str:
    said = listed(
        rows,
        lambda row: (
            f"{_event(row.variable + chr(10) + row.level, 99)}, {row.arm or 'all'}: {row.estimate:.0f} % ({row.conf_low:.0f} to {row.conf_high:.0f}), n={row.n_participants}"
        ),
    )
    return f"Shares of people to whom it happened, with 95 % intervals. {said}."


def _event(place: str, width: int) -> str:
    """What happened, in words on short lines."""
    variable, level = place.split("\n")
    named = {"withdrawal_reason": "withdrew"}.get(variable, label_of(variable).partition(":")[0])
    return wrapped(capital(named if level == "any" else f"{named}, {level}"), width)
