"""Where a report comes from: its input files, the software, the commit, and everything that decides what it says."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lowback.publish.manifest import described
from lowback.publish.notebooks import PACKAGE
from lowback.publish.request import FILE, PlannedRun, Request

PACKAGES = (
    "lowback",
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "seaborn",
    "papermill",
    "nbclient",
    "ipykernel",
)
SOURCES = {".py", ".yml", ".css", ".html", ".csv"}


def input_files(
    request: Request, planned: Sequence[PlannedRun], data: Sequence[Path]
) -> list[dict[str, Any]]:
    """Every file that a report is made from, with its hash; paths are relative to the request's folder."""
    files = {request.file: "request", request.study: "study", request.mapping: "mapping"}
    files |= {one.notebook.path: "notebook" for one in planned}
    for path in (file for one in planned for file in _named_files(one)):
        files.setdefault(path, "parameter")
    for path in data:
        files.setdefault(path.resolve(), "data")
    return [described(role, path, request.file.parent) for path, role in files.items()]


def _named_files(run: PlannedRun) -> list[Path]:
    """The files that a notebook's parameters name."""
    defaults = {name: one.default for name, one in run.notebook.parameters.items()}
    named = [value for name, value in {**defaults, **run.parameters}.items() if name.endswith(FILE)]
    paths = [(run.notebook.path.parent / str(one)).resolve() for one in named if one]
    return [path for path in paths if path.is_file()]


def changed_since(inputs: Sequence[dict[str, Any]], again: Sequence[dict[str, Any]]) -> list[str]:
    """The input files that are no longer what they were."""
    now = {(one["role"], one["path"]): one["sha256"] for one in again}
    return [one["path"] for one in inputs if now.get((one["role"], one["path"])) != one["sha256"]]


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def sources_hash() -> str:
    """One hash of this package's own files, which a version number does not tell apart while it is being changed."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in SOURCES and path.is_file():
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def commit_of(folder: Path) -> dict[str, Any] | None:
    """The git commit that holds `folder`, and whether tracked files differ from it; nothing without git."""
    head = _git(folder, "rev-parse", "HEAD")
    if head is None:
        return None
    return {"hash": head, "changed": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
