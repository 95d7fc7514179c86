"""What a manifest says of how its report was made: where request and data lie, which edition it was, and what is no longer so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowback.archive.reading import NotWholeError, report_folder, whole_manifest
from lowback.archive.reasons import Reason, changed_code, changed_files
from lowback.checked_yaml import ConfigurationError
from lowback.publish.editions import Edition, slug_of
from lowback.publish.provenance import commit_of, installed, sources_hash, versions
from lowback.publish.release import public_inputs
from lowback.publish.request import Request

NOT_DECIDING = ("certificate",)
"""Roles of input files that decide no number: a changed one stops no replay."""


@dataclass(frozen=True)
class Recipe:
    """A report to be made again: where it lies, its manifest, its request, and the folder of its data where one was named."""

    folder: Path
    manifest: Mapping[str, Any]
    request: Path
    data: Path | None

    @property
    def is_public(self) -> bool:
        """Whether its manifest tells the public of it, and so does not say where files lie."""
        return self.manifest.get("audience") == "public"


def recipe(place: Path, request: Path | None = None, data: Path | None = None) -> Recipe:
    """What the manifest at `place` says; `request` and `data` stand in place of the paths that it names.

    Raises `NotWholeError` for a damaged report, `ConfigurationError` for a request that is not where the manifest says.
    """
    folder = report_folder(place)
    manifest = whole_manifest(folder)
    named = request if request is not None else _request_file(folder, manifest)
    if not named.is_file():
        raise ConfigurationError(f"{named}: no such file; name the report's request with --request FILE")
    shown = str(manifest.get("data_folder") or "")
    if data is None and shown:
        data = named.resolve().parent / shown
        if not data.is_dir():
            raise ConfigurationError(
                f"{data}: no such folder; name that of the report's data with --data FOLDER"
            )
    return Recipe(folder, manifest, named.resolve(), data)


def vanished(found: Recipe) -> list[str]:
    """The files of the manifest that no longer stand where it says; data are looked for by whoever reads them."""
    listed = [
        one for one in found.manifest["inputs"] if one["role"] not in ("request", "data", *NOT_DECIDING)
    ]
    # A bare name may stand for a file that lies far from the request; whoever reads the request finds that.
    near = [one["path"] for one in listed if "/" in one["path"]]
    return [path for path in near if not (found.request.parent / path).is_file()]


def edition(found: Recipe, request: Request) -> Edition:
    """The edition that the manifest describes: the whole request, or one value of what it expands over."""
    told = found.manifest.get("edition") or {}
    value, part = str(told.get("value") or ""), told.get("part") or {}
    data = found.data if found.data is not None else request.data
    if not value:
        return Edition(request, data=data)
    if request.for_each is None or not isinstance(part, dict):
        raise NotWholeError(
            f"{found.folder}: is the edition {value!r}, but {request.file} no longer expands over anything"
        )
    return Edition(request, value, slug_of(value, request.for_each.variable), part, data)


def other_inputs(found: Recipe, inputs: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """The input files that are not those of the manifest, by kind; `inputs` are those of now.

    Data from another folder than the manifest's are known by their names, files of a report for the public by their order.
    """
    named = public_inputs(inputs) if found.is_public else inputs
    before, now = (
        [one for one in listed if one["role"] not in NOT_DECIDING]
        for listed in (found.manifest["inputs"], named)
    )
    shown = [{one["path"] for one in listed if one["role"] == "data"} for listed in (before, now)]
    if shown[0] != shown[1]:
        before, now = _by_name(before), _by_name(now)
    return changed_files({"inputs": before}, {"inputs": now})


def other_software(found: Recipe) -> list[Reason]:
    """What differs in the software between the report and now."""
    now = {
        "versions": dict(versions()),
        "installed": installed(),
        "sources": sources_hash(),
        "commit": commit_of(found.request.parent),
    }
    return changed_code(found.manifest, now)


def _request_file(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Where the manifest says that the request lies; of an earlier version that did not say, above the report."""
    shown = manifest.get("request_file")
    if not isinstance(shown, str) and manifest.get("audience") == "public":
        raise ConfigurationError(
            f"{folder}: a report for the public does not tell where its request lies; name it with --request FILE"
        )
    if not isinstance(shown, str):
        named = [one["path"] for one in manifest["inputs"] if one["role"] == "request"]
        shown = f"../{named[0]}" if named else "request.yml"
    return folder / shown


def _by_name(listed: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The files with the data among them by their names, unless two share one."""
    listed = list(listed)
    names = [Path(one["path"]).name for one in listed if one["role"] == "data"]
    if len(set(names)) < len(names):
        return listed
    return [{**one, "path": Path(one["path"]).name} if one["role"] == "data" else one for one in listed]
