"""Which slot is due, and running it once: missed weeks are caught up, a slot that ran never runs again, one that failed is not lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lowback.ending import Ending
from lowback.scheduling.records import (
    Record,
    forget_the_oldest,
    keep,
    latest_published,
    one_at_a_time,
    read_records,
    slots_folder,
    this_process,
)
from lowback.scheduling.schedule import Schedule
from lowback.scheduling.slots import latest_slot, next_slot, slots_between

CAN_PASS = (
    Ending.ALREADY_RUNNING,
    Ending.INPUT_REFUSED,
    Ending.TIME_LIMIT,
    Ending.KERNEL_DIED,
    Ending.STORAGE,
)
"""How a run ends that may go well when it is tried again with nothing changed by a person; new data may arrive."""
WAIT_FOR_A_PERSON = timedelta(hours=24)
MOST_MISSED_NAMED = 100


@dataclass(frozen=True)
class Turn:
    """A slot that is due: the missed slots before it that it catches up, and what reports were made from before."""

    slot: datetime
    after: datetime | None = None
    missed: tuple[datetime, ...] = ()
    attempts: int = 1
    data_before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotDue:
    """Why no slot is due, in words, and when the next one is; `ending` is that of a failure that waits for a person."""

    why: str
    next: datetime
    ending: Ending = Ending.DONE


@dataclass(frozen=True)
class Went:
    """How a run in a slot went: its ending, whether that can pass, and by report the hash of the data it was made from."""

    ending: Ending
    can_pass: bool
    data: Mapping[str, str] = field(default_factory=dict)


def went(ending: Ending, data: Mapping[str, str] | None = None) -> Went:
    """A run by its ending alone."""
    return Went(ending, ending in CAN_PASS, data or {})


def due(
    schedule: Schedule, records: Mapping[datetime, Record], now: datetime, *, force: bool = False
) -> Turn | NotDue:
    """The latest slot, if nobody has made its report; `force` tries again what waits for a person.

    Only the latest slot is ever due: it catches up those before it. A record from a future slot but one tells of a clock that was
    wrong, so it settles no slot but its own.
    """
    slot, following = latest_slot(schedule, now), next_slot(schedule, now)
    if schedule.since is not None and slot <= schedule.since:
        return NotDue("no slot since the schedule was made", following)
    own = records.get(slot)
    if own is not None and own.state == "published":
        return NotDue(f"the slot of {_shown(slot, schedule)} has its report", following)
    later = [one for at, one in records.items() if slot < at <= following and _settles(one, slot)]
    if later:
        return NotDue(f"the slot of {_shown(slot, schedule)} was caught up by a later one", following)
    if own is not None and own.state == "failed" and not force and _waits(own, now):
        ending = own.ending or Ending.PARTLY_FAILED
        said = (
            f"the slot of {_shown(slot, schedule)} failed with code {int(ending)}, which waits for a person"
        )
        return NotDue(f"{said}; --force tries it again at once", following, ending)
    last = latest_published(records, slot)
    after = max((one for one in (schedule.since, last and last.slot) if one), default=None)
    missed = slots_between(schedule, after, slot)[:-1] if after is not None else ()
    attempts = own.attempts + 1 if own is not None else 1
    return Turn(slot, after, missed, attempts, _data_before(records, slot))


def run_due(
    schedule: Schedule,
    target: Path,
    run: Callable[[Turn], Went],
    now: datetime | None = None,
    *,
    force: bool = False,
) -> Went | NotDue:
    """Run the slot that is due, once among all machines that share the folder of `target`, and record how it went.

    Raises `SlotTakenError` while another run is at work, `OSError` where the records cannot be kept.
    """
    now, folder = now or datetime.now(UTC), slots_folder(target)
    if isinstance(early := due(schedule, read_records(folder), now, force=force), NotDue):
        return early
    with one_at_a_time(folder):
        turn = due(schedule, read_records(folder), now, force=force)
        if isinstance(turn, NotDue):
            return turn
        record = _begun(turn, now)
        keep(folder, record)
        ended = run(turn)
        keep(folder, _ended(record, ended))
        forget_the_oldest(folder)
        return ended


def _data_before(records: Mapping[datetime, Record], slot: datetime) -> dict[str, str]:
    """By report, the hash of what it was last made from in an earlier slot, whatever became of the other reports of that slot."""
    earlier = [records[at].data for at in sorted(records) if at < slot]
    return {name: digest for data in earlier for name, digest in data.items() if digest}


def _settles(record: Record, slot: datetime) -> bool:
    """Whether a later slot's report stands for this one as well."""
    return record.state == "published" and record.after is not None and record.after < slot


def _waits(record: Record, now: datetime) -> bool:
    """Whether a failure that cannot pass by itself is still to be looked at by a person; a day is given."""
    if record.can_pass or record.ended is None:
        return False
    return record.ended <= now < record.ended + WAIT_FOR_A_PERSON


def _begun(turn: Turn, now: datetime) -> Record:
    host, process = this_process()
    return Record(
        slot=turn.slot,
        state="running",
        host=host,
        process=process,
        started=now,
        attempts=turn.attempts,
        after=turn.after,
        missed=turn.missed[:MOST_MISSED_NAMED],
        missed_count=len(turn.missed),
    )


def _ended(record: Record, ended: Went) -> Record:
    state = "published" if ended.ending == Ending.DONE else "failed"
    said = {"ending": ended.ending, "can_pass": ended.can_pass, "data": ended.data}
    return record.model_copy(update={"state": state, "ended": datetime.now(UTC), **said})


def _shown(slot: datetime, schedule: Schedule) -> str:
    return f"{slot.astimezone(schedule.zone):%A %Y-%m-%d %H:%M %Z}"
