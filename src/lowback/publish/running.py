"""Runs the notebooks of a report, two at a time, each in a process of its own, and says how far they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lowback.publish.request import PlannedRun

AT_ONCE = 2
WORKER = Path(__file__).with_name("worker.py")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True)
class Failure:
    """What went wrong: in which notebook and cell (both empty when it was the publishing itself), and the error."""

    notebook: str
    cell: int | None
    error: str

    def __str__(self) -> str:
        """The failure as a line for the person who ran the report."""
        place = f"notebook {self.notebook!r}" if self.notebook else "report"
        return f"{place}, cell {self.cell}: {self.error}" if self.cell else f"{place}: {self.error}"


@dataclass(frozen=True)
class Ran:
    """A notebook that was run: the executed file (which a crash may have left incomplete), how long, and what failed.

    `in_cell` says that the failure is an error of a cell, which the executed notebook shows better.
    """

    planned: PlannedRun
    executed: Path
    seconds: float
    failure: Failure | None
    in_cell: bool


def run_all(
    planned: Sequence[PlannedRun], folder: Path, *, cell_seconds: float, progress: bool
) -> tuple[Ran, ...]:
    """Run every notebook into `folder` and return them in the order given; a failing one stops no other."""
    with _cells_bar(planned, progress) as advance, ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(_run_one, one, folder, cell_seconds, advance) for one in planned]
        return tuple(one.result() for one in waiting)


def _run_one(planned: PlannedRun, folder: Path, cell_seconds: float, advance: Callable[[], None]) -> Ran:
    source = folder / f"{planned.name}.source.ipynb"
    executed = folder / f"{planned.name}.ipynb"
    log = folder / f"{planned.name}.log"
    source.write_bytes(planned.notebook.content)
    job = {
        "source": str(source),
        "executed": str(executed),
        "folder": str(planned.notebook.path.parent),
        "parameters": dict(planned.parameters),
        "cell_seconds": cell_seconds,
    }
    events = _events(job, log, advance)
    source.unlink()
    failed = next((event["failed"] for event in events if "failed" in event), None)
    seconds = next((event["seconds"] for event in events if "seconds" in event), None)
    if failed is None and seconds is None:
        failed = f"the run broke off ({_last_line(log)})"
    started = [event["cell"] for event in events if "cell" in event]
    failure = Failure(planned.name, _number_in_source(planned, started), failed) if failed else None
    in_cell = any("in_cell" in event for event in events)
    return Ran(planned, executed, seconds or 0.0, failure, in_cell)


def _events(job: dict[str, Any], log: Path, advance: Callable[[], None]) -> list[dict[str, Any]]:
    """Everything that the worker tells until it ends."""
    # -P: the folder of worker.py must not shadow modules that the worker imports.
    command = [sys.executable, "-P", str(WORKER)]
    events = []
    with (
        log.open("w", encoding="utf-8") as messages,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            env=_environment(),
            text=True,
            encoding="utf-8",
        ) as worker,
    ):
        assert worker.stdin is not None
        assert worker.stdout is not None
        # The pipe stays open while the worker runs: the worker ends when this process dies.
        worker.stdin.write(json.dumps(job) + "\n")
        worker.stdin.flush()
        for line in worker.stdout:
            events.append(json.loads(line))
            if "cell" in events[-1]:
                advance()
    return events


def _environment() -> dict[str, str]:
    fixed = {"PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "PYTHONUTF8": "1", **dict.fromkeys(ONE_THREAD, "1")}
    return {**os.environ, **fixed}


def _number_in_source(planned: PlannedRun, started: list[int]) -> int | None:
    """The number of the last cell that started, counted as in the stored notebook, without the injected cell."""
    if not started:
        return None
    tagged = next(
        position
        for position, cell in enumerate(planned.notebook.cells)
        if "parameters" in cell.get("metadata", {}).get("tags", [])
    )
    injected = bool(planned.parameters) and started[-1] > tagged
    return started[-1] + 1 - injected


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "no message"


@contextmanager
def _cells_bar(planned: Sequence[PlannedRun], shown: bool) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = sum(len(one.notebook.cells) + bool(one.parameters) for one in planned)
    with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as bar:
        task = bar.add_task("cells", total=total)
        yield lambda: bar.advance(task)
