"""The index of all reports below a folder: one page that opens from the disk, with a search where scripts are allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lowback.archive.pages import page, refuse_others, write_over
from lowback.archive.shelf import Shelved, shelf
from lowback.checked_yaml import ConfigurationError
from lowback.publish.manifest import read_manifest

NAME = "index.html"
LONGEST_WAIT = 60.0
"""Seconds that a run waits for others to have written the index."""


def write_index(folder: Path, now: datetime | None = None) -> tuple[Path, int]:
    """Write `index.html` into a folder, over an earlier one of ours alone; its path and how many reports it lists.

    Raises `ConfigurationError` where another file of that name would be lost, OSError where the folder cannot be written.
    """
    path = folder / NAME
    refuse_others(path)
    inside = next((one for one in (folder, *folder.resolve().parents) if read_manifest(one)), None)
    if inside is not None:
        raise ConfigurationError(
            f"{folder}: lies in the report {inside}, which an index would spoil; name a folder above it"
        )
    with _alone(folder):
        moment = now or datetime.now(UTC)
        entries, whole = shelf(folder, moment.date())
        write_over(path, index_page(entries, folder.resolve().name, moment, whole=whole))
    return path, len(entries)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others from writing the index meanwhile, so that the one who looked last writes last; clear up after the dead."""
    try:
        held = FileLock(folder / f".{NAME}.lock", timeout=LONGEST_WAIT).acquire()
    except Timeout:
        raise ConfigurationError(
            f"{folder / NAME}: others have been writing it for {LONGEST_WAIT:g} s"
        ) from None
    with held:
        for left in folder.glob(f".{NAME}.*.new"):
            left.unlink(missing_ok=True)
        yield


def index_page(entries: Sequence[Shelved], place: str, now: datetime, *, whole: bool = True) -> str:
    """The page that lists these reports; `whole` says whether every folder was looked into.

    Where all are for the public it tells its moment to the month, as they do: it is written after each run.
    """
    is_public = bool(entries) and all(one.is_public for one in entries)
    attention = sum(one.needs_attention for one in entries)
    content = {
        "place": place,
        "entries": entries,
        "attention": attention,
        "whole": whole,
        "written": f"{now:%B %Y}" if is_public else f"{now.day} {now:%B %Y, %H:%M} UTC",
        "moment": f"{now:%Y-%m}" if is_public else now.isoformat(timespec="seconds"),
        "filters": [
            ("site", "Site", _choices(one.value for one in entries)),
            ("verdict", "Verdict", _choices(verdict for one in entries for verdict in _verdicts(one))),
            ("state", "State", _choices(one.state for one in entries)),
            ("freshness", "Data", _choices(one.freshness for one in entries)),
        ],
        "verdicts_of": _verdicts,
        "age_words": _age_words,
    }
    return page("index.html", content, "index.js")


def _choices(values: Iterable[str]) -> list[tuple[str, int]]:
    """The values of a filter with how many reports have each, in order."""
    return sorted(Counter(one for one in values if one).items(), key=lambda one: one[0].casefold())


def _verdicts(one: Shelved) -> list[str]:
    """Everything that a report can be sought by: verdicts of certificates and claims, and that it refused a question."""
    certificates = [f"certificate: {verdict}" for verdict, _ in one.verdicts]
    claims = [f"claim: {verdict}" for verdict, _ in one.claims]
    return [*certificates, *claims, *(["not answered"] if one.refused else [])]


def _age_words(one: Shelved) -> Any:
    if one.age is None:
        return ""
    if one.age < 0:
        return f"{-one.age} days ahead"
    return "today" if one.age == 0 else "1 day old" if one.age == 1 else f"{one.age} days old"
