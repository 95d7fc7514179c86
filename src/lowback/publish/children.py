"""Processes that run notebooks: forked from one that has imported the libraries where the system can fork, new ones elsewhere."""

from __future__ import annotations

import ast
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from lowback.beginning import CAN_FORK, FIXED
from lowback.publish.forking import HERE, Forking, can_split, split, started
from lowback.publish.notebooks import Notebook, code_cells, source_of

DRAWING = {
    "lowback.figures": (
        "matplotlib.figure",
        "matplotlib.backends.backend_agg",
        *(f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Ppm", "Png")),
    ),
    "lowback.figures.missingness_figure": ("seaborn",),
}
"""What is imported when it first draws, by what a notebook imports."""
Event = dict[str, Any]
Tell = Callable[[Event], None]
SILENCE_SECONDS = 30.0
"""How much longer than a cell may run its process may be silent before it is taken for stuck, and ended."""


class Run(Protocol):
    """Runs a job to its end and tells each of its events; the last is "ended" with the exit code."""

    def __call__(self, job: dict[str, Any], tell: Tell) -> None:
        """Run one job."""

    def prepare(self, notebooks: Sequence[Notebook]) -> None:
        """Import what these notebooks import, so that none of their jobs has to."""

    def stop(self, job: str) -> None:
        """End the process of a job that runs, if it does."""

    @property
    def is_alive(self) -> bool:
        """Whether more jobs can be run."""


@contextmanager
def children(notebooks: Sequence[Notebook]) -> Iterator[Run]:
    """What runs a job in a process of its own; all of them end when this is left, or when this process dies."""
    if CAN_FORK:
        with _forking(started) as run:
            run.prepare(notebooks)
            yield run
    else:
        yield _Alone()


@contextmanager
def split_off() -> Iterator[Run | None]:
    """The same by a fork of this very process, which has the libraries already; nothing where that cannot be done safely.

    Call it before this process starts a thread: a fork has none of them, and waits for ever on what they hold.
    """
    if can_split():
        with _forking(split) as run:
            yield run
    else:
        yield None


def _modules(notebooks: Sequence[Notebook]) -> list[str]:
    """The modules that the notebooks import at the top of a cell, in their order."""
    names: dict[str, None] = {}
    for one in notebooks:
        for _, cell in code_cells(one.cells):
            try:
                statements = ast.parse(source_of(cell)).body
            except SyntaxError:
                continue
            for statement in statements:
                if isinstance(statement, ast.Import):
                    names |= dict.fromkeys(alias.name for alias in statement.names)
                elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
                    # What is imported from a package may be a module of it.
                    own = (f"{statement.module}.{alias.name}" for alias in statement.names)
                    names |= dict.fromkeys([statement.module, *own])
    return [*names, *(module for name in names for module in DRAWING.get(name, ()))]


@contextmanager
def _forking(begin: Callable[[int], Forking]) -> Iterator[Run]:
    """What forks, begun by `begin`; it ends when it reads the end of a pipe that only this process holds."""
    life, held = os.pipe()
    process = begin(life)
    os.close(life)
    forked = _Forked(process)
    try:
        yield forked
    finally:
        os.close(held)
        forked.close()


class _Forked:
    """Jobs run by forks of one process."""

    def __init__(self, process: Forking) -> None:
        self._process = process
        self._prepared: set[str] = set()
        self._waiting: dict[str, queue.Queue[Event]] = {}
        self._speaking = threading.Lock()
        self._reader = threading.Thread(target=self._sort, daemon=True)
        self._reader.start()

    def __call__(self, job: dict[str, Any], tell: Tell) -> None:
        told = self._waiting[job["job"]] = queue.Queue()
        try:
            self.say(job)
        except OSError:
            told.put({"ended": -1})
        while "ended" not in (event := self._next(told, job)):
            tell(event)
        tell(event)
        del self._waiting[job["job"]]

    def prepare(self, notebooks: Sequence[Notebook]) -> None:
        modules = [name for name in _modules(notebooks) if name not in self._prepared]
        if modules:
            self._prepared |= set(modules)
            with suppress(OSError):
                self.say({"modules": modules})

    def stop(self, job: str) -> None:
        with suppress(OSError):
            self.say({"stop": job})

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def say(self, line: dict[str, Any]) -> None:
        """Send one line to the process."""
        assert self._process.stdin is not None
        with self._speaking:
            self._process.stdin.write((json.dumps(line) + "\n").encode())
            self._process.stdin.flush()

    def close(self) -> None:
        """Wait for the process, which ends all others when nobody speaks to it any more."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait()
        self._reader.join()

    def _next(self, told: queue.Queue[Event], job: dict[str, Any]) -> Event:
        """The job's next event; of a process that is stuck where its own clock cannot end it, that it was ended."""
        limits = [job[name] for name in ("cell_seconds", "notebook_seconds") if job.get(name)]
        try:
            return told.get(timeout=min(limits) + SILENCE_SECONDS if limits else None)
        except queue.Empty:
            self.stop(job["job"])
            return {"job": job["job"], "stuck": True}

    def _sort(self) -> None:
        """Hand each event to whoever waits for that job's; when the process is gone, every job has ended."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            if (told := self._waiting.get(event["job"])) is not None:
                told.put(event)
        for told in list(self._waiting.values()):
            told.put({"ended": -1})


class _Alone:
    """Jobs run by new processes, each of which imports everything itself."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    is_alive = True

    def prepare(self, notebooks: Sequence[Notebook]) -> None:
        """Each process imports for itself."""

    def __call__(self, job: dict[str, Any], tell: Tell) -> None:
        with (
            open(job["log"], "w", encoding="utf-8") as messages,
            subprocess.Popen(
                [sys.executable, "-P", str(HERE / "child.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=messages,
                env={**os.environ, **FIXED},
            ) as process,
        ):
            self._running[job["job"]] = process
            # The pipe stays open while the child runs: it ends when this process dies.
            assert process.stdin is not None
            process.stdin.write((json.dumps(job) + "\n").encode())
            process.stdin.flush()
            assert process.stdout is not None
            for line in process.stdout:
                tell(json.loads(line))
            code = process.wait()
            del self._running[job["job"]]
        tell({"job": job["job"], "ended": code})

    def stop(self, job: str) -> None:
        if (process := self._running.get(job)) is not None:
            process.kill()
