"""Runs the notebooks of a report, two at a time, each in a process of its own, and says how far they are."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowback.ending import Ending
from lowback.publish.children import Event, Run
from lowback.publish.failure import Failure, failed_in_cell
from lowback.publish.notebooks import own_folder
from lowback.publish.record import clear_away, put_together
from lowback.publish.request import PlannedRun

AT_ONCE = 2
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ran:
    """A notebook that was run: the executed file (which a crash may have left incomplete), how long, and what failed.

    `in_cell` says that the failure is an error of a cell, which the executed notebook shows better; `opened` are the input files that
    the notebook opened by itself, past the copies.
    """

    planned: PlannedRun
    executed: Path
    seconds: float
    failure: Failure | None
    in_cell: bool
    opened: tuple[Path, ...] = ()


def run_all(
    planned: Sequence[PlannedRun],
    folder: Path,
    run: Run,
    limits: Mapping[str, float | None],
    *,
    progress: Progress | None = None,
    frozen: Path | None = None,
    at_once: int = AT_ONCE,
) -> tuple[Ran, ...]:
    """Run every notebook into `folder` and return them in the order given; a failing one stops no other.

    `limits` are `cell_seconds`, and `notebook_seconds`, `memory_megabytes` and `output_megabytes` where there are such. `progress` is
    told how many cells have started, and of how many. The notebooks read the copies that the index `frozen` lists. Whatever
    interrupts this ends the processes first.
    """
    cells = _Counted(sum(len(one.notebook.cells) + bool(one.parameters) for one in planned), progress)
    setting = {**limits, "frozen": None if frozen is None else str(frozen)}
    pool = ThreadPoolExecutor(at_once)
    waiting = [pool.submit(_run_one, one, folder, run, setting, cells.one_more) for one in planned]
    try:
        return tuple(one.result() for one in waiting)
    except BaseException:
        for future in waiting:
            future.cancel()
        for one in planned:
            run.stop(str(folder / f"{one.name}.ipynb"))
        raise
    finally:
        pool.shutdown()


class _Counted:
    """Tells how many cells have started, from whichever thread."""

    def __init__(self, total: int, tell: Progress | None) -> None:
        self._total, self._tell, self._done, self._lock = total, tell, 0, threading.Lock()

    def one_more(self) -> None:
        with self._lock:
            self._done += 1
            if self._tell is not None:
                self._tell(self._done, self._total)


def _run_one(
    planned: PlannedRun, folder: Path, run: Run, setting: Mapping[str, Any], advance: Callable[[], None]
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
        **setting,
    }
    events: list[Event] = []

    def told(event: Event) -> None:
        events.append(event)
        if "cell" in event:
            advance()

    run(job, told)
    source.unlink()
    # A process that died has not cleared it away.
    shutil.rmtree(own_folder(executed), ignore_errors=True)
    seconds = next((event["seconds"] for event in events if "seconds" in event), None)
    failed = next((event for event in events if "failed" in event), None)
    cell = _number_in_source(planned, [event["cell"] for event in events if "cell" in event])
    failure = None
    if any("stuck" in event for event in events):
        failure = Failure(planned.name, cell, _too_long(setting), Ending.TIME_LIMIT)
    elif failed is not None:
        kind = Ending(failed.get("kind", Ending.PARTLY_FAILED))
        failure = Failure(planned.name, cell, failed["failed"], kind, passing=kind is Ending.STORAGE)
    elif seconds is None:
        failure = _broke_off(planned.name, cell, log, setting)
    opened = tuple(Path(path) for event in events for path in event.get("opened", ()))
    in_cell = failed is not None and "in_cell" in failed
    if failure is not None and not in_cell:
        put_together(executed)
    clear_away(executed)
    return Ran(planned, executed, seconds or 0.0, failure, in_cell, opened)


def _broke_off(name: str, cell: int | None, log: Path, setting: Mapping[str, Any]) -> Failure:
    """Why a process ended without a word."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if any(line.startswith("Timeout (") for line in lines):
        return Failure(name, cell, _too_long(setting), Ending.TIME_LIMIT)
    died = "the Python process that ran the cell died (out of memory, or a crash)"
    error = f"{died}: {lines[-1].strip()}" if lines else died
    if failed_in_cell(name, cell, "", error).kind is Ending.STORAGE:
        return Failure(name, cell, error, Ending.STORAGE, passing=True)
    return Failure(name, cell, error, Ending.KERNEL_DIED, passing=True)


def _too_long(setting: Mapping[str, Any]) -> str:
    """Which limit a process exceeded that could not say so itself: the shorter one."""
    cell, notebook = setting["cell_seconds"], setting.get("notebook_seconds")
    if notebook is not None and notebook < cell:
        return f"was still running after {notebook:g} s, the limit for the notebook"
    return f"ran longer than {cell:g} s, the limit for one cell"


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
