"""Made-up cohorts to time models on: pain over weeks in two arms, with visits missed."""

from __future__ import annotations

import numpy as np
import pandas as pd


def weekly(persons: int, seed: int, *, jitter: bool = False) -> pd.DataFrame:
    """About ten of twelve weekly visits a person; with `jitter` no two persons come at the same times."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), 12)
    week = np.tile(np.arange(12.0), persons)
    kept = (rng.random(len(person)) < 10 / 12) | (week == 0)
    person, week = person[kept], week[kept]
    if jitter:
        week = np.where(week > 0, week + rng.uniform(-0.4, 0.4, len(week)), 0.0)
    level, slope = rng.normal(5, 1.4, persons), rng.normal(-0.1, 0.05, persons)
    who = pd.DataFrame(
        {
            "arm": rng.integers(0, 2, persons).astype(float),
            "age": rng.normal(45, 12, persons),
            "female": rng.integers(0, 2, persons).astype(float),
            "baseline": level + rng.normal(0, 1, persons),
        }
    )
    pain = level[person] + slope[person] * week - 0.03 * who["arm"].to_numpy()[person] * week
    pain += rng.normal(0, 1.1, len(person))
    return pd.DataFrame({"id": person, "week": week, "pain": pain}).join(
        who.iloc[person].reset_index(drop=True)
    )


def trial(persons: int, visits: int, seed: int) -> pd.DataFrame:
    """A trial of two arms and a few visits, of which later ones are missed more often, for good once missed."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 1.4, (persons, 1))
    steps = np.cumsum(rng.normal(0, 0.6, (persons, visits)), axis=1)
    arm = rng.integers(0, 2, persons)
    pain = 5 + level + steps - 0.2 * arm[:, None] * np.arange(visits) + rng.normal(0, 0.7, (persons, visits))
    left = rng.geometric(0.05, persons)
    seen = np.arange(visits)[None, :] < np.maximum(left, 1)[:, None]
    person, week = np.nonzero(seen)
    baseline = (5 + level[:, 0] + rng.normal(0, 0.7, persons))[person]
    arms = np.where(arm == 1, "stretching", "usual care")[person]
    return pd.DataFrame(
        {
            "id": person,
            "week": week.astype(float),
            "pain": pain[person, week],
            "arm": arms,
            "baseline": baseline,
        }
    )
