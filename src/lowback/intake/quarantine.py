"""Rows that did not enter the cohort whole, kept word for word beside the rule that they met."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pandas as pd

from lowback.intake.findings import NOTE
from lowback.intake.sheet import Reading

COLUMNS = ["file", "row", "rule", "source_row"]


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
            intake.quarantine.to_csv(file, index=False, lineterminator="\n")
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _text(readings: Mapping[str, Reading], file: str, row: int) -> str:
    return readings[file].source_row(row) if file in readings else ""
