"""Forest plots: differences between arms and slopes, with their intervals against zero and the smallest worthwhile difference."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded, week
from lowback.figures.canvas import (
    arm_styles,
    drawn,
    in_percentage_points,
    listed,
    sheet,
    styles,
    wrapped,
)
from lowback.figures.forest import forest_axes, forest_height, marks, name_directions
from lowback.result import Refusal, Result

# Slopes that are shown for comparison.
PLAIN = ("unadjusted", "as measured", "as measured, less raters")
COMPARED = ("difference", "risk difference", "difference in slopes")


def effect_figure(result: Result | Refusal) -> Exhibit:
    """Each arm's difference from its comparator with its interval, beside zero and the smallest worthwhile difference."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "comparator", "statistic")
    rows = rows[rows["statistic"].isin(COMPARED)].reset_index(drop=True)
    if rows.empty:
        return noted(result, "This analysis compares no arms, so there is no difference to show.")
    rows, margin = in_percentage_points(rows, result.smallest_worthwhile)
    outcome = _outcome(rows)
    comparators = " / ".join(in_order(rows["comparator"]))
    looks = arm_styles(result, rows)
    labels = [_arm_label(row, several_weeks=_has_several_weeks(rows)) for row in each(rows)]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(axes, rows, lambda row: looks[row.arm])
        forest_axes(axes, labels, rows, margin)
        axes.set_xlabel(
            wrapped(f"Difference in {outcome} ({rows['unit'].iloc[0]}), arm minus comparator", 60)
        )
        name_directions(axes, result.higher_is, comparators, in_order(rows["arm"]))
        kind = "speed" if result.analysis == "slopes" else "effect"
        return drawn(result, figure, kind, _alt(rows, margin, comparators))


def slopes_figure(result: Result | Refusal) -> Exhibit:
    """Slopes within and between people: adjusted and corrected ones filled, those unadjusted or as measured open."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "exposure", "level", "adjustment")
    rows = rows[rows["level"].isin(["within", "between"])]
    if "modifier" in rows.columns:
        rows = rows[rows["statistic"] == "slope"]
    rows = rows.reset_index(drop=True)
    looks = styles(["within", "between"])
    labels = [
        wrapped(
            f"{capital(label_of(row.exposure))}, {row.level} people{_where(row)}, {row.adjustment}, n={row.n_participants}",
            30,
        )
        for row in each(rows)
    ]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(
            axes, rows, lambda row: looks.get(row.level, looks["within"]), lambda row: row.adjustment in PLAIN
        )
        forest_axes(axes, labels, rows, result.smallest_worthwhile)
        axes.set_xlabel(wrapped(f"Slope ({' / '.join(in_order(rows['unit']))})", 46))
        alt = "Slopes with 95 % intervals. " + listed(
            rows,
            lambda row: (
                f"{label_of(row.exposure)} {row.level} people{_where(row)}, {row.adjustment}: "
                f"{rounded(row).in_words}, n={row.n_participants}"
            ),
        )
        return drawn(result, figure, "slopes", f"{alt}.")


def _where(row: Any) -> str:
    """At which value of a modifier a slope is, if it has one."""
    if not hasattr(row, "modifier"):
        return ""
    low, high = (f"{float(value):.3g}" for value in (row.low, row.high))
    return f", {row.modifier_label} {({'low': low, 'high': high}).get(row.at, f'{high} minus {low}')}"


def _alt(rows: pd.DataFrame, margin: float | None, comparators: str) -> str:
    band = f" The band marks ±{margin:.3g}, the smallest worthwhile difference." if margin is not None else ""
    said = listed(
        rows,
        lambda row: (
            f"{row.arm}{_at(row)}{_by_definition(row)}: {rounded(row, difference=True).in_words}, n={row.n_participants}"
        ),
    )
    return f"Differences from {comparators} with 95 % intervals: {said}.{band}"


def _outcome(rows: pd.DataFrame) -> str:
    if "definition" in rows.columns:
        return "people getting better"
    outcome = label_of(rows["outcome"].iloc[0]) if "outcome" in rows.columns else "the outcome"
    is_change = (rows["statistic"] == "difference in slopes").all()
    return f"the weekly change of {outcome}" if is_change else outcome


def _arm_label(row: Any, *, several_weeks: bool) -> str:
    definition = getattr(row, "definition", "")
    lines = [wrapped(row.arm) + (_at(row) if several_weeks else ""), f"n={row.n_participants}"]
    return "\n".join([*lines[:1], *([wrapped(definition)] if definition else []), *lines[1:]])


def _by_definition(row: Any) -> str:
    definition = getattr(row, "definition", "")
    return f" ({definition})" if definition else ""


def _at(row: Any) -> str:
    at = week(getattr(row, "weeks", float("nan")))
    return f", {at}" if at else ""


def _has_several_weeks(rows: pd.DataFrame) -> bool:
    return "weeks" in rows.columns and len(rows["weeks"].unique()) > 1
