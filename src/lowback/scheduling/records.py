"""What ran in which slot: a small file a slot beside the report, made whole or not at all, so that a crash leaves none half-made."""

from __future__ import annotations

import os
import platform
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from lowback.ending import Ending

MOST_RECORDS = 1000
State = Literal["running", "published", "failed"]


class SlotTakenError(Exception):
    """Another run, here or on another machine, is at work on the slot."""


class Record(BaseModel):
    """What became of one slot, and which process of which machine ran it.

    A published slot settles those later than `after` that nobody ran; `missed` are the first of them, `missed_count` all. `data` are the
    hashes of the data that each of its reports was made from.
    """

    model_config = ConfigDict(frozen=True)

    slot: AwareDatetime
    state: State
    host: str
    process: int
    started: AwareDatetime
    ended: AwareDatetime | None = None
    ending: Ending | None = None
    can_pass: bool = True
    attempts: int = 1
    after: AwareDatetime | None = None
    missed: tuple[AwareDatetime, ...] = ()
    missed_count: int = 0
    data: Mapping[str, str] = {}


def slots_folder(target: Path) -> Path:
    """Where the records of a report's slots are kept: hidden, beside the report's folder."""
    return target.parent / f".{target.name}.slots"


def this_process() -> tuple[str, int]:
    """The machine and the process that run this."""
    return platform.node(), os.getpid()


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
    """Keep every other run of these slots out, on this machine and others; `SlotTakenError` where one is at work.

    What a dead run holds is free: the lock ends with its process, or with the machine's last sign of life.
    """
    from lowback.publish.owning import OwnedError, owned

    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(owned(folder / "lock", folder / "owner"))
        except OwnedError as error:
            raise SlotTakenError(f"{folder}: {error} is at work on the slot") from None
        yield


def keep(folder: Path, record: Record) -> None:
    """Put the record in place of the slot's earlier one, in one step and on the disk; call it under the lock."""
    path = folder / f"{record.slot.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
    draft = folder / f".{uuid.uuid4().hex}.draft"
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(record.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def forget_the_oldest(folder: Path, most: int = MOST_RECORDS) -> None:
    """Keep the latest records only, and no draft that a crash left."""
    for path in (*sorted(folder.glob("*.json"))[:-most], *folder.glob(".*.draft")):
        path.unlink(missing_ok=True)


def _read(path: Path) -> Record | None:
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
