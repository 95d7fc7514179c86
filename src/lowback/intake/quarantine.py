"""Rows that did not enter the cohort whole, kept word for word beside the rule that they met."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pandas as pd

from lowback.csv_text import csv_text
from lowback.intake.findings import NOTE
from lowback.intake.sheet import Reading

COLUMNS = ["file", "row", "rule", "source_row"]
FILE = "quarantine.csv"


class _Quarantined(Protocol):
    @property
    def quarantine(self) -> pd.DataFrame: ...


def quarantined(found: pd.DataFrame, readings: Mapping[str, Reading]) -> pd.DataFrame:
    """Each row that was refused or of which a value was set aside, once, with the whole row as JSON text."""
    doubtful = found[(found["severity"] != NOTE) & (found["row"] > 1).fillna(False)]
    rules = doubtful["column"].where(doubtful["column"] == "", doubtful["column"] + ": ") + doubtful["rule"]
    grouped = rules.groupby([doubtful["file"], doubtful["row"]]).agg("; ".join)
    rows = [
        {"file": file, "row": int(row), "rule": rule, "source_row": _text(readings, file, int(row))}
        for (file, row), rule in grouped.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"row": "int64"})


def write_quarantine(intake: _Quarantined, path: str | Path) -> None:
    """Write the quarantined rows as CSV, the whole file or none."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(csv_text(intake.quarantine))
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_quarantine(intake: _Quarantined, source: str | Path, of: str = "") -> Path | None:
    """Write the quarantined rows beside the source and return where; nothing when no row ever needed it.

    `of` names the part of the source that they are rows of, where it is not the whole, and stands in the file's name.

    An earlier quarantine there is replaced, also by one without rows; any other file of that name is left alone
    (`FileExistsError`).
    """
    source = Path(source)
    target = (source if source.is_dir() else source.parent) / (f"quarantine.{of}.csv" if of else FILE)
    if target.exists() and not _is_quarantine(target):
        raise FileExistsError(f"{target} holds something else; name another file with --quarantine")
    if intake.quarantine.empty and not target.exists():
        return None
    write_quarantine(intake, target)
    return None if intake.quarantine.empty else target


def _is_quarantine(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip("\n") == ",".join(COLUMNS)
    except IsADirectoryError:
        return False


def _text(readings: Mapping[str, Reading], file: str, row: int) -> str:
    return readings[file].source_row(row) if file in readings else ""
