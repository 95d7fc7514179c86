"""A timer and a service for systemd of the user: it knows time zones, and wakes after a night in which the machine was off."""

from __future__ import annotations

from datetime import UTC

from lowback.scheduling.timers.waking import Waking, slots_after_gaps
from lowback.scheduling.words import DAYS, Every

RETRY_SECONDS = 1800


def service(one: Waking) -> str:
    """The unit that runs the command once; it is tried again after a failure, unless the request itself is wrong."""
    # The colon keeps $ as it is; everything else that systemd would read is escaped by `quoted`.
    words = " ".join(quoted(word) for word in one.command)
    return f"""\
[Unit]
Description={one.name}

[Service]
Type=oneshot
EnvironmentFile=-%h/.config/lowback/environment
ExecStart=:{words}
Restart=on-failure
RestartSec={RETRY_SECONDS}
RestartPreventExitStatus=2
"""


def timer(one: Waking) -> str:
    """The unit that wakes the service at each slot, those included that the clock jumps over."""
    calendars = [
        calendar(one),
        *(f"{slot.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" for slot in slots_after_gaps(one)),
    ]
    lines = "\n".join(f"OnCalendar={words}" for words in calendars)
    return f"""\
[Unit]
Description={one.name} ({one.rule.words}, {one.schedule.tz})

[Timer]
{lines}
Persistent=true
AccuracySec=1min
Unit={one.name}.service

[Install]
WantedBy=timers.target
"""


def calendar(one: Waking) -> str:
    """The slots as systemd words them; of several weeks every one, since the command knows which it is."""
    at = "*:00:00" if one.rule.at is None else f"{one.rule.at:%H:%M}:00"
    return f"{_days(one.rule)} {at} {one.schedule.tz}"


def quoted(word: str) -> str:
    """One word of a command line as systemd reads it (systemd.service, "Command lines"; systemd.unit, "Specifiers")."""
    return '"' + "".join(_escaped(letter) for letter in word) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter == "%":
        return "%%"
    if letter == "\n":
        return "\\n"
    if ord(letter) < 32 or ord(letter) == 127 or 0xDC80 <= ord(letter) <= 0xDCFF:
        # A lone surrogate is how Python writes a byte of a file's name that is no UTF-8.
        return f"\\x{letter.encode(errors='surrogateescape')[0]:02x}"
    return letter


def _days(rule: Every) -> str:
    if rule.kind == "weekday":
        return "Mon..Fri *-*-*"
    if rule.kind == "week":
        return f"{DAYS[rule.weekday][:3].title()} *-*-*"
    if rule.kind == "month":
        return f"*-*-{rule.day:02d}" if rule.day else "*-*~01"
    return "*-*-*"
