"""Made-up visits for within.R: `python within_data.py` (in this folder) writes within_data.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd

WEEKS = np.array([0, 4, 8, 12])


def drawn(rng: np.random.Generator, people: int = 40) -> pd.DataFrame:
    """A row a person and visit: hip extension read once, and pain that goes with the hip and with what lasts."""
    arm, age = np.arange(people) % 2, rng.integers(25, 65, people)
    lasting = rng.normal(0, 4, people)
    hip = -4 + lasting[:, None] + rng.normal(0, 3, (people, 4)) + np.outer(arm, WEEKS) * 0.4
    pain = (
        4
        - 0.1 * hip
        + 0.15 * lasting[:, None]
        + rng.normal(0, 0.6, (people, 4))
        - np.outer(arm, WEEKS) * 0.05
    )
    rows = {
        "person": np.repeat(np.arange(people), 4),
        "arm": np.repeat(arm, 4),
        "age": np.repeat(age, 4),
        "weeks": np.tile(WEEKS, people),
        "hip": hip.ravel().round(2),
        "pain": pain.ravel().clip(0, 10).round(2),
    }
    return pd.DataFrame(rows)


if __name__ == "__main__":
    drawn(np.random.default_rng(20261123)).to_csv("within_data.csv", index=False)
