"""The moments that a schedule names, worked out from the calendar of its time zone alone, never from when it is asked.

Moments are in UTC, where they have one order; two times of one zone would be compared by the clock on the wall, which goes back
once a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lowback.scheduling.schedule import Schedule
from lowback.scheduling.words import MOST_WEEKS, Every

SECOND = timedelta(seconds=1)
MARGIN = timedelta(days=2)
"""How far the date on the wall may be from the date in UTC, a skipped day included."""
LONGEST_WAIT = timedelta(weeks=MOST_WEEKS + 2)


def slots_between(schedule: Schedule, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """Every slot later than `after` and not later than `until`, in order, in UTC."""
    after, until = after.astimezone(UTC), until.astimezone(UTC)
    found: set[datetime] = set()
    day, last = (after - MARGIN).date(), (until + MARGIN).date()
    while day <= last:
        if schedule.rule.falls_on(day):
            found.update(_of_day(schedule.rule, day, schedule.zone))
        day += timedelta(days=1)
    return tuple(sorted(one for one in found if after < one <= until))


def latest_slot(schedule: Schedule, now: datetime) -> datetime:
    """The last slot that is not later than `now`."""
    return next(found[-1] for span in _spans() if (found := slots_between(schedule, now - span, now)))


def next_slot(schedule: Schedule, now: datetime) -> datetime:
    """The first slot later than `now`."""
    return next(found[0] for span in _spans() if (found := slots_between(schedule, now, now + span)))


def in_gap(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a time on the wall, given without zone, is one that the clock jumps over."""
    there = moment.replace(tzinfo=zone, fold=0)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment


def _spans() -> Iterator[timedelta]:
    """Ever wider stretches to look in; the widest holds a slot of any schedule."""
    span = timedelta(days=2)
    while span < LONGEST_WAIT:
        yield span
        span *= 4
    yield LONGEST_WAIT


def _of_day(rule: Every, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The slots of one day; the second of two equal times on the wall counts only where every hour is asked for."""
    for at in rule.times():
        yield _moment(day, at, zone, fold=0)
        if rule.kind == "hour":
            yield _moment(day, at, zone, fold=1)


def _moment(day: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    """When the clock on the wall shows this; the first moment after the gap where it jumps over it."""
    wall = datetime.combine(day, at)
    if in_gap(wall, zone):
        return _end_of_gap(wall, zone)
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock jumps over `wall`, to the second.

    A time in a gap, read with the offset after the jump (fold 1), lies before it; read with the offset before it (fold 0), after it
    (PEP 495).
    """
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
