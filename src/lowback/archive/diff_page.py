"""The comparison of two reports as one self-contained page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lowback.archive.comparison import (
    Comparison,
    printed_change,
    printed_statistic,
    printed_unit,
)
from lowback.archive.differences import Difference
from lowback.archive.pages import page
from lowback.archive.reading import Report

TITLES = {
    "edition": "Edition",
    "data": "Data",
    "mapping": "Mapping",
    "study": "Study",
    "request": "Request",
    "notebook": "Notebooks",
    "parameters": "Parameters",
    "code": "Code",
    "unexplained": "Unexplained",
}
BOTH = ("before", "after")
MOST_ROWS = 2000
"""Rows of a page; `lowback diff --json` has all."""


def diff_page(found: Comparison) -> str:
    """The page: what the intervals came to say, what moved by how much, what is new or gone, and why."""
    turned = [one for one in found.told if one.turns]
    others = [one for one in found.told if not one.turns]
    tables = [
        ("Intervals that say something else", turned, BOTH),
        ("Changed", [one for one in others if one.state == "changed"], BOTH),
        ("New", [one for one in others if one.state == "new"], BOTH[1:]),
        ("Gone", [one for one in others if one.state == "gone"], BOTH[:1]),
    ]
    return page(
        "diff.html",
        {
            "title": str(found.after.manifest.get("title") or found.after.label),
            "sides": [("Earlier", *_side(found.before)), ("Later", *_side(found.after))],
            "summary": found.summary,
            "same": found.counts["same"],
            "reasons": [(TITLES.get(one.kind, one.kind.capitalize()), one.said) for one in found.explanation],
            "tables": [
                (heading, [_line(one) for one in rows[:MOST_ROWS]], max(0, len(rows) - MOST_ROWS), sides)
                for heading, rows, sides in tables
                if rows
            ],
        },
    )


def _side(one: Report) -> tuple[str, str, str, str]:
    """A report's title, place, moment and newest data."""
    told = one.manifest
    return (
        str(told.get("title", "")),
        one.label,
        _moment(str(told.get("started", ""))),
        str(told.get("data_date", "")),
    )


def _moment(text: str) -> str:
    """A moment in words; what is none stays as it is."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def _line(one: Difference) -> dict[str, Any]:
    return {
        "analysis": one.key[0],
        "estimand": one.key[1],
        "term": one.key[2],
        "before": printed_statistic(one.before),
        "after": printed_statistic(one.after),
        "unit": printed_unit(one),
        "change": printed_change(one),
        "turns": [str(turn) for turn in one.turns],
        "notes": "; ".join(one.notes),
    }
