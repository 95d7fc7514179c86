"""Intervals of means on a scale that ends."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lowback.variables import Variable


def up_to_the_ends(outcome: Variable, mean: Mapping[str, float]) -> dict[str, float]:
    """A mean (`estimate`, `conf_low`, `conf_high`) with its interval cut where the outcome's scale ends.

    No mean lies beyond, so the interval holds the true one as often as before. An estimate that itself lies beyond, as an extrapolation may,
    stays as it is, and so does an interval on a scale without that end.
    """
    low, high = (np.nan if end is None else end for end in (outcome.low, outcome.high))
    return {
        **mean,
        "conf_low": min(mean["estimate"], float(np.fmax(mean["conf_low"], low))),
        "conf_high": max(mean["estimate"], float(np.fmin(mean["conf_high"], high))),
    }
