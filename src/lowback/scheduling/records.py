"""What ran in which slot: a small file a slot beside the report, made whole or not at all, so that a crash leaves none half-made."""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from lowback.ending import Ending

LEASE_SECONDS = 600.0
"""A claim from another machine that showed no life for so long is that of a dead run."""
BEAT_SECONDS = 60.0
MOST_RECORDS = 1000
State = Literal["running", "published", "failed"]


class SlotTakenError(Exception):
    """Another run, here or on another machine, is at work on the slot."""


class Owner(BaseModel):
    """Who runs a slot: machine, start of the machine, process, and a word of its own."""

    model_config = ConfigDict(frozen=True)

    host: str
    boot: str
    pid: int
    token: str


class Record(BaseModel):
    """What became of one slot.

    A published slot settles those later than `after` that nobody ran; `missed` are the first of them, `missed_count` all. `data` is the
    hash of the data files that it was made from.
    """

    model_config = ConfigDict(frozen=True)

    slot: AwareDatetime
    state: State
    owner: Owner
    started: AwareDatetime
    ended: AwareDatetime | None = None
    ending: Ending | None = None
    can_pass: bool = True
    attempts: int = 1
    after: AwareDatetime | None = None
    missed: tuple[AwareDatetime, ...] = ()
    missed_count: int = 0
    data: str = ""


def slots_folder(target: Path) -> Path:
    """Where the records of a report's slots are kept: hidden, beside the report's folder."""
    return target.parent / f".{target.name}.slots"


def this_owner() -> Owner:
    """This process."""
    return Owner(host=platform.node(), boot=_boot(), pid=os.getpid(), token=uuid.uuid4().hex)


def read_records(folder: Path) -> dict[datetime, Record]:
    """Every record that can be read, by slot; what a crash left unreadable counts as not there."""
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return {one.slot.astimezone(UTC): one for one in found if one is not None}


def latest_published(records: Mapping[datetime, Record], before: datetime) -> Record | None:
    """The last slot before a moment whose report was published."""
    done = [slot for slot, one in records.items() if one.state == "published" and slot < before]
    return records[max(done)] if done else None


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep every other run of these slots out; `SlotTakenError` where one is at work. The lock dies with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SlotTakenError(f"{folder}: another run is at work on this report's slot") from None
    except NotImplementedError:
        # A file system without locks: the claims in the records have to do.
        yield
        return
    try:
        yield
    finally:
        lock.release()


def claim(folder: Path, record: Record) -> None:
    """Enter a run into the records; call it under the lock. `SlotTakenError` where a living run has entered itself before."""
    path = _path(folder, record.slot)
    if _created(path, record):
        return
    before = _read(path)
    if before is not None and before.state == "running" and _lives(before, path):
        owner = before.owner
        raise SlotTakenError(f"{path}: process {owner.pid} on {owner.host} is at work on this slot")
    replace(folder, record)


def replace(folder: Path, record: Record) -> None:
    """Put the record in place of the slot's earlier one, in one step."""
    _written(folder, record).replace(_path(folder, record.slot))


def is_ours(folder: Path, record: Record) -> bool:
    """Whether the slot's record is still that of this run."""
    found = _read(_path(folder, record.slot))
    return found is None or found.owner == record.owner


@contextmanager
def showing_life(folder: Path, record: Record) -> Iterator[None]:
    """Touch the record every minute, for other machines, as long as the run lasts."""
    path, over = _path(folder, record.slot), threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                os.utime(path)
            except OSError:
                continue

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def forget_the_oldest(folder: Path, most: int = MOST_RECORDS) -> None:
    """Keep the latest records only."""
    for path in sorted(folder.glob("*.json"))[:-most]:
        path.unlink(missing_ok=True)


def _created(path: Path, record: Record) -> bool:
    """Enter the record unless the slot has one; it appears with all it says, or not at all."""
    whole = _written(path.parent, record)
    try:
        os.link(whole, path)
    except FileExistsError:
        return False
    except OSError:  # no hard links here
        return _created_alone(path, record)
    finally:
        whole.unlink()
    return True


def _created_alone(path: Path, record: Record) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(record.model_dump_json())
    except FileExistsError:
        return False
    return True


def _written(folder: Path, record: Record) -> Path:
    """The record in a file of another name, on the disk."""
    path = folder / f".{record.owner.token}.part"
    with path.open("w", encoding="utf-8") as file:
        file.write(record.model_dump_json(indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _read(path: Path) -> Record | None:
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _lives(record: Record, path: Path) -> bool:
    """Whether a run that entered itself may be alive; one on this machine would hold the lock, which we hold."""
    return record.owner.host != platform.node() and _age(path) < LEASE_SECONDS


def _age(path: Path) -> float:
    """Seconds since a file was touched, by the clock of the machine that keeps it."""
    probe = path.parent / f".{uuid.uuid4().hex}.part"
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime
    except OSError:
        return time.time() - path.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _path(folder: Path, slot: datetime) -> Path:
    return folder / f"{slot.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
