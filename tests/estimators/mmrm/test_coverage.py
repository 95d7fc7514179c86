"""Calibration in small trials with dropout, and the interval that must be seen to fail."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .trials import simulated

TRIALS = 200
EFFECT = -0.5


@cache
def covered() -> dict[str, NDArray[np.bool_]]:
    """Whether the interval for the effect at the last visit covers it, in each of 200 trials of 16 persons."""
    hits: dict[str, list[bool]] = {"kenward-roger": [], "satterthwaite": [], "normal": []}
    for seed in range(TRIALS):
        rows = simulated(16, 3, seed=50_000 + seed, dropout=0.08, effect=EFFECT)
        fit = rows.fit()
        contrast = np.array(rows.names) == "arm at visit 2"
        for df, found in hits.items():
            answer = fit.contrast(contrast, df)  # type: ignore[arg-type]
            found.append(bool(answer.conf_low[0] <= EFFECT <= answer.conf_high[0]))
    return {df: np.array(found) for df, found in hits.items()}


def test_kenward_roger_intervals_cover_as_often_as_they_say() -> None:
    # 95 % of 200 is 190; 2.6 standard errors of a count of 200 are 8.
    assert 182 <= covered()["kenward-roger"].sum() <= 198


def test_normal_intervals_of_small_trials_are_seen_to_cover_too_seldom() -> None:
    # The same persons, estimates and standard errors: only the degrees of freedom and the correction differ.
    assert covered()["normal"].sum() < 182
    assert covered()["normal"].sum() < covered()["satterthwaite"].sum() <= covered()["kenward-roger"].sum()
