"""A program that will run notebooks begins anew in their environment, and no other does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from lowback.beginning import CAN_FORK, FIXED

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="begins anew only where forks can run notebooks")
SCRIPT = """
import json, os, sys
from lowback.beginning import begin_anew, is_fixed
begin_anew(["lowback", *sys.argv[1:]])
print(json.dumps([os.getpid(), is_fixed(), sys.argv[1:], hash("pelvis"), "numpy" in sys.modules]))
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def begun(*words: str, options: tuple[str, ...] = (), environment: dict[str, str] | None = None) -> list:
    """What a program says once it has begun, its own number left out, which is that of the program as it was started."""
    inherited = {name: one for name, one in os.environ.items() if name not in FIXED}
    process = subprocess.Popen(
        [sys.executable, *options, "-c", SCRIPT, *words],
        env={**inherited, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    number, *said = json.loads(process.communicate()[0])
    assert number == process.pid
    return said


def test_a_report_begins_anew_in_the_same_process_with_the_same_words():
    first, second = (begun("report", "a request.yml", "--only", "Gouda") for _ in range(2))
    assert first[0] is True
    assert first[1] == ["report", "a request.yml", "--only", "Gouda"]
    assert first == second, "one seed of hashes"
    assert first[3] is False, "nothing was imported for nothing"


@pytest.mark.parametrize(
    ("words", "options", "environment"),
    [
        (("status", "request.yml"), (), {}),
        (("check", "report"), (), {}),
        (("report", "request.yml"), (), ASCII),
    ],
    ids=["another command", "the word is not the command", "another encoding"],
)
def test_whatever_runs_no_notebooks_or_would_read_otherwise_goes_on_as_it_is(words, options, environment):
    assert begun(*words, options=options, environment=environment)[:2] == [False, list(words)]


def test_an_environment_that_python_was_told_to_ignore_counts_for_nothing():
    script = "from lowback.beginning import is_fixed; print(is_fixed())"
    paths = [f"import sys; sys.path[:] = {sys.path!r}; {script}"]
    done = subprocess.run(
        [sys.executable, "-E", "-c", *paths],
        env={**os.environ, **FIXED},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
