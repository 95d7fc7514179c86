"""Who holds a report: a live owner always, a dead one never, wherever the record comes from."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest

from lowback.ending import Ending
from lowback.publish import ReportBlockedError, owning
from lowback.publish.owning import OwnedError, Owner, owned, owner_in
from lowback.publish.placing import locked, mend

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tells processes apart by /proc")


@pytest.fixture
def places(tmp_path):
    return tmp_path / "lock", tmp_path / "owner"


@pytest.fixture
def no_locks(monkeypatch):
    """A file system that knows no locks, as some network folders."""

    def unsupported(*_):
        raise OSError(owning.errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unsupported)


@pytest.fixture
def other():
    """Another process, which lives."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def record_of(places, process: int, **changed) -> Owner:
    """Write a record as that process would have written it, but for what is changed."""
    _, record = places
    record.touch()
    started = owning._started(process)
    owner = Owner(owning.socket.gethostname(), process, started, owning._boot(), record.stat().st_ino)
    owner = replace(owner, **changed)
    record.write_text(json.dumps(asdict(owner)), encoding="utf-8")
    return owner


def assert_free(places):
    with owned(*places):
        found = owner_in(places[1])
        assert found is not None
        assert found.process == os.getpid()
    assert not places[1].exists()


@pytest.mark.usefixtures("no_locks")
def test_a_live_owner_holds_it_where_there_are_no_locks(places, other):
    record_of(places, other.pid)
    with pytest.raises(OwnedError, match=f"process {other.pid} on ") as caught, owned(*places):
        pass
    assert caught.value.owner.process == other.pid
    other.kill()
    other.wait()
    assert_free(places)


def test_a_live_owner_holds_it_although_the_lock_is_free(places, other):
    record_of(places, other.pid)
    with pytest.raises(OwnedError), owned(*places):
        pass


@pytest.mark.usefixtures("no_locks")
def test_a_process_that_is_dead_but_not_buried_holds_nothing(places, other):
    record_of(places, other.pid)
    other.kill()
    time.sleep(0.1)
    assert_free(places)


@pytest.mark.usefixtures("no_locks")
@pytest.mark.parametrize(
    "changed",
    [{"boot": "of another start of the machine"}, {"started": "1"}, {"file": 1}],
    ids=["machine started anew", "number given to another process", "copied from elsewhere"],
)
def test_a_dead_owner_never_blocks_even_if_its_number_lives(places, other, changed):
    record_of(places, other.pid, **changed)
    assert_free(places)


@pytest.mark.usefixtures("no_locks")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": 1}', "\0\0\0"])
def test_a_record_that_says_nothing_never_blocks(places, text):
    places[1].write_text(text, encoding="utf-8")
    assert_free(places)


@pytest.mark.usefixtures("no_locks")
def test_an_owner_on_another_machine_holds_it_as_long_as_it_gives_signs_of_life(places):
    record_of(places, 1, host="elsewhere")
    with pytest.raises(OwnedError, match="process 1 on elsewhere"), owned(*places):
        pass
    silent = time.time() - owning.SILENT_SECONDS - 5
    os.utime(places[1], (silent, silent))
    assert_free(places)


@pytest.mark.usefixtures("no_locks")
def test_an_owner_gives_signs_of_life(places, monkeypatch):
    monkeypatch.setattr(owning, "BEAT_SECONDS", 0.01)
    with owned(*places):
        os.utime(places[1], (1, 1))
        time.sleep(0.2)
        assert places[1].stat().st_mtime > 1


@pytest.mark.usefixtures("no_locks")
def test_a_file_system_without_links_is_owned_all_the_same(places, monkeypatch, other):
    def refused(*_):
        raise PermissionError(owning.errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(owning.os, "link", refused)
    assert_free(places)
    record_of(places, other.pid)
    with pytest.raises(OwnedError), owned(*places):
        pass


@pytest.mark.parametrize("dead_before", [False, True], ids=["nobody before", "a dead owner before"])
@pytest.mark.parametrize("without_locks", [False, True], ids=["with locks", "without locks"])
def test_of_eight_that_start_at_once_exactly_one_owns_it(places, without_locks, dead_before, request):
    if without_locks:
        request.getfixturevalue("no_locks")
    if dead_before:
        record_of(places, os.getpid(), started="1")
    start = time.time() + 0.2
    children = [os.fork() or _starts(places, start) for _ in range(8)]
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0, *[Ending.ALREADY_RUNNING] * 7]
    assert not places[1].exists()


def _starts(places, start: float) -> int:
    """In a child: own it at that moment, hold it for a while and end."""
    code = 1
    try:
        time.sleep(max(0.0, start - time.time()))
        with owned(*places):
            time.sleep(1.5)
            code = 0
    except OwnedError:
        code = int(Ending.ALREADY_RUNNING)
    finally:
        os._exit(code)


def test_who_holds_a_report_is_named_and_an_owner_that_dies_is_waited_for(tmp_path, other):
    target = tmp_path / "trial"
    record_of((tmp_path / ".trial.lock", tmp_path / ".trial.owner"), other.pid)
    with (
        pytest.raises(ReportBlockedError, match=f"another run .*process {other.pid} on ") as caught,
        locked(target),
    ):
        pass
    assert (caught.value.kind, caught.value.passing) == (Ending.ALREADY_RUNNING, False)
    other.send_signal(signal.SIGKILL)
    if hasattr(os, "waitid"):
        # Dead, and not yet buried.
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    else:
        other.wait()
    with locked(target):
        pass


def test_what_a_dead_owner_left_half_written_is_cleared_away(tmp_path):
    (tmp_path / ".trial.owner-0123").write_text("{", encoding="utf-8")
    mend(tmp_path / "trial")
    assert list(tmp_path.iterdir()) == []
