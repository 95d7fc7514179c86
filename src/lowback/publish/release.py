"""What a report for the public remembers and tells of itself: the rules of its release, the numbers shown, no names of files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lowback.disclosure import Private, Rules, memory_of, write_rules
from lowback.disclosure.words import coarse_dates
from lowback.publish.files import FILE
from lowback.publish.harvest import Harvest
from lowback.publish.manifest import read_manifest, verify_report
from lowback.publish.request import INJECTED, PlannedRun

if TYPE_CHECKING:
    from lowback.publish.making import Job

NAME = "release.json"
PLACES = ("request_file", "data_folder")
"""What a manifest tells of where files lie; a public one does not."""
MOMENTS = ("data_date", "started", "ended")
"""What a public manifest tells to the month: who knows when somebody came knows it of whoever is new in the release of that day."""


def for_audience(audience: str, told: dict[str, Any]) -> dict[str, Any]:
    """What a report tells of its making, as its audience may know it."""
    return public_manifest(told) if audience == "public" else told


def rules_of(data: Sequence[Path], earlier: Mapping[str, float], private: Private, smallest: int) -> Rules:
    """The rules of the next release: what people typed is not shown, what earlier releases showed is remembered.

    The key comes from the data files, of which a report tells another hash; who lacks the data cannot find it.
    """
    key = hashlib.blake2b(digest_size=32, person=b"public release")
    for path in sorted(data):
        with path.open("rb") as file:
            key.update(hashlib.file_digest(file, "blake2b").digest())
    return Rules(smallest=smallest, texts=private.texts, earlier=earlier, key=key.hexdigest())


def earlier_release(target: Path) -> dict[str, float]:
    """The numbers that earlier releases showed, from the report that stands there now; nothing of a private or damaged one."""
    manifest = read_manifest(target)
    if manifest is None or manifest.get("audience") != "public" or verify_report(target):
        return {}
    shown = json.loads((target / NAME).read_bytes())["shown"]
    return {str(name): float(value) for name, value in shown.items()}


def with_rules(planned: Sequence[PlannedRun], rules: Rules, folder: Path) -> tuple[PlannedRun, ...]:
    """The notebooks with the rules, which are written into `folder`, as their parameter `release`."""
    folder.mkdir(exist_ok=True)
    write_rules(folder / NAME, rules)
    return tuple(
        replace(one, parameters={**one.parameters, "release": str(folder / NAME)})
        if "release" in one.notebook.parameters
        else one
        for one in planned
    )


def release_text(found: Harvest, earlier: Mapping[str, float]) -> str:
    """The numbers shown by this release and those before it, for the next one to compare with."""
    shown = memory_of(found.results, earlier)
    return json.dumps({"shown": dict(sorted(shown.items()))}, indent=1, ensure_ascii=False) + "\n"


def public_manifest(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest may tell the public: of input files role and hash alone, no paths, dates and the moments of the run to the month."""
    shown = {name: one for name, one in content.items() if name not in PLACES}
    for name in MOMENTS:
        if name in shown:
            shown[name] = coarse_dates(str(shown[name]))
    if "inputs" in shown:
        shown["inputs"] = public_inputs(shown["inputs"])
    if "parameters" in shown:
        shown["parameters"] = {name: _without_files(one) for name, one in shown["parameters"].items()}
    if isinstance(shown.get("previous"), dict):
        shown["previous"] = public_manifest(shown["previous"])
    return shown


def public_inputs(inputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The input files by role and hash, numbered in place of their names."""
    counts: dict[str, int] = {}
    shown = []
    for one in inputs:
        role = str(one["role"])
        counts[role] = counts.get(role, 0) + 1
        shown.append({"role": role, "path": f"{role} {counts[role]}", "sha256": one["sha256"]})
    return shown


def _without_files(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in parameters.items() if not is_place(name)}


def is_place(name: str) -> bool:
    """Whether a parameter of that name holds where a file lies."""
    return name.endswith(FILE) or (name in INJECTED and name != "part")


def names_somebody(job: Job, private: Private) -> bool:
    """Whether the folders of a report, which stand in its address, its manifest and the index, are named after a participant."""
    folders = (job.target.name, job.target.parent.name if job.edition.slug else "", job.request.file.stem)
    # A request may be called by its day.
    undated = replace(private, dates=frozenset(), seen={})
    return any(undated.stands_in(one) for one in (*folders, job.edition.value))
