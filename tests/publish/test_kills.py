"""Kills `lowback report` at random moments: `LOWBACK_KILLS=50 pytest tests/publish/test_kills.py` for the full count."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_notebooks import code, with_result, write_notebook

from lowback.publish import verify_report
from lowback.simulate import simulate, write_simulated

KILLS = int(os.environ.get("LOWBACK_KILLS", "4"))
SECONDS = 120

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills a process group, which only POSIX has")

CELL = """\
mapping = ""  # how the cohort's files are read
turn = 0  # which report this is
"""


@pytest.fixture
def folder(tmp_path):
    write_simulated(simulate("null", 12, 1), tmp_path)
    write_notebook(tmp_path / "turns.ipynb", *with_result(CELL, code("print(turn)")))
    return tmp_path


def ask(folder: Path, turn: int) -> Path:
    request = folder / "kills.yml"
    request.write_text(
        f"title: Kills\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [turns.ipynb]\nparameters: {{turn: {turn}}}\n",
        encoding="utf-8",
    )
    return request


def started(request: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "lowback", "report", str(request)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def finished(request: Path) -> float:
    start = time.monotonic()
    run = started(request)
    said, _ = run.communicate(timeout=SECONDS)
    assert run.returncode == 0, said.decode()
    return time.monotonic() - start


def turn_of(report: Path) -> int:
    """Which report stands there; it must be whole."""
    assert verify_report(report) == []
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    return manifest["parameters"]["turns"]["turn"]


def wait_for_the_swap(run: subprocess.Popen, folder: Path) -> None:
    """Until the new report has its manifest, which is the last moment before it takes the old one's place."""
    while run.poll() is None and not list(folder.glob(".kills.new-*/manifest.json")):
        time.sleep(0.0005)


def test_a_killed_run_leaves_the_old_report_or_the_new_one_whole(folder):
    chance = random.Random(20)
    report = folder / "kills"
    seconds = finished(ask(folder, 0))
    stands = turn_of(report)
    for turn in range(1, KILLS + 1):
        run = started(ask(folder, turn))
        if turn % 2:
            time.sleep(seconds * (turn / KILLS) * chance.uniform(0.8, 1.1))
        else:
            wait_for_the_swap(run, folder)
            time.sleep(chance.uniform(0, 0.02))
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        now = turn_of(report)
        assert now in (stands, turn)
        stands = now
    finished(ask(folder, KILLS + 1))
    assert turn_of(report) == KILLS + 1
    assert sorted(one.name for one in folder.glob(".kills*")) == [".kills.lock"]
