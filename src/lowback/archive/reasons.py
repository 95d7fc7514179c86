"""Why two reports may differ: data, code, parameters, notebook, mapping, study, request, by what their manifests say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lowback.archive.reading import Report
from lowback.publish.ingredients import COMPONENT

HASH = 12
"""Characters of a hash that are shown."""
MOST = 12
"""Changes of one kind that are told one by one."""
LONGEST = 160
"""Characters of a value that is told."""
KINDS = {**COMPONENT, "request": "request"}
"""Role of an input file in a manifest, and the kind of change that it stands for."""
DAY = re.compile(r"\d{4}-\d{2}")
ABSENT = object()


@dataclass(frozen=True)
class Reason:
    """One kind of change and what was changed, a sentence each."""

    kind: str
    said: tuple[str, ...]


def reasons(before: Report, after: Report) -> list[Reason]:
    """Everything that differs in how two reports were made, by kind; empty when the manifests record no difference."""
    one, other = before.manifest, after.manifest
    return _by_kind(
        *(("edition", said) for said in _values("edition", one, other)),
        *_data_date(one, other),
        *_people(before, after),
        *_files(one, other),
        *(("study", said) for said in _values("study", one, other)),
        *(("request", said) for name in ("seed", "smallest_count", "audience") for said in _values(name, one, other)),
        *(("parameters", said) for said in _values("parameters", one, other)),
        *_code(one, other),
    )  # fmt: skip


def changed_files(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Reason]:
    """The input files that differ between two manifests."""
    return _by_kind(*_files(one, other))


def changed_code(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Reason]:
    """What differs in versions, in this package's own files and in the commit."""
    return _by_kind(*_code(one, other))


def _by_kind(*told: tuple[str, str]) -> list[Reason]:
    found: dict[str, list[str]] = {}
    for kind, said in told:
        found.setdefault(kind, []).append(said)
    return [Reason(kind, _shortened(said)) for kind, said in found.items()]


def _data_date(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    dates = [str(each.get("data_date")) for each in (one, other)]
    # Data without a date go by a short name made of their hashes, which are told file by file.
    if dates[0] != dates[1] and all(DAY.match(day) for day in dates):
        yield "data", f"newest of {dates[0]}, now of {dates[1]}"


def _people(before: Report, after: Report) -> Iterator[tuple[str, str]]:
    """The most people that any statistic rests on."""
    most = [
        max((one.number("n_participants") for one in report.statistics.values() if "n_participants" in one.numbers), default=None)
        for report in (before, after)
    ]  # fmt: skip
    if most[0] is not None and most[1] is not None and most[0] != most[1]:
        yield "data", f"at most {most[0]:.0f} people in a statistic, now {most[1]:.0f}"


def _files(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Input files that came, went or changed; a file is known by its role and path."""
    old, new = ({(file["role"], file["path"]): file for file in each.get("inputs", ())} for each in (one, other))  # fmt: skip
    for role, path in dict.fromkeys((*new, *old)):
        kind = KINDS.get(role, str(role))
        before, after = old.get((role, path)), new.get((role, path))
        if before is None and after is not None:
            yield kind, f"{path} is new ({after['sha256'][:HASH]})"
        elif after is None and before is not None:
            yield kind, f"{path} is gone ({before['sha256'][:HASH]})"
        elif before and after and before["sha256"] != after["sha256"]:
            sizes = before.get("bytes"), after.get("bytes")
            size = f", {sizes[0]} to {sizes[1]} bytes" if sizes[0] != sizes[1] else ""
            yield kind, f"{path} changed ({before['sha256'][:HASH]} to {after['sha256'][:HASH]}{size})"


def _code(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = "installed" if one.get("installed") and other.get("installed") else "versions"
    old, new = one.get(known) or {}, other.get(known) or {}
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield "code", f"{name} {old.get(name, 'absent')}, now {new.get(name, 'absent')}"
    hashes = one.get("sources"), other.get("sources")
    if hashes[0] != hashes[1]:
        yield "code", f"lowback's own files changed ({_short(hashes[0])} to {_short(hashes[1])})"
    commits = [_commit(each.get("commit")) for each in (one, other)]
    if commits[0] != commits[1]:
        yield "code", f"commit {commits[0]}, now {commits[1]}"


def _values(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """The values under a key of both manifests that differ, each with its place."""
    if name in one and name in other:
        yield from _between(one[name], other[name], name)


def _between(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            yield from _between(one.get(key, ABSENT), other.get(key, ABSENT), f"{place}.{key}")
    elif _named(one) and _named(other):
        yield from _between(_named(one), _named(other), place)
    elif one is ABSENT:
        yield f"{place}{_value(other)} is new"
    elif other is ABSENT:
        yield f"{place}{_value(one)} is gone"
    elif one != other:
        yield f"{place}{_value(one)}, now {other!r}" if _value(other) else f"{place} changed"


def _value(value: Any) -> str:
    """A value behind its place; of one too long to read nothing."""
    text = f" = {value!r}"
    return text if len(text) <= LONGEST else ""


def _named(value: Any) -> dict[str, Any]:
    """A list of things with a name of their own, such as estimands, by name; of anything else nothing."""
    if not isinstance(value, list) or not all(isinstance(one, dict) and "name" in one for one in value):
        return {}
    return {str(one["name"]): one for one in value}


def _commit(value: Any) -> str:
    if not isinstance(value, dict):
        return "none"
    return f"{_short(value.get('hash'))}{' with changes' if value.get('changed') else ''}"


def _short(value: Any) -> str:
    return str(value)[:HASH]


def _shortened(said: list[str]) -> tuple[str, ...]:
    if len(said) <= MOST:
        return tuple(said)
    return (*said[:MOST], f"and {len(said) - MOST} more")
