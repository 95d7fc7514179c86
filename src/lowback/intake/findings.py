"""Findings: what is doubtful in a source, each with file, row, column, value and the rule it meets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

COLUMNS = ["severity", "file", "row", "column", "value", "rule"]
REFUSED, SET_ASIDE, NOTE = "refused", "set aside", "note"


def findings(
    severity: str,
    file: str,
    rule: str | Sequence[str],
    *,
    rows: Sequence[int] | np.ndarray | None = None,
    column: str = "",
    value: str | Sequence[str] = "",
) -> pd.DataFrame:
    """A finding for each of `rows` (spreadsheet rows, header is row 1), or one about the file when there are none."""
    places = pd.array([pd.NA] if rows is None else rows, dtype="Int64")
    frame = pd.DataFrame({"row": places, "severity": severity, "file": file, "column": readable(column)})
    return frame.assign(value=_shown(value), rule=_shown(rule))[COLUMNS]


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All findings, refusals first, then by file and row."""
    full = [part for part in parts if len(part)]
    if not full:
        return pd.DataFrame({name: pd.Series(dtype="Int64" if name == "row" else "str") for name in COLUMNS})
    whole = pd.concat(full, ignore_index=True).drop_duplicates()
    order = whole["severity"].map({REFUSED: 0, SET_ASIDE: 1, NOTE: 2})
    whole = whole.assign(order=order).sort_values(
        ["order", "file", "row"], kind="stable", na_position="first"
    )
    text = {name: "str" for name in COLUMNS if name != "row"}
    return whole[COLUMNS].astype(text).reset_index(drop=True)


def is_refused(found: pd.DataFrame) -> bool:
    """Whether any finding refuses the cohort."""
    return bool((found["severity"] == REFUSED).any())


def readable(text: str) -> str:
    """Text that can be printed and stored: a byte that could not be decoded is shown as its number."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _shown(text: str | Sequence[str]) -> str | list[str]:
    return readable(text) if isinstance(text, str) else [readable(str(one)) for one in text]
