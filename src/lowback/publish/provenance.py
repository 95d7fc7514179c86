"""Where a report comes from: the software, the installed packages and the commit."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lowback.publish.notebooks import PACKAGE

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
SOURCES = {".py", ".yml", ".css", ".html", ".csv", ".typ"}


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Versions of Python and of the packages that the numbers depend on, as this process found them."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def sources_hash() -> str:
    """One hash of this package's own files, which a version number does not tell apart while it is being changed."""
    files = sorted(path for path in PACKAGE.rglob("*") if path.suffix in SOURCES and path.is_file())
    return _hash_of(tuple((path, (now := path.stat()).st_mtime_ns, now.st_size) for path in files))


@lru_cache(maxsize=4)
def _hash_of(files: tuple[tuple[Path, int, int], ...]) -> str:
    """The hash of files that are as they were when they were last asked for, read once."""
    digest = hashlib.sha256()
    for path, _, _ in files:
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def installed() -> dict[str, str]:
    """Every installed package that a notebook can import, with its version, and Python's own."""
    found = {"python": platform.python_version()}
    for folder in map(Path, sys.path):
        for name in os.listdir(folder) if folder.is_dir() else ():
            if name.endswith(".dist-info"):
                package, _, number = name.removesuffix(".dist-info").partition("-")
                found.setdefault(package.lower().replace("_", "-"), number)
    return dict(sorted(found.items()))


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
