from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lowback import frozen


@pytest.fixture
def visits(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("id,week\nP1,0\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


def test_everything_reads_what_a_file_held_when_the_run_began(visits, folder):
    before = visits.read_bytes()
    index = frozen.freeze([visits], folder)
    visits.write_bytes(b"other")
    with frozen.reading(index):
        assert frozen.read_bytes(visits) == before
        assert frozen.sha256_of(visits) == (hashlib.sha256(before).hexdigest(), len(before))
        visits.unlink()
        assert frozen.read_bytes(visits) == before
    visits.write_bytes(b"now")
    assert frozen.read_bytes(visits) == b"now"
    assert frozen.sha256_of(visits) is None


def test_a_process_reads_the_copies_that_its_environment_names(visits, folder):
    index = frozen.freeze([visits], folder)
    visits.write_bytes(b"other")
    code = f"from pathlib import Path; from lowback.frozen import read_bytes; print(len(read_bytes(Path({str(visits)!r}))))"
    said = subprocess.run([sys.executable, "-c", code], env={frozen.VARIABLE: str(index)}, capture_output=True, check=True)  # fmt: skip
    assert said.stdout.strip() == b"13"


def test_a_file_that_was_not_there_stays_away(visits, folder):
    visits.unlink()
    index = frozen.freeze([visits], folder)
    visits.write_bytes(b"too late")
    with frozen.reading(index), pytest.raises(FileNotFoundError):
        frozen.read_bytes(visits)


def test_a_file_that_is_written_while_it_is_copied_is_copied_again(visits, folder, monkeypatch):
    monkeypatch.setattr(frozen, "PAUSE_SECONDS", 0)
    whole = frozen._copied

    def written_meanwhile(path: Path, copy: Path):
        entry = whole(path, copy)
        if path.stat().st_size < 20:
            path.write_text("id,week\nP1,0\nP2,0\nP3,0\n", encoding="utf-8")
        return entry

    monkeypatch.setattr(frozen, "_copied", written_meanwhile)
    with frozen.reading(frozen.freeze([visits], folder)):
        assert frozen.read_bytes(visits).count(b"\n") == 4


def test_a_file_that_never_keeps_still_is_refused_by_name(visits, folder, monkeypatch):
    monkeypatch.setattr(frozen, "PAUSE_SECONDS", 0)
    whole = frozen._copied

    def growing(path: Path, copy: Path):
        with path.open("a", encoding="utf-8") as file:
            file.write("P,0\n")
        return whole(path, copy)

    monkeypatch.setattr(frozen, "_copied", growing)
    index = frozen.freeze([visits], folder)
    with frozen.reading(index), pytest.raises(OSError, match=r"changes while it is being read.*visits\.csv"):
        frozen.read_bytes(visits)


def test_a_file_that_cannot_be_read_whole_fails_for_its_reader_alone(visits, folder, tmp_path, monkeypatch):
    other = tmp_path / "other.csv"
    other.write_text("whole", encoding="utf-8")
    whole = frozen._read

    def failing(source):
        if source.name == str(visits):
            raise frozen._ReadingError(errno.EIO, "Input/output error")
        return whole(source)

    monkeypatch.setattr(frozen, "_read", failing)
    with frozen.reading(frozen.freeze([visits, other], folder)):
        assert frozen.read_bytes(other) == b"whole"
        with pytest.raises(OSError, match="Input/output error") as caught:
            frozen.read_bytes(visits)
    assert caught.value.errno == errno.EIO


def test_a_full_disk_is_told_and_not_taken_for_the_file(visits, tmp_path):
    with pytest.raises(OSError, match="No space left on device"):
        frozen._copied(visits, Path("/dev/full"))
    with pytest.raises(FileNotFoundError):
        frozen.freeze([visits], tmp_path / "absent")


def test_what_cannot_be_opened_is_left_to_its_reader(tmp_path, folder):
    index = frozen.freeze([tmp_path], folder)
    with frozen.reading(index), pytest.raises(IsADirectoryError):
        frozen.read_bytes(tmp_path)


def test_links_in_a_circle_are_left_to_whoever_reads_them(visits, folder):
    (visits.parent / "one.csv").symlink_to("two.csv")
    (visits.parent / "two.csv").symlink_to("one.csv")
    index = frozen.freeze([visits, visits.parent / "one.csv"], folder)
    with frozen.reading(index):
        assert frozen.read_bytes(visits) == visits.read_bytes()
        assert frozen.sha256_of(visits.parent / "one.csv") is None
        with pytest.raises(OSError, match="one.csv|two.csv"):
            frozen.read_bytes(visits.parent / "one.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders, which only POSIX has")
def test_a_pipe_in_place_of_a_file_is_refused_and_keeps_nobody_waiting(visits, folder):
    pipe = visits.parent / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="is a pipe, a socket or a device; allowed are files"):
        frozen.read_bytes(pipe)
    with frozen.reading(frozen.freeze([visits, pipe], folder)):
        assert frozen.read_bytes(visits) == visits.read_bytes()
        with pytest.raises(OSError, match="is a pipe"):
            frozen.read_bytes(pipe)
