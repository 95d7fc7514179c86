"""Covariates as the columns of a design, centred so that the intercept belongs to these people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.variables import Variable


def centred_columns(
    values: pd.DataFrame, variables: Mapping[str, Variable]
) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Covariates without gaps as numbers centred on these people's means; their names; those that do not vary.

    One row a person. A number is one column; a category or flag has one column for each level after the first.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    constant = tuple(name for name in values if values[name].nunique() < 2)
    for name in (one for one in values if one not in constant):
        variable = variables.get(name)
        if pd.api.types.is_numeric_dtype(values[name]) and (variable is None or variable.is_numeric):
            columns[name] = values[name].to_numpy(float)
            continue
        for level in _ordered_levels(values[name], variable)[1:]:
            columns[f"{name}: {level}"] = (values[name] == level).to_numpy(float)
    matrix = np.column_stack([*columns.values()]) if columns else np.empty((len(values), 0))
    return matrix - (matrix.mean(axis=0) if len(matrix) else 0), tuple(columns), constant


def _ordered_levels(values: pd.Series, variable: Variable | None) -> list[object]:
    seen = set(values)
    declared = [level for level in (variable.levels if variable else ()) if level in seen]
    return [*declared, *sorted(seen - set(declared), key=str)]
