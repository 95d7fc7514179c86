"""A process that has imported the libraries once and forks a fresh, isolated child for each notebook.

Jobs come as lines of JSON on one pipe, with the modules to import before them and the names of jobs that are to stop; events of all
children, and how each ended, leave as lines on a second. When the first closes, every child is ended. A third, `life`, closes when
whoever asked dies; the children see that, and the end of this process, for themselves.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import nbformat

from lowback.lasting import lasting
from lowback.publish.child import end_with, in_own_folder

LIBRARIES = (
    "IPython",
    "PIL",
    "lowback",
    "matplotlib",
    "networkx",
    "numpy",
    "pandas",
    "pydantic",
    "scipy",
    "seaborn",
)
"""What may be imported beforehand; a module beside a notebook is left to the notebook."""


ENGINE = (
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.crashhandler",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "bdb",
    "ipykernel.inprocess.ipkernel",
    "sqlite3",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
)
"""What a kernel imports when it starts."""


LARGEST_PIECE = 30 << 20
"""Bytes, just under the most that glibc takes into account; nothing is written to them."""


def serve(commands: int, events: int, life: int) -> None:
    """Import what a line names, and fork a child for each job."""
    lines = _Lines(commands)
    children: dict[int, str] = {}
    woken = _wake_on_children()
    own_life = os.pipe()
    while True:
        while (job := lines.waiting()) is not None:
            if "modules" in job:
                _import_all(job["modules"])
            elif "stop" in job:
                _end([child for child, name in children.items() if name == job["stop"]])
            else:
                children[_forked(job, events, life, own_life)] = job["job"]
        ready = select.select([commands, woken], [], [])[0]
        if woken in ready:
            os.read(woken, 512)
            _reap(children, events)
        if commands in ready and not lines.more():
            break
    _end(children)


class _Lines:
    """Lines of JSON from a file descriptor, without Python's buffer, which `select` cannot see into."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._kept = descriptor, b""

    def more(self) -> bool:
        """Read what has come; False at the end."""
        read = os.read(self._descriptor, 65536)
        self._kept += read
        return bool(read)

    def waiting(self) -> dict[str, Any] | None:
        """A line that has come already."""
        line, found, rest = self._kept.partition(b"\n")
        if not found:
            return None
        self._kept = rest
        return dict(json.loads(line))


def _import_all(modules: list[str]) -> None:
    with lasting():
        for name in (*ENGINE, *(name for name in modules if name.split(".")[0] in LIBRARIES)):
            try:
                importlib.import_module(name)
            except ImportError:
                # The notebook will say so, in the cell that needs it.
                continue
        _rehearse()
        _keep_large_pieces()


def _rehearse() -> None:
    """Do once what is slow the first time and the same for every child."""
    # Compiles the schema by which each notebook is checked.
    nbformat.validate(nbformat.v4.new_notebook())
    if "lowback.variables" in sys.modules:
        sys.modules["lowback.variables"].dictionary()
    if "lowback.figures.canvas" in sys.modules:
        sys.modules["lowback.figures.canvas"].rehearse()
    if "pandas" in sys.modules:
        import pandas as pd

        # Imported before there is a kernel, pandas takes this for a terminal and wraps wide tables.
        pd.set_option("display.max_columns", 20)


def _keep_large_pieces() -> None:
    """Have the C library keep the memory of one figure for the next, once it has seen so large a piece freed (glibc).

    Before, it takes each piece of more than 128 kB from the system, page by page, and gives it back.
    """
    bytearray(LARGEST_PIECE)


def _wake_on_children() -> int:
    """A descriptor that becomes readable when a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reading


def _end(children: Iterable[int]) -> None:
    """End children and all that they started, also one that has not yet got a group of its own."""
    for child in children:
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)


def _reap(children: dict[int, str], events: int) -> None:
    while children:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        with suppress(ProcessLookupError, PermissionError):
            # What the child started and did not end.
            os.killpg(child, signal.SIGKILL)
        ended = {"job": children.pop(child), "ended": os.waitstatus_to_exitcode(status)}
        os.write(events, (json.dumps(ended) + "\n").encode())


def _forked(job: dict[str, Any], events: int, life: int, own_life: tuple[int, int]) -> int:
    """A child that runs the job and ends."""
    child = os.fork()
    if child:
        return child
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        # A group of its own, so that a signal to it or from it reaches nobody else.
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, target)
        os.close(own_life[1])
        end_with(life)
        end_with(own_life[0])
        in_own_folder(job, events)
    except BaseException:  # noqa: BLE001 (nothing may fall through into the parent's loop)
        os.write(log, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    told = os.dup(1)
    os.dup2(2, 1)
    serve(0, told, int(sys.argv[1]))
