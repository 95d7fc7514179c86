"""The rule for warning signs: at which question people leave it, and the risk on its two sides by what "several weeks" means."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import rounded
from lowback.figures.canvas import (
    GREY,
    drawn,
    in_percentage_points,
    listed,
    sheet,
    styles,
    wrapped,
)
from lowback.figures.forest import counted_bars, forest_axes, marks
from lowback.result import Refusal, Result

DIFFERENCES = ("risk difference by weeks", "risk difference, bounds")


def screening_figure(result: Result | Refusal) -> Exhibit:
    """How many people each question of the rule lets go or picks out, and below it how much likelier pathology is where it picks out.

    Filled marks are of people who were looked at, by the least number of weeks; an open one lets those not looked at have anything.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "reason", "weeks")
    # A count that a public report withholds has no bar.
    log = rows[(rows["statistic"] == "screened") & rows["estimate"].notna()].reset_index(drop=True)
    risks = rows[rows["statistic"].isin(DIFFERENCES)]
    if log.empty or risks.empty:
        return noted(result, "This result holds no log of a rule, or no risks on both sides of it.")
    risks, margin = in_percentage_points(risks.reset_index(drop=True), result.smallest_worthwhile)
    with sheet(2.4 + 0.34 * len(log) + 0.72 * len(risks), 2) as (figure, (upper, lower)):
        _log(upper, log)
        _risks(lower, risks, margin)
        people = int(log["n_participants"].max())
        said = listed(log, lambda row: f"{row.reason}: {row.estimate:.0f}")
        found = listed(risks, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}")
        alt = f"The rule for warning signs. Of {people} people, by the question that decides: {said}. With 95 % intervals: {found}."
        return drawn(result, figure, "screening", alt)


def _log(axes: Any, log: pd.DataFrame) -> None:
    """A bar a reason, in the order of the rule's questions, those picked out in colour."""
    look, most = styles(["picked out"])["picked out"], float(log["estimate"].max())
    colours = [look.colour if one.startswith("picked out") else GREY for one in log["reason"]]
    counted_bars(axes, [wrapped(one, 34, 2) for one in log["reason"]], log["estimate"].tolist(), colours)
    axes.set_xlim(0, 1.12 * max(most, 1.0))
    axes.set_xlabel(f"People (n={int(log['n_participants'].max())})")


def _risks(axes: Any, risks: pd.DataFrame, margin: float | None) -> None:
    look = styles(["picked out"])["picked out"]
    marks(axes, risks, lambda _: look, lambda row: row.statistic.endswith("bounds"))
    labels = [wrapped(f"{row.term}, n={row.n_participants}", 34, 3) for row in each(risks)]
    forest_axes(axes, labels, risks, margin)
    axes.set_xlabel("Risk where picked out, less where passed over (percentage points)")
