"""Parquet files as text: every value in the shortest form that reads back the same."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lowback.intake.decode import UnreadableError, file_bytes
from lowback.intake.findings import REFUSED, findings
from lowback.intake.sheet import Reading, Sheet, TextColumn, arrow_column, header_names


def read_parquet(path: Path, name: str) -> Reading:
    """A Parquet file as a sheet of text; its first record counts as row 2, as it would beneath a header."""
    try:
        table = pq.read_table(io.BytesIO(file_bytes(path)))
    except pa.ArrowException as error:
        raise UnreadableError(f"cannot be read as Parquet ({error})") from None
    names, found = header_names(name, table.column_names)
    columns: dict[str, TextColumn] = {}
    for one, column in zip(names, table.columns, strict=True):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        try:
            columns[one] = arrow_column(column.cast(kind).cast(pa.string()))
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            rule = f"a column of type {column.type} holds no single values; store text, numbers or dates"
            found.append(findings(REFUSED, name, rule, rows=[1], column=one))
    native = frozenset(
        one for one, column in zip(names, table.columns, strict=True) if _is_number(column.type)
    )
    sheet = Sheet(name, np.arange(2, table.num_rows + 2), columns, native)
    return Reading(name, sheet if columns else None, found)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
