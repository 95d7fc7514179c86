"""Writes effects_trial.csv: a simulated trial of three arms with dropout, for the R scripts beside it and for the tests."""

from pathlib import Path

import numpy as np
import pandas as pd

ARMS = {"usual care": 0.0, "stretching, hip": -0.8, "strength": -1.4}
JOBS = ("desk", "standing", "manual")


def trial(seed: int, people: int = 96) -> pd.DataFrame:
    """One row a person and attended visit; scores in whole and half NRS points."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        arm = list(ARMS)[number % 3]
        age, sex, job = (
            rng.integers(25, 66),
            rng.choice(["female", "male"]),
            rng.choice(JOBS, p=[0.5, 0.3, 0.2]),
        )
        person = rng.normal(0, 1.2) + 0.02 * (age - 45) + (0.5 if job == "manual" else 0.0)
        leaves = rng.choice([99, 12, 6], p=[0.75, 0.15, 0.1])
        for weeks in (0, 6, 12):
            pain = 5 + person - 0.05 * weeks + ARMS[arm] * weeks / 12 + rng.normal(0, 1)
            if weeks < leaves:
                score = float(np.clip(np.round(2 * pain) / 2, 0, 10))
                rows.append((f"P{number:03d}", arm, age, sex, job, weeks, score))
    return pd.DataFrame(
        rows, columns=["participant_id", "arm", "age_years", "sex", "job_class", "weeks", "pain_nrs"]
    )


if __name__ == "__main__":
    trial(seed=20260101).to_csv(Path(__file__).with_name("effects_trial.csv"), index=False)
