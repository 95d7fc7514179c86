"""Runs one notebook with papermill in the process it is called in, which lives for that notebook alone.

Events go to a pipe, one line of JSON each: a cell that starts, a failure, the end. Started as a program (where the system cannot
fork) it takes its job from standard input.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from zlib import crc32

# JupyterLab brings a module that builds a grammar at import, 1.7 s a process, for a check of links we never make.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from papermill.exceptions import PapermillExecutionError  # noqa: E402

from lowback.ending import Ending  # noqa: E402
from lowback.frozen import VARIABLE  # noqa: E402
from lowback.lasting import spared  # noqa: E402
from lowback.publish.engine import LimitReached, Limits  # noqa: E402
from lowback.publish.executing import execute  # noqa: E402
from lowback.publish.failure import worded  # noqa: E402
from lowback.publish.notebooks import own_folder  # noqa: E402

# Nobody steps through the cells of a report; a tenth of a second a run, and some of it a notebook.
with spared("debugpy"):
    import ipykernel.debugger  # noqa: F401

LONGEST_ERROR = 600
"""Characters of an error in an event, so that a line fits into what a pipe takes at once."""
MOST_TOLD = 3
SPARE_MEGABYTES = 100.0
"""What a file may hold beyond twice what a notebook may show."""
Job = dict[str, Any]


def run(job: Job, events: int) -> None:
    """Execute the job's notebook, saved after every cell; tell of each cell as it starts and of how it ended."""
    started = time.monotonic()

    def tell(**event: Any) -> None:
        os.write(events, (json.dumps({"job": job["job"], **event}) + "\n").encode())

    _fresh_chance(job)
    # As in a kernel of Jupyter, a notebook may import the modules beside it.
    sys.path.insert(0, "")
    opened: set[str] = set()
    if job.get("frozen"):
        os.environ[VARIABLE] = job["frozen"]
        _watch(job["frozen"], opened)
    with open(job["log"], "a", encoding="utf-8") as messages:
        try:
            _execute(job, lambda index: tell(cell=index), messages)
        except LimitReached as reached:
            tell(failed=str(reached), kind=reached.kind)
        except OSError as error:
            # The runner's own: an error of a cell stays in its cell.
            tell(failed=worded(error)[:LONGEST_ERROR], kind=Ending.STORAGE)
        except PapermillExecutionError as error:
            tell(failed=f"{error.ename}: {error.evalue}"[:LONGEST_ERROR], in_cell=True)
    tell(seconds=round(time.monotonic() - started, 3), opened=sorted(opened)[:MOST_TOLD])


def _watch(index: str, opened: set[str]) -> None:
    """Note each input file that is opened here although there is a copy of it."""
    inputs = set(json.loads(Path(index).read_bytes()))

    def note(event: str, details: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(details[0], (str, os.PathLike)):
            path = os.path.realpath(details[0])
            if path in inputs:
                opened.add(path)

    sys.addaudithook(note)


def _execute(job: Job, starts: Callable[[int], None], messages: IO[str]) -> None:
    limits = Limits(job["cell_seconds"], job.get("notebook_seconds"), job.get("output_megabytes"))
    _limit_memory(job.get("memory_megabytes"))
    _limit_files(limits.output_megabytes)
    execute(
        job["source"],
        job["executed"],
        job["parameters"],
        job["folder"],
        limits=limits,
        on_cell_start=starts,
        messages=messages,
    )


def _fresh_chance(job: Job) -> None:
    """Random state of this notebook's own: a forked process would inherit that of its parent, the same in every report."""
    words = json.dumps([job["parameters"], Path(job["source"]).name], sort_keys=True, default=str)
    seed = crc32(words.encode())
    random.seed(seed)
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed(seed)  # noqa: NPY002 (the state that a notebook's own old-style calls would use)


def _limit_memory(megabytes: float | None) -> None:
    """Let the process grow by so much beyond what it has; more is a MemoryError in the cell."""
    if megabytes is None:
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + int(megabytes * 1e6)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_files(output_megabytes: float | None) -> None:
    """Let no file grow far beyond what the notebook may show: what is written past Python goes to one, by programs without end too."""
    if output_megabytes is None or sys.platform == "win32":
        return
    import resource

    most = int((2 * output_megabytes + SPARE_MEGABYTES) * 1e6)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))


def end_with(life: int) -> None:
    """End this process when whoever holds the other end of the pipe is gone."""

    def watch() -> None:
        os.read(life, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def in_own_folder(job: Job, events: int) -> None:
    """The same with IPython's files in a folder of this run, which lies where whoever asked clears away what a crash leaves."""
    folder = own_folder(job["executed"])
    folder.mkdir(exist_ok=True)
    os.environ["IPYTHONDIR"] = str(folder)
    try:
        run(job, events)
    finally:
        for process in list(_started_by(os.getpid())):
            # Also one that has put itself into a session of its own.
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _started_by(process: int) -> Iterator[int]:
    """The processes that a process started and that still run, and those that they started (Linux; none elsewhere)."""
    for told in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, told.read_text(encoding="ascii").split()):
                yield child
                yield from _started_by(child)


def main() -> None:
    """Take a job from standard input, which stays open as long as whoever asked lives."""
    events = os.dup(1)
    # What is printed past the notebook must not mix with the events.
    os.dup2(2, 1)
    job = json.loads(sys.stdin.readline())
    end_with(0)
    in_own_folder(job, events)
    os._exit(0)


if __name__ == "__main__":
    main()
