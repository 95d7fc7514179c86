"""Runs the notebooks of a report, two at a time, each in a process of its own, and says how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lowback.publish.children import Event, Run
from lowback.publish.failure import Failure
from lowback.publish.request import PlannedRun

AT_ONCE = 2


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
    planned: Sequence[PlannedRun],
    folder: Path,
    run: Run,
    limits: Mapping[str, float | None],
    *,
    progress: bool,
) -> tuple[Ran, ...]:
    """Run every notebook into `folder` and return them in the order given; a failing one stops no other.

    `limits` are `cell_seconds`, and `notebook_seconds`, `memory_megabytes` and `output_megabytes` where there are such.
    """
    with _cells_bar(planned, progress) as advance, ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(_run_one, one, folder, run, limits, advance) for one in planned]
        return tuple(one.result() for one in waiting)


def _run_one(
    planned: PlannedRun,
    folder: Path,
    run: Run,
    limits: Mapping[str, float | None],
    advance: Callable[[], None],
) -> Ran:
    source = folder / f"{planned.name}.source.ipynb"
    executed = folder / f"{planned.name}.ipynb"
    log = folder / f"{planned.name}.log"
    source.write_bytes(planned.notebook.content)
    log.touch()
    job = {
        "job": str(executed),
        "source": str(source),
        "executed": str(executed),
        "log": str(log),
        "folder": str(planned.notebook.path.parent),
        "parameters": dict(planned.parameters),
        **limits,
    }
    events: list[Event] = []

    def told(event: Event) -> None:
        events.append(event)
        if "cell" in event:
            advance()

    run(job, told)
    source.unlink()
    failed = next((event["failed"] for event in events if "failed" in event), None)
    seconds = next((event["seconds"] for event in events if "seconds" in event), None)
    if failed is None and seconds is None:
        failed = _broke_off(log, limits)
    started = [event["cell"] for event in events if "cell" in event]
    failure = Failure(planned.name, _number_in_source(planned, started), failed) if failed else None
    in_cell = any("in_cell" in event for event in events)
    return Ran(planned, executed, seconds or 0.0, failure, in_cell)


def _broke_off(log: Path, limits: Mapping[str, float | None]) -> str:
    """Why a process ended without a word."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if any(line.startswith("Timeout (") for line in lines):
        return f"ran longer than {limits['cell_seconds']:g} s, the limit for one cell"
    died = "the Python process that ran the cell died (out of memory, or a crash)"
    return f"{died}: {lines[-1].strip()}" if lines else died


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


@contextmanager
def _cells_bar(planned: Sequence[PlannedRun], shown: bool) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = sum(len(one.notebook.cells) + bool(one.parameters) for one in planned)
    with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as bar:
        task = bar.add_task("cells", total=total)
        yield lambda: bar.advance(task)
