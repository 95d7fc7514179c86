"""An instrument as the data show it: the steps of its scale, its ends, and the distribution of scores at each visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lowback.variables import Variable

Array = NDArray[np.float64]

STEPS = (50.0, 25.0, 20.0, 10.0, 5.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.2, 0.1)
# With fewer people at a visit than this, its distribution is taken to be normal.
FEW = 30


@dataclass(frozen=True)
class Scale:
    """The step between two scores (0 where there is none) and the ends of the scale, infinite where it is open."""

    step: float
    low: float
    high: float

    def recorded(self, values: Array) -> Array:
        """Values as the instrument records them: in its steps, cut off at its ends."""
        stepped = self.step * np.round(values / self.step) if self.step else values
        return np.clip(stepped, self.low, self.high)


def scale_of(variable: Variable, values: Array) -> Scale:
    """The scale of a variable, with the widest step of which all recorded values are multiples."""
    known = values[np.isfinite(values)]
    steps = (one for one in STEPS if np.abs(known / one - np.round(known / one)).max(initial=0) < 1e-6)
    low = -np.inf if variable.low is None else variable.low
    high = np.inf if variable.high is None else variable.high
    # A handful of scores that happen to be multiples of ten say nothing about the step.
    step = next(steps, 0.0) if len(np.unique(known)) > 3 else min(next(steps, 0.0), 1.0)
    return Scale(step, low, high)


@dataclass(frozen=True, eq=False)
class Shape:
    """The distribution of a visit's scores: of normal values with `mean` and `sd`, the quantiles `sorted`."""

    mean: float
    sd: float
    sorted: Array

    def of(self, normal: Array) -> Array:
        """Values of that normal distribution as values of the visit's own; as they are where it has few people."""
        if len(self.sorted) < FEW or self.sd <= 0:
            return normal
        places = (np.arange(len(self.sorted)) + 0.5) / len(self.sorted)
        return np.interp(ndtr((normal - self.mean) / self.sd), places, self.sorted)


def spread_over_steps(values: Array, scale: Scale, uniform: Array) -> Array:
    """Recorded values spread evenly over the step that each stands for; `uniform` lies between 0 and 1."""
    return np.asarray(values + scale.step * (uniform - 0.5))
