"""A source file as text, cell by cell, with the spreadsheet row of each record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from lowback.intake.findings import NOTE, REFUSED, findings, readable


@dataclass(frozen=True)
class TextColumn:
    """One column as text: `texts` holds each different text once, `codes` points each row at its text."""

    codes: np.ndarray
    texts: np.ndarray

    def rows(self) -> np.ndarray:
        """The text of every row."""
        return self.texts[self.codes]

    def taken(self, positions: np.ndarray) -> TextColumn:
        """The same column for some of the rows, with only the texts that occur there."""
        used, codes = np.unique(self.codes[positions], return_inverse=True)
        return TextColumn(codes, self.texts[used])


@dataclass(frozen=True)
class Sheet:
    """A table of text: `rows` are spreadsheet rows (header is row 1, the first record row 2).

    `native` names the columns that the file itself stores as numbers, which have no decimal comma.
    """

    name: str
    rows: np.ndarray
    columns: Mapping[str, TextColumn]
    native: frozenset[str] = frozenset()

    def taken(self, keep: np.ndarray) -> Sheet:
        """The same sheet with some of its rows."""
        if keep.all():
            return self
        positions = np.flatnonzero(keep)
        taken = {name: column.taken(positions) for name, column in self.columns.items()}
        return Sheet(self.name, self.rows[positions], taken, self.native)

    def printable(self) -> Sheet:
        """The same sheet with undecodable bytes shown as their numbers."""
        shown = {
            readable(name): TextColumn(
                column.codes, np.array([readable(text) for text in column.texts], dtype=object)
            )
            for name, column in self.columns.items()
        }
        return Sheet(self.name, self.rows, shown, self.native)

    def source_row(self, row: int) -> str:
        """A whole row as JSON text, as it stood in the file."""
        position = int(np.searchsorted(self.rows, row))
        cells = {name: str(column.texts[column.codes[position]]) for name, column in self.columns.items()}
        return json.dumps(cells, ensure_ascii=False)


@dataclass(frozen=True)
class Reading:
    """What came of reading one file: its sheet if it has one, the findings, and rows that do not fit the header."""

    name: str
    sheet: Sheet | None = None
    found: Sequence[pd.DataFrame] = ()
    broken: Mapping[int, str] = field(default_factory=dict)

    def source_row(self, row: int) -> str:
        """A row of the file as JSON text, also when it does not fit the header."""
        if row in self.broken or self.sheet is None:
            return self.broken.get(row, "")
        return self.sheet.source_row(row)


def text_column(texts: Sequence[str] | np.ndarray) -> TextColumn:
    """A column from the text of every row."""
    codes, values = pd.factorize(np.asarray(texts, dtype=object))
    return TextColumn(codes, values)


def arrow_column(texts: pa.ChunkedArray) -> TextColumn:
    """A column from Arrow text; an absent value is an empty cell."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    encoded = whole.fill_null("").dictionary_encode()
    return TextColumn(encoded.indices.to_numpy(), encoded.dictionary.to_numpy(zero_copy_only=False))


def header_names(name: str, header: Sequence[str]) -> tuple[list[str], list[pd.DataFrame]]:
    """The column names with blanks around them removed, and what is wrong with them."""
    names = [one.strip() or f"column {place}" for place, one in enumerate(header, start=1)]
    found = []
    for one in dict.fromkeys(names):
        if names.count(one) > 1:
            places = [place for place, other in enumerate(names, start=1) if other == one]
            rule = f"the header is written twice (columns {', '.join(map(str, places))}); rename one of them"
            found.append(findings(REFUSED, name, rule, rows=[1], column=one, value=one))
    for one, given in zip(names, header, strict=True):
        if one != given and given.strip():
            found.append(
                findings(NOTE, name, "blanks around the name were removed", rows=[1], column=one, value=given)
            )
    return names, found


def without_repeated_headers(reading: Reading) -> Reading:
    """The reading without rows that hold the column names again, as stacked exports do; each is refused."""
    sheet = reading.sheet
    if sheet is None:
        return reading
    again = np.ones(len(sheet.rows), dtype=bool)
    for name, column in sheet.columns.items():
        again &= np.array([text.strip() == name for text in column.texts], dtype=bool)[column.codes]
        if not again.any():
            return reading
    rows = sheet.rows[again]
    rule = "the header stands again in this row; two files were stacked? remove the row"
    found = findings(REFUSED, reading.name, rule, rows=rows, value=",".join(sheet.columns))
    broken = {int(row): sheet.source_row(int(row)) for row in rows}
    return Reading(reading.name, sheet.taken(~again), [*reading.found, found], {**reading.broken, **broken})


def without_blank_rows(reading: Reading) -> Reading:
    """The reading without rows in which every cell is empty; each is noted."""
    sheet = reading.sheet
    if sheet is None:
        return reading
    blank = np.ones(len(sheet.rows), dtype=bool)
    for column in sheet.columns.values():
        blank &= np.array([not text.strip() for text in column.texts], dtype=bool)[column.codes]
        if not blank.any():
            return reading
    note = findings(
        NOTE, reading.name, "every cell is empty; the row was passed over", rows=sheet.rows[blank]
    )
    return Reading(reading.name, sheet.taken(~blank), [*reading.found, note], reading.broken)
