"""Coverage and error rates of sustained effects: `python tests/calibration/sustained.py [--replicates 300] [--cohorts 40]`.

Writes docs/sustained.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "analyses")]

import numpy as np  # noqa: E402
from test_sustained import drawn, row, study  # noqa: E402

from lowback.analyses.sustained import sustained  # noqa: E402
from lowback.cohort import Cohort  # noqa: E402
from lowback.simulate import simulate  # noqa: E402
from lowback.simulate.scenario import claim_scenario  # noqa: E402
from lowback.study import Study  # noqa: E402
from made_with import made_with, monte_carlo_error  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sustained.md"
NOW, BEFORE = -0.5, -0.3
ROWS = (("sustained", "within persons"), ("sustained", "g-formula"), ("later exposure", "within persons"))
SETTINGS: dict[str, dict[str, float]] = {
    "120 people, nothing true": {"now": 0.0, "before": 0.0},
    "120 people": {"now": NOW, "before": BEFORE},
    "40 people": {"now": NOW, "before": BEFORE, "people": 40},
    "120 people, lasting traits move both": {"now": NOW, "before": BEFORE, "trait": 1.0},
    "120 people, sitting answers to the hip": {"now": NOW, "before": BEFORE, "feedback": 1.5},
}
OPENING = """# More of an exposure that is kept up: how often the intervals are right

What would hip extension be had people sat 2 hours a day more from visit to visit (C01)? The analysis `sustained` asks in two ways that rest on
different things. Within persons: the outcome at a visit on the exposure of the interval before it and of the one before that, each person with a level of their
own; both together are so much more kept up for two intervals. By the g-formula: so much more at every visit from baseline to the week asked about, at
equal scores before, exposure at baseline and covariates. A negative control stands beside them: what is done after a visit can have changed
nothing at it. Declared in a study file by

    - {{name: hip extension and sustained sitting, summary: sustained effect, outcome: hip_extension_deg, exposure: sitting_hours, per: 2,
       week: 24, smallest_worthwhile: 1}}

Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}; {replicates:,} replicates a row. The Monte
Carlo standard error of a coverage of 95 % is {error:.1f} percentage points.

## Visits whose truth is known

Four visits, an hour a day more takes off {now:g} degrees at once and {before:g} an interval later, where anything is true. In one setting people with longer hips sit less
for good, in another sitting follows the ups and downs of the hip. The truth of the negative control is 0.

| setting | row | truth | mean estimate | SD of estimates | coverage % | below 0 % | above 0 % |
|---|---|---:|---:|---:|---:|---:|---:|
"""
CLOSING = """
## Simulated cohorts

{cohorts} cohorts of 256 people a setting from `lowback simulate`, claim C01 switched and nothing else, visits at weeks 0, 4, 8 and 12. Sitting is told with an
error of half an hour, for which nothing here corrects: where the claim is true the difference is -2.4 degrees, and what is found is
smaller (`corrected_slopes` frees the slope at one visit of it).

| setting | row | mean difference (degrees) | below 0 % | above 0 % |
|---|---|---:|---:|---:|
"""


def found(cohorts: Iterator[Cohort], asked: Study) -> dict[tuple[str, str], np.ndarray]:
    """Estimate and ends of the interval of each row, a line a cohort."""
    said: dict[tuple[str, str], list[tuple[float, float, float]]] = {one: [] for one in ROWS}
    for cohort in cohorts:
        result = sustained(cohort, asked)
        for one, lines in said.items():
            of = row(result, *one)
            lines.append((float(of["estimate"]), float(of["conf_low"]), float(of["conf_high"])))
    return {one: np.array(lines).T for one, lines in said.items()}


def settings(replicates: int, seed: int) -> Iterator[str]:
    """A line of the first table for each setting and row."""
    for number, (name, keys) in enumerate(SETTINGS.items()):
        more = {one: int(value) if one == "people" else value for one, value in keys.items()}
        cohorts = (drawn(np.random.default_rng([seed, number, one]), **more) for one in range(replicates))
        for (statistic, approach), (estimate, low, high) in found(cohorts, study()).items():
            truth = 2 * (keys["now"] + keys["before"]) if statistic == "sustained" else 0.0
            shares = [(low <= truth) & (truth <= high), high < 0, low > 0]
            figures = " | ".join(f"{100 * one.mean():.1f}" for one in shares)
            cells = f"{truth:.1f} | {estimate.mean():.2f} | {estimate.std(ddof=1):.2f} | {figures}"
            yield f"| {name} | {statistic}, {approach} | {cells} |"


def worlds(cohorts: int, seed: int) -> Iterator[str]:
    """A line of the second table for each world and row."""
    asked = study((0.0, 4.0, 8.0, 12.0))
    for name, switch in (("true", True), ("false", False), ("trap", "trap")):
        made = (simulate(claim_scenario("C01", switch), 256, seed + one).cohort() for one in range(cohorts))
        for (statistic, approach), (estimate, low, high) in found(made, asked).items():
            shares = f"{100 * (high < 0).mean():.0f} | {100 * (low > 0).mean():.0f}"
            yield f"| {name} | {statistic}, {approach} | {estimate.mean():.2f} | {shares} |"


def main() -> None:
    """Write the page."""
    asked = argparse.ArgumentParser()
    for name, usual in (("replicates", 300), ("cohorts", 40), ("seed", 20261122)):
        asked.add_argument(f"--{name}", type=int, default=usual)
    given = asked.parse_args()
    facts = {
        "command": f"python tests/calibration/sustained.py --replicates {given.replicates} --cohorts {given.cohorts} --seed {given.seed}",
        **made_with(),
        "error": monte_carlo_error(given.replicates),
        "now": NOW,
        "before": BEFORE,
        **vars(given),
    }
    text = OPENING.format(**facts) + "\n".join(settings(given.replicates, given.seed)) + "\n"
    text += CLOSING.format(**facts) + "\n".join(worlds(given.cohorts, given.seed)) + "\n"
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
