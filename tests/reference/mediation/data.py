"""A trial with two mediators, a confounder that the arm changes, and gaps: `python tests/reference/mediation/data.py` writes data.csv."""

from pathlib import Path

import numpy as np

rng = np.random.default_rng(20261122)
n = 240
arm = np.tile([0.0, 1.0], n // 2)
age, base = rng.normal(45, 10, n), rng.normal(5, 1.5, n)
hip0, tilt0 = rng.normal(-4, 6, n), rng.normal(6, 2.5, n)
steps = 7 + 1.0 * arm + 0.1 * (45 - age) / 10 + rng.normal(0, 1.5, n)
hip = 0.7 * hip0 + 5 * arm + 0.6 * (steps - 7) + rng.normal(0, 3, n)
tilt = 0.6 * tilt0 - 0.25 * hip + 0.5 * arm + 0.2 * (steps - 7) + rng.normal(0, 1.8, n)
pain = (
    0.5 * base + 0.3 * tilt - 0.02 * hip - 0.15 * (steps - 7) - 0.4 * arm + 0.01 * age + rng.normal(0, 1.2, n)
)
table = np.column_stack([arm, age, base, hip0, tilt0, steps, hip, tilt, pain])
head = "arm,age,pain0,hip0,tilt0,steps,hip,tilt,pain"
np.savetxt(Path(__file__).with_name("data.csv"), table, fmt="%.6f", delimiter=",", header=head, comments="")
