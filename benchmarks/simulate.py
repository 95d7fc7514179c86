"""Seconds and memory of simulated cohorts: `python benchmarks/simulate.py [--checkins 10000000] [--jobs 1] [--quick]`.

Prints a JSON line a case: name, people, checkins, seconds, peak_mib. The first cases make 1,000 people as data frames: with one and
with two check-ins a day, and with all that happens within the weeks and in the field. The others stream the last of these to
Parquet, a tenth of the rows and all of them, so that the peak shows whether memory grows with the cohort. Each runs in a process
of its own, whose start and true values are not timed; `seconds` are those of the processor for frames and of the clock for
files, written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from lowback.simulate import simulate, simulate_to_parquet, truth_of
from lowback.simulate.scenario import Scenario, read_scenario

RECORDS = ("mood", "flare", "sensitised_nrs", "medication_taken", "walking_min", "session_done")
# Check-ins answered by a person who is asked twice a day for twelve weeks.
ANSWERED = 138


def main() -> None:
    """Time each case in a child, or, as a child, one."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--checkins", type=int, default=10_000_000, help="rows of the largest file")
    options.add_argument("--jobs", type=int, default=1, help="processes that make it")
    options.add_argument("--quick", action="store_true", help="few rows, to see that it runs")
    options.add_argument("--case", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.case:
        print(json.dumps(timed(**json.loads(asked.case))))
        return
    checkins = 200_000 if asked.quick else asked.checkins
    cases = [{"people": 1000, "scenario": name} for name in ("one a day", "two a day", "everything")]
    streamed = {"scenario": "everything", "jobs": asked.jobs}
    cases += [{"people": rows // ANSWERED, **streamed} for rows in (checkins // 10, checkins)]
    for case in cases:
        command = [sys.executable, __file__, "--case", json.dumps(case)]
        print(subprocess.run(command, capture_output=True, text=True, check=True).stdout, end="", flush=True)


def timed(people: int, scenario: str, jobs: int = 0) -> dict[str, object]:
    """One case: as data frames, or with `jobs` as Parquet files."""
    made = asked_for(scenario)
    if jobs:
        truth_of(made)
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            checkins = simulate_to_parquet(made, people, 1, Path(folder) / "cohort", jobs).checkins
        seconds = time.perf_counter() - start
    else:
        simulate(made, 8, 1)
        start = time.process_time()
        checkins = len(simulate(made, people, 1).checkins)
        seconds = time.process_time() - start
    return {
        "name": f"{scenario}, {f'Parquet by {jobs}' if jobs else 'data frames'}",
        "people": people,
        "checkins": checkins,
        "seconds": round(seconds, 3),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def asked_for(name: str) -> Scenario:
    """`literature` with one or two check-ins a day, or `field` with columns of the course beside them."""
    if name == "everything":
        return read_scenario("field").model_copy(update={"records": RECORDS})
    made = read_scenario("literature")
    a_day = 1 if name == "one a day" else 2
    return made.model_copy(update={"design": made.design.model_copy(update={"checkins_a_day": a_day})})


if __name__ == "__main__":
    main()
