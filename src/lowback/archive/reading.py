"""A published report as it is compared: its manifest and each of its statistics; refused unless it is whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError
from lowback.csv_text import columns_of, rows_of
from lowback.publish.history import Entry, read_history
from lowback.publish.manifest import NAME as MANIFEST
from lowback.publish.manifest import read_manifest, verify_report

ESTIMATES = "estimates.csv"
KEYS = ("analysis", "estimand", "term")
NUMBERS = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value", "n_participants")
LISTED = {"outputs": list, "inputs": list, "parameters": dict, "study": dict, "versions": dict}
"""What every manifest holds, and as what."""

Key = tuple[str, str, str, int]
"""Analysis, estimand, term, and which of the rows that are alike in these (0 as a rule)."""


class NotWholeError(ConfigurationError):
    """A folder that is no report, or one that is damaged."""


@dataclass(frozen=True)
class Statistic:
    """A row of estimates.csv, its numbers to the last bit; what a row has not is not a number."""

    key: Key
    unit: str
    numbers: Mapping[str, float]

    def number(self, name: str) -> float:
        """One of its numbers; not a number where it has none."""
        return self.numbers.get(name, math.nan)

    @property
    def estimate(self) -> float:
        """The estimate itself."""
        return self.number("estimate")

    @property
    def has_interval(self) -> bool:
        """Whether both ends of its interval are known."""
        return not (math.isnan(self.number("conf_low")) or math.isnan(self.number("conf_high")))


@dataclass(frozen=True)
class Report:
    """A report or an earlier run of one: what it is called, what its manifest says, and its statistics."""

    label: str
    manifest: Mapping[str, Any]
    statistics: Mapping[Key, Statistic]


def report_folder(place: Path) -> Path:
    """The folder that a person means by a folder or by its manifest."""
    return place.parent if place.name == MANIFEST else place


def read_report(place: Path) -> Report:
    """The report in a folder (or beside a manifest); `NotWholeError` names what is missing or has changed."""
    folder = report_folder(place)
    manifest = whole_manifest(folder)
    rows = _rows((folder / ESTIMATES).read_bytes().decode(), folder)
    return Report(str(folder), manifest, statistics(rows))


def whole_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a report that is whole and as it was published."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise NotWholeError(f"{folder}: no report (there is no {MANIFEST} of one)")
    if not _is_complete(manifest):
        raise NotWholeError(
            f"{folder / MANIFEST}: is damaged; it must hold {', '.join(LISTED)} and list {ESTIMATES}"
        )
    problems = verify_report(folder)
    if problems:
        more = f" (problems: {len(problems)})" if len(problems) > 1 else ""
        raise NotWholeError(f"{folder}: is no whole report: {problems[0]}{more}")
    return manifest


def previous_run(place: Path) -> tuple[Report, Report]:
    """The run before the one in a folder, and that one, both as its history holds them: the estimates with an interval."""
    folder = report_folder(place)
    manifest = whole_manifest(folder)
    try:
        rows = read_history(folder)
    except ValueError as error:
        raise NotWholeError(f"{folder}: {error}") from None
    runs: dict[tuple[str, str], list[Entry]] = {}
    for row in rows:
        runs.setdefault((row["run"], row["key"]), []).append(row)
    earlier = manifest.get("previous")
    if len(runs) < 2 or not isinstance(earlier, dict):
        raise NotWholeError(f"{folder}: its history holds no run before this one")
    (before, one), (now, other) = list(runs.items())[-2:]
    if (before[1], now[1]) != (earlier.get("fingerprint"), manifest.get("fingerprint")):
        raise NotWholeError(f"{folder}: its history does not end with this run and the one before it")
    old = {"title": manifest.get("title"), "study": manifest["study"], **earlier}
    return (
        Report(f"{folder}, the run before", old, statistics(one)),
        Report(str(folder), manifest, statistics(other)),
    )


def statistics(rows: Iterable[Mapping[str, str]]) -> dict[Key, Statistic]:
    """Rows of estimates.csv or of one run of a history by their key."""
    seen: Counter[tuple[str, ...]] = Counter()
    found: dict[Key, Statistic] = {}
    for row in rows:
        analysis, estimand, term = (row[name] for name in KEYS)
        key = (analysis, estimand, term, seen[analysis, estimand, term])
        seen[analysis, estimand, term] += 1
        numbers = {name: float(row[name]) for name in NUMBERS if row.get(name)}
        found[key] = Statistic(key, row["unit"], numbers)
    return found


def _rows(text: str, folder: Path) -> list[dict[str, str]]:
    missing = {*KEYS, "unit", *NUMBERS} - set(columns_of(text))
    if missing:
        raise NotWholeError(f"{folder / ESTIMATES}: has no column {sorted(missing)[0]!r}")
    try:
        return rows_of(text)
    except ValueError as error:
        raise NotWholeError(f"{folder / ESTIMATES}: {error}") from None


def _is_complete(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest has what every reader of it takes for granted."""
    if any(not isinstance(manifest.get(name), kind) for name, kind in LISTED.items()):
        return False
    listed = [*manifest["outputs"], *manifest["inputs"]]
    if not all(
        isinstance(one, dict) and isinstance(one.get("path"), str) and isinstance(one.get("sha256"), str)
        for one in listed
    ):
        return False
    return ESTIMATES in {one["path"] for one in manifest["outputs"]}
