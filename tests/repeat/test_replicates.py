"""Replicates are the same whoever computes them, and an interrupted run goes on from what is finished."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chores import BreaksOff, DrawnSlowly, counted, draw
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.repeat.kept import KeptError
from lowback.repeat.replicates import replicated, seed_of

SEED = 411


def as_bytes(values: list) -> str:
    return json.dumps(values)


def test_every_replicate_has_the_stream_that_numpy_spawns_for_it():
    spawned = np.random.SeedSequence(SEED).spawn(3)
    assert [seed_of(SEED, at).generate_state(4).tolist() for at in range(3)] == [
        one.generate_state(4).tolist() for one in spawned
    ]


def test_one_job_and_two_and_other_chunks_give_the_same_bytes():
    alone = replicated(draw, 23, SEED)
    assert as_bytes(replicated(draw, 23, SEED, jobs=2, chunk=5)) == as_bytes(alone)
    assert as_bytes(replicated(draw, 23, SEED, chunk=1)) == as_bytes(alone)
    assert as_bytes(replicated(draw, 7, SEED)) == as_bytes(alone[:7])
    assert as_bytes(replicated(draw, 23, SEED + 1)) != as_bytes(alone)


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 50))
def test_no_size_of_chunk_changes_anything(replicates, chunk):
    assert as_bytes(replicated(draw, replicates, SEED, chunk=chunk)) == as_bytes(
        [draw(seed_of(SEED, at)) for at in range(replicates)]
    )


def test_an_interrupted_run_goes_on_from_its_finished_chunks(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        replicated(BreaksOff(7), 12, SEED, chunk=3, keep=tmp_path / "kept", key="counted")
    assert len(list((tmp_path / "kept").glob("chunk-*.json"))) == 2
    told: list[tuple[int, int]] = []
    again = replicated(
        counted,
        12,
        SEED,
        chunk=4,
        keep=tmp_path / "kept",
        key="counted",
        progress=lambda *now: told.append(now),
    )
    assert again == replicated(counted, 12, SEED)
    assert told == [(6, 12), (10, 12), (12, 12)]


def test_a_finished_run_is_read_and_a_longer_one_adds_to_it(tmp_path):
    replicated(counted, 4, SEED, keep=tmp_path, key="counted")
    # A task that would break off at any of the first four is not asked again.
    assert replicated(BreaksOff(2), 6, SEED, keep=tmp_path, key="counted") == replicated(counted, 6, SEED)
    assert replicated(BreaksOff(2), 3, SEED, keep=tmp_path, key="counted") == replicated(counted, 3, SEED)


def test_a_half_written_chunk_is_no_chunk(tmp_path):
    replicated(counted, 4, SEED, keep=tmp_path, key="counted", chunk=2)
    (tmp_path / ".abc.tmp").write_text('{"key": "counted', encoding="utf-8")
    assert replicated(counted, 4, SEED, keep=tmp_path, key="counted") == replicated(counted, 4, SEED)


def test_the_folder_of_another_run_is_refused(tmp_path):
    replicated(counted, 2, SEED, keep=tmp_path / "kept", key="counted")
    with pytest.raises(
        KeptError, match="holds replicates of 'counted | seed 411', not of 'other | seed 411'"
    ):
        replicated(counted, 2, SEED, keep=tmp_path / "kept", key="other")
    with pytest.raises(KeptError, match="seed 412"):
        replicated(counted, 2, SEED + 1, keep=tmp_path / "kept", key="counted")


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.doc").write_text("mine", encoding="utf-8")
    with pytest.raises(KeptError, match="holds other files"):
        replicated(counted, 2, SEED, keep=tmp_path, key="counted")


def test_what_cannot_be_done_is_refused():
    with pytest.raises(ValueError, match="replicates = 0, jobs = 1"):
        replicated(counted, 0, SEED)


@pytest.fixture
def machines(tmp_path):
    """A scheduler on the loopback with two workers, each a process of its own."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    place = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OMP_NUM_THREADS": "1"}
    common = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    begun = [
        subprocess.Popen(
            [*dask, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(place)],
            **common,
        )
    ]
    try:
        waited = time.monotonic() + 30
        while not place.exists() and time.monotonic() < waited:
            time.sleep(0.05)
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


def test_two_machines_of_which_one_dies_give_the_same_bytes(machines, tmp_path):
    address, workers = machines
    marks = tmp_path / "marks"
    marks.mkdir()

    def kill_one_when_both_are_at_work() -> None:
        waited = time.monotonic() + 40
        while len(list(marks.iterdir())) < 2 and time.monotonic() < waited:
            time.sleep(0.02)
        workers[0].send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_one_when_both_are_at_work)
    killer.start()
    found = replicated(DrawnSlowly(marks), 60, SEED, cluster=address, chunk=3)
    killer.join()
    assert workers[0].wait(timeout=10) == -signal.SIGKILL
    assert {int(one.name) for one in marks.iterdir()} >= {one.pid for one in workers}
    assert as_bytes(found) == as_bytes(replicated(DrawnSlowly(marks, 0.0), 60, SEED))
