"""Ctrl-C and the signals that ask for an end: nothing goes on, nothing half-made stays, the old reports stand.

`LOWBACK_KILLS=1 pytest tests/delivery/test_interrupted.py` for a run over several sites too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from site_desk import SHOWS, Desk, write_notebook

from lowback.publish import verify_report

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc")
SLOW = pytest.mark.skipif("LOWBACK_KILLS" not in os.environ, reason="slow; set LOWBACK_KILLS=1")
MARK = "LOWBACK_TEST_MARK"
WAITS = """\
import os, pathlib, time
if turn:
    pathlib.Path(os.environ["LOWBACK_TEST_BEGUN"], os.path.basename(data)).touch()
    time.sleep(120)
"""


def processes_of(mark: str) -> list[int]:
    """The processes that have this mark in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={mark}".encode() in place.read_bytes().split(b"\0"):
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(("asked", "sites"), [pytest.param("SIGINT", True, marks=SLOW), ("SIGTERM", False)])
def test_an_asked_end_ends_everything_and_leaves_the_old_reports(desk: Desk, tmp_path, asked, sites):
    write_notebook(desk.folder / "notes.ipynb", WAITS, SHOWS)
    desk.ask(sites=sites)
    only = ["--only", "Delft", "--only", "Gouda", "--jobs", 2] if sites else []
    assert desk.run("report", "weekly.yml", *only).returncode == 0
    reports = (
        [desk.folder / "weekly" / one for one in ("delft", "gouda")] if sites else [desk.folder / "weekly"]
    )
    before = [(one / "manifest.json").read_bytes() for one in reports]
    desk.ask("parameters: {turn: 1}", sites=sites)
    begun = tmp_path / "begun"
    begun.mkdir()
    environment = {**os.environ, MARK: str(tmp_path), "LOWBACK_TEST_BEGUN": str(begun)}
    run = subprocess.Popen(
        desk.command("report", "weekly.yml", *only), cwd=desk.folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    until = time.monotonic() + 120
    while len(list(begun.iterdir())) < len(reports) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(list(begun.iterdir())) == len(reports)
    asked_at = time.monotonic()
    run.send_signal(getattr(signal, asked))
    said, _ = run.communicate(timeout=60)
    assert time.monotonic() - asked_at < 30
    assert run.returncode == 128 + getattr(signal, asked)
    assert f"Ended by {asked}" in said
    until = time.monotonic() + 5
    while processes_of(str(tmp_path)) and time.monotonic() < until:
        time.sleep(0.1)
    assert processes_of(str(tmp_path)) == []
    assert [(one / "manifest.json").read_bytes() for one in reports] == before
    assert all(verify_report(one) == [] for one in reports)
    assert desk.left_over() == []
    assert not sites or desk.left_over("weekly") == []
