"""How often a report is made, in words: `monday 06:00`, `month last 06:00`, `hour`; refused with what is allowed."""

from __future__ import annotations

import re
from calendar import day_name, monthrange
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from lowback.checked_yaml import unknown_name

DAYS = tuple(name.lower() for name in day_name)
EXAMPLES = (
    "hour",
    "day 06:00",
    "weekday 06:00",
    "monday 06:00",
    "2 weeks monday 06:00",
    "month 1 06:00",
    "month last 06:00",
)
FIRST_WORDS = ("hour", "day", "weekday", *DAYS, "month")
SHORTEST_DAY = 3
"""Letters of a day's name that tell it: `mon`, `tues`."""
MOST_WEEKS = 52
EVERY_MONTH_HAS = 28
A_MONDAY = date(2024, 1, 1)
"""Where weeks are counted from when the words name no date."""
Kind = Literal["hour", "day", "weekday", "week", "month"]


@dataclass(frozen=True)
class Every:
    """What the words say: on which days of the calendar, and at which time of the clock on the wall.

    `weekday` is 0 on Monday; `day` counts from 1, and 0 is the last of the month; of `weeks` weeks, one has a slot,
    counted from the week of `start`. `at` is None for every full hour.
    """

    words: str
    kind: Kind
    at: time | None = None
    weekday: int = 0
    weeks: int = 1
    day: int = 1
    start: date = A_MONDAY

    def falls_on(self, day: date) -> bool:
        """Whether this day of the calendar has a slot."""
        if self.kind == "weekday":
            return day.weekday() < 5
        if self.kind == "week":
            return (
                day.weekday() == self.weekday
                and (_monday(day) - _monday(self.start)).days % (7 * self.weeks) == 0
            )
        if self.kind == "month":
            return day.day == (self.day or monthrange(day.year, day.month)[1])
        return True

    def times(self) -> tuple[time, ...]:
        """The times of such a day, by the clock on the wall."""
        return (self.at,) if self.at is not None else tuple(time(hour) for hour in range(24))


def read_every(text: str) -> Every:
    """The words as a rule; a `ValueError` names the word that cannot be used and what is allowed."""
    words = [_whole(word) for word in text.lower().split()]
    if not words:
        raise _refused("no words")
    if words == ["hour"]:
        return Every("hour", "hour")
    if re.fullmatch(r"[0-9]{1,4}", words[0], re.ASCII):
        return _weeks(words)
    if words[0] not in FIRST_WORDS:
        raise _refused(f"{words[0]!r}; {unknown_name(words[0], list(FIRST_WORDS))}")
    if words[0] == "month":
        _expect(words, 3)
        return Every(" ".join(words), "month", _time(words[2]), day=_day(words[1]))
    _expect(words, 1 if words[0] == "hour" else 2)
    at = _time(words[1])
    if words[0] in DAYS:
        return Every(" ".join(words), "week", at, weekday=DAYS.index(words[0]))
    return Every(" ".join(words), "day" if words[0] == "day" else "weekday", at)


def _whole(word: str) -> str:
    """A day's whole name for its first letters, such as monday for `mon`; any other word as it is."""
    begun = [day for day in DAYS if len(word) >= SHORTEST_DAY and day.startswith(word)]
    return begun[0] if begun else word


def _weeks(words: list[str]) -> Every:
    """`2 weeks monday 06:00`, counted from the week of a date if it ends in `from 2026-11-30`."""
    start = A_MONDAY
    if len(words) == 6 and words[4] == "from":
        start = _date(words[5])
    else:
        _expect(words, 4)
    weeks = int(words[0])
    if words[1] not in ("weeks", "week") or not 1 <= weeks <= MOST_WEEKS:
        raise _refused(f"{' '.join(words[:2])!r}; allowed: 1 to {MOST_WEEKS} weeks")
    if words[2] not in DAYS:
        raise _refused(f"{words[2]!r}; {unknown_name(words[2], list(DAYS))}")
    at = _time(words[3])
    return Every(" ".join(words), "week", at, weekday=DAYS.index(words[2]), weeks=weeks, start=start)


def _time(word: str) -> time:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", word, re.ASCII):
        raise _refused(f"{word!r} is no time; allowed 00:00 to 23:59, such as 06:00")
    return time.fromisoformat(word)


def _day(word: str) -> int:
    if word == "last":
        return 0
    if not re.fullmatch(r"[0-9]{1,2}", word, re.ASCII) or not 1 <= int(word) <= EVERY_MONTH_HAS:
        raise _refused(f"day {word!r}; allowed 1 to {EVERY_MONTH_HAS}, which every month has, or 'last'")
    return int(word)


def _date(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise _refused(f"{word!r} is no date; allowed such as 2026-11-30") from None


def _expect(words: list[str], count: int) -> None:
    if len(words) != count:
        raise _refused(f"{len(words)} words where {count} belong")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _refused(why: str) -> ValueError:
    return ValueError(f"{why}. Such as: {', '.join(EXAMPLES)}")
