"""What two cohorts that ought to be equal do not have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lowback.cohort import KEYS, Cohort

TABLES = (*KEYS, "missing_reasons")


def differing(left: Cohort, right: Cohort, tables: Sequence[str] = TABLES) -> list[str]:
    """Names of the tables that differ in values, types, or names of rows and columns."""
    return [table for table in tables if not _are_equal(getattr(left, table), getattr(right, table))]


def _are_equal(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.equals(other) and one.dtypes.equals(other.dtypes) and one.index.dtype == other.index.dtype
