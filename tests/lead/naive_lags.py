"""The negative control: a cross-lagged regression of recorded scores, persons' means taken out, errors ignored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def naive_verdict(person: Array, moment: Array, first: Array, second: Array, steps: int) -> str:
    """Which series the regression takes for the leader, from rows in the order of persons and moments."""
    del person, moment
    one, two = (_standardised(series.reshape(-1, steps)) for series in (first, second))
    onto_second, onto_first = _slope(two, one), _slope(one, two)
    apart = (onto_second[0] - onto_first[0]) / np.hypot(onto_second[1], onto_first[1])
    if apart > 1.96 and onto_second[0] > 1.96 * onto_second[1]:
        return "first leads"
    if apart < -1.96 and onto_first[0] > 1.96 * onto_first[1]:
        return "second leads"
    return "cannot tell"


def _standardised(series: Array) -> Array:
    centred = series - np.nanmean(series, axis=1, keepdims=True)
    return np.asarray(centred / np.nanstd(centred))


def _slope(onto: Array, of: Array) -> tuple[float, float]:
    """The slope of a series on the other a step before, at its own value then, with its standard error."""
    rows = np.stack([onto[:, 1:].ravel(), of[:, :-1].ravel(), onto[:, :-1].ravel()])
    rows = rows[:, ~np.isnan(rows).any(axis=0)]
    design = rows[1:].T
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ rows[0]
    rest = rows[0] - design @ slopes
    return float(slopes[0]), float(np.sqrt(rest @ rest / len(rest) * inverse[0, 0]))
