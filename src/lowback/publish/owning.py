"""Who is at work on a report: one run at a time, which names itself, so that a dead one never blocks and a live one always does.

The system's own lock on a file decides where there is one. A record beside it, which is only ever made whole, names the owner; it
decides where the file system knows no locks, and where it took a lock for none.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

BEAT_SECONDS = 20.0
SILENT_SECONDS = 120.0
"""An owner on another machine that has not touched its record for so long is dead."""
TRIES = 5
NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK}
"""What a file system says that knows no locks, or no second name for a file."""


@dataclass(frozen=True)
class Owner:
    """A process, told apart from any other by its machine, by when that was started and by when the process was.

    `file` is the number of the record's own file: a record that was copied from elsewhere names another.
    """

    host: str
    process: int
    started: str
    boot: str
    file: int

    def __str__(self) -> str:
        """The owner as a person may look for it."""
        return f"process {self.process} on {self.host}"


class OwnedError(Exception):
    """Somebody else is at work on it; `owner` where it is known who."""

    def __init__(self, owner: Owner | None) -> None:
        """Say who."""
        super().__init__(str(owner or "another run"))
        self.owner = owner


@contextmanager
def owned(lock: Path, record: Path) -> Iterator[None]:
    """Keep every other run out as long as this lasts; `OwnedError` where one is at work already."""
    with _locked(lock, record):
        _take(record)
        beating = _beat(record)
        try:
            yield
        finally:
            beating.set()
            if (mine := owner_in(record)) is not None and mine.process == os.getpid():
                record.unlink(missing_ok=True)


def owner_in(record: Path) -> Owner | None:
    """Who the record names; nobody where there is none, or one that was copied from elsewhere."""
    try:
        owner = Owner(**json.loads(record.read_bytes()))
        return owner if owner.file == record.stat().st_ino else None
    except (OSError, ValueError, TypeError):
        return None


def is_alive(owner: Owner, record: Path) -> bool:
    """Whether the owner still runs: seen from the same machine for certain, from another by its recent sign of life."""
    if owner.host != socket.gethostname():
        try:
            return _file_system_now(record) - record.stat().st_mtime < SILENT_SECONDS
        except FileNotFoundError:
            return False
    return owner.boot == _boot() and owner.started == _started(owner.process) != ""


@contextmanager
def _locked(lock: Path, record: Path) -> Iterator[None]:
    """The system's lock, which ends with its process; nothing where the file system knows none."""
    if os.name == "nt":
        try:
            with FileLock(lock, timeout=0):
                yield
        except Timeout:
            raise OwnedError(owner_in(record)) from None
        return
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _flock(descriptor, record)
        yield
    finally:
        os.close(descriptor)


def _flock(descriptor: int, record: Path) -> None:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise OwnedError(owner_in(record)) from None
        if error.errno not in NO_LOCKS:
            raise


def _take(record: Path) -> None:
    """Become the owner; a dead one's record is taken away first."""
    for _ in range(TRIES):
        if _made(record):
            return
        owner = owner_in(record)
        with suppress(FileNotFoundError):
            if owner is not None and is_alive(owner, record):
                raise OwnedError(owner)
            _take_away(record, owner)
    raise OwnedError(owner_in(record))


def _made(record: Path) -> bool:
    """Make the record whole, in one step where the file system can; false where there is one."""
    draft = record.with_name(f"{record.name}-{uuid.uuid4().hex[:12]}")
    try:
        write_owner(draft)
        os.link(draft, record)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _made_without_links(record)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _made_without_links(record: Path) -> bool:
    try:
        write_owner(record)
    except FileExistsError:
        return False
    return True


def is_dead_here(record: Path) -> bool:
    """Whether the record is whole and names a process of this machine that is no more."""
    owner = owner_in(record)
    return owner is not None and owner.host == socket.gethostname() and not is_alive(owner, record)


def write_owner(path: Path) -> None:
    """Write this process down as the owner, in a file that must be new."""
    with path.open("x", encoding="utf-8") as file:
        me = os.getpid()
        own = Owner(socket.gethostname(), me, _started(me), _boot(), os.fstat(file.fileno()).st_ino)
        json.dump(asdict(own), file)


def _take_away(record: Path, dead: Owner | None) -> None:
    """Remove a dead owner's record, unless somebody else has put a new one in its place meanwhile: that goes back."""
    aside = record.with_name(f"{record.name}-{uuid.uuid4().hex[:12]}")
    record.rename(aside)
    found = owner_in(aside)
    if found != dead and found is not None:
        with suppress(FileExistsError):
            os.link(aside, record)
    aside.unlink(missing_ok=True)


def _beat(record: Path) -> threading.Event:
    """Touch the record every now and then until told to stop."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            with suppress(OSError):
                os.utime(record)

    threading.Thread(target=beat, daemon=True).start()
    return stop


def _file_system_now(record: Path) -> float:
    """The time by the clock that stamps files in this folder."""
    probe = record.with_name(f"{record.name}-{uuid.uuid4().hex[:12]}")
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        probe.unlink(missing_ok=True)


def _boot() -> str:
    """What is different after each start of the machine; empty where the system does not tell."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _started(process: int) -> str:
    """When a process was started, as the system counts it; empty where there is no such process."""
    if sys.platform == "linux":
        try:
            told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        state, *fields = told.rpartition(")")[2].split()
        # What is dead and not yet buried holds nothing.
        return "" if state in "ZX" else fields[18]
    if os.name == "nt":
        # There the system's lock is never missing, and it alone decides.
        return ""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "running"
    return "running"
