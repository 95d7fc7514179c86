"""When a report is made: the words, the time zone and since when, as `<request>.schedule.yml` keeps them beside the request."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_validator

from lowback.checked_yaml import ConfigurationError, checked, read_checked
from lowback.scheduling.words import Every, read_every

ENDING = ".schedule.yml"
NOT_ZONES = {"localtime", "Factory", "posixrules"}
"""Names beside the zones that mean no place."""
OFFSET = re.compile(r"[-+]\d")
"""What is never answered by a nearest name: Etc/GMT+1 is an hour behind Greenwich."""


class Schedule(BaseModel):
    """Slots in words (`every`) in a named time zone (`tz`); what lies before `since` was never asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    every: str
    tz: str
    since: AwareDatetime | None = None

    @field_validator("every")
    @classmethod
    def _every_can_be_read(cls, words: str) -> str:
        return read_every(words).words

    @field_validator("tz")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return checked_zone(name)

    @cached_property
    def rule(self) -> Every:
        """What the words say."""
        return read_every(self.every)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.tz)


def asked_schedule(every: str, tz: str, since: datetime | None = None) -> Schedule:
    """The schedule that a person asks for; a `ConfigurationError` says what is wrong with the words or the zone."""
    return checked({"every": every, "tz": tz, "since": since}, Schedule, "schedule")


def checked_zone(name: str) -> str:
    """The name, if the tz database has it; a `ValueError` names the nearest that it has."""
    known = available_timezones() - NOT_ZONES
    if name in known:
        return name
    if OFFSET.search(name):
        raise ValueError(
            "an offset, which knows no summer time; allowed are names of the tz database such as 'Europe/Amsterdam'"
        )
    near = _same_place(name, known) or get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" (did you mean {' or '.join(repr(one) for one in near)}?)" if near else ""
    raise ValueError(
        f"no such time zone; allowed are names of the tz database such as 'Europe/Amsterdam'{hint}"
    )


def schedule_file(request: Path) -> Path:
    """Where the schedule of a request is kept."""
    return request.with_name(request.stem + ENDING)


def read_schedule(request: Path) -> Schedule:
    """The schedule that stands beside a request; refused where there is none, saying how to make one."""
    file = schedule_file(request)
    if not file.exists():
        raise ConfigurationError(
            f"{file}: no such file; make one with: lowback schedule {shlex.quote(str(request))} --every 'monday 06:00' --tz Europe/Amsterdam"
        )
    return read_checked(file, Schedule)


def schedule_text(schedule: Schedule) -> str:
    """The schedule as its file holds it."""
    lines = ["# Written by lowback schedule; slots before `since` were never asked for."]
    content = {"every": schedule.every, "tz": schedule.tz}
    if schedule.since is not None:
        content["since"] = schedule.since.astimezone(UTC).isoformat(timespec="seconds")
    # Text in JSON is text in YAML.
    return "\n".join([*lines, *(f"{key}: {json.dumps(value)}" for key, value in content.items())]) + "\n"


def _same_place(name: str, known: set[str]) -> list[str]:
    """Zones whose last part is what was given, such as Amsterdam for Europe/Amsterdam."""
    place = name.replace(" ", "_").rpartition("/")[2].casefold()
    return sorted(one for one in known if one.rpartition("/")[2].casefold() == place)[:3]
