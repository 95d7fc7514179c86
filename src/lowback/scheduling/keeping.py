"""Writes a schedule and the files of its timer beside the request, each whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from lowback.checked_yaml import read_checked
from lowback.scheduling.schedule import Schedule, asked_schedule, schedule_file, schedule_text


def kept_schedule(request: Path, every: str, tz: str) -> Schedule:
    """The schedule asked for, since now, or since it was asked for first where nothing about it changes."""
    asked = asked_schedule(every, tz, datetime.now(UTC).replace(microsecond=0))
    file = schedule_file(request)
    if file.exists():
        before = read_checked(file, Schedule)
        if (before.every, before.tz) == (asked.every, asked.tz):
            return before
    return asked


def write_schedule(request: Path, schedule: Schedule, files: Mapping[str, bytes]) -> dict[str, Path]:
    """Write the schedule and, under the request's name, each file by its ending; returns where they are."""
    whole = {
        schedule_file(request): schedule_text(schedule).encode(),
        **{request.with_name(request.stem + ending): content for ending, content in files.items()},
    }
    for path, content in whole.items():
        part = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    return {ending: request.with_name(request.stem + ending) for ending in files}


def delete_files(request: Path, endings: Iterable[str]) -> None:
    """Delete what was written for a timer beside the request; the schedule itself stays."""
    for ending in endings:
        request.with_name(request.stem + ending).unlink(missing_ok=True)
