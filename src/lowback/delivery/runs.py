"""The hidden folder of a run: copies of its inputs, and how far each edition is. It is deleted at the end, or by the next run."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lowback.publish.owning import is_dead_here, owner_in, write_owner

START, BEGINNING = ".lowback-run-", ".lowback-begin-"
OWNER = "owner"
UNOWNED_SECONDS = 3600.0
"""A folder that names no owner for so long was left by a crash before its record was written, or written to disk."""


@contextmanager
def run_folder(place: Path) -> Iterator[Path]:
    """A folder below `place` that only this user can read, as the copies in it may be of files that only they can."""
    place.mkdir(parents=True, exist_ok=True)
    sweep(place)
    name = uuid.uuid4().hex[:12]
    beginning, folder = place / f"{BEGINNING}{name}", place / f"{START}{name}"
    try:
        beginning.mkdir(mode=0o700)
        # It has its name only once it says whose it is, so that nobody takes it for a dead run's.
        write_owner(beginning / OWNER)
        beginning.rename(folder)
        yield folder
    finally:
        for one in (beginning, folder):
            shutil.rmtree(one, ignore_errors=True)


def sweep(place: Path) -> None:
    """Delete the folders of runs that died on this machine, and those that have had no owner for long."""
    for folder in (*place.glob(f"{START}*"), *place.glob(f"{BEGINNING}*")):
        if is_dead_here(folder / OWNER) or _is_nobodys(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_nobodys(folder: Path) -> bool:
    try:
        age = time.time() - folder.stat().st_mtime
    except OSError:  # its run has just ended
        return False
    return owner_in(folder / OWNER) is None and age > UNOWNED_SECONDS
