"""Sizes of numbers with which no square, and no square of a variance, leaves the range of floating-point numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable

# A variance is an outcome squared over a column squared, and its own square is taken too: to the fourth power each,
# these sizes end at 1e240, which leaves room for sums over rows.
LEAST, MOST = 1e-30, 1e30


def check_magnitudes(largest: ArrayLike, names: Sequence[str], what: str = "column") -> None:
    """Refuse columns by their largest absolute values, and name the first that is too large or too small; zero is neither."""
    sizes = np.atleast_1d(np.asarray(largest, dtype=float))
    wrong = np.flatnonzero(~((sizes == 0) | ((sizes >= LEAST) & (sizes <= MOST))))
    if wrong.size:
        named = " ".join([what, names[wrong[0]]]).strip()
        raise NotEstimable(
            f"{named} has values of size {sizes[wrong[0]]:.3g}; allowed: {LEAST:g} to {MOST:g}, so choose another unit"
        )
