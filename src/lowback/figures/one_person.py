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
MOST_PEOPLE = 60


def one_person_figure(result: Result | Refusal) -> Exhibit:
    """Every day's score, the lines before and after the change, and what the days after would be had nothing changed."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = _numbered(result)
    if not (rows["statistic"] == "fitted").any():
        return noted(
            result,
            "This result is of several people; the sheet of one person is drawn from that person's days.",
        )
    with sheet(4.6) as (figure, (axes,)):
        _nothing_changed(axes, rows[rows["statistic"] == "had nothing changed"].sort_values("day"))
        _days(axes, rows[rows["statistic"] == "observed"])
        _lines(axes, rows[rows["statistic"] == "fitted"].sort_values("day"))
        start = rows.loc[rows["statistic"] == "start", "estimate"].iloc[0]
        axes.axvline(start, color=INK, linewidth=1, linestyle="--", label=f"day of the change ({start:g})")
        observed = rows[rows["statistic"] == "observed"]
        axes.set_ylabel(
            wrapped(scale_label(observed["outcome"].iloc[0], observed["unit"].iloc[0], result.higher_is), 36)
        )
        axes.set_xlabel("Days since baseline")
        _within_the_scale(axes, str(observed["outcome"].iloc[0]))
        tidy(axes)
        figure.legend(loc="outside upper left", ncols=2, handlelength=2.4)
        change = next(each(rows[rows["statistic"] == "level change"]))
        alt = (
            f"One person's {len(observed)} days, change taken up on day {start:g}; change in level {rounded(change).in_words}. "
            "The band shows the days after, had nothing changed."
        )
        return drawn(result, figure, "one person", alt)


def several_people_figure(result: Result | Refusal) -> Exhibit:
    """Each person's change in level in order of size, the mean of all, and where another person's may lie."""
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
    mean, another = (
        next(each(rows[rows["statistic"] == one])) for one in ("pooled level change", "prediction")
    )
    look = styles(["people", "mean"])
    with sheet(4.8) as (figure, (axes,)):
        axes.axhspan(another.conf_low, another.conf_high, color=BAND, linewidth=0, label="where another person's change is to be expected (95 %)")  # fmt: skip
        axes.axhline(0, color=INK, linewidth=1, label="nothing changed")
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
        axes.set_ylabel(wrapped(f"Change in the level of {spoken(mean.outcome_label)} ({mean.unit})", 36))
        axes.set_xlabel("People, in order of their change")
        axes.set_xticks([])
        tidy(axes)
        figure.legend(loc="outside upper left", ncols=1, handlelength=2.4)
        said = listed(
            rows[rows["statistic"].isin(["pooled level change", "prediction"])],
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
    rows = keyed_rows(result, "statistic", "day", "person", "phase", "outcome")
    return rows.assign(**{one: pd.to_numeric(rows[one], errors="coerce") for one in ("day", "person")})


def _days(axes: Any, rows: pd.DataFrame) -> None:
    colour = styles(["days"])["days"].colour
    counts = rows[rows["phase"] != "left out"]
    axes.plot(counts["day"], counts["estimate"], "o", color=colour, markersize=4.5, label="days that count")
    others = rows[rows["phase"] == "left out"]
    if len(others):
        axes.plot(others["day"], others["estimate"], "o", color=colour, markerfacecolor="white", markersize=4.5, label="days left out")  # fmt: skip


def _lines(axes: Any, rows: pd.DataFrame) -> None:
    colour = styles(["days", "lines"])["lines"].colour
    for place, phase in enumerate(("before", "after")):
        of_phase = rows[rows["phase"] == phase]
        label = "level and slope, with 95 % intervals" if place == 0 else None
        axes.plot(of_phase["day"], of_phase["estimate"], color=colour, linewidth=2.2, label=label)
        for end in ("conf_low", "conf_high"):
            axes.plot(of_phase["day"], of_phase[end], color=colour, linewidth=0.8)


def _nothing_changed(axes: Any, rows: pd.DataFrame) -> None:
    """The line before, carried on, with its interval."""
    axes.fill_between(rows["day"], rows["conf_low"], rows["conf_high"], color=BAND, linewidth=0, label="had nothing changed, with 95 % interval")  # fmt: skip
    axes.plot(rows["day"], rows["estimate"], color=GREY, linestyle=":", linewidth=1.6)
