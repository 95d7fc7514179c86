"""One person's days before and after a change, and the changes of several people."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import rounded, spoken
from lowback.figures.canvas import (
    GREY,
    INK,
    drawn,
    listed,
    reach,
    reaches,
    scale_label,
    sheet,
    styles,
    tidy,
    wrapped,
)
from lowback.result import Refusal, Result
from lowback.variables import dictionary

BAND = "#dcdcdc"
# Paler than the band that is drawn on it.
ON = "#fbf0d9"
MOST_PEOPLE = 60


def one_person_figure(result: Result | Refusal) -> Exhibit:
    """Every day's score, the lines of each phase, and what days on would be had it not been taken up."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = _numbered(result)
    if not (rows["statistic"] == "fitted").any():
        return noted(
            result,
            "This result is of several people; the sheet of one person is drawn from that person's days.",
        )
    with sheet(4.6) as (figure, (axes,)):
        starts = rows[rows["statistic"] == "start"].sort_values("day")
        observed = rows[rows["statistic"] == "observed"]
        _days_on(axes, starts, rows)
        _nothing_changed(axes, rows[rows["statistic"] == "had nothing changed"].sort_values("day"))
        _days(axes, observed)
        _lines(axes, rows[rows["statistic"] == "fitted"].sort_values("day"), intervals=not _reverses(rows))
        for place, day in enumerate(starts["estimate"]):
            label = _days_of_change(starts["estimate"]) if place == 0 else None
            axes.axvline(day, color=INK, linewidth=1, linestyle="--", label=label)
        axes.set_ylabel(
            wrapped(scale_label(observed["outcome"].iloc[0], observed["unit"].iloc[0], result.higher_is), 36)
        )
        axes.set_xlabel("Days since baseline")
        _within_the_scale(axes, str(observed["outcome"].iloc[0]))
        tidy(axes)
        figure.legend(loc="outside upper left", ncols=2, handlelength=2.4)
        return drawn(result, figure, "one person", _in_words(rows, starts, observed))


def _days_of_change(days: pd.Series) -> str:
    """What the legend says of the days of change; the axis tells which they are, where they are many."""
    said = ", ".join(f"{one:g}" for one in days) if len(days) <= 4 else f"n={len(days)}"
    return f"day{'s' if len(days) > 1 else ''} of the change ({said})"


def _in_words(rows: pd.DataFrame, starts: pd.DataFrame, observed: pd.DataFrame) -> str:
    """The figure for readers who do not see it."""
    change = next(each(rows[rows["statistic"] == "level change"]))
    if not _reverses(rows):
        return (
            f"One person's {len(observed)} days, change taken up on day {starts['estimate'].iloc[0]:g}; change in level {rounded(change).in_words}. "
            "The band shows the days after, had nothing changed."
        )
    days = listed(starts, lambda row: f"{'taken up' if row.phase == 'on' else 'stopped'} on day {row.day:g}")
    stopped = listed(
        rows[rows["statistic"] == "stopped"],
        lambda row: f" When it was stopped, the level changed by {rounded(row).in_words}.",
    )
    return (
        f"One person's {len(observed)} days, in phases: {days}. Level on the programme less off it: {rounded(change).in_words}.{stopped} "
        "Shaded phases are those on the programme; the grey band is where their line would lie with 95 % confidence, had it not been taken up."
    )


def _reverses(rows: pd.DataFrame) -> bool:
    """Whether what was taken up is stopped again."""
    return bool((rows["reverses"] == "True").any())


def several_people_figure(result: Result | Refusal) -> Exhibit:
    """Each person's change in level in order of size, the mean of all, and where another person's may lie, if that is told."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = _numbered(result)
    people = rows[(rows["statistic"] == "level change") & rows["person"].notna()].sort_values("estimate")
    means = rows[rows["statistic"] == "pooled level change"]
    if people.empty or means.empty:
        return noted(
            result,
            "This result is of one person, or leaves single people out, so there is no row of people to draw.",
        )
    mean, expected = next(each(means)), rows[rows["statistic"] == "prediction"]
    look = styles(["people", "mean"])
    with sheet(4.8) as (figure, (axes,)):
        of_two = _reverses(rows)
        what = "difference" if of_two else "change"
        for another in each(expected):
            axes.axhspan(another.conf_low, another.conf_high, color=BAND, linewidth=0, label=f"where another person's {what} is to be expected (95 %)")  # fmt: skip
        axes.axhline(0, color=INK, linewidth=1, label="no difference" if of_two else "nothing changed")
        at = list(range(1, len(people) + 1))
        axes.errorbar(
            at, people["estimate"], yerr=reaches(people), fmt=look["people"].marker,
            color=look["people"].colour, markersize=4 if len(people) <= MOST_PEOPLE else 2.5, elinewidth=0.9, capsize=0,
            label=f"one person each, 95 % intervals (n={len(people)})",
        )  # fmt: skip
        axes.errorbar(
            [len(people) + max(2.0, 0.03 * len(people))], [mean.estimate], yerr=reach(mean), fmt=look["mean"].marker,
            color=look["mean"].colour, markersize=9, elinewidth=2, capsize=3, label=f"mean of all: {rounded(mean).in_words}",
        )  # fmt: skip
        on_axis = "Level of {}, on the programme less off it" if of_two else "Change in the level of {}"
        axes.set_ylabel(wrapped(f"{on_axis.format(spoken(mean.outcome_label))} ({mean.unit})", 36))
        axes.set_xlabel(f"People, in order of their {what}")
        axes.set_xticks([])
        tidy(axes)
        figure.legend(loc="outside upper left", ncols=1, handlelength=2.4)
        shown = ["pooled level change", "prediction", "pooled taken up", "pooled stopped"]
        said = listed(
            rows[rows["statistic"].isin(shown)],
            lambda row: f"{row.term}: {rounded(row).in_words}",
        )
        return drawn(result, figure, "changes of people", f"Changes of {len(people)} people; {said}.")


def _within_the_scale(axes: Any, name: str) -> None:
    """No more of the axis than the measure has; an interval may reach beyond it."""
    known = dictionary().get(name)
    low, high = axes.get_ylim()
    if known is not None and known.low is not None and known.high is not None:
        room = 0.03 * (known.high - known.low)
        axes.set_ylim(max(low, known.low - room), min(high, known.high + room))


def _numbered(result: Result) -> pd.DataFrame:
    rows = keyed_rows(result, "statistic", "day", "person", "phase", "outcome", "reverses")
    return rows.assign(**{one: pd.to_numeric(rows[one], errors="coerce") for one in ("day", "person")})


def _days(axes: Any, rows: pd.DataFrame) -> None:
    colour = styles(["days"])["days"].colour
    counts = rows[rows["phase"] != "left out"]
    axes.plot(
        counts["day"],
        counts["estimate"],
        "o",
        color=colour,
        markersize=4.5,
        label=f"days that count (n={len(counts)})",
    )
    others = rows[rows["phase"] == "left out"]
    if len(others):
        axes.plot(others["day"], others["estimate"], "o", color=colour, markerfacecolor="white", markersize=4.5, label=f"days left out (n={len(others)})")  # fmt: skip


def _lines(axes: Any, rows: pd.DataFrame, *, intervals: bool) -> None:
    colour = styles(["days", "lines"])["lines"].colour
    for place, phase in enumerate(rows["phase"].unique()):
        of_phase = rows[rows["phase"] == phase]
        said = "level and slope, with 95 % intervals" if intervals else "level and slope"
        label = said if place == 0 else None
        axes.plot(of_phase["day"], of_phase["estimate"], color=colour, linewidth=2.2, label=label)
        for end in ("conf_low", "conf_high") if intervals else ():
            axes.plot(of_phase["day"], of_phase[end], color=colour, linewidth=0.8)


def _days_on(axes: Any, starts: pd.DataFrame, rows: pd.DataFrame) -> None:
    """The phases on, where it is stopped again, as shaded days."""
    days = [*starts["estimate"], rows["day"].max() + 0.5]
    label = "on the programme"
    for began, ended, phase in zip(days, days[1:], starts["phase"], strict=False):
        if phase == "on":
            axes.axvspan(began, ended, color=ON, linewidth=0, zorder=0, label=label)
            label = "_on again"


def _nothing_changed(axes: Any, rows: pd.DataFrame) -> None:
    """The line of days off, carried on over those on, with its interval."""
    for place, phase in enumerate(rows["phase"].unique()):
        of_phase = rows[rows["phase"] == phase]
        said = "had nothing changed" if phase == "after" else "had it not been taken up"
        label = f"{said}, with 95 % interval" if place == 0 else "_again"
        axes.fill_between(of_phase["day"], of_phase["conf_low"], of_phase["conf_high"], color=BAND, linewidth=0, label=label)  # fmt: skip
        axes.plot(of_phase["day"], of_phase["estimate"], color=GREY, linestyle=":", linewidth=1.6)
