"""CSV and its relatives as text: separators, quotes, ragged rows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from lowback.intake.decode import ENCODING_HINT, UnreadableError, decoded, file_bytes
from lowback.intake.findings import NOTE, REFUSED, findings, readable
from lowback.intake.sheet import Reading, Sheet, arrow_column, header_names, text_column

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE, _HEAD = 200, 1_000_000


def read_delimited(path: Path, name: str, encoding: str | None, separator: str | None) -> Reading:
    """A delimited file as a sheet of text; rows that do not fit the header are found and kept aside."""
    text = decoded(file_bytes(path), encoding)
    if not text.strip():
        raise UnreadableError("the file is empty")
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        separator, text = separator or declared[1], text[declared.end() :]
    separator = separator or _separator(text)
    header = next(_records(text, separator), [])
    if not any(one.strip() for one in header):
        raise UnreadableError("row 1 is blank; it must hold the column names")
    names, found = header_names(name, header)
    if len(set(names)) < len(names):
        return Reading(name, None, found)
    reading = _quick(text, separator, name, names) or _careful(text, separator, name, names)
    odd = list(_odd_characters(reading, text, encoding or "utf-8"))
    sheet = reading.sheet.printable() if odd and reading.sheet else reading.sheet
    return Reading(name, sheet, [*found, *reading.found, *odd], reading.broken)


def _separator(text: str) -> str:
    """The one separator that splits the header, and all rows alike if several do."""
    candidates = [one for one in SEPARATORS if len(next(_records(text, one), [])) > 1]
    if len(candidates) > 1:
        candidates = [one for one in candidates if _is_regular(text, one)] or candidates
    if len(candidates) > 1:
        shown = " and ".join(repr(one) for one in candidates)
        raise UnreadableError(
            f"the separator is ambiguous: {shown} both split the header; declare separator: ..."
        )
    return candidates[0] if candidates else ","


def _is_regular(text: str, separator: str) -> bool:
    widths = {len(record) for record in islice(_records(text, separator), _SAMPLE) if record}
    return len(widths) == 1


def _records(text: str, separator: str) -> Iterator[list[str]]:
    """The first records of the text, header included."""
    try:
        yield from csv.reader(io.StringIO(text[:_HEAD], newline=""), delimiter=separator)
    except csv.Error:
        return


def _quick(text: str, separator: str, name: str, names: list[str]) -> Reading | None:
    """The sheet of a file without blank lines, ragged rows or odd quotes; None when it takes a closer look."""
    lines = text.rstrip("\r\n").replace("\r\n", "\n")
    if any(one in lines for one in ("\0", "\r", "\n\n")) or _has_stray_quote(lines, separator):
        return None
    try:
        table = pa_csv.read_csv(
            pa.py_buffer(lines.encode("utf-8")),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=pa_csv.ParseOptions(delimiter=separator),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None
    # Fewer rows than lines: a quote runs over a line's end, which may be meant or an accident.
    if table.num_rows != lines.count("\n"):
        return None
    columns = {
        one: arrow_column(column) for one, column in zip(table.column_names, table.columns, strict=True)
    }
    return Reading(name, Sheet(name, np.arange(2, table.num_rows + 2), columns))


def _has_stray_quote(lines: str, separator: str) -> bool:
    """Whether a quote stands inside a field, neither opening nor closing one."""
    if '"' not in lines:
        return False
    edge = f"[{re.escape(separator)}\n]"
    return bool(re.search(rf'(?<!{edge})"(?!{edge}|\Z)', "\n" + lines.replace('""', "")))


def _careful(text: str, separator: str, name: str, names: list[str]) -> Reading:
    """The same, record by record, naming each row whose quotes or fields do not fit."""
    records, broken, found = _strict_records(text, separator, name)
    widths = np.fromiter(map(len, records), dtype=int, count=len(records))
    rows = np.arange(2, len(records) + 2)
    blank = np.array([not any(map(str.strip, one)) and len(one) < 2 for one in records], dtype=bool)
    fits = (widths == len(names)) & ~blank
    misfits = {int(rows[place]): records[place] for place in np.flatnonzero(~fits & ~blank)}
    broken |= {row: json.dumps([readable(one) for one in cells]) for row, cells in misfits.items()}
    found.append(_misfit_findings(misfits, separator, name, len(names)))
    inner = rows[blank & (np.arange(len(rows)) < np.flatnonzero(~blank).max(initial=-1))]
    found.append(findings(NOTE, name, "the row is blank and was passed over", rows=inner))
    kept = [records[place] for place in np.flatnonzero(fits)]
    texts = list(zip(*kept, strict=True)) if kept else [()] * len(names)
    columns = {one: text_column(list(column)) for one, column in zip(names, texts, strict=True)}
    return Reading(name, Sheet(name, rows[fits], columns), found, broken)


def _misfit_findings(misfits: dict[int, list[str]], separator: str, name: str, width: int) -> pd.DataFrame:
    """Rows with more or fewer fields than the header."""
    rules = [
        f"{len(cells)} field{'s' * (len(cells) != 1)} where the header has {width} (separator {separator!r})"
        for cells in misfits.values()
    ]
    values = [separator.join(cells)[:200] for cells in misfits.values()]
    return findings(REFUSED, name, rules, rows=list(misfits), value=values)


def _strict_records(
    text: str, separator: str, name: str
) -> tuple[list[list[str]], dict[int, str], list[pd.DataFrame]]:
    """All records beneath the header; where a quote goes wrong the rest cannot be told apart and is kept whole."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as error:
        good = csv.reader(lines, delimiter=separator, strict=True)
        deque(islice(good, len(records)), maxlen=0)
        rest = "".join(lines[good.line_num :])
        rule = f"a quote is not closed, or stands inside a field ({error}); nothing after it can be read"
        row, value = len(records) + 1, rest.splitlines()[0][:200]
        found = findings(REFUSED, name, rule, rows=[row], value=value)
        return records[1:], {row: json.dumps([readable(rest)], ensure_ascii=False)}, [found]
    return records[1:], {}, []


def _odd_characters(reading: Reading, text: str, encoding: str) -> Iterator[pd.DataFrame]:
    """Cells with bytes that could not be decoded, or with characters that no text holds."""
    rules = {
        "[\udc80-\udcff]": ENCODING_HINT.format(encoding),
        "\0": "NUL byte; the file is damaged or no text",
        "[\x80-\x9f]": f"a control character that no text holds; {encoding} is the wrong encoding (cp1252?)",
    }
    if text.isascii() and "\0" not in text:
        return
    columns = reading.sheet.columns if reading.sheet else {}
    for pattern, rule in rules.items():
        for name, column in columns.items() if re.search(pattern, text) else ():
            if re.search(pattern, name):
                yield findings(REFUSED, reading.name, rule, rows=[1], column=name, value=name)
            odd = np.array([bool(re.search(pattern, one)) for one in column.texts], dtype=bool)
            hit = odd[column.codes]
            rows = reading.sheet.rows[hit] if reading.sheet else []
            if odd.any():
                yield findings(REFUSED, reading.name, rule, rows=rows, column=name, value=column.rows()[hit])
