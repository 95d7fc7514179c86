"""The error that scores have for no other reason than that they are written down in steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Steps below a tenth of what scores change by are no more than a thousandth of what they vary by, and taken for none.
FINE = 0.1
# Errors of rounding are independent of what is rounded, and of each other, where true changes have an SD of 0.6 steps: what is left of either is
# exp(-2 pi^2 0.6^2), less than a thousandth.
LEAST_CHANGE = 0.6


@dataclass(frozen=True)
class Rounding:
    """The step in which scores stand (None where they stand in none) and the variance of the error by it, 0 where that is not known."""

    step: float | None
    variance: float

    @property
    def is_coarse(self) -> bool:
        """Whether scores stand in steps so large beside their changes that the size of the error is not known."""
        return self.step is not None and not self.variance


def rounding(scores: Array, changes: Array) -> Rounding:
    """The rounding of scores that change by so much from one moment to the next (either of any shape, NaN where missing).

    Rounding to steps of h adds an error of variance h^2 / 12, where true changes have an SD of at least 0.6 h; recorded ones have h^2 / 6 more variance.

    Sheppard 1898, Proc Lond Math Soc 29:353-380; where it holds: Widrow & Kollár 2008, Quantization Noise.
    """
    seen = scores[np.isfinite(scores)]
    distinct = np.unique(np.round(seen, 9))
    if len(distinct) < 2:
        return Rounding(None, 0.0)
    step = float(np.diff(distinct).min())
    places = (distinct - distinct[0]) / step
    moved = changes[np.isfinite(changes)]
    square = float((moved**2).mean()) if len(moved) else 0.0
    if step < FINE * square**0.5 or np.abs(places - np.rint(places)).max() > 1e-6:
        return Rounding(None, 0.0)
    true = square - step**2 / 6
    return Rounding(step, step**2 / 12 if true >= (LEAST_CHANGE * step) ** 2 else 0.0)
