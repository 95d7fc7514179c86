"""What forks notebooks may itself be a fork of a process that has imported everything, where that is safe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_notebooks import code, write_notebook

from lowback.beginning import FIXED

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="forks, which only POSIX can, and macOS not well"
)

SCRIPT = """
import json, signal, sys, threading
from pathlib import Path
from lowback.publish.children import split_off
if "thread" in sys.argv:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
if "asked" in sys.argv:
    def asked(*_):
        raise RuntimeError("this is not for a notebook")
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, asked)
if "forgets" in sys.argv:
    from lowback.publish import zygote
    forked, files = zygote._forked, [open("/dev/null") for _ in range(40)]
    def forgetting(*job):
        files.clear()
        return forked(*job)
    zygote._forked = forgetting
with split_off() as run:
    events = []
    if run is not None:
        for number in (1, 2):
            job = json.loads(Path(sys.argv[1]).read_text())
            run({**job, "job": str(number), "executed": job["executed"] + str(number)}, events.append)
    print(json.dumps([run is not None, events]))
"""


def told(
    folder: Path, *sources: str, environment: dict[str, str] = FIXED, words: tuple[str, ...] = ()
) -> list:
    """Whether a process split one off, and the events of two jobs that it ran."""
    cells = [code("effect = -1.0  # difference", "parameters"), *(code(one) for one in sources)]
    path = write_notebook(folder / "n.ipynb", *cells)
    job = {
        "source": str(path),
        "executed": str(folder / "out"),
        "log": str(folder / "log"),
        "folder": str(folder),
    }
    job |= {"parameters": {"effect": -2.5}, "cell_seconds": 60.0}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    inherited = {name: one for name, one in os.environ.items() if name not in FIXED}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "job.json"), *words],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return json.loads(done.stdout)


def shown(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(one["data"]["text/plain"])
        for cell in cells
        for one in cell.get("outputs", [])
        if "data" in one
    ]


def test_a_fork_of_a_ready_process_runs_one_notebook_after_another(tmp_path):
    is_split, events = told(tmp_path, "import os\n(effect, os.getppid())")
    assert is_split
    assert [one["ended"] for one in events if "ended" in one] == [0, 0]
    first, second = shown(tmp_path / "out1"), shown(tmp_path / "out2")
    assert first == second
    assert first[0].startswith("(-2.5, ")


def test_a_child_that_dies_takes_neither_the_fork_nor_the_process_with_it(tmp_path):
    is_split, events = told(tmp_path, "import os\nos._exit(9)")
    assert is_split
    assert [one["ended"] for one in events if "ended" in one] == [9, 9]


def test_files_that_the_fork_no_longer_needs_are_not_closed_in_the_place_of_its_own(tmp_path):
    """Their numbers are not given again: whatever opened them closes them by number, at any moment."""
    is_split, events = told(tmp_path, "import time; time.sleep(0.2)", words=("forgets",))
    assert is_split
    assert [one["ended"] for one in events if "ended" in one] == [0, 0]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_notebook_does_not_answer_signals_as_the_process_that_was_forked_does(tmp_path, name):
    """It dies of them, as a new program would; what the process makes of them is not for a notebook."""
    ends_itself = f"import os, signal; os.kill(os.getpid(), signal.{name})"
    is_split, events = told(tmp_path, ends_itself, words=("asked",))
    assert is_split
    assert [one["ended"] for one in events if "ended" in one] == [-signal.Signals[name]] * 2


@pytest.mark.parametrize(
    ("environment", "words"),
    [(FIXED, ("thread",)), ({**FIXED, "PYTHONHASHSEED": "1"}, ()), ({}, ())],
    ids=["a thread runs", "another environment", "none of the environment"],
)
def test_where_a_fork_would_not_be_safe_or_not_the_same_there_is_none(tmp_path, environment, words):
    assert told(tmp_path, "1", environment=environment, words=words) == [False, []]
