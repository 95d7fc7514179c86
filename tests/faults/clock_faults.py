"""Clocks, daylight saving time and leap days: the slots of the table in tests/scheduling, and runs under a wrong clock."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

from fault_cases import DONE, NEW, Case
from fault_desk import Desk, NotSurvivedError

sys.path.append(str(Path(__file__).resolve().parents[1] / "scheduling"))

from clock_cases import CASES, ClockCase, utc

from lowback.scheduling.schedule import asked_schedule
from lowback.scheduling.slots import slots_between

YEAR = 366 * 86_400.0
FAMILY = "clocks, DST and leap days"


def clock_cases() -> list[Case]:
    """The table's cases, then sources and reports whose times lie where they cannot."""
    return [
        *(Case(FAMILY, one.name, DONE, partial(_slots, one), bare=True) for one in CASES),
        Case(FAMILY, "sources changed a year from now", DONE, partial(_shifted, YEAR, "sources")),
        Case(FAMILY, "sources changed in 1970", DONE, partial(_shifted, -time.time(), "sources")),
        Case(FAMILY, "a report made a year from now", DONE, partial(_shifted, YEAR, "report")),
        Case(FAMILY, "the lock's files a year from now", DONE, partial(_shifted, YEAR, "lock")),
    ]


def _slots(one: ClockCase, _: Desk) -> int:
    found = slots_between(asked_schedule(one.every, one.tz), utc(one.after), utc(one.until))
    if found != tuple(utc(slot) for slot in one.slots):
        raise NotSurvivedError(f"slots {found}")
    return 0


def _shifted(seconds: float, what: str, desk: Desk) -> int:
    desk.ask(NEW)
    chosen = {
        "sources": [one for one in desk.folder.iterdir() if one.is_file() and not one.name.startswith(".")],
        "report": [*desk.report.rglob("*"), desk.report],
        "lock": [one for one in desk.folder.iterdir() if one.name.startswith(".")],
    }
    at = max(0.0, time.time() + seconds)
    for path in chosen[what]:
        os.utime(path, (at, at))
    return desk.run()
