"""How people answer: scores drawn to favoured numbers, and any column of the course in the steps of its variable."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Array
from lowback.simulate.recording.columns import flags, labels, numbers
from lowback.simulate.streams import Streams
from lowback.variables import Variable, dictionary

STEPS = {"NRS points": 1.0, "h/day": 0.5, "degrees": 0.1, "SD": 0.1, "proportion": 0.001}


def favoured(scores: Array, p: Parameters, streams: Streams, component: str) -> Array:
    """Scores of 0 to 10 as people give them who like round ones.

    Of the scores within a point of 0 or 10 a share `nrs_to_ends` becomes 0 or 10, of those within a point of 5 a share
    `nrs_to_five` becomes 5; shape and missing values stay.
    """
    ends, fives = p["nrs_to_ends"], p["nrs_to_five"]
    if ends == 0 and fives == 0:
        return scores
    chance = streams(component).random(scores.shape)
    given = np.where((np.abs(scores - 5) <= 1) & (chance < fives), 5.0, scores)
    given = np.where((scores <= 1) & (chance < ends), 0.0, given)
    return np.where((scores >= 9) & (chance < ends), 10.0, given)


def recorded_column(name: str, values: Array, levels: tuple[str, ...] | None) -> pa.Array:
    """A column of the course as it is written down: in the variable's steps and range, missing where it is NaN."""
    variable = dictionary()[name]
    if levels is not None:
        return labels(levels, np.where(np.isnan(values), -1, values).astype(np.intp))
    if variable.kind == "flag":
        return flags(values > 0.5, ~np.isnan(values))
    return numbers(np.clip(_in_steps(values, variable), variable.low, variable.high))


def _in_steps(values: Array, variable: Variable) -> Array:
    """Values rounded as its unit is: angles and SDs to 0.1, hours to the half, shares to 0.001, all else to whole numbers."""
    step = 1.0 if variable.kind == "integer" else STEPS.get(variable.unit or "", 1.0)
    if step >= 0.5:
        return np.asarray(np.round(values / step) * step)
    return np.round(values, {0.1: 1, 0.001: 3}[step])
