"""The designs of a plan as a table: what each is expected to find, how precisely, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import ABSENT, capital, number, places_for_spread
from lowback.result import Refusal, Result
from lowback.tables.effects import caption
from lowback.tables.markup import Row, Table

SIZES = ("participants", "visits", "raters", "readings")
KEYS = ("design", *SIZES, "statistic", "reaches", "note")


def plan_table(result: Result | Refusal) -> Exhibit:
    """Every design with its power beside the closed form's, assurance, width, false positives and cost, and whether it will do.

    Sizes that all designs share stand in a note, and trials without an answer only where there are any.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, *KEYS)
    designs = rows[rows["design"] != ""]
    sizes = [size for size in SIZES[1:] if len(designs[size].unique()) > 1]
    columns = [name for name in _HEADS if _is_worth_a_column(designs, name)]
    lines = []
    for design in in_order(designs["design"]):
        found = {row.statistic: row for row in each(rows[rows["design"] == design])}
        lines.append(_line(found, sizes, columns))
    target = next(row for row in each(rows) if row.statistic == "target")
    heads = ("Participants", *map(capital, sizes), *(_HEADS[name] for name in columns), "Reaches the target")
    return Table(caption(result), heads, tuple(lines), _notes(designs, target, sizes)).exhibit(result)


def _is_worth_a_column(designs: pd.DataFrame, statistic: str) -> bool:
    found = designs.loc[designs["statistic"] == statistic, "estimate"]
    return bool((found > 0).any()) if statistic == "unanswered" else len(found) > 0


_HEADS = {
    "power": "Power, % (MC error)",
    "power, closed form": "Closed form, %",
    "assurance": "Assurance, % (MC error)",
    "interval width": "Width of interval",
    "mean estimate": "Mean estimate",
    "false positives": "False positives, %",
    "unanswered": "Without an answer, %",
    "cost": "Cost",
}


def _line(found: Mapping[str, Any], sizes: list[str], columns: list[str]) -> Row:
    power = found["power"]
    cells = [getattr(power, size) for size in sizes]
    cells += [ABSENT if name not in found else _cell(found[name]) for name in columns]
    cells.append(f"{power.reaches}{f' ({power.note})' if power.note else ''}")
    return Row(power.participants, tuple(cells))


def _cell(row: Any) -> str:
    """One number with its Monte Carlo error where it is a share; widths and estimates to the decimals of their error."""
    if row.statistic in ("power", "assurance"):
        return f"{number(100 * row.estimate, 1)} ({number(100 * row.std_error, 1)})"
    if row.unit == "proportion" and row.statistic not in ("interval width", "mean estimate"):
        return number(100 * row.estimate, 1)
    if row.statistic == "cost":
        return number(row.estimate, 0)
    scale = 100 if row.unit == "proportion" else 1
    return number(scale * row.estimate, 1 + places_for_spread(abs(scale * row.estimate)))


def _goal(target: Any, unit: str) -> str:
    """What is to be reached, a width in the unit shown."""
    scale = 100 if target.unit == "proportion" else 1
    if target.note == "interval width":
        return f"interval width of at most {scale * target.estimate:g} {unit}"
    return f"{target.note} of at least {scale * target.estimate:g} %"


def _notes(rows: pd.DataFrame, target: Any, sizes: list[str]) -> tuple[str, ...]:
    unit = next((row.unit for row in each(rows) if row.statistic == "interval width"), "")
    shown = "percentage points" if unit == "proportion" else unit
    notes = [
        f'Target: {_goal(target, shown)}. MC error: Monte Carlo standard error. "Yes" and "no" are by the 95 % interval of '
        "that error; between them the number of trials cannot tell."
    ]
    first = rows.iloc[0]
    shared = [
        f"{first[size]} {size.removesuffix('s') if first[size] == '1' else size}"
        for size in SIZES[1:]
        if size not in sizes
    ]
    if shared:
        notes.append(f"All designs have {', '.join(shared)}.")
    if unit:
        notes.append(f"Widths, of the 95 % interval, and estimates are in {shown}.")
    costs = [row.unit for row in each(rows) if row.statistic == "cost"]
    if costs:
        notes.append(f"Costs are in {costs[0]}.")
    forms = dict.fromkeys(row.note for row in each(rows) if row.statistic == "power, closed form")
    if forms:
        notes.append(f"Closed form: {', '.join(forms)}.")
    if (rows["note"] == "overstated").any():
        notes.append(
            capital(
                "overstated: trials show what is not there more often than they may, so that this power is not to be trusted."
            )
        )
    return tuple(notes)
