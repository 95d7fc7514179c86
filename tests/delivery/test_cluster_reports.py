"""Reports made by two machines of which one dies half way: `LOWBACK_CLUSTER_REPORTS=50 pytest tests/delivery/test_cluster_reports.py`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_desk import Desk, write_site

from lowback.publish import verify_report

REPORTS = int(os.environ.get("LOWBACK_CLUSTER_REPORTS", "6"))
SECONDS = 900

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="kills a process by its number"),
    pytest.mark.skipif(
        "LOWBACK_CLUSTER_REPORTS" not in os.environ, reason="slow; set LOWBACK_CLUSTER_REPORTS=50"
    ),
]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler on the loopback with two workers, each a process of its own."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    place = tmp_path / "scheduler.json"
    common = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", "127.0.0.1"]
    begun = [subprocess.Popen([*dask, "--port", "0", "--scheduler-file", str(place)], **common)]
    try:
        wait_until(place.exists)
        address = json.loads(place.read_text(encoding="utf-8"))["address"]
        worker = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            address,
            "--no-nanny",
            "--nthreads",
            "1",
        ]
        begun += [subprocess.Popen([*worker, "--no-dashboard"], **common) for _ in range(2)]
        yield address, begun[1:]
    finally:
        for process in begun:
            process.kill()
        for process in begun:
            process.wait()


def wait_until(is_so) -> None:
    end = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)


def whole(out: Path) -> list[Path]:
    return sorted(
        one.parent for one in (out / "weekly").glob("*/manifest.json") if not verify_report(one.parent)
    )


def estimates(out: Path) -> dict[str, bytes]:
    return {one.name: (one / "estimates.csv").read_bytes() for one in whole(out)}


def test_a_worker_that_dies_half_way_costs_no_report(tmp_path, machines):
    address, workers = machines
    (tmp_path / "desk").mkdir()
    desk = Desk(tmp_path / "desk")
    for number in range(5, REPORTS):
        write_site(desk.folder / "data" / f"Site{number}", 0.25 * number)
    far, near = tmp_path / "far", tmp_path / "near"
    run = subprocess.Popen(
        desk.command("report", "weekly.yml", "--out", far, "--cluster", address),
        cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait_until(lambda: len(whole(far)) >= REPORTS // 2 or run.poll() is not None)
        killed_at = len(whole(far))
        workers[0].send_signal(signal.SIGKILL)
        said, _ = run.communicate(timeout=SECONDS)
    finally:
        run.kill()
    assert run.returncode == 0, said.decode()
    assert killed_at < REPORTS
    assert workers[0].wait(timeout=30) == -signal.SIGKILL
    here = desk.run("report", "weekly.yml", "--out", near)
    assert here.returncode == 0, here.stdout
    assert len(estimates(far)) == max(REPORTS, 5)
    assert estimates(far) == estimates(near)
    hidden = [one.name for one in far.rglob(".*") if not one.name.endswith(".lock")]
    assert hidden == []
