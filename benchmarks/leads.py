"""Seconds of which of two series comes first, beside statsmodels' Kalman filter: `python benchmarks/leads.py [--people 1000] [--quick]`.

People answer two check-ins a day for 84 days (`data/mechanism-worlds`, a sixth missing). Each case prints a JSON line: name, people, ours_s, peer,
peer_s, ratio (peer / ours); seconds are those of the processor on one thread, medians of three where they are short.

- likelihood: everybody's log-likelihood at one point, each person's own lines taken out; statsmodels' filter, whose recursions are compiled, passes one person
  after the other on the grid of half days and takes nothing out, so it does less.
- derivatives: the same with each person's derivatives in all figures; statsmodels' by as many more likelihoods as there are figures.
- the whole analysis: both fits, intervals, bounds of reliabilities, a cause in common and the verdict on each person, for every world. The peer is one
  statsmodels likelihood; 1 / ratio says as how many of them the whole analysis takes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from lowback.analyses.lead import lead
from lowback.cohort import Cohort
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import Process
from lowback.estimators.lead.starts import bounds_of, starting_points
from lowback.outcomes.two_series import two_series
from lowback.result import Refusal
from lowback.simulate import simulate
from lowback.study import Estimand, Study

WORLDS = Path(__file__).resolve().parents[1] / "data" / "mechanism-worlds"
ASKED = Estimand(name="which comes first", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
STUDY = Study(title="Which comes first?", design="cohort", estimands=(ASKED,))
DAYS, A_DAY, REPEATS = 84, 2, 3


def cohort(world: str, people: int) -> Cohort:
    """Check-ins of one world."""
    kept = ["participant_id", "days", "hip_pain_nrs", "pain_nrs"]
    return Cohort(world, checkins=simulate(WORLDS / f"{world}.yml", people, 1, days=DAYS).checkins[kept])


def model_of(cohort: Cohort) -> Model:
    """What `lead` fits to it."""
    found = two_series(cohort, STUDY, ASKED)
    return Model(found.series, bounds_of(found.series, found.known_error), found.several_a_day)


def on_the_grid(model: Model) -> list[np.ndarray]:
    """Each person's two series at every half day, NaN where nothing is known."""
    series, grids = model.series, []
    for at in range(len(series.people)):
        grid = np.full((DAYS * A_DAY, 2), np.nan)
        places = np.round(A_DAY * series.moments[:, at]).astype(int)
        for one in (0, 1):
            known = series.known[one, :, at]
            grid[places[known], one] = series.values[one, known, at]
        grids.append(grid)
    return grids


def by_statsmodels(process: Process, grids: list[np.ndarray]) -> float:
    """The log-likelihood of everybody."""
    l11, l21, l22 = (float(one) for one in process.loadings)
    carried = process.carried(np.array(1 / A_DAY)).reshape(2, 2)
    filtering = KalmanFilter(k_endog=2, k_states=2)
    filtering.memory_conserve = True
    filtering["design"], filtering["obs_cov"] = np.array([[l11, 0], [l21, l22]]), np.diag(process.error**2)
    filtering["transition"], filtering["selection"] = carried, np.eye(2)
    filtering["state_cov"] = np.eye(2) - carried @ carried.T
    total = 0.0
    for grid in grids:
        filtering.bind(grid)
        filtering.initialize_known(np.zeros(2), np.eye(2))
        total += float(np.sum(filtering.loglike()))
    return total


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median processor time of one run."""
    taken = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def line(name: str, people: int, ours: float, theirs: float) -> None:
    """One case as a JSON line."""
    row = {
        "name": name,
        "people": people,
        "ours_s": round(ours, 3),
        "peer": "statsmodels",
        "peer_s": round(theirs, 3),
    }
    print(json.dumps({**row, "ratio": round(theirs / ours, 3)}), flush=True)


def main() -> None:
    """Time the likelihood, its derivatives, and the analysis in each world."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--people", type=int, default=1000, help="how many (%(default)s)")
    options.add_argument("--quick", action="store_true", help="forty people, to see that it works")
    asked = options.parse_args()
    people = 40 if asked.quick else asked.people
    every = {world: cohort(world, people) for world in ("leads", "no_lead", "one_cause")}
    model = model_of(every["leads"])
    points = starting_points(model)[:, :1]
    model.log_likelihoods(points)
    grids = on_the_grid(model)
    peer = seconds(lambda: by_statsmodels(model.process(points[:, 0]), grids))
    line("likelihood", people, seconds(lambda: model.log_likelihoods(points)), peer)
    free = np.arange(model.size)
    ours = seconds(lambda: model.likelihood.scored(points, free))
    line("derivatives", people, ours, (1 + model.size) * peer)
    for world, one in every.items():
        started = time.process_time()
        found = lead(one, STUDY)
        taken = time.process_time() - started
        if isinstance(found, Refusal):
            raise SystemExit(f"lead refuses: {found.reason}")
        line(f"the whole analysis, {world}", people, taken, peer)


if __name__ == "__main__":
    main()
