"""Whether places were drawn evenly: a lot that is told wrongly is no ground for a randomisation test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special


def chance_of_places(place: ArrayLike, places: int) -> float:
    """How often a lot of equally likely places 0 to `places` - 1 would lie as far from even as these, or less often.

    Kolmogorov's distance between the shares up to each place; twice Smirnov's one-sided probability for continuous values, which is
    conservative here.
    Conover 1972, J Am Stat Assoc 67:591-596.
    """
    found = np.asarray(place, dtype=int)
    shares = np.cumsum(np.bincount(found, minlength=places)) / len(found)
    even = np.arange(1, places + 1) / places
    return min(1.0, 2 * float(special.smirnov(len(found), np.abs(shares - even).max())))
