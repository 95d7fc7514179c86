"""Covariates as the columns of a design, centred so that the intercept belongs to these people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.variables import Variable

# Numbers, or the levels of a category or flag.
Values = NDArray[Any]


def covariate(values: pd.Series, variable: Variable | None) -> Values:
    """One value a person: numbers as such, whatever else is recorded as its levels."""
    if pd.api.types.is_numeric_dtype(values) and (variable is None or variable.is_numeric):
        return values.to_numpy(float, na_value=np.nan)
    return values.to_numpy(object)


def centred_columns(
    covariates: Mapping[str, Values], variables: Mapping[str, Variable], people: int
) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Covariates without gaps as numbers centred on these people's means; their names; those that do not vary.

    One row for each of so many people. A number is one column; a category or flag has one column for each level after the first.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    constant = tuple(name for name, values in covariates.items() if (values == values[:1]).all())
    for name in (one for one in covariates if one not in constant):
        values = covariates[name]
        if values.dtype.kind == "f":
            columns[name] = values
            continue
        for level in _ordered_levels(values, variables.get(name))[1:]:
            columns[f"{name}: {level}"] = (values == level).astype(float)
    matrix = np.column_stack([*columns.values()]) if columns else np.empty((people, 0))
    return matrix - (matrix.mean(axis=0) if people else 0), tuple(columns), constant


def _ordered_levels(values: Values, variable: Variable | None) -> list[object]:
    seen = set(values)
    declared = [level for level in (variable.levels if variable else ()) if level in seen]
    return [*declared, *sorted(seen - set(declared), key=str)]
