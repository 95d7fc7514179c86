"""The hidden folder of a run: deleted at its end, by the next run where it died, and never while it is at work."""

from __future__ import annotations

import os
import time

from lowback.delivery.runs import BEGINNING, START, UNOWNED_SECONDS, run_folder


def test_a_run_deletes_what_dead_ones_left_without_a_name_and_no_young_folder(tmp_path):
    old, young = tmp_path / f"{BEGINNING}a", tmp_path / f"{BEGINNING}b"
    emptied = tmp_path / f"{START}c"
    for folder in (old, young, emptied):
        folder.mkdir()
    (emptied / "owner").touch()
    before = time.time() - 2 * UNOWNED_SECONDS
    for folder in (old, emptied):
        os.utime(folder, (before, before))
    with run_folder(tmp_path) as mine:
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted([young.name, mine.name])
    assert list(tmp_path.iterdir()) == [young]


def test_the_folder_of_a_run_at_work_stays(tmp_path):
    with run_folder(tmp_path) as first:
        before = time.time() - 2 * UNOWNED_SECONDS
        os.utime(first, (before, before))
        with run_folder(tmp_path) as second:
            assert first.is_dir()
        assert not second.exists()
