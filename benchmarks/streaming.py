"""Seconds of a mixed model read from a Parquet file: `python benchmarks/streaming.py [--rows 100000000] [--quick]`.

Prints a JSON line: name, rows, ours_s, peer, peer_s, ratio (ours / peer), ours_cpu_s, peer_cpu_s, peak_mib. Ours runs from the
closed file to Satterthwaite's and Kenward and Roger's intervals; the peer is pyarrow decoding the same columns of the same
file and nothing else. Each runs in a process of its own, once to fill the disk cache and then timed. The first line is with
one decoding thread each, the second with two; in both, ours decodes the next rows while the last ones are summed, so that it
uses one thread more than the peer: the seconds of processor time tell what both took in all.

The file is as check-ins are: pain and its baseline in half points, ages in years, weeks, arm and sex as small whole numbers.
Random digits in every column would be larger and take longer to decode, and are nothing that anyone streams. It is
written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import pandas as pd  # noqa: F401 (pyarrow imports it for its first to_numpy, which is no part of reading a file)
import pyarrow as pa
import pyarrow.parquet as pq

from lowback.estimators.lmm.streaming import fit_lmm_streamed

HERE = Path(__file__).parent
COLUMNS = ["id", "week", "pain", "arm", "age", "female", "baseline"]
MODEL = {
    "outcome": "pain",
    "groups": "id",
    "terms": ["week", "arm", "week:arm", "age", "female", "baseline"],
    "random": ["week"],
}
KINDS = {
    "id": "int64",
    "week": "int8",
    "pain": "float64",
    "arm": "int8",
    "age": "int8",
    "female": "int8",
    "baseline": "float64",
}
ROW_GROUP, QUICK = 500_000, 200_000
VISITS = 12


def main() -> None:
    """Write a file, time both, or, as a child, time one."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rows", type=int, default=100_000_000, help="rows of the file")
    options.add_argument("--quick", action="store_true", help="few rows, to see that it runs")
    options.add_argument("--time", choices=["fit", "decode"], help=argparse.SUPPRESS)
    options.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    asked = options.parse_args()
    pa.set_cpu_count(asked.threads)
    if asked.time:
        work = fitted if asked.time == "fit" else decoded
        print(json.dumps(timed(work, asked.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        rows = written(path, QUICK if asked.quick else asked.rows)
        print(json.dumps(compared("slopes from a file", path, rows, 1)), flush=True)
        print(json.dumps(compared("slopes from a file, two decoding threads", path, rows, 2)), flush=True)


def compared(name: str, path: Path, rows: int, threads: int) -> dict[str, object]:
    """Both times of a file, with so many threads that decode."""
    theirs, ours = (_in_child(work, path, threads) for work in ("decode", "fit"))
    return {
        "name": name,
        "rows": rows,
        "ours_s": round(ours["seconds"], 3),
        "peer": "pyarrow decoding the same columns",
        "peer_s": round(theirs["seconds"], 3),
        "ratio": round(ours["seconds"] / theirs["seconds"], 2),
        "ours_cpu_s": round(ours["processor"], 3),
        "peer_cpu_s": round(theirs["processor"], 3),
        "peak_mib": round(ours["peak_mib"]),
    }


def written(path: Path, rows: int) -> int:
    """A cohort of two arms with about ten of twelve weekly visits a person, a row group at a time."""
    rng = np.random.default_rng(1)
    persons, done, first = ROW_GROUP // 10, 0, 0
    schema = pa.schema([(name, pa.from_numpy_dtype(kind)) for name, kind in KINDS.items()])
    with pq.ParquetWriter(path, schema) as out:
        while done < rows:
            columns = _people(rng, min(persons, -(-(rows - done) // 10)), first)
            first += persons
            done += len(columns["id"])
            out.write_table(pa.table(columns, schema), row_group_size=ROW_GROUP * 2)
    return done


def _people(rng: np.random.Generator, persons: int, first: int) -> dict[str, np.ndarray]:
    person = np.repeat(np.arange(persons), VISITS)
    week = np.tile(np.arange(float(VISITS)), persons)
    kept = (rng.random(len(person)) < 10 / VISITS) | (week == 0)
    person, week = person[kept], week[kept]
    level, slope = rng.normal(5, 1.4, persons), rng.normal(-0.1, 0.05, persons)
    arm = rng.integers(0, 2, persons)
    pain = level[person] + slope[person] * week - 0.03 * arm[person] * week + rng.normal(0, 1.1, len(person))
    columns = {
        "id": person + first,
        "week": week,
        "pain": _half_points(pain),
        "arm": arm[person],
        "age": np.clip(np.rint(rng.normal(45, 12, persons)), 18, 90)[person],
        "female": rng.integers(0, 2, persons)[person],
        "baseline": _half_points(level + rng.normal(0, 1, persons))[person],
    }
    return {name: columns[name].astype(kind) for name, kind in KINDS.items()}


def _half_points(scores: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(2 * scores) / 2, 0, 10)


def batches(path: Path) -> Iterator[pa.Table]:
    """The row groups of a file, decoded one after another, these columns only."""
    file = pq.ParquetFile(path)
    for k in range(file.num_row_groups):
        yield file.read_row_group(k, columns=COLUMNS)


def decoded(path: Path) -> int:
    """The rows of a file, decoded and dropped."""
    return sum(len(table) for table in batches(path))


def fitted(path: Path) -> object:
    """Random intercept and slope, arm by week adjusted for three covariates, with small-sample intervals."""
    fit = fit_lmm_streamed(map(_named, ahead(batches(path))), **MODEL)
    return [fit.contrast(np.eye(len(fit.names)), method) for method in ("satterthwaite", "kenward-roger")]


def _named(table: pa.Table) -> dict[str, np.ndarray]:
    """The columns of a table, not copied."""
    return {name: _values(table.column(name)) for name in COLUMNS}


def _values(column: pa.ChunkedArray) -> np.ndarray:
    return column.chunk(0).to_numpy() if column.num_chunks == 1 else column.to_numpy()


def ahead(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same tables, the next one decoded while the last one is worked on."""
    ready: queue.Queue[pa.Table | None] = queue.Queue(maxsize=1)

    def decode() -> None:
        for table in tables:
            ready.put(table)
        ready.put(None)

    threading.Thread(target=decode, daemon=True).start()
    while (table := ready.get()) is not None:
        yield table


def timed(work: Callable[[Path], object], path: Path) -> dict[str, float]:
    """Seconds of one run, those of all its threads together, and this process's peak memory."""
    start, processor = time.perf_counter(), time.process_time()
    work(path)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    return {
        "seconds": seconds,
        "processor": processor,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _in_child(work: str, path: Path, threads: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--time", work, "--file", str(path), "--threads", str(threads)]
    found = [
        dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        for _ in range(2)
    ]
    return min(found, key=lambda one: one["seconds"])


if __name__ == "__main__":
    main()
