"""Which releases may stand beside each other: those of the whole tell, less those of its parts, of the parts that are left.

What stands there of the same people under another name, such as last week's, is remembered as an earlier release of the same name is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lowback.publish.manifest import read_manifest
from lowback.publish.release import NAME, earlier_release

if TYPE_CHECKING:
    from lowback.publish.making import Job

OF_EVERYBODY = ("", "outcome")
"""What an edition of everybody expands over: nothing, or outcomes, which all have."""


def released_beside(job: Job) -> str:
    """Why a release of these people may not join those in its folder; empty where it may.

    Releases of sites are about different people, and so are those of months. A release of the whole beside them, or of months
    beside sites, gives small counts back by subtraction, since nothing is suppressed in one because of another. The same
    people are those of the same mapping.
    """
    own, mapping, out = _divided_by(job.expands_over), _mappings(job.inputs), _folder_of_reports(job)
    for folder, manifest in _releases(out):
        other = _divided_by(str(manifest.get("edition", {}).get("for_each", "")))
        if folder != job.target and other != own and mapping & _mappings(manifest.get("inputs", ())):
            return (
                f"{folder.relative_to(out).as_posix()} is released beside it, {_about(other)}, and this report is {_about(own)}: "
                "one less the other tells of few people. Publish the whole or its parts; delete that report first, or give "
                "one of them audience: private"
            )
    return ""


def remembered(job: Job) -> dict[str, float]:
    """The numbers that releases about the same people showed, those of this report's own folder over those of others, the later over the earlier.

    Two releases of a study that grows, each exact within its rounding, tell of the people who came between them, under one name or under two.
    """
    shown: dict[str, float] = {}
    for folder in (*_of_the_same_people(job), job.target):
        shown |= earlier_release(folder)
    return shown


def _of_the_same_people(job: Job) -> list[Path]:
    """The folders of other public reports of this mapping and edition, by when they were written."""
    out, slug, mapping = _folder_of_reports(job), job.edition.slug, _mappings(job.inputs)
    if not out.is_dir():
        return []
    found = []
    for folder in (stem / slug if slug else stem for stem in _folders(out)):
        manifest = read_manifest(folder) if folder != job.target else None
        if (
            manifest is not None
            and manifest.get("audience") == "public"
            and (folder / NAME).is_file()
            and _divided_by(str(manifest.get("edition", {}).get("for_each", "")))
            == _divided_by(job.expands_over)
            and mapping & _mappings(manifest.get("inputs", ()))
        ):
            found.append(folder)
    return sorted(found, key=lambda folder: (folder / NAME).stat().st_mtime_ns)


def _folder_of_reports(job: Job) -> Path:
    return job.target.parents[1] if job.edition.slug else job.target.parent


def _releases(out: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The reports for the public under a folder of reports; of the many editions of a request, the first and the last."""
    for stem in sorted(_folders(out)):
        editions = sorted(_folders(stem))
        for folder in dict.fromkeys([stem, *editions[:1], *editions[-1:]]):
            manifest = read_manifest(folder)
            if manifest is not None and manifest.get("audience") == "public":
                yield folder, manifest


def _folders(above: Path) -> list[Path]:
    with os.scandir(above) as found:
        return [Path(one.path) for one in found if one.is_dir() and not one.name.startswith(".")]


def _divided_by(for_each: str) -> str:
    return "" if for_each in OF_EVERYBODY else for_each


def _about(divided_by: str) -> str:
    return f"about one {divided_by}" if divided_by else "about everybody"


def _mappings(inputs: Any) -> set[str]:
    return {str(one["sha256"]) for one in inputs if one["role"] == "mapping"}
