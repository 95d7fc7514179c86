"""Diaries at moments of any distance, with gaps in either series."""

from __future__ import annotations

import numpy as np


def irregular_rows(seed=1, people=4, moments=9):
    """Irregular moments, of which some lack the one series, some the other."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), moments)
    moment = np.concatenate(
        [np.sort(rng.choice(np.arange(60), moments, replace=False)) / 4 for _ in range(people)]
    )
    values = rng.standard_normal((2, len(person))) + 3
    values[0, rng.random(len(person)) < 0.25] = np.nan
    values[1, rng.random(len(person)) < 0.25] = np.nan
    return person, moment, values
