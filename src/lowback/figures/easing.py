"""How pain eases after standing up: long bouts beside short ones, and the difference within persons at each report."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import rounded
from lowback.figures.canvas import INK, drawn, listed, reaches, sheet, styles, tidy, wrapped
from lowback.result import Refusal, Result

# Minutes by which the two curves stand apart, so that their intervals do not cover each other.
APART = 0.25


def easing_figure(result: Result | Refusal) -> Exhibit:
    """Above, how many of the bouts that hurt have not eased by each report, long and short, as recorded; below, the difference within persons."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "definition", "statistic", "level", "minutes", "adjustment", "exposure_label")
    rows = rows[rows["definition"] == rows["definition"].iloc[0]]
    rows = rows.assign(minutes=pd.to_numeric(rows["minutes"]))
    curves = _in_percent(rows[rows["statistic"] == "share not eased"])
    apart = _in_percent(rows[rows["statistic"] == "difference in share not eased"])
    if curves.empty or apart.empty:
        return noted(result, "This result holds no shares of bouts after which pain has not eased.")
    with sheet(6.6, 2) as (figure, (upper, lower)):
        _curves(upper, curves)
        _differences(lower, apart)
        minutes = next(each(rows[rows["statistic"] == "difference in minutes"]))
        title = wrapped(
            f"Until eased, within persons: {rounded(minutes, difference=True).in_words} longer "
            f"(n={minutes.n_participants})",
            80,
        )
        for axes, over in ((upper, "Bouts that hurt, as recorded"), (lower, title)):
            axes.set_xlabel("Time after standing up (min)")
            axes.set_xticks([0, *sorted(set(apart["minutes"]))])
            axes.set_xlim(-0.5, float(apart["minutes"].max()) + 1)
            axes.legend(
                loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, handlelength=2.4, title=over,
                title_fontsize=9.5, alignment="left",
            )  # fmt: skip
            tidy(axes)
        return drawn(result, figure, "easing", _alt(curves, apart, minutes))


def _curves(axes: Any, curves: pd.DataFrame) -> None:
    """A curve for long and one for short bouts, each from 100 % at standing up."""
    levels = in_order(curves["level"])
    looks = styles(levels)
    for place, level in enumerate(levels):
        one, look = curves[curves["level"] == level].sort_values("minutes"), looks[level]
        shift = APART * (2 * place - 1)
        axes.errorbar(
            [0.0, *(one["minutes"] + shift)], [100.0, *one["estimate"]],
            yerr=[[0.0, *ends] for ends in reaches(one)], color=look.colour, marker=look.marker, markersize=7, capsize=3,
            linewidth=1.6, linestyle="--" if place else "-", label=f"{level}, n={one['n_participants'].max()}",
        )  # fmt: skip
    axes.set_ylim(-4, 105)
    axes.set_ylabel(wrapped(f"Not yet eased ({curves['definition'].iloc[0]}, % of bouts)", 32))


def _differences(axes: Any, apart: pd.DataFrame) -> None:
    """The difference at each report within persons, beside the same as recorded, and zero."""
    axes.axhline(0, color=INK, linewidth=1, label="no difference")
    shown = {
        "within persons": "a person's own bouts, at equal pain and time before",
        "as recorded": "as recorded (people in pain may sit longer)",
    }
    looks = styles(list(shown))
    for place, (adjustment, words) in enumerate(shown.items()):
        one, look = apart[apart["adjustment"] == adjustment], looks[adjustment]
        axes.errorbar(
            one["minutes"] + APART * (2 * place - 1), one["estimate"], yerr=reaches(one), color=look.colour, marker=look.marker,
            markersize=7, capsize=3, linewidth=1.4, linestyle="--" if place else "-", label=words,
            markerfacecolor="white" if place else look.colour,
        )  # fmt: skip
    axes.set_ylabel(wrapped(f"Difference in not yet eased ({apart['unit'].iloc[0]})", 32))


def _in_percent(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares in percent, differences in percentage points per so much of the exposure."""
    unit = [
        one.replace("proportion of bouts per", "percentage points per").replace("proportion of bouts", "%")
        for one in rows["unit"]
    ]
    names = ["estimate", "std_error", "conf_low", "conf_high"]
    return rows.assign(**{name: 100 * rows[name] for name in names}, unit=unit)


def _alt(curves: pd.DataFrame, apart: pd.DataFrame, minutes: Any) -> str:
    """The curves, the differences and the minutes in words."""
    said = listed(curves, lambda row: f"{row.level}, after {row.minutes:g} min: {rounded(row).in_words}")
    differ = listed(
        apart, lambda row: f"{row.adjustment}, after {row.minutes:g} min: {rounded(row).in_words}"
    )
    return (
        f"Bouts after which pain has not yet eased, as recorded, with 95 % intervals: {said}. Differences: {differ}. "
        f"Within persons, until eased: {rounded(minutes, difference=True).in_words} longer, n={minutes.n_participants}."
    )
