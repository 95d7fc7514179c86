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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lowback.publish.notebooks import Notebook, code_cells, source_of

HERE = Path(__file__).parent
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
DRAWING = ("matplotlib.figure", "matplotlib.backends.backend_agg", "seaborn")
"""What `lowback.figures` imports when it first draws."""
Event = dict[str, Any]
Run = Callable[[dict[str, Any], Callable[[Event], None]], None]
"""Runs a job to its end and tells each of its events; the last is "ended" with the exit code."""


@contextmanager
def children(notebooks: Sequence[Notebook]) -> Iterator[Run]:
    """What runs a job in a process of its own; all of them end when this is left, or when this process dies."""
    # macOS's own numerical libraries do not survive a fork.
    if hasattr(os, "fork") and sys.platform != "darwin":
        with _zygote(_modules(notebooks)) as run:
            yield run
    else:
        yield _alone


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
                    names[statement.module] = None
    return [*names, *(DRAWING if "lowback.figures" in names else ())]


@contextmanager
def _zygote(modules: list[str]) -> Iterator[Run]:
    life, held = os.pipe()
    # -P: the folder of the program must not shadow modules that it imports.
    command = [sys.executable, "-P", str(HERE / "zygote.py"), str(life)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        pass_fds=(life,),
        # A Ctrl-C at the terminal is for whoever asked, who then ends the children.
        start_new_session=True,
    )
    os.close(life)
    waiting: dict[str, queue.Queue[Event]] = {}
    reader = threading.Thread(target=_sort, args=(process, waiting), daemon=True)
    reader.start()
    _say(process, {"modules": modules})

    def run(job: dict[str, Any], tell: Callable[[Event], None]) -> None:
        told = waiting[job["job"]] = queue.Queue()
        try:
            _say(process, job)
        except BrokenPipeError:
            told.put({"ended": -1})
        while "ended" not in (event := told.get()):
            tell(event)
        tell(event)

    try:
        yield run
    finally:
        os.close(held)
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
        reader.join()


def _say(process: subprocess.Popen[bytes], line: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write((json.dumps(line) + "\n").encode())
    process.stdin.flush()


def _sort(process: subprocess.Popen[bytes], waiting: dict[str, queue.Queue[Event]]) -> None:
    """Hand each event to whoever waits for that job's; when the process is gone, every job has ended."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        waiting[event["job"]].put(event)
    for told in waiting.values():
        told.put({"ended": -1})


def _alone(job: dict[str, Any], tell: Callable[[Event], None]) -> None:
    """Run a job in a new process, which imports everything itself."""
    with (
        open(job["log"], "w", encoding="utf-8") as messages,
        subprocess.Popen(
            [sys.executable, "-P", str(HERE / "child.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            env=_environment(),
        ) as process,
    ):
        # The pipe stays open while the child runs: it ends when this process dies.
        _say(process, job)
        assert process.stdout is not None
        for line in process.stdout:
            tell(json.loads(line))
        code = process.wait()
    tell({"job": job["job"], "ended": code})


def _environment() -> dict[str, str]:
    fixed = {
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
        "PYTHONUTF8": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return {**os.environ, **fixed, **dict.fromkeys(ONE_THREAD, "1")}
