"""Cells that may hide that they did not run or failed, and cells that only look like it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_notebooks import SHOW_RESULT, code, with_result

from lowback.ending import Ending
from lowback.publish import publish_report, read_request
from lowback.publish.hiding import hidden_in
from lowback.publish.notebooks import code_cells, source_of

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
PARAMETERS = 'mapping = "x.yml"\ndata = ""\nstudy_file = "y.yml"'

HIDING = [
    "%%script false --no-raise-error\nshow()",
    "%%script echo skipped\nshow()",
    "\n%%bash --no-raise-error\nfalse",
    "%%bash --bg\nfalse",
    "%%sh --no-raise-error\nfalse",
    "%%writefile x.py\nshow()",
    "%%skip\nshow()",
    "%%javascript\nalert(1)",
    "%%capture\nshow()",
    "%%capture out\nshow()",
    "%%time\n!false",
    "!false",
    "x = !false",
    "for one in files:\n    !rm {one}",
    "!!false",
    "x = 1\n%sx false",
    "%system false",
    "x = %sx false",
    "%run -e other.py",
    "%prun show()",
    "exit()",
    "quit()",
    "exit(0)",
    "exit",
    "if not rows:\n    quit()",
    "x?\nquit()",
    "get_ipython().ask_exit()",
    "get_ipython().kernel.do_shutdown(True)",
    "import IPython\nIPython.Application.instance().kernel.do_shutdown(False)",
    "get_ipython().input_transformers_cleanup.append(nothing)",
    "get_ipython().ast_transformers += [nothing]",
    "get_ipython().run_cell_magic('script', 'false --no-raise-error', 'show()')",
    "get_ipython().run_cell_magic(name, '', 'show()')",
    "get_ipython().system('false')",
    "lines = get_ipython().getoutput('false')",
    "import os\nos.system('false')",
]
HARMLESS = [
    "show()",
    "%%time\nshow()",
    "%%timeit -n 1\nshow()",
    "%%capture --no-stderr\nshow()",
    "%%bash\nfalse",
    "%%html\n<b>exit()</b>",
    "%%markdown\n`!false`",
    "%matplotlib inline\nshow()",
    "%timeit show()",
    "%run other.py --extra",
    "x = %env HOME",
    "x?",
    "await task",
    "text = '''\n!false\nquit()\n'''",
    '"""\n%%script false\n"""',
    "if a != b:\n    show()",
    "exit = rows['exit']\nexit",
    "def quit():\n    return 1\nquit()",
    "import os\nstatus = os.system('true')",
    "import subprocess\nsubprocess.run(['true'])",
    "import os, time\nos._exit",
    "x = 5 % 3",
    "# !false\n# quit()",
]


@pytest.mark.parametrize("source", HIDING)
def test_a_cell_that_may_hide_a_stop_or_a_failure_is_named(source):
    assert len(list(hidden_in(source))) == 1


@pytest.mark.parametrize("source", HARMLESS)
def test_a_cell_that_only_looks_like_it_is_fine(source):
    assert list(hidden_in(source)) == []


def test_no_shipped_notebook_hides_anything():
    cells = [
        (path.stem, number, text)
        for path in NOTEBOOKS
        for number, cell in code_cells(json.loads(path.read_text(encoding="utf-8"))["cells"])
        for text in hidden_in(source_of(cell))
    ]
    assert cells == []


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%script false --no-raise-error\n" + SHOW_RESULT, "%%script may keep the code below it"),
        ("get_ipython().ask_exit()", "ask_exit asks the kernel to stop"),
        ("!false", "! does not tell whether its command failed"),
        ("import sys, traceback\ntry: 1 / 0\nexcept Exception: traceback.print_exc(file=sys.stdout)", "swallowed: ZeroDivisionError"),
        ("class Stop(Exception):\n    def _render_traceback_(self): return []\nraise Stop", "Stop"),
    ],
)  # fmt: skip
def test_a_report_with_such_a_cell_is_not_published_although_all_else_ran(cell, words, write_request, desk):
    request = read_request(write_request(*with_result(PARAMETERS, code("x = 1")), code(cell)))
    outcome = publish_report(request, inputs=[desk / "visits.csv"])
    assert outcome.ending is Ending.PARTLY_FAILED
    assert words in outcome.failures[0]
    assert not outcome.folder.exists()
