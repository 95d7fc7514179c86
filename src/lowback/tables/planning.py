"""The designs of a plan as a table: what each is expected to find, how precisely, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lowback.exhibit import Exhibit, in_order, keyed_rows, refused
from lowback.exhibit.numbers import ABSENT, capital, number, places_for_spread
from lowback.result import Refusal, Result
from lowback.tables.effects import caption
from lowback.tables.markup import Row, Table

SIZES = ("participants", "visits", "raters", "readings")
REACHED = {"yes": "yes", "no": "no", "cannot tell": "cannot tell"}
KEYS = ("design", *SIZES, "statistic", "reaches", "note")


def plan_table(result: Result | Refusal) -> Exhibit:
    """Every design with its power beside the closed form's, assurance, width, false positives and cost, and whether it will do."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, *KEYS)
    statistics = set(rows["statistic"])
    heads = [head for statistic, head in _HEADS.items() if statistic in statistics]
    lines = []
    for design in [one for one in in_order(rows["design"]) if one]:
        of_design = {row.statistic: row for row in rows[rows["design"] == design].itertuples(index=False)}
        lines.append(_line(of_design, statistics))
    target = next(row for row in rows.itertuples(index=False) if row.statistic == "target")
    columns = ("Design: people", "visits", "raters", "readings", *heads, "Reaches the target")
    return Table(caption(result), columns, tuple(lines), _notes(rows, target)).exhibit(result)


_HEADS = {
    "power": "Power, % (MC error)",
    "power, closed form": "Closed form, %",
    "assurance": "Assurance, % (MC error)",
    "interval width": "Width of the 95 % interval",
    "mean estimate": "Mean estimate",
    "false positives": "False positives, %",
    "unanswered": "Without an answer, %",
    "cost": "Cost",
}


def _line(found: Mapping[str, Any], statistics: set[str]) -> Row:
    power = found["power"]
    cells = [getattr(power, size) for size in SIZES[1:]]
    for statistic in (one for one in _HEADS if one in statistics):
        row = found.get(statistic)
        cells.append(ABSENT if row is None else _cell(row))
    cells.append(f"{REACHED[power.reaches]}{f' ({power.note})' if power.note else ''}")
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


def _notes(rows: Any, target: Any) -> tuple[str, ...]:
    unit = next((row.unit for row in rows.itertuples(index=False) if row.statistic == "interval width"), "")
    shown = "percentage points" if unit == "proportion" else unit
    value = (
        f"{100 * target.estimate:g} %" if target.note != "interval width" else f"{target.estimate:g} {shown}"
    )
    at = "at most" if target.note == "interval width" else "at least"
    notes = [
        f'Target: {target.note} of {at} {value}. MC error: Monte Carlo standard error. "Yes" and "no" are by the 95 % interval of '
        "that error; between them the number of trials cannot tell."
    ]
    if unit:
        notes.append(f"Widths and estimates are in {shown}.")
    costs = [row.unit for row in rows.itertuples(index=False) if row.statistic == "cost"]
    if costs:
        notes.append(f"Costs are in {costs[0]}.")
    forms = dict.fromkeys(
        row.note for row in rows.itertuples(index=False) if row.statistic == "power, closed form"
    )
    if forms:
        notes.append(f"Closed form: {', '.join(forms)}.")
    if (rows["note"] == "overstated").any():
        notes.append(
            capital(
                "overstated: trials show what is not there more often than they may, so that this power is not to be trusted."
            )
        )
    return tuple(notes)
