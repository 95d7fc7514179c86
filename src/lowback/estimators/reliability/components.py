"""What measurements vary by: persons, readings (raters, occasions), and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Components:
    """Mean squares of `persons` people with `readings` readings each, in squared units of the measurement.

    `within` is that of a one-way analysis (readings of one person, whoever took them), `columns` and `residual` are those of a two-way one,
    in which every person's first reading, second reading and so on belong together.
    """

    persons: int
    readings: int
    between: float
    within: float
    columns: float
    residual: float

    @property
    def variance_of_persons(self) -> float:
        """Variance of persons' true values in the one-way analysis; below zero where persons differ less than error would make them."""
        return (self.between - self.within) / self.readings

    @property
    def variance_of_columns(self) -> float:
        """Variance between readings (raters); below zero where they differ less than error would make them."""
        return (self.columns - self.residual) / self.persons


def components(readings: ArrayLike) -> Components:
    """Mean squares from readings with a row a person and a column a reading, none missing.

    Raises `NotEstimable` for fewer than two people or readings, for values that are missing, and where nothing varies.

    Shrout & Fleiss 1979, Psychol Bull 86:420-428; McGraw & Wong 1996, Psychol Methods 1:30-46.
    """
    x = np.asarray(readings, dtype=float)
    if x.ndim != 2 or min(x.shape) < 2:
        raise NotEstimable(
            f"readings have shape {x.shape}; needed are two people or more, each with two readings or more"
        )
    if not np.isfinite(x).all():
        raise NotEstimable(f"{int((~np.isfinite(x)).sum())} readings are missing or infinite")
    people, count = x.shape
    # A far origin costs no digits.
    x = x - x.mean()
    if np.abs(x).max() <= ROUNDING * np.abs(np.asarray(readings, dtype=float)).max(initial=0.0):
        raise NotEstimable("every reading is the same; nothing varies that could agree")
    rows, columns = x.mean(axis=1, keepdims=True), x.mean(axis=0, keepdims=True)
    of_rows, of_columns = count * float((rows**2).sum()), people * float((columns**2).sum())
    inside = float(((x - rows) ** 2).sum())
    left = float(((x - rows - columns) ** 2).sum())
    return Components(
        persons=people,
        readings=count,
        between=of_rows / (people - 1),
        within=inside / (people * (count - 1)),
        columns=of_columns / (count - 1),
        residual=left / ((people - 1) * (count - 1)),
    )
