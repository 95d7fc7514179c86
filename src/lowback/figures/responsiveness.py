"""How a measure of progress moves from visit to visit, beside the smallest change of one person that error alone does not give."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, rounded
from lowback.figures.canvas import INK, drawn, listed, reaches, sheet, styles, tidy, wrapped
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result

# Weeks by which the two courses stand apart, so that their intervals do not cover each other.
APART = 0.08


def responsiveness_figure(result: Result | Refusal) -> Exhibit:
    """The mean change of the measure since the first visit, of who did it and who never did, on the band in which one person's change may be error."""
    if isinstance(result, Refusal):
        return refused(result)
    if "change by visit" not in set(keyed_rows(result, "statistic")["statistic"]):
        return noted(result, "No measure of progress was recorded at several visits.")
    rows = keyed_rows(result, "statistic", "who", "weeks")
    course = rows[rows["statistic"] == "change by visit"]
    course = course.assign(weeks=pd.to_numeric(course["weeks"]))
    found = {row.statistic: row for row in each(rows)}
    label = capital(course["term"].iloc[0].partition(":")[0])
    with sheet(4.6) as (figure, (axes,)):
        looks = styles(in_order(course["who"]))
        for place, who in enumerate(looks):
            _line(axes, course[course["who"] == who], who, looks[who], APART * (2 * place + 1 - len(looks)))
        smallest = found.get("smallest detectable change")
        if smallest is not None:
            _error_band(axes, smallest)
        axes.axhline(0, color=INK, linewidth=1, linestyle=":", zorder=1, label="no change")
        axes.set_xticks([0, *sorted(set(course["weeks"]))])
        axes.set_xlabel("Weeks since baseline")
        axes.set_ylabel(wrapped(f"{label}, change since the first visit ({course['unit'].iloc[0]})", 36))
        response = found.get("standardised response mean")
        over = "" if response is None else f"Standardised response mean {rounded(response).with_bounds}"
        legend_above(axes, over)
        tidy(axes)
        return drawn(result, figure, "responsiveness", _alt(course, smallest, over, label))


def _line(axes: Any, course: pd.DataFrame, who: str, look: Any, shift: float) -> None:
    """One course from no change at the first visit, with its intervals."""
    course = course.sort_values("weeks")
    ends = [[0.0, *side] for side in reaches(course)]
    people = course["n_participants"]
    axes.errorbar(
        [0.0, *(course["weeks"] + shift)], [0.0, *course["estimate"]], yerr=ends, color=look.colour, marker=look.marker,
        markersize=7, linewidth=1.8, elinewidth=1.3, capsize=3, zorder=3,
        label=f"people who {who}, mean and 95 % interval, n={people.min()} to {people.max()}",
    )  # fmt: skip


def _error_band(axes: Any, smallest: Any) -> None:
    """Changes of one person that error alone may give, and beyond them as far as the interval of that limit reaches."""
    axes.axhspan(
        -smallest.estimate, smallest.estimate, color="#e3e3e3", linewidth=0, zorder=0,
        label=f"one person's change may be error within ±{rounded(smallest).estimate} {smallest.unit}",
    )  # fmt: skip
    for side in (-1, 1):
        axes.axhspan(side * smallest.conf_low, side * smallest.conf_high, color="#bdbdbd", alpha=0.6, linewidth=0, zorder=0.5,
                     label="95 % interval of that limit" if side > 0 else None)  # fmt: skip


def _alt(course: pd.DataFrame, smallest: Any, response: str, label: str) -> str:
    said = listed(
        course,
        lambda row: (
            f"people who {row.who}, week {row.weeks:g}: {rounded(row).in_words}, n={row.n_participants}"
        ),
    )
    limit = "" if smallest is None else f" Smallest detectable change {rounded(smallest).in_words}."
    return (
        f"{label}, mean change since the first visit with 95 % intervals: {said}.{limit} {response}.".replace(
            " .", ""
        )
    )
