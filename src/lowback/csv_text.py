"""Tables as comma-separated text for readers: a text that a spreadsheet would take for a formula gets an apostrophe, taken off again on reading."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Cells begin after a semicolon, tab or line break as well: a spreadsheet that parts cells at semicolons (most of Europe's do)
# takes no notice of our commas and quotes (OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection).
BEGINS = r"""(\A(?:[^\S\t\r\n]|")*(?='*[\t\r\n])|(?:\A(?:[^\S\t\r\n]|")*|[;\t\r\n]"*)(?='*[=+\-@＝＋－＠]))"""
TO_GUARD = re.compile(BEGINS)
MARKS = frozenset("=+-@＝＋－＠\t\r\n")
"""One of them stands in every text in which `TO_GUARD` finds anything; few texts hold one, and to look for them is quick."""
GUARDED = re.compile(f"{BEGINS}'")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:inf|nan)", re.IGNORECASE)


def guarded(text: str) -> str:
    """The text with an apostrophe where a cell may begin with `=`, `+`, `-`, `@`, a tab or a line break; a number as it is."""
    return text if MARKS.isdisjoint(text) or NUMBER.fullmatch(text) else TO_GUARD.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return GUARDED.sub(r"\1", text) if "'" in text else text


def csv_text(rows: pd.DataFrame) -> str:
    """A table as comma-separated text, every text in it guarded, numbers to the last digit; a carriage return is a space."""
    safe = rows.rename(columns=lambda name: _cell(str(name)))
    for at, (_, column) in enumerate(rows.items()):
        if column.dtype.kind == "O":
            safe.isetitem(at, [_cell(one) if isinstance(one, str) else one for one in column])
    return str(safe.to_csv(index=False, lineterminator="\n"))


def csv_of_rows(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Rows whose numbers are text already as `csv_text` writes a table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def columns_of(text: str) -> tuple[str, ...]:
    """The names of the columns of comma-separated text of ours."""
    return tuple(unguarded(name) for name in next(csv.reader(io.StringIO(text, newline="")), []))


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of comma-separated text of ours, each text as it was before it was guarded; refused where cells are missing."""
    columns = columns_of(text)
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            raise ValueError(f"row {number} has {len(row)} cells; the columns are {len(columns)}")
    return [dict(zip(columns, map(unguarded, row), strict=True)) for row in rows]


def _cell(text: str) -> str:
    # A carriage return is not quoted in a CSV file, but ends a row for whoever reads it.
    return guarded(text.replace("\r", " "))
