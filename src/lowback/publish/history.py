"""The history of a report's estimates: one row a run and estimate, carried from each published report into the next.

It holds what its own reports published and nothing else: a report that is not whole hands nothing on, one for a narrower audience
neither, and rows that the new report's smallest count forbids are dropped.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lowback.csv_text import columns_of, csv_of_rows, csv_text, rows_of
from lowback.publish.manifest import read_manifest, verify_report

NAME = "history.csv"
OF_A_RUN = ("run", "data_date", "key")
OF_AN_ESTIMATE = (
    "analysis",
    "estimand",
    "term",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "unit",
    "n_participants",
)
COLUMNS = (*OF_A_RUN, *OF_AN_ESTIMATE)
MOST_RUNS = 520
"""Runs that a history holds: ten years of weeks."""
MOST_ROWS = 100_000
"""Rows that a history holds, about 20 MB; reports of very many estimates keep fewer runs for it, though two at least."""
AUDIENCES = ("internal", "private", "public")
"""From the narrowest; what was published for one may be carried on to itself and to those before it."""

Entry = Mapping[str, str]
"""A row as text, so that a number stays the same to its last digit."""


def carried(
    folder: Path, *, audience: str = "private", smallest_count: int = 0
) -> tuple[list[Entry], dict[str, Any]]:
    """The history of the report in `folder`, and what its manifest says of how it was made; nothing of a damaged one."""
    manifest = read_manifest(folder)
    if manifest is None or _is_narrower(str(manifest.get("audience", "private")), audience):
        return [], {}
    try:
        if verify_report(folder):
            return [], {}
        rows = read_history(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return [], {}
    return [row for row in rows if _may_be_told(row, smallest_count)], manifest


def read_history(folder: Path) -> list[Entry]:
    """The rows of a report's history, oldest first; none where a report of an earlier version has no such file.

    Raises ValueError where the file is no history.
    """
    try:
        text = (folder / NAME).read_bytes().decode()
    except FileNotFoundError:
        return []
    return parsed(text)


def parsed(text: str) -> list[Entry]:
    """The rows of a history's text."""
    if columns_of(text) != COLUMNS:
        raise ValueError(f"{NAME} has columns {list(columns_of(text))}; allowed: {list(COLUMNS)}")
    return list(rows_of(text))


def run_rows(estimates: pd.DataFrame, *, run: str, data_date: str, key: str) -> list[Entry]:
    """The rows that a run adds: its estimates that have an interval, as they stand in estimates.csv.

    Counts and other descriptions have none; there are hundreds of them a run, and each report keeps its own.
    """
    told = {"run": run, "data_date": data_date, "key": key}
    has_interval = np.isfinite(estimates[["estimate", "conf_low", "conf_high"]].astype(float)).all(axis=1)
    rows = rows_of(csv_text(estimates.loc[has_interval, list(OF_AN_ESTIMATE)]))
    return [{**told, **row} for row in rows]


def extended(old: Sequence[Entry], new: Sequence[Entry]) -> list[Entry]:
    """The history with one run more, the oldest runs dropped where it grows too long; a repetition adds nothing.

    A repetition is a run with the key of the last one, or with the moment and key of one before.
    """
    if not new:
        return list(old)
    if old and (old[-1]["key"] == new[0]["key"] or _run_of(new[0]) in {_run_of(row) for row in old}):
        return list(old)
    return bounded([*old, *new])


def bounded(rows: Sequence[Entry]) -> list[Entry]:
    """The newest runs, whole, as many as fit."""
    counts = Counter(_run_of(row) for row in rows)
    kept: set[tuple[str, str]] = set()
    total = 0
    for run in reversed(list(counts)[-MOST_RUNS:]):
        total += counts[run]
        if total > MOST_ROWS and len(kept) >= 2:
            break
        kept.add(run)
    return [row for row in rows if _run_of(row) in kept]


def history_text(rows: Iterable[Entry]) -> str:
    """The rows as the text of a CSV file."""
    return csv_of_rows(COLUMNS, rows)


def data_id(inputs: Iterable[Mapping[str, Any]]) -> str:
    """A short name for the data where they bear no date: the start of one hash of all data files."""
    hashes = sorted(str(one["sha256"]) for one in inputs if one["role"] == "data")
    return "data " + hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:12]


def _run_of(row: Entry) -> tuple[str, str]:
    return row["run"], row["key"]


def _is_narrower(before: str, now: str) -> bool:
    """Whether the earlier report was for fewer readers; of an audience that is not known, yes unless it is the same."""
    if before == now:
        return False
    if before not in AUDIENCES or now not in AUDIENCES:
        return True
    return AUDIENCES.index(before) < AUDIENCES.index(now)


def _may_be_told(row: Entry, smallest_count: int) -> bool:
    people = float(row["n_participants"] or "nan")
    return not (people < smallest_count or (math.isnan(people) and smallest_count > 1))
