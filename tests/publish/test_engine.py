"""Notebooks run in a forked process: what they show is what a kernel of their own would show, and no limit is passed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import papermill
import pytest
from small_notebooks import code, write_notebook

from lowback.publish import children as starting
from lowback.publish.children import children
from lowback.publish.notebooks import Notebook, read_notebook
from lowback.publish.record import put_together

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks, which only POSIX can")

SHOWN = (
    "1 + 1",
    "print('out'); import sys; print('err', file=sys.stderr); print('out again')",
    "from IPython.display import HTML, display\nshown = display(HTML('<b>1</b>'), display_id='x')\nshown.update(HTML('<b>2</b>'))",
    "from IPython.display import clear_output\nprint('gone'); clear_output(wait=True); print('stays')",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "import pandas as pd\npd.DataFrame(1, index=range(3), columns=[f'column {n}' for n in range(30)])",
    # A kernel of its own hears of these from a thread, which may come too late for the cell.
    "import os, time\n_ = os.write(1, b'past Python\\n'); time.sleep(0.5)",
    "!echo from a shell",
    "import subprocess, sys\n_ = subprocess.run([sys.executable, '-c', 'print(2)'], check=True); time.sleep(0.5)",
    "import warnings\nwarnings.warn('careful', stacklevel=1)",
    "x = 5\nx",
    "import threading\nt = threading.Thread(target=print, args=('in a thread',)); t.start(); t.join()",
    "print('before'); display('between'); print('after')",
    "effect",
    "raise ValueError('wrong on purpose')",
    "'never reached'",
)


def stored(folder: Path, *sources: str, name: str = "n") -> Notebook:
    cells = [code("effect = -1.0  # difference", "parameters"), *(code(one) for one in sources)]
    return read_notebook(write_notebook(folder / f"{name}.ipynb", *cells))


def job(notebook: Notebook, folder: Path, name: str = "n", **limits: float) -> dict[str, Any]:
    paths = {"source": notebook.path, "executed": folder / f"{name}.out.ipynb", "log": folder / f"{name}.log"}
    given = {
        "cell_seconds": 60.0,
        **limits,
        "parameters": {"effect": -2.5},
        "folder": str(folder),
        "job": name,
    }
    return {**given, **{key: str(path) for key, path in paths.items()}}


def ran(folder: Path, *sources: str, **limits: float) -> list[dict[str, Any]]:
    notebook, events = stored(folder, *sources), []
    with children([notebook]) as run:
        run(job(notebook, folder, **limits), events.append)
    return events


def outputs(path: Path) -> list[Any]:
    """What each cell shows and its number, without what names a process, a time, a folder or the colours of an error."""
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        shown: list[dict[str, Any]] = []
        for one in cell.get("outputs", []):
            if shown and one.get("name") == shown[-1].get("name", ""):
                # In how many pieces a stream comes is chance.
                shown[-1]["text"] = "".join([*shown[-1]["text"], *one["text"]]).splitlines(keepends=True)
            else:
                shown.append({k: v for k, v in one.items() if k != "traceback"})
        text = json.dumps([cell.get("execution_count"), shown], sort_keys=True)
        found.append(text.split("ipykernel_")[0])
    return found


def test_the_executed_notebook_is_that_of_papermill_with_a_kernel_of_its_own(tmp_path, monkeypatch):
    # Within a test, as pytest tells by this, a kernel would not show what is written past Python.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    ours = ran(tmp_path, *SHOWN)
    assert ours[-1]["ended"] == 0
    theirs = tmp_path / "theirs.ipynb"
    with pytest.raises(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            tmp_path / "n.ipynb",
            theirs,
            {"effect": -2.5},
            kernel_name="python3",
            language="python",
            cwd=tmp_path,
            progress_bar=False,
        )
    for mine, other in zip(outputs(tmp_path / "n.out.ipynb"), outputs(theirs), strict=True):
        assert mine == other


def test_what_is_printed_past_python_stands_in_its_place(tmp_path):
    turns = "import os, sys\nfor n in range(200):\n    print(n)\n    _ = os.write(1, b'past\\n')"
    ran(tmp_path, turns)
    (shown,) = json.loads((tmp_path / "n.out.ipynb").read_text(encoding="utf-8"))["cells"][-1]["outputs"]
    assert "".join(shown["text"]) == "".join(f"{n}\npast\n" for n in range(200))


def test_all_that_many_threads_show_at_once_is_shown(tmp_path):
    show = (
        "import threading\nfrom IPython.display import display\n"
        "def many(n):\n    for m in range(50):\n        print(f'{n} {m}\\n', end=''); display(f'{n} {m}')\n"
        "all_of_them = [threading.Thread(target=many, args=(n,)) for n in range(8)]\n"
        "for one in all_of_them: one.start()\nfor one in all_of_them: one.join()"
    )
    ran(tmp_path, show, "'the last'")
    cells = json.loads((tmp_path / "n.out.ipynb").read_text(encoding="utf-8"))["cells"]
    told = [one["data"]["text/plain"][0] for one in cells[-2]["outputs"] if "data" in one]
    printed = "".join(line for one in cells[-2]["outputs"] for line in one.get("text", []))
    wanted = [f"{n} {m}" for n in range(8) for m in range(50)]
    assert sorted(told) == sorted(f"'{one}'" for one in wanted)
    assert sorted(printed.splitlines()) == sorted(wanted)
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == ["'the last'"]


def test_the_last_words_of_a_process_that_died_stand_in_the_log(tmp_path):
    ran(tmp_path, "import os\nos.write(2, b'last words\\n')\nos.abort()")
    assert "last words" in (tmp_path / "n.log").read_text(encoding="utf-8")


def test_a_notebook_leaves_nothing_behind_for_the_next(tmp_path):
    dirty = "import builtins, random, numpy as np\nbuiltins.left = 1\nnp.random.seed(0)\nimport pandas as pd\npd.set_option('display.max_columns', 2)"
    clean = "import builtins\nimport pandas as pd\n[hasattr(builtins, 'left'), pd.get_option('display.max_columns'), 'dirt' in globals()]"
    told: list[dict[str, Any]] = []
    first, second = stored(tmp_path, dirty, name="a"), stored(tmp_path, clean, name="b")
    with children([first, second]) as run:
        for notebook, name in ((first, "a"), (second, "b")):
            run(job(notebook, tmp_path, name), told.append)
    cell = json.loads((tmp_path / "b.out.ipynb").read_text(encoding="utf-8"))["cells"][-1]
    assert cell["outputs"][0]["data"]["text/plain"] == ["[False, 20, False]"]


def test_old_random_state_is_no_notebooks_twin_and_the_same_on_every_run(tmp_path):
    draw = "import numpy as np\nprint(np.random.rand())"
    notebooks = {name: stored(tmp_path, draw, name=name) for name in ("a", "b")}
    said, told = [], []
    for _ in range(2):
        with children(list(notebooks.values())) as run:
            for name, notebook in notebooks.items():
                run(job(notebook, tmp_path, name), told.append)
                said.append(outputs(tmp_path / f"{name}.out.ipynb")[-1])
    assert said[:2] == said[2:]
    assert said[0] != said[1]


@pytest.mark.parametrize(
    ("cell", "limits", "says"),
    [
        ("import time; time.sleep(30)", {"cell_seconds": 1}, "ran longer than 1 s, the limit for one cell"),
        (
            "try:\n    import time; time.sleep(30)\nexcept Exception:\n    pass",
            {"cell_seconds": 1},
            "ran longer than 1 s",
        ),
        (
            "import time; time.sleep(30)",
            {"notebook_seconds": 1},
            "still running after 1 s, the limit for the notebook",
        ),
        ("print('x' * 3_000_000)", {"output_megabytes": 1}, "more than 1 MB"),
        # It writes past Python and never ends of itself.
        (
            "import subprocess; subprocess.run(['yes'])",
            {"output_megabytes": 1, "cell_seconds": 60},
            "more than 1 MB",
        ),
    ],
)
def test_a_limit_stops_the_notebook_and_says_which(tmp_path, cell, limits, says):
    events = ran(tmp_path, cell, "'next'", **limits)
    assert says in next(event["failed"] for event in events if "failed" in event)
    last = json.loads((tmp_path / "n.out.ipynb").read_text(encoding="utf-8"))["cells"][-1]
    assert last["outputs"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads how much memory is used from /proc")
def test_a_cell_that_wants_too_much_memory_fails_alone(tmp_path):
    events = ran(tmp_path, "big = bytearray(2_000_000_000)", memory_megabytes=500)
    assert next(event["failed"] for event in events if "failed" in event).startswith("MemoryError")


def test_code_that_never_lets_go_is_ended(tmp_path):
    # A loop inside the interpreter hears no signal.
    events = ran(tmp_path, "sum(range(10**12))", cell_seconds=1)
    assert events[-1]["ended"] != 0
    assert "Timeout (" in (tmp_path / "n.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "cell", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_a_death_is_told_and_the_next_notebook_runs(tmp_path, cell):
    dies, lives = stored(tmp_path, cell, name="a"), stored(tmp_path, "1", name="b")
    events: list[dict[str, Any]] = []
    with children([dies, lives]) as run:
        run(job(dies, tmp_path, "a"), events.append)
        assert not any("seconds" in event for event in events)
        run(job(lives, tmp_path, "b"), events.append)
    assert events[-1] == {"job": "b", "ended": 0}


def test_where_the_system_cannot_fork_a_new_process_shows_the_same(tmp_path, monkeypatch):
    sources = (*SHOWN[:3], "effect")
    assert ran(tmp_path, *sources)[-1]["ended"] == 0
    forked = outputs(tmp_path / "n.out.ipynb")
    monkeypatch.setattr(starting.sys, "platform", "darwin")
    assert ran(tmp_path, *sources)[-1]["ended"] == 0
    assert outputs(tmp_path / "n.out.ipynb") == forked


def test_what_ran_before_a_process_died_is_kept_whole(tmp_path):
    events = ran(tmp_path, "'kept'", "import os\nos._exit(7)", "'never reached'")
    assert events[-1]["ended"] == 7
    executed, lines = tmp_path / "n.out.ipynb", tmp_path / "n.out.ran"
    # The process may die while it writes a line as well.
    lines.write_bytes(lines.read_bytes() + b'{"cell_type": "co')
    put_together(executed)
    cells = json.loads(executed.read_bytes())["cells"]
    assert [one.get("data", {}).get("text/plain") for cell in cells for one in cell["outputs"]] == ["'kept'"]
    assert not (tmp_path / "n.out.ipynb.part").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="finds what was started by /proc")
def test_what_a_notebook_started_ends_with_it_although_it_left_the_group(tmp_path):
    start = "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True).pid"
    assert ran(tmp_path, start)[-1]["ended"] == 0
    cells = json.loads((tmp_path / "n.out.ipynb").read_bytes())["cells"]
    (shown,) = [one["data"]["text/plain"] for cell in cells for one in cell["outputs"]]
    stat = Path(f"/proc/{''.join(shown)}/stat")
    assert not stat.exists() or stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] in "ZX"
