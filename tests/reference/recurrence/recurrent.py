"""Writes recurrent.csv and states.csv, for which recurrence.R gives the reference: `python recurrent.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def main() -> None:
    """Sixty people with calm and flare spells in whole days, many of them tied, gaps and changing columns among them."""
    rng = np.random.default_rng(20261122)
    recurrent, states = [], []
    for person in range(60):
        x, flare, day, number = rng.normal(), int(rng.random() < 0.2), 0, 1
        while day < 40:
            stop = min(day + int(rng.integers(1, 12)), 40)
            change = int(stop < 40 and rng.random() < 0.8)
            states.append((person, day, stop, flare, change))
            if not flare:
                middle = day + (stop - day) // 2
                now = round(x + 0.5 * rng.normal(), 3)
                if middle > day:
                    recurrent.append(
                        (person, day, middle, 0, now, round(rng.normal(), 3), 0, middle - day, min(number, 3))
                    )
                later = (person, middle, stop, change, round(now + 0.2, 3), round(rng.normal(), 3))
                recurrent.append((*later, middle - day, stop - day, min(number, 3)))
                number += change
            day, flare = stop, flare ^ change
            if not change:
                break
    columns = ["id", "start", "stop", "event", "x", "z", "gap_start", "gap", "number"]
    pd.DataFrame(recurrent, columns=columns).to_csv(HERE / "recurrent.csv", index=False)
    frame = pd.DataFrame(states, columns=["id", "start", "stop", "flare", "change"])
    frame.to_csv(HERE / "states.csv", index=False)


if __name__ == "__main__":
    main()
