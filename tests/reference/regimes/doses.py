"""Writes doses.csv, for which regimes.R gives the reference: `python doses.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def main() -> None:
    """Ninety people over three visits; who hurts takes more, and what is taken adds up with a bend."""
    rng = np.random.default_rng(20261122)
    level, keeps = rng.normal(5, 1.2, 90), rng.uniform(0.3, 0.9, 90)
    columns = {"age": rng.integers(20, 70, 90), "y0": level + rng.normal(0, 1, 90)}
    so_far = np.zeros(90)
    for visit in (1, 2, 3):
        dose = rng.binomial(12, np.clip(keeps + 0.05 * (columns[f"y{visit - 1}"] - 5), 0.05, 0.95))
        so_far = so_far + dose
        columns[f"d{visit}"] = dose
        columns[f"y{visit}"] = level - 0.05 * so_far - 0.002 * so_far**2 + rng.normal(0, 1, 90)
    pd.DataFrame(columns).round(3).to_csv(Path(__file__).with_name("doses.csv"), index=False)


if __name__ == "__main__":
    main()
