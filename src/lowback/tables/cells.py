"""What stands in one cell: counts, means with their spread, medians with their quartiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lowback.exhibit import EVERYBODY, each
from lowback.exhibit.numbers import ABSENT, capital, label_of, number, places_for_spread, rounded

Cell = Callable[[pd.DataFrame], str]


def by(rows: pd.DataFrame, key: str, values: list[str], cell: Cell) -> tuple[str, ...]:
    """A cell for each value of the key; a dash where there are no rows."""
    parts = [rows[rows[key] == value] for value in values]
    return tuple(ABSENT if part.empty else cell(part) for part in parts)


def first(rows: pd.DataFrame) -> str:
    """The first row's number."""
    return rounded(next(each(rows))).estimate


def arm_head(arm: str) -> str:
    """The arm's name over its column."""
    return "All" if arm in EVERYBODY else arm


def with_unit(rows: pd.DataFrame) -> str:
    """What the rows measure, with their unit."""
    unit = str(rows["unit"].iloc[0]).replace("m2", "m²")
    return f"{capital(label_of(rows['variable'].iloc[0]))}, {unit}"


def summary(rows: pd.DataFrame, places: int | None = None) -> str:
    """One arm's description of one measure or level, in the form that its statistics allow; a mean with so many decimals, or its own."""
    found = {row.statistic: row for row in each(rows)}
    return _mean(found, places) or median(found) or _count(found) or ABSENT


def places_alike(rows: pd.DataFrame) -> int | None:
    """The decimals of a measure's means in all arms and at all visits, by the largest standard deviation; None where it has none."""
    spreads = rows.loc[rows["statistic"] == "SD", "estimate"]
    return places_for_spread(float(spreads.max())) if spreads.notna().any() else None


def _mean(found: Mapping[str, Any], places: int | None) -> str:
    if "mean" not in found:
        return ""
    spread = found["SD"].estimate if "SD" in found else float("nan")
    places = places_for_spread(spread) if places is None else places
    mean = number(found["mean"].estimate, places)
    return f"{mean} ({number(spread, places)})" if "SD" in found else mean


def median(found: Mapping[str, Any]) -> str:
    """The median with its quartiles; empty where a statistic lacks."""
    names = ("median", "lower quartile", "upper quartile")
    if not set(names) <= set(found):
        return ""
    low, high = (found[name].estimate for name in names[1:])
    places = places_for_spread(found["SD"].estimate if "SD" in found else high - low)
    quartiles = [found[name].estimate for name in names]
    # Counts have whole medians, or halves: no decimals that say nothing.
    while places > 0 and all(math.isclose(one, round(one, places - 1), abs_tol=1e-9) for one in quartiles):
        places -= 1
    median, lower, upper = (number(one, places) for one in quartiles)
    return f"{median} [{lower} to {upper}]"


def _count(found: Mapping[str, Any]) -> str:
    count = f"{found['count'].estimate:.0f}" if "count" in found else ""
    share = f"{number(found['percentage'].estimate, 0)}\N{NO-BREAK SPACE}%" if "percentage" in found else ""
    return f"{count} ({share})" if count and share else count or share
