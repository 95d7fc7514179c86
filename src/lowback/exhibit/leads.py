"""The rows of "who leads?" as figures and sentences read them."""

from __future__ import annotations

import pandas as pd

from lowback.exhibit import keyed_rows
from lowback.result import Result

NUMBERS = ("days", "margin", "reliability", "fall")
NAMES = ("exposure", "outcome", "source", "target")


def lead_rows(result: Result, *columns: str) -> pd.DataFrame:
    """The estimates beside their keys, days and other figures as numbers, measures by the names of their columns.

    Raises ValueError when the result lacks one of the columns.
    """
    rows = keyed_rows(result, *columns)
    numbers = {name: pd.to_numeric(rows[name], errors="coerce") for name in NUMBERS if name in rows.columns}
    keys = pd.DataFrame() if result.keys is None else result.keys
    names = {name: keys[name].astype(str) for name in NAMES if name in keys.columns}
    return rows.assign(**numbers, **names)
