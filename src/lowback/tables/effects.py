"""Tables of what was estimated: any result, responders, slopes, and the note on method."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, exhibit_of, in_order, keyed_rows, refused
from lowback.exhibit.numbers import (
    ABSENT,
    capital,
    degrees_of_freedom,
    label_of,
    p_value,
    places_down,
    rounded,
)
from lowback.result import Refusal, Result
from lowback.tables.markup import Row, Table

SIGNED = re.compile(r"(?<![\w)])-(?=\d)")
"""The sign of a number in a row's name, such as -24 hours."""


def estimates_table(result: Result | Refusal) -> Exhibit:
    """Every estimate of any result with unit, interval, p-value, degrees of freedom and people."""
    if isinstance(result, Refusal):
        return refused(result)
    columns = ("Estimate of", "Estimate (95 % CI)", "Unit", "p", "df", "n")
    rows = list(each(keyed_rows(result)))
    lines = tuple(map(_estimate_row, rows, places_down(rows)))
    return Table(caption(result), columns, lines, _normal_note(result)).exhibit(result)


def responders_table(result: Result | Refusal) -> Exhibit:
    """Who got better, by definition and arm: how many, the risk, the difference from the comparator, number needed to treat."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "comparator", "definition", "statistic")
    columns = (
        "Arm",
        "Got better",
        "Observed",
        "Standardised (95 % CI)",
        "Difference (95 % CI)",
        "Number needed to treat (95 % CI)",
    )
    lines = []
    for definition in in_order(rows["definition"]):
        lines.append(Row(capital(definition)))
        of_definition = rows[rows["definition"] == definition]
        arms = in_order(
            of_definition.sort_values("comparator", key=lambda names: names != "", kind="stable")["arm"]
        )
        lines += [
            Row(arm, _responder_cells(of_definition[of_definition["arm"] == arm]), is_indented=True)
            for arm in arms
        ]
    comparators = ", ".join(name for name in in_order(rows["comparator"]) if name)
    notes = [f"Differences are from {comparators}, in percentage points."] if comparators else []
    if (rows["statistic"] == "number needed to harm").any():
        notes.append(
            f"To harm: so many people in the arm go with one fewer who gets better than with {comparators}."
        )
    return Table(caption(result), columns, tuple(lines), tuple(notes)).exhibit(result)


def slopes_table(result: Result | Refusal) -> Exhibit:
    """How outcome and exposure go together within and between people, adjusted and unadjusted."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "exposure", "level", "adjustment")
    adjustments = in_order(rows["adjustment"])
    lines = []
    for exposure in in_order(rows["exposure"]):
        of_exposure = rows[rows["exposure"] == exposure]
        unit = of_exposure["unit"].iloc[0]
        lines.append(Row(f"{capital(label_of(exposure))} ({unit})"))
        for level in in_order(of_exposure["level"]):
            of_level = of_exposure[of_exposure["level"] == level]
            cells = tuple(_slope_cell(of_level[of_level["adjustment"] == one]) for one in adjustments)
            header = f"{capital(level)} people" if level in ("within", "between") else capital(level)
            lines.append(Row(header, cells, is_indented=True))
    heads = ("Slope", *(f"{capital(one)} (95 % CI)" for one in adjustments))
    return Table(caption(result), heads, tuple(lines)).exhibit(result)


def method_note(result: Result | Refusal) -> Exhibit:
    """How the estimates were made, what they assume and what they rest on."""
    if isinstance(result, Refusal):
        return refused(result)
    html = f"<p><strong>Method.</strong> {escape(result.method)}</p>"
    text = f"Method. {result.method}"
    for title, items in (("Assumptions", result.assumptions), ("Sources", result.sources)):
        if items:
            listed = "".join(f"<li>{escape(item)}</li>" for item in items)
            html += f"<p><strong>{title}</strong></p><ul>{listed}</ul>"
            text += "\n".join([f"\n{title}", *(f"- {item}" for item in items)])
    return exhibit_of(result, text, {"text/html": f'<div class="method">{html}</div>'})


def caption(result: Result) -> str:
    """What the table answers, by which estimand; a description has none."""
    if result.question and result.estimand == "description":
        return result.question
    return f"{result.question} ({result.estimand})" if result.question else result.estimand


def _estimate_row(row: Any, places: int) -> Row:
    shown = rounded(row, difference="difference" in getattr(row, "statistic", ""), places=places)
    cells = (shown.with_bounds, shown.unit, p_value(row.p_value), degrees_of_freedom(row.df))
    return Row(SIGNED.sub("−", row.term), (*cells, str(row.n_participants)))


def _normal_note(result: Result) -> tuple[str, ...]:
    if not (result.estimates["df"] == float("inf")).any():
        return ()
    return ("df: degrees of freedom; normal: the interval is from the normal distribution.",)


def _responder_cells(rows: pd.DataFrame) -> tuple[str, ...]:
    """The cells of one arm under one definition; a statistic that the result lacks leaves a dash."""
    found = {row.statistic: row for row in each(rows)}
    people = found.get("randomised") or found.get("analysed")
    counted = found.get("responders")
    count = ABSENT if counted is None else rounded(counted).estimate
    if counted is not None and people is not None:
        count += f"/{rounded(people).estimate}"
    risks = [_percent_cell(found.get(name)) for name in ("observed risk", "standardised risk")]
    difference = _bounds_cell(found.get("risk difference"))
    harm = found.get("number needed to harm")
    needed = _bounds_cell(found.get("number needed to treat") or harm)
    return (count, *risks, difference, f"to harm: {needed}" if harm is not None else needed)


def _bounds_cell(row: Any) -> str:
    return ABSENT if row is None else rounded(row).with_bounds


def _percent_cell(row: Any) -> str:
    if row is None:
        return ABSENT
    shown = rounded(row)
    return f"{shown.estimate}\N{NO-BREAK SPACE}%{f' ({shown.low} to {shown.high})' if shown.low else ''}"


def _slope_cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ABSENT
    row = next(each(rows))
    return f"{rounded(row).with_bounds}, n={row.n_participants}"
