"""A line a person: how far two complaints of each come together, and all of them taken together below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, refused
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.figures.canvas import INK, drawn, listed, sheet, styles, tidy, wrapped
from lowback.figures.forest import marks
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result

BAND = "#e3e3e3"
MOST_LINES = 60
# Places that a summary takes, in lines of people.
ROOM = 6.5


def co_occurrence_figure(result: Result | Refusal) -> Exhibit:
    """Each person's own correlation in order of size, beside 0 and what chance gives one person; below, all within and between people.

    Where a published result leaves single people out, all of them alone.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(
        result, "statistic", "person", "adjustment", "exposure_label", "outcome_label", "occasion"
    )
    people = rows[rows["statistic"] == "person"].sort_values("estimate", ascending=False)
    summaries = rows[rows["statistic"].isin(["within", "between", "prediction"])].reset_index(drop=True)
    shown, first = _evenly(people), rows.iloc[0]
    one, other = (spoken(str(first[name])) for name in ("exposure_label", "outcome_label"))
    with sheet(2.6 + 0.055 * len(shown) + 0.46 * len(summaries)) as (figure, (axes,)):
        _chance(axes, next(each(rows[rows["statistic"] == "chance"])))
        _people(axes, shown, len(people))
        _together(axes, summaries, len(shown))
        axes.set_xlim(-1.03, 1.03)
        axes.set_xlabel(
            wrapped(f"Correlation of {one} and {other} at the same {first['occasion']}s (−1 to 1)", 66)
        )
        legend_above(axes)
        tidy(axes, left=True)
        said = listed(summaries, lambda row: f"{row.term}: {rounded(row).in_words}, n={row.n_participants}")
        alt = f"{capital(one)} and {other}{_ends(people)}; 0 if nothing went together. {capital(said)}."
        return drawn(result, figure, "own correlations", alt)


def _ends(people: pd.DataFrame) -> str:
    """From where to where people lie, for readers who do not see the figure."""
    if people.empty:
        return ""
    ends = f"{people['estimate'].min():.2f} to {people['estimate'].max():.2f}".replace("-", "−")
    return f": own correlations of {len(people)} people from {ends}, with 95 % intervals"


def _evenly(people: pd.DataFrame) -> pd.DataFrame:
    """All people, or where they are many, so many of them at even steps of their order."""
    if len(people) <= MOST_LINES:
        return people
    return people.iloc[np.linspace(0, len(people) - 1, MOST_LINES).round().astype(int)]


def _label(row: Any) -> str:
    if row.statistic == "prediction":
        return wrapped("Where another person's true one lies (95 %)", 30)
    return wrapped(f"{capital(row.term)}, n={row.n_participants}", 30, 4)


def _chance(axes: Any, row: Any) -> None:
    """What would be seen if nothing were true: none in anybody, and what one person's moments then give."""
    axes.axvspan(
        row.conf_low, row.conf_high, color=BAND, linewidth=0, zorder=0,
        label="95 of 100 people, if the two did not go together in anybody",
    )  # fmt: skip
    axes.axvline(0, color=INK, linewidth=1, zorder=1)


def _people(axes: Any, shown: pd.DataFrame, count: int) -> None:
    """A thin line a person with a small mark, and how many they are."""
    if shown.empty:
        return
    colour = styles(["people"])["people"].colour
    at = np.arange(len(shown))
    axes.hlines(at, shown["conf_low"], shown["conf_high"], color=colour, linewidth=0.8, alpha=0.7, zorder=2)
    axes.plot(
        shown["estimate"], at, "o", color=colour, markersize=3.2, zorder=3, label="one person each, with 95 % interval",
    )  # fmt: skip
    axes.axhline(len(shown) + 0.6, color=INK, linewidth=0.6)
    which = (
        ", in order of size" if len(shown) == count else f": {len(shown)} at even steps of the order of all"
    )
    axes.set_yticks([(len(shown) - 1) / 2], [wrapped(f"A line a person{which}, n={count}", 30)])


def _together(axes: Any, summaries: pd.DataFrame, lines: int) -> None:
    """All people taken together, a mark each way, below their lines."""
    looks = styles(["people", "within", "between", "prediction"])
    places = [lines + ROOM * (at + 0.75) for at in range(len(summaries))]
    marks(
        axes,
        summaries,
        lambda row: looks[row.statistic],
        lambda row: row.statistic == "prediction",
        is_difference=False,
        places=places,
    )
    above = list(zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)) if lines else []
    ticks = [*(place for place, _ in above), *places]
    axes.set_yticks(
        ticks, [*(words.get_text() for _, words in above), *(_label(row) for row in each(summaries))]
    )
    axes.set_ylim(places[-1] + 0.6 * ROOM, -2)
