"""What the command line prints of data: what is doubtful, where the rows are that were not taken, a cohort at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pandas as pd
from rich.console import Console
from rich.markup import escape

from lowback.cohort import KEYS, Cohort
from lowback.printed.rows import table_of

MOST_FINDINGS = {"terminal": 500, "file": 5000}
"""How many findings are listed; a person reads fewer than a program that the output is piped to."""


class TakenIn(Protocol):
    """What intake hands over."""

    @property
    def findings(self) -> pd.DataFrame:
        """What is doubtful."""

    @property
    def quarantine(self) -> pd.DataFrame:
        """The rows that did not enter the cohort whole."""

    @property
    def cohort(self) -> Cohort | None:
        """The cohort, unless it is refused."""


def print_findings(console: Console, intake: TakenIn, *, notes: bool = True) -> None:
    """The findings as rows of a table, the refusals first; their number when they are too many to read."""
    findings = intake.findings
    shown = findings if notes else findings[findings["severity"] != "note"]
    most = MOST_FINDINGS["terminal" if console.is_terminal else "file"]
    if len(shown):
        order = shown["severity"].map({"refused": 0, "set aside": 1, "note": 2})
        listed = shown.loc[order.sort_values(kind="stable").index].head(most)
        console.print(table_of(listed.assign(row=listed["row"].astype("str").fillna(""))))
    if len(shown) > most:
        console.print(f"... and {len(shown) - most} more findings.")
    if intake.cohort is None:
        refused = int((findings["severity"] == "refused").sum())
        console.print(f"The cohort is refused ({refused} {'finding' if refused == 1 else 'findings'}).")


def print_quarantine(console: Console, intake: TakenIn, place: Path) -> None:
    """Where the rows are that did not enter the cohort whole."""
    count = len(intake.quarantine)
    rows = "1 row" if count == 1 else f"{count} rows"
    console.print(
        f"{rows} refused or with a value set aside, word for word: {place}", soft_wrap=True, markup=False
    )


def print_cohort(console: Console, cohort: Cohort) -> None:
    """How many people and rows a cohort has, its arms and its visits."""
    console.print(f"Cohort {escape(cohort.name)}: {len(cohort.participant_ids)} participants.")
    rows = [(table, len(frame)) for table in KEYS if (frame := getattr(cohort, table)) is not None]
    console.print("Rows: " + ", ".join(f"{table} {count}" for table, count in rows) + ".")
    if cohort.arms:
        console.print("Arms: " + escape(", ".join(cohort.arms)) + ".")
    if cohort.weeks:
        console.print("Weeks: " + ", ".join(f"{week:g}" for week in cohort.weeks) + ".")
