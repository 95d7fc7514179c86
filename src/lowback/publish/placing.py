"""Puts a finished report in place of the old one in a single step, and clears away what dead runs left behind.

A report is built in a hidden folder beside its place. On Linux and macOS the two folders are exchanged by one system
call, so a reader or a crash sees the old report or the new one. Elsewhere the old one is moved aside first, and a
crash between the two moves is mended at the next start.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from glob import escape
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError
from lowback.ending import Ending
from lowback.publish.failure import IN_THE_WAY
from lowback.publish.manifest import read_manifest, strangers
from lowback.publish.owning import OwnedError, is_alive, owned

AT_WORKING_FOLDER = -100
"""Linux's AT_FDCWD: paths are relative to the working folder."""
EXCHANGE = 2
"""RENAME_EXCHANGE on Linux and RENAME_SWAP on macOS, which happen to be the same number."""


AT_ONCE = 8
"""Files that are flushed at once."""
LEFT = re.compile(r"\.(?P<name>.+)\.(?:(?:new|old|owner)-[0-9a-f]+|owner)")


class ReportBlockedError(ConfigurationError):
    """The place of the report is taken by something that must not be overwritten, or by another run, or cannot be written to."""

    def __init__(self, text: str, kind: Ending = Ending.WRONG_REQUEST, *, passing: bool = False) -> None:
        """Say what stands in the way, how a command ends that met it, and whether it may be gone in a moment."""
        super().__init__(text)
        self.kind, self.passing = kind, passing


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Keep every other run of the same report out; what a dead run holds is free."""
    lock, record = _beside(target, "lock"), _beside(target, "owner")
    with ExitStack() as held:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(owned(lock, record))
        except OwnedError as error:
            raise ReportBlockedError(
                f"{target}: another run is at work on this report ({error}; lock {lock})",
                Ending.ALREADY_RUNNING,
                # An owner that dies lets go a moment later.
                passing=error.owner is None or not is_alive(error.owner, record),
            ) from None
        except OSError as error:
            in_the_way = error.errno in IN_THE_WAY
            raise ReportBlockedError(
                f"{target.parent}: no report can be written there ({error.strerror or error})",
                Ending.WRONG_REQUEST if in_the_way else Ending.STORAGE,
                passing=not in_the_way,
            ) from None
        yield


def refuse_foreign(target: Path) -> None:
    """Refuse a place that holds anything but nothing, an empty folder or a report of ours with no file added."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ReportBlockedError(f"{target}: is no folder; a report cannot be put there")
    if not target.exists() or not any(target.iterdir()):
        return
    manifest = read_manifest(target)
    if manifest is None:
        raise ReportBlockedError(
            f"{target}: holds files but no report; move them away or choose another --out"
        )
    added = strangers(target, manifest)
    if added:
        raise ReportBlockedError(
            f"{target}: {added[0]} is not part of the report and would be lost; move it away (files: {len(added)})"
        )


def mend(target: Path) -> None:
    """Restore a report that a crash left moved aside, and delete what dead runs left; call it under the lock."""
    for aside in _left(target, "old"):
        if target.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(target)
    for left in _left(target, "new"):
        shutil.rmtree(left)
    for draft in target.parent.glob(f".{escape(target.name)}.owner-*"):
        draft.unlink(missing_ok=True)


def left_beside(folder: Path) -> set[Path]:
    """The places of reports in a folder beside which a dead run has left something, or a run is at work."""
    found = (LEFT.fullmatch(path.name) for path in (folder.iterdir() if folder.is_dir() else ()))
    return {folder / one["name"] for one in found if one}


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A folder beside the target to build in; whatever stands there afterwards is deleted."""
    folder = _beside(target, f"new-{uuid.uuid4().hex[:12]}")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place(built: Path, target: Path) -> None:
    """Make `built` the report at `target` in one step; the old report, if any, is deleted afterwards."""
    _flush(built)
    if target.exists() and not any(target.iterdir()):
        target.rmdir()
    if not target.exists():
        built.rename(target)
    elif not _exchange(built, target):
        aside = _beside(target, f"old-{uuid.uuid4().hex[:12]}")
        target.rename(aside)
        built.rename(target)
        shutil.rmtree(aside, ignore_errors=True)
    _flush_folder(target.parent)


def failed_folder(target: Path) -> Path:
    """Where the executed notebooks and logs of a failed run are kept."""
    return _beside(target, "failed")


def forget_failed(target: Path) -> None:
    """Delete what an earlier failure left, once a report is published."""
    shutil.rmtree(failed_folder(target), ignore_errors=True)


def _beside(target: Path, what: str) -> Path:
    return target.parent / f".{target.name}.{what}"


def _left(target: Path, what: str) -> list[Path]:
    start = f".{target.name}.{what}-"
    return [path for path in target.parent.iterdir() if path.name.startswith(start) and path.is_dir()]


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; false where the system or the file system cannot."""
    paths = os.fsencode(one), os.fsencode(other)
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        failed = library.renameat2(AT_WORKING_FOLDER, paths[0], AT_WORKING_FOLDER, paths[1], EXCHANGE)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*paths, EXCHANGE)
    else:
        return False
    return failed == 0


def _flush(folder: Path) -> None:
    """Have the disk hold every file and folder before they are published."""
    # Together, for the disk writes what waits at one moment in one go.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(_flush_one, (*folder.rglob("*"), folder)):
            pass


def _flush_one(path: Path) -> None:
    if path.is_dir():
        _flush_folder(path)
    else:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows has no such call
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
