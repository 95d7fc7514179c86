"""The rows that a figure is drawn from, as a table for whoever cannot see it or wants the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lowback.exhibit import MEASURES, each
from lowback.exhibit.numbers import Rounded, capital, label_of, p_value, places_down, rounded, spoken
from lowback.result import RESULT_MIME, Result, from_payload

FIRST_WORD = re.compile(r"^\w+")


@dataclass(frozen=True)
class FigureRows:
    """Caption, heads of the columns, lines (the first cell heads its line), and which columns hold numbers."""

    caption: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def figure_rows(data: Mapping[str, Any]) -> FigureRows | None:
    """The rows of the result that stands beside a picture; nothing where a picture has none, such as a diagram."""
    result = from_payload(data[RESULT_MIME]) if RESULT_MIME in data else None
    if not isinstance(result, Result):
        return None
    rows = result.estimates
    if result.keys is not None and "statistic" in result.keys.columns:
        rows = rows.assign(statistic=result.keys["statistic"].map(str))
    labels = _own_labels(result)
    shown: list[tuple[str, Callable[[Any, Rounded], str], bool]] = [
        ("What", lambda row, _: _in_words(row.term, labels), False),
        ("Estimate", lambda _, printed: printed.estimate, True),
    ]
    if rows["conf_low"].notna().any():
        shown.append(("95 % from", lambda _, printed: printed.low, True))
        shown.append(("to", lambda _, printed: printed.high, True))
    if rows["p_value"].notna().any():
        shown.append(("p", lambda row, _: p_value(row.p_value), True))
    shown.append(("Unit", lambda _, printed: printed.unit, False))
    shown.append(("People", lambda row, _: str(row.n_participants), True))
    listed = list(each(rows))
    printed = list(zip(listed, map(_rounded, listed, places_down(listed)), strict=True))
    lines = tuple(tuple(cell(*one) for _, cell, _ in shown) for one in printed)
    heads, numeric = tuple(head for head, _, _ in shown), tuple(numeric for _, _, numeric in shown)
    return FigureRows(_caption(result), heads, lines, numeric)


def _own_labels(result: Result) -> dict[str, str]:
    """What a cohort calls the columns that the data dictionary does not know, by column."""
    keys = result.keys
    if keys is None:
        return {}
    pairs = [(name, f"{name}_label") for name in MEASURES if {name, f"{name}_label"} <= set(keys.columns)]
    return {
        str(name): spoken(str(label))
        for one, labelled in pairs
        for name, label in zip(keys[one], keys[labelled], strict=True)
        if isinstance(label, str) and label
    }


def _in_words(term: str, labels: Mapping[str, str]) -> str:
    """The term with the column that it begins with in words."""
    return capital(
        FIRST_WORD.sub(lambda found: labels.get(found.group()) or label_of(found.group()), term, count=1)
    )


def _caption(result: Result) -> str:
    """The question and the estimand; a description has no estimand."""
    if result.question and result.estimand != "description":
        return f"{result.question} ({result.estimand})"
    return result.question or result.estimand


def _rounded(row: Any, places: int) -> Rounded:
    return rounded(row, difference="difference" in getattr(row, "statistic", ""), places=places)
