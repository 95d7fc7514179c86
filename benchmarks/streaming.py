"""Seconds of a mixed model read from a Parquet file: `python benchmarks/streaming.py [--rows 100000000] [--quick]`.

Prints a JSON line: name, rows, ours_s, peer, peer_s, ratio (ours / peer), peak_mib. Ours runs from the closed file to Satterthwaite's
and Kenward and Roger's intervals; the peer is pyarrow decoding the same columns of the same file and nothing else.
Each runs in a process of its own, once to fill the disk cache and then timed. The file is written to a temporary folder and removed.
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
import pyarrow as pa
import pyarrow.parquet as pq

from lowback.estimators.lmm.streaming import Chunk, fit_lmm_streamed

HERE = Path(__file__).parent
COLUMNS = ["id", "week", "pain", "arm", "age", "female", "baseline"]
NAMES = ["one", "week", "arm", "week:arm", "age", "female", "baseline"]
ROW_GROUP, QUICK = 500_000, 200_000
VISITS = 12
PIECE = 50_000


def main() -> None:
    """Write a file, time both, or, as a child, time one."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rows", type=int, default=100_000_000, help="rows of the file")
    options.add_argument("--quick", action="store_true", help="few rows, to see that it runs")
    options.add_argument("--time", choices=["fit", "decode"], help=argparse.SUPPRESS)
    options.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.time:
        work = fitted if asked.time == "fit" else decoded
        print(json.dumps(timed(work, asked.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        rows = written(path, QUICK if asked.quick else asked.rows)
        theirs, ours = (_in_child(work, path) for work in ("decode", "fit"))
    row = {
        "name": "slopes from a file",
        "rows": rows,
        "ours_s": round(ours["seconds"], 3),
        "peer": "pyarrow decoding the same columns",
        "peer_s": round(theirs["seconds"], 3),
        "ratio": round(ours["seconds"] / theirs["seconds"], 2),
        "peak_mib": round(ours["peak_mib"]),
    }
    print(json.dumps(row), flush=True)


def written(path: Path, rows: int) -> int:
    """A cohort of two arms with about ten of twelve weekly visits a person, a row group at a time."""
    rng = np.random.default_rng(1)
    persons, done, first = ROW_GROUP // 10, 0, 0
    with pq.ParquetWriter(
        path, pa.schema([("id", pa.int64()), *((name, pa.float64()) for name in COLUMNS[1:])])
    ) as out:
        while done < rows:
            columns = _people(rng, min(persons, -(-(rows - done) // 10)), first)
            first += persons
            done += len(columns["id"])
            out.write_table(pa.table(columns), row_group_size=ROW_GROUP * 2)
    return done


def _people(rng: np.random.Generator, persons: int, first: int) -> dict[str, np.ndarray]:
    person = np.repeat(np.arange(persons), VISITS)
    week = np.tile(np.arange(float(VISITS)), persons)
    kept = (rng.random(len(person)) < 10 / VISITS) | (week == 0)
    person, week = person[kept], week[kept]
    level, slope = rng.normal(5, 1.4, persons), rng.normal(-0.1, 0.05, persons)
    arm = rng.integers(0, 2, persons).astype(float)
    pain = level[person] + slope[person] * week - 0.03 * arm[person] * week + rng.normal(0, 1.1, len(person))
    return {
        "id": person + first,
        "week": week,
        "pain": pain,
        "arm": arm[person],
        "age": rng.normal(45, 12, persons)[person],
        "female": rng.integers(0, 2, persons).astype(float)[person],
        "baseline": (level + rng.normal(0, 1, persons))[person],
    }


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
    fit = fit_lmm_streamed(_chunks(path), names=NAMES, random_names=["one", "week"])
    return [fit.contrast(np.eye(len(NAMES)), method) for method in ("satterthwaite", "kenward-roger")]


def _chunks(path: Path) -> Iterator[Chunk]:
    for table in ahead(batches(path)):
        given = {name: _values(table.column(name)) for name in COLUMNS}
        for start in range(0, len(table), PIECE):
            yield _chunk({name: column[start : start + PIECE] for name, column in given.items()})


def _chunk(given: dict[str, np.ndarray]) -> Chunk:
    """Rows few enough for their design to stay in the processor's cache until it is summed."""
    design = np.empty((len(given["id"]), len(NAMES)), order="F")
    design[:, 0] = 1.0
    for j, name in enumerate(NAMES):
        if name in given:
            design[:, j] = given[name]
    np.multiply(given["week"], given["arm"], out=design[:, NAMES.index("week:arm")])
    return Chunk(given["pain"], design, given["id"], design[:, :2])


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
    """Seconds of one run, and this process's peak memory."""
    start = time.perf_counter()
    work(path)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _in_child(work: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--time", work, "--file", str(path)]
    found = [
        dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        for _ in range(2)
    ]
    return min(found, key=lambda one: one["seconds"])


if __name__ == "__main__":
    main()
