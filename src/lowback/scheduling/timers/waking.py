"""The command that every timer calls, and the moments at which it has to."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.schedule import Schedule
from lowback.scheduling.slots import slots_between
from lowback.scheduling.words import Every

AHEAD = timedelta(days=366 * 10)
A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Waking:
    """Who is to be woken for what: the schedule, the words of the command, and a name that no other request has."""

    schedule: Schedule
    command: tuple[str, ...]
    name: str
    now: datetime

    @property
    def rule(self) -> Every:
        """What the schedule says."""
        return self.schedule.rule


def waking(
    schedule: Schedule, request: Path, data: Path | None, out: Path | None, now: datetime | None = None
) -> Waking:
    """The command for a request, every path absolute, and its name: readable, and different for every request file."""
    request = request.resolve()
    # -P: a folder called lowback where the timer happens to stand is not ours.
    words = [sys.executable, "-P", "-m", "lowback", "report", str(request), "--slot", "latest"]
    for option, folder in (("--data", data), ("--out", out)):
        if folder is not None:
            words += [option, str(folder.resolve())]
    if any("\0" in word for word in words):
        raise ConfigurationError(f"{str(request)!r}: a path holds no zero byte")
    plain = re.sub(r"[^a-z0-9]+", "-", request.stem.lower()).strip("-")[:40] or "report"
    place = hashlib.sha256(str(request).encode(errors="surrogateescape")).hexdigest()[:8]
    return Waking(schedule, tuple(words), f"lowback-{plain}-{place}", now or datetime.now(UTC))


def minutes_of_slots(one: Waking, wall: tzinfo | None = None) -> tuple[int, ...]:
    """The minutes after a full hour, by the clock of `wall` (none: this machine's), at which slots of a year fall."""
    year = slots_between(one.schedule, one.now, one.now + A_YEAR)
    return tuple(sorted({slot.astimezone(wall).minute for slot in year}))


def slots_after_gaps(one: Waking) -> tuple[datetime, ...]:
    """The slots of ten years whose time on the wall does not exist, which calendars of other systems leave out."""
    if one.rule.at is None:
        return ()
    ahead = slots_between(one.schedule, one.now, one.now + AHEAD)
    return tuple(slot for slot in ahead if slot.astimezone(one.schedule.zone).time() != one.rule.at)
