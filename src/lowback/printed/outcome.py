"""What the command line prints of a report: its answers, and where all the rest is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from lowback.csv_text import rows_of
from lowback.printed.rows import table_of
from lowback.publish.manifest import read_manifest

DESCRIPTIVE = ("flow", "attendance", "table_one", "missingness", "events_by_arm", "degeneration_by_age")
MOST_ROWS = 20
"""Estimates that are printed of a report without answers in sentences; a person reads no more."""


class PublishedReport(Protocol):
    """What publishing hands over."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def unchanged(self) -> bool:
        """Whether nothing had to be run."""


def print_problems(console: Console, problems: Iterable[str]) -> None:
    """Why nothing was published, a line each."""
    for problem in problems:
        console.print(escape(problem), style="red", soft_wrap=True)
    console.print("Nothing was published; an earlier report stands as it was.")


def print_outcome(console: Console, published: PublishedReport) -> None:
    """The answers of a published report, or its first estimates where no notebook answers in a sentence; then where the rest is."""
    rows = rows_of((published.folder / "estimates.csv").read_bytes().decode())
    told = read_manifest(published.folder) or {}
    answers = told.get("answers") or ()
    if any(not one["refused"] for one in answers):
        _print_answers(console, answers)
    else:
        _print_first(console, [row for row in rows if row["analysis"] not in DESCRIPTIVE])
    refused = sum(bool(one["refused"]) for one in answers)
    if refused:
        questions = "1 question has" if refused == 1 else f"{refused} questions have"
        _line(console, f"{questions} no answer; the report says why and what one needs.")
    numbers = "1 estimate" if len(rows) == 1 else f"{len(rows):,} estimates"
    precision = "rounded as for the public" if told.get("audience") == "public" else "unrounded"
    _line(console, f"{numbers}, {precision}: {published.folder / 'estimates.csv'}")
    state = "Nothing has changed since" if published.unchanged else "Published"
    _line(console, f"{state}: {published.folder / 'report.html'}")


def _print_answers(console: Console, answers: Iterable[Mapping[str, Any]]) -> None:
    """Each question with its answer below it."""
    for one in answers:
        if not one["refused"]:
            console.print(Text(str(one["question"]), style="bold"))
            console.print(Padding(Text(str(one["answer"])), (0, 0, 0, 2), expand=False))
            console.print()


def _print_first(console: Console, rows: Sequence[Mapping[str, str]]) -> None:
    """The first estimates, a table an analysis and estimand."""
    shown = pd.DataFrame([_shown(row) for row in rows[:MOST_ROWS]])
    for (analysis, estimand), part in shown.groupby(["analysis", "estimand"], sort=False) if rows else ():
        console.print(f"{analysis}: {estimand}", style="bold", markup=False, soft_wrap=True)
        console.print(table_of(part.drop(columns=["analysis", "estimand"])))


def _shown(row: Mapping[str, str]) -> dict[str, str]:
    """A row of estimates.csv to four decimals, as a person reads it in a terminal."""
    numbers = {name: _four(row[name]) for name in ("estimate", "std_error", "conf_low", "conf_high")}
    return {
        "analysis": row["analysis"],
        "estimand": row["estimand"],
        "term": row["term"],
        "estimate": numbers["estimate"],
        "std. error": numbers["std_error"],
        "95 % interval": f"{numbers['conf_low']} to {numbers['conf_high']}" if row["conf_low"] else "",
        "unit": row["unit"],
        "n": row["n_participants"],
    }


def _four(text: str) -> str:
    if not text:
        return ""
    value = float(text)
    return f"{value:.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:.4f}"


def _line(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, markup=False)
