"""Every report and edition below a folder, as the index shows them: read from manifests and failure records alone.

Nothing that stands in those files is trusted: a manifest that is damaged makes an entry that says so, and stops no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from os import DirEntry, scandir
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lowback.archive.reading import LISTED
from lowback.publish.failing import read_failed
from lowback.publish.history import NAME as HISTORY
from lowback.publish.history import parsed
from lowback.publish.manifest import NAME as MANIFEST
from lowback.publish.manifest import looked_over, read_manifest
from lowback.publish.moved import Moved, levels_in, margins_of, moved

DEEPEST = 5
"""Folders below the one that is asked for."""
MOST_FOLDERS = 20_000
"""Folders that are looked into, the nearest first, so that a home directory does not take minutes."""
OWN = {"notebooks", "figures"}
"""Folders inside a report, in which there is no other."""
TAIL = 400_000
"""Bytes at the end of a history that are read for its figure: the runs of half a year and more."""
REPORT = "report.html"
LONGEST = 400
"""Characters of a headline or failure that a row shows."""


@dataclass(frozen=True)
class Shelved:
    """A report as a row of the index; `state` is `published`, `failed` (its last run), `damaged` or `never published`.

    `age` is that of the data in days when the index was written, and `stale` whether the request finds that too old; both None
    where the data bear no date or the request names no limit.
    """

    name: str
    title: str
    value: str
    link: str
    state: str
    headline: str = ""
    failure: str = ""
    failed: str = ""
    data_date: str = ""
    run: str = ""
    age: int | None = None
    stale: bool | None = None
    verdicts: tuple[tuple[str, int], ...] = ()
    claims: tuple[tuple[str, int], ...] = ()
    refused: int = 0
    course: Moved | None = None
    is_public: bool = False

    @property
    def freshness(self) -> str:
        """Whether the data are fresh by what the request asks, in a word."""
        if self.age is None:
            return "no date"
        return "not limited" if self.stale is None else "stale" if self.stale else "fresh"

    @property
    def needs_attention(self) -> bool:
        """Whether somebody should look at it."""
        return self.state != "published" or bool(self.stale)


def shelf(folder: Path, today: date) -> tuple[list[Shelved], bool]:
    """Every report below a folder, those that need attention first, then by name; and whether all folders were looked into."""
    found, whole = _places(folder)
    entries = [_entry(folder, place, failed, today) for place, failed in sorted(found.items())]
    entries.sort(key=lambda one: not one.needs_attention)
    return entries, whole


def _places(folder: Path) -> tuple[dict[Path, Path | None], bool]:
    """Folders of reports, and of reports that have only ever failed, each with what its last failed run left."""
    found: dict[Path, Path | None] = {}
    waiting = deque([(folder, 0)])
    seen = 0
    while waiting:
        if seen == MOST_FOLDERS:
            return found, False
        seen += 1
        place, depth = waiting.popleft()
        for one in _folders(place):
            path = Path(one.path)
            if one.name.startswith("."):
                if one.name.endswith(".failed"):
                    found[place / one.name[1 : -len(".failed")]] = path
            elif depth < DEEPEST and one.name not in OWN:
                waiting.append((path, depth + 1))
        if (place / MANIFEST).is_file() and place != folder:
            found.setdefault(place, None)
    return found, True


def _folders(place: Path) -> list[DirEntry[str]]:
    try:
        with scandir(place) as entries:
            return sorted(
                (one for one in entries if one.is_dir(follow_symlinks=False)), key=lambda one: one.name
            )
    except OSError:
        return []


def _entry(folder: Path, place: Path, failed: Path | None, today: date) -> Shelved:
    """A report as the index shows it, by its manifest and by what its last failed run left."""
    manifest = read_manifest(place)
    link = "/".join(quote(part) for part in (*place.relative_to(folder).parts, REPORT))
    name = place.relative_to(folder).as_posix()
    when, why = _failure(place, failed)
    if manifest is None and failed is None:
        return Shelved(
            name, name, "", f"./{link}", "damaged", failure=f"{MANIFEST} is not that of a report or cannot be read"
        )  # fmt: skip
    if manifest is None:
        return Shelved(name, name, "", "", "never published", failure=why, failed=when)
    try:
        return _published(name, f"./{link}", place, manifest, today, (when, why) if failed else None)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        return Shelved(name, name, "", f"./{link}", "damaged", failure=f"{MANIFEST} is damaged ({type(error).__name__})")  # fmt: skip


def _published(
    name: str,
    link: str,
    place: Path,
    manifest: Mapping[str, Any],
    today: date,
    failed: tuple[str, str] | None,
) -> Shelved:
    edition = manifest.get("edition") or {}
    answers = [one for one in manifest.get("answers") or () if isinstance(one, dict)]
    data_date = str(manifest.get("data_date") or "")
    age = _age(data_date, today)
    limit = manifest.get("newest_within_days")
    problem = _damage(place, manifest)
    return Shelved(
        name=name,
        title=str(manifest.get("title") or name),
        value=str(edition.get("value") or ""),
        link=link,
        state="damaged" if problem else "failed" if failed else "published",
        headline=_cut(str(manifest.get("headline") or "")),
        failure=problem or (failed[1] if failed else ""),
        failed=failed[0] if failed else "",
        data_date=data_date,
        run=str(manifest.get("started") or ""),
        age=age,
        stale=age > limit if age is not None and isinstance(limit, (int, float)) else None,
        verdicts=_counted(str(one.get("verdict") or "") for one in answers),
        claims=tuple((str(verdict), int(count)) for verdict, count in (manifest.get("claims") or {}).items()),
        refused=sum(bool(one.get("refused")) for one in answers),
        course=_course(place, manifest, answers),
        is_public=manifest.get("audience") == "public",
    )


def _damage(place: Path, manifest: Mapping[str, Any]) -> str:
    """What a quick look shows to be wrong; `lowback diff` and `replay` read every byte."""
    if any(not isinstance(manifest.get(key), kind) for key, kind in LISTED.items()):
        return f"{MANIFEST} is damaged"
    problems = looked_over(place, manifest)
    return problems[0] if problems else ""


def _failure(place: Path, failed: Path | None) -> tuple[str, str]:
    """When and why the last run failed, as its record says."""
    told = read_failed(place) if failed is not None else None
    if told is None:
        return ("", "") if failed is None else ("", "the last run failed and left no record")
    others = told.get("failures")
    more = len(others) - 1 if isinstance(others, list) else 0
    sentence = _cut(str(told["sentence"]))
    return str(told["when"]), f"{sentence} (and {more} more)" if more > 0 else sentence


def _course(place: Path, manifest: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Moved | None:
    """How the first estimate of the answer in the headline moved, if there were several runs."""
    told = sorted((one for one in answers if not one.get("refused")), key=lambda one: not one.get("verdict"))
    path = place / HISTORY
    if not told or not path.is_file():
        return None
    key = (told[0].get("analysis"), told[0].get("estimand"))
    courses = moved(parsed(_tail(path)), margins_of(manifest["study"]), levels_in(manifest))
    first = next((one for one in courses if (one.analysis, one.estimand) == key), None)
    return first if first is not None and len(first.points) > 1 else None


def _tail(path: Path) -> str:
    """The head of a history and its last rows, whole lines alone, so that ten years are not read for a small figure."""
    with path.open("rb") as file:
        head = file.readline()
        size = path.stat().st_size
        if size - len(head) > TAIL:
            file.seek(size - TAIL)
            file.readline()
        return (head + file.read()).decode("utf-8")


def _age(day: str, today: date) -> int | None:
    try:
        return (today - date.fromisoformat(day)).days
    except ValueError:
        return None


def _counted(verdicts: Iterator[str]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for one in verdicts:
        if one:
            found[one] = found.get(one, 0) + 1
    return tuple(found.items())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " ..."
