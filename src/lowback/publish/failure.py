"""What keeps a report from being published, in words and as the kind that decides the exit code."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lowback.ending import Ending

STORAGE_ERRORS = {errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.ESTALE, errno.ENODEV}
"""What a full, broken, vanished or read-only disk says."""
IN_THE_WAY = {errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
"""What a system says where a file stands in place of a folder."""
ERRNO = re.compile(r"\[Errno (\d+)\]")


@dataclass(frozen=True)
class Failure:
    """What went wrong: in which notebook and cell (both empty when it was the publishing itself), the error, and its kind.

    The kind of an error in a notebook is `PARTLY_FAILED`. `passing` says that the same run may succeed when it is tried again.
    """

    notebook: str
    cell: int | None
    error: str
    kind: Ending = Ending.PARTLY_FAILED
    passing: bool = False

    def __str__(self) -> str:
        """The failure as a line for the person who ran the report."""
        place = f"notebook {self.notebook!r}" if self.notebook else "report"
        return f"{place}, cell {self.cell}: {self.error}" if self.cell else f"{place}: {self.error}"


def failed_in_cell(notebook: str, cell: int | None, name: str, text: str) -> Failure:
    """An error that a cell raised: of the notebook, of the memory that it may use, or of the disk."""
    error = f"{name}: {text}"
    if name.endswith("MemoryError"):
        return Failure(notebook, cell, error, Ending.KERNEL_DIED)
    found = ERRNO.search(text)
    if found and int(found[1]) in STORAGE_ERRORS:
        return Failure(notebook, cell, error, Ending.STORAGE, passing=True)
    return Failure(notebook, cell, error)


def failed_in_storage(error: OSError, place: Path) -> Failure:
    """What a file system said no to while the report was read, built or placed below `place`.

    An input that is gone, or does not keep still, is the input's fault and not the disk's.
    """
    below = error.filename is not None and str(error.filename).startswith(str(place))
    is_input = error.errno == errno.EBUSY or (error.errno == errno.ENOENT and not below)
    if below and error.errno in IN_THE_WAY:
        text = f"{place}: no report can be written there ({error.strerror})"
        return Failure("", None, text, Ending.WRONG_REQUEST)
    kind = Ending.INPUT_REFUSED if is_input else Ending.STORAGE
    return Failure("", None, worded(error), kind, passing=True)


def worded(error: OSError) -> str:
    """What the system says, and of which file."""
    return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")


def ending_of(kinds: Iterable[Ending]) -> Ending:
    """How several things ended together: all alike, or else partly failed; done when there are none."""
    found = set(kinds)
    return (found or {Ending.DONE}).pop() if len(found) < 2 else Ending.PARTLY_FAILED
