"""Columns of a simulated table, as arrow arrays, and the one step from an arrow table to a data frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Indices = NDArray[np.integer]


def numbers(values: NDArray[np.number]) -> pa.Array:
    """Numbers; NaN is a missing value."""
    # Adding 0 keeps what was rounded up to nothing from being written as -0.
    return pa.array(values + 0.0 if values.dtype.kind == "f" else values, from_pandas=True)


def labels(names: Sequence[str], positions: Indices) -> pa.Array:
    """Texts by their position in `names`; a negative position is a missing value."""
    taken = pa.array(positions, mask=positions < 0)
    return pa.array(names, pa.large_string()).take(taken)


def flags(values: NDArray[np.bool_], known: NDArray[np.bool_]) -> pa.Array:
    """Yes or no, missing where it is not known."""
    return pa.array(values, mask=~known)


def table(columns: dict[str, pa.Array], always: Sequence[str] = ()) -> pa.Table:
    """A table of these columns, of which those named in `always` are never missing."""
    fields = [pa.field(name, column.type, name not in always) for name, column in columns.items()]
    return pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))


def frame(data: pa.Table) -> pd.DataFrame:
    """The table as a data frame; flags that may be missing are `boolean`, missing numbers NaN."""
    return pd.DataFrame(
        {one.name: _series(one, column) for one, column in zip(data.schema, data.columns, strict=True)}
    )


def _series(one: pa.Field, column: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_boolean(one.type) and one.nullable:
        return column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    return column.to_pandas()
