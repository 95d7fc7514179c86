"""How many got better: risks by arm under each definition."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import capital, rounded
from lowback.figures.canvas import (
    GREY,
    Style,
    arm_styles,
    drawn,
    in_percentage_points,
    listed,
    reach,
    sheet,
    tidy,
    wrapped,
)
from lowback.figures.panels import light_lines, words_beside
from lowback.result import Refusal, Result


def responders_figure(result: Result | Refusal) -> Exhibit:
    """The percentage who got better, by definition and arm, with its interval and the difference beside it."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "comparator", "definition", "statistic")
    kind = "standardised risk" if (rows["statistic"] == "standardised risk").any() else "observed risk"
    risks, _ = in_percentage_points(rows[rows["statistic"] == kind], unit="%")
    apart, _ = in_percentage_points(rows[rows["statistic"] == "risk difference"])
    definitions, looks = in_order(risks["definition"]), arm_styles(result, risks)
    lines = max(1, max(wrapped(arm, 22).count("\n") + 2 for arm in looks))
    with sheet(0.7 + len(definitions) * (0.75 + len(looks) * (0.12 + 0.17 * lines)), len(definitions)) as (
        figure,
        panels,
    ):
        for axes, definition in zip(panels, definitions, strict=True):
            _panel(
                axes,
                risks[risks["definition"] == definition],
                apart[apart["definition"] == definition],
                looks,
            )
            axes.set_title(capital(definition))
            axes.set_xlabel("People who got better (%)")
        panels[-1].set_xlabel(_axis_words(kind, apart))
        return drawn(result, figure, "responders", _alt(risks, apart))


def _panel(axes: Any, risks: pd.DataFrame, apart: pd.DataFrame, looks: dict[str, Style]) -> None:
    """One definition: a line for each arm, its difference from the comparator at the right, and dotted where the comparator lies."""
    for arm in in_order(apart["comparator"]):
        for one in each(risks[risks["arm"] == arm]):
            axes.axvline(one.estimate, color=GREY, linestyle=":", linewidth=1.2, zorder=1)
    for place, row in enumerate(each(risks)):
        look = looks[row.arm]
        axes.errorbar(
            row.estimate,
            place,
            xerr=reach(row),
            fmt=look.marker,
            color=look.colour,
            markersize=8,
            elinewidth=1.8,
            capsize=3,
        )
        beside = [rounded(row).estimate + " %"]
        for one in each(apart[apart["arm"] == row.arm]):
            shown = rounded(one)
            beside.append(f"difference {shown.with_bounds}")
        words_beside(axes, place, "\n".join(beside))
    labels = [f"{wrapped(row.arm, 22)}\nn={row.n_participants}" for row in each(risks)]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(-2, 102)
    light_lines(axes, "x")
    tidy(axes, left=True)


def _axis_words(kind: str, apart: pd.DataFrame) -> str:
    """What the percentages are, in what the differences beside them are, and where all would lie if arms did not differ."""
    words = f"People who got better (%, {kind}, 95 % interval)"
    if apart.empty:
        return words
    comparators = wrapped(" / ".join(in_order(apart["comparator"])), 28, 1)
    return f"{words}\nDifferences in percentage points; dotted: no difference from {comparators}"


def _alt(risks: pd.DataFrame, apart: pd.DataFrame) -> str:
    shares = listed(
        risks, lambda row: f"{row.definition}, {row.arm}: {rounded(row).in_words}, n={row.n_participants}"
    )
    text = f"Percentages who got better, with 95 % intervals: {shares}."
    if apart.empty:
        return text
    differences = listed(
        apart, lambda row: f"{row.definition}, {row.arm} vs {row.comparator}: {rounded(row).in_words}"
    )
    return f"{text} Differences: {differences}."
