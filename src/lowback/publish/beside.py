"""Which releases may stand beside each other: those of the whole tell, less those of its parts, of the parts that are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lowback.publish.manifest import NAME, read_manifest

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
    own, mapping = _divided_by(job.expands_over), _mappings(job.inputs)
    out = job.target.parents[1] if job.edition.slug else job.target.parent
    for folder, manifest in _releases(out):
        other = _divided_by(str(manifest.get("edition", {}).get("for_each", "")))
        if folder != job.target and other != own and mapping & _mappings(manifest.get("inputs", ())):
            return (
                f"{folder.relative_to(out).as_posix()} is released beside it, {_about(other)}, and this report is {_about(own)}: "
                "one less the other tells of few people. Publish the whole or its parts; delete that report first, or give "
                "one of them audience: private"
            )
    return ""


def _releases(out: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every report for the public under a folder of reports."""
    for path in sorted([*out.glob(f"*/{NAME}"), *out.glob(f"*/*/{NAME}")]):
        hidden = any(part.startswith(".") for part in path.relative_to(out).parts)
        manifest = None if hidden else read_manifest(path.parent)
        if manifest is not None and manifest.get("audience") == "public":
            yield path.parent, manifest


def _divided_by(for_each: str) -> str:
    return "" if for_each in OF_EVERYBODY else for_each


def _about(divided_by: str) -> str:
    return f"about one {divided_by}" if divided_by else "about everybody"


def _mappings(inputs: Any) -> set[str]:
    return {str(one["sha256"]) for one in inputs if one["role"] == "mapping"}
