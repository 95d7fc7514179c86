"""Seconds of mixed models beside those of other programs: `python benchmarks/mixed.py [--quick]`.

Each case prints a JSON line: name, rows, ours_s, peer, peer_s, ratio (peer / ours), peak_mib of the whole process and
frame_mib of the data frame in it. Times are medians of one run, from a data frame to intervals, a peer's data being
read beforehand. They are seconds of the processor: on one thread those of the clock, but for what else a machine does.

R with lme4, lmerTest, pbkrtest and nlme must be installed for those peers (Debian: apt install r-cran-lmertest
r-cran-pbkrtest r-cran-nlme), and `pip install mixedlm-rs` for the last; a peer that is absent is said to be so. A peer
called "itself" is our own time on a tenth of the rows: its ratio tells how cost grows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import pandas as pd
from cohorts import trial, weekly

from lowback.estimators.lmm import fit_lmm
from lowback.estimators.mmrm import fit_mmrm
from lowback.estimators.terms import design

HERE = Path(__file__).parent
# Fits that are timed, of the peers' and of ours.
REPEATS, OURS = 3, 7
LINEAR = ["week", "arm", "week:arm", "age", "female", "baseline"]

Fit = Callable[[pd.DataFrame], object]


def slopes(frame: pd.DataFrame) -> object:
    """Random intercept and slope, with normal intervals of all coefficients."""
    return _slopes(frame, "normal")


def slopes_kenward_roger(frame: pd.DataFrame) -> object:
    """The same with Satterthwaite's and Kenward and Roger's intervals."""
    return _slopes(frame, "satterthwaite", "kenward-roger")


def repeated_measures(frame: pd.DataFrame) -> object:
    """Unstructured covariance over visits, with Kenward and Roger's intervals of all coefficients."""
    weeks = np.unique(frame["week"]).tolist()
    layout = design(frame, ["baseline", "arm", "week", "arm:week"], levels={"week": weeks})
    fit = fit_mmrm(frame["pain"], layout.matrix, frame["id"], frame["week"], names=layout.names)
    return fit.contrast(np.eye(len(layout.names)), "kenward-roger")


def _slopes(frame: pd.DataFrame, *methods: str) -> object:
    fit = fit_lmm(frame["pain"], design(frame, LINEAR), frame["id"], design(frame, ["week"]))
    return [fit.contrast(np.eye(len(fit.names)), df=method) for method in methods]


# name, made by, persons (quick, full), our fit, peer
CASES: list[tuple[str, Callable[[int], pd.DataFrame], tuple[int, int], Fit, str]] = [
    ("slopes", lambda n: weekly(n, 1), (500, 10_000), slopes, "lme4"),
    ("slopes, many rows", lambda n: weekly(n, 2), (1_000, 100_000), slopes, "lme4"),
    ("slopes, many rows", lambda n: weekly(n, 2), (1_000, 100_000), slopes, "mixedlm-rs"),
    ("slopes, ten times the rows", lambda n: weekly(n, 3), (10_000, 1_000_000), slopes, "itself"),
    ("slopes, continuous times", lambda n: weekly(n, 4, jitter=True), (1_000, 100_000), slopes, "mixedlm-rs"),
    ("slopes, small samples", lambda n: weekly(n, 5), (100, 10_000), slopes_kenward_roger, "lmerTest and pbkrtest"),
    ("repeated measures", lambda n: trial(n, 6, 6), (60, 200), repeated_measures, "nlme gls"),
    ("repeated measures, many", lambda n: trial(n, 6, 7), (100, 2_000), repeated_measures, "nlme gls"),
    ("repeated measures, ten times", lambda n: trial(n, 6, 8), (1_000, 20_000), repeated_measures, "itself"),
    ("one trial", lambda n: trial(n, 5, 9), (100, 100), repeated_measures, ""),
]  # fmt: skip


def main() -> None:
    """Run every case, or, as a child, time one."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--quick", action="store_true", help="small cohorts, to see that it runs")
    options.add_argument("--time", type=int, help=argparse.SUPPRESS)
    options.add_argument("--persons", type=int, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.time is not None:
        print(json.dumps(timed(asked.time, asked.persons)))
        return
    for number, (name, made, persons, _, peer) in enumerate(CASES):
        people = persons[0] if asked.quick else persons[1]
        ours = _in_child(number, people)
        theirs = (
            _in_child(number, people // 10)["seconds"]
            if peer == "itself"
            else peer_seconds(peer, made(people))
        )
        row = {
            "name": name,
            "rows": ours["rows"],
            "ours_s": round(ours["seconds"], 4),
            "peer": peer,
            "peer_s": None if theirs is None else round(theirs, 4),
            "ratio": None if theirs is None else round(theirs / ours["seconds"], 2),
            "peak_mib": round(ours["peak_mib"]),
            "frame_mib": round(ours["frame_mib"]),
        }
        print(json.dumps(row), flush=True)


def timed(number: int, persons: int) -> dict[str, float]:
    """Median seconds of our fit of a case after one to warm up, and this process's peak memory."""
    _, made, _, fit, _ = CASES[number]
    frame = made(persons)
    fit(frame)
    seconds = [_seconds(lambda: fit(frame)) for _ in range(OURS)]
    own = float(frame.memory_usage(index=False, deep=True).sum()) / 2**20
    return {
        "seconds": statistics.median(seconds),
        "peak_mib": peak_mib(),
        "frame_mib": own,
        "rows": len(frame),
    }


def peak_mib() -> float:
    """This process's peak memory; Linux tells it apart from its parent's, getrusage does not."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peer_seconds(peer: str, frame: pd.DataFrame) -> float | None:
    """Median seconds of the peer's fit, or nothing where it is not installed."""
    if peer == "mixedlm-rs":
        return _mixedlm_seconds(frame)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        frame.to_csv(path, index=False)
        repeats = "1" if len(frame) > 50_000 or peer == "nlme gls" else str(REPEATS)
        command = ["Rscript", str(HERE / "peers.R"), peer, str(path), repeats]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return None
    found = [float(line) for line in ran.stdout.split()]
    return statistics.median(found) if peer and ran.returncode == 0 and found else None


def _mixedlm_seconds(frame: pd.DataFrame) -> float | None:
    try:
        import mixedlm_rs
    except ImportError:
        return None
    formula = "pain ~ week * arm + age + female + baseline"

    def fit() -> None:
        mixedlm_rs.mixedlm(formula, data=frame, groups="id", re_formula="~week").fit()

    seconds = [_seconds(fit) for _ in range(REPEATS)]
    return statistics.median(seconds)


def _in_child(number: int, persons: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--time", str(number), "--persons", str(persons)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(ran.stdout))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
