"""The manifest of a published report: hashes of everything that went in and came out, and whether they still hold."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "manifest.json"
MARK = "lowback report"
BYSTANDERS = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that file managers drop into any folder; they neither belong to a report nor spoil it."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def described(role: str, path: Path, base: Path) -> dict[str, Any]:
    """A file as the manifest lists it: role, path relative to `base`, bytes and hash."""
    return {
        "role": role,
        "path": shown_path(path, base),
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
    }


def shown_path(path: Path, base: Path) -> str:
    """A path as a published report may show it: relative to `base`, or the bare name if that is far away."""
    try:
        relative = Path(os.path.relpath(path, base))
    except ValueError:  # another drive on Windows
        return path.name
    return relative.as_posix() if relative.parts.count("..") <= 2 else path.name


def fingerprint(content: Mapping[str, Any]) -> str:
    """One hash of everything that decides what a report says."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of the files that now stand in `folder`; it must be the last file written."""
    outputs = [described("output", path, folder) for path in sorted(map(Path, _files(folder)))]
    for one in outputs:
        del one["role"]
    text = json.dumps({"kind": MARK, **content, "outputs": outputs}, indent=2, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a report of ours; nothing where the folder holds none that can be read."""
    try:
        content = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("kind") == MARK else None


def verify_report(folder: str | Path) -> list[str]:
    """What is wrong with a published report, a sentence each; empty when it is whole and as it was published."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest is None:
        return [f"{folder}: no {NAME} of a report"]
    problems = []
    for one in manifest["outputs"]:
        path = folder / one["path"]
        if not path.is_file():
            problems.append(f"{one['path']} is missing")
        elif sha256(path) != one["sha256"]:
            problems.append(f"{one['path']} has changed since it was published")
    return problems + [f"{name} is not part of the report" for name in strangers(folder, manifest)]


def looked_over(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """What a quick look shows to be wrong: files that are missing, added, of another size, or written after the manifest."""
    problems = []
    published = (folder / NAME).stat().st_mtime_ns
    for one in manifest["outputs"]:
        path = os.path.join(folder, one["path"])
        try:
            found = os.stat(path)
        except OSError:
            problems.append(f"{one['path']} is missing")
            continue
        changed = found.st_size != one["bytes"] or (
            found.st_mtime_ns > published and sha256(Path(path)) != one["sha256"]
        )
        if changed:
            problems.append(f"{one['path']} has changed since it was published")
    return problems + [f"{name} is not part of the report" for name in strangers(folder, manifest)]


def strangers(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Files in a report's folder that its manifest does not list."""
    listed = {os.path.join(folder, *one["path"].split("/")) for one in manifest["outputs"]}
    found = {path for path in _files(folder) if os.path.basename(path) not in BYSTANDERS}
    added = found - listed - {os.path.join(folder, NAME)}
    return sorted(Path(path).relative_to(folder).as_posix() for path in added)


def _files(folder: Path) -> list[str]:
    """Every file below a folder, and every link, which is not followed."""
    found = []
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        found += [os.path.join(place, name) for name in (*files, *links)]
    return found
