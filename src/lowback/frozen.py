"""Input files as they were when a run began: what a run reads are copies, taken at one moment and hashed from the same bytes.

Whoever reads an input file reads it with `read_bytes`. Under `reading(...)`, and in a process whose environment names an index of
copies, that gives the copy; everywhere else the file itself. So the paths that a report shows are those of the files.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

VARIABLE = "LOWBACK_FROZEN"
"""The environment variable that names the index of copies, for processes that run notebooks and those that they start."""
INDEX = "index.json"
PIECE = 1 << 20
TRIES = 4
PAUSE_SECONDS = 0.25
CLOCK_STEP_SECONDS = 0.03
"""Two changes closer together than this may leave the same time on a file."""
LEFT_TO_THE_READER = (errno.EINVAL, errno.ELOOP, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EISDIR)
"""Why a file cannot be copied that whoever reads it says better."""

BROKEN = {errno.EIO, errno.ESTALE, errno.ENXIO, errno.EBUSY}
"""What a disk says that is at fault itself, or a file that does not keep still: not who wrote the file, and it may pass."""

Copies = Mapping[str, Mapping[str, Any]]
"""By the path of a file: `copy`, `sha256` and `bytes`, or the number and words of the `error` that reading it is."""

_index: ContextVar[str | None] = ContextVar("index", default=None)


def freeze(files: Iterable[Path], folder: Path) -> Path:
    """Copy the files into `folder` as they all were at one moment; returns the index of the copies.

    A file that cannot be opened is left to whoever reads it; of one that cannot be read whole, or that does not keep still, reading
    the copy is the same `OSError`, so that it stops nobody else. Raises `OSError` when a copy cannot be written.
    """
    sources = sorted({_real(path) for path in files})
    states: dict[Path, tuple[int, ...] | None] = {}
    copies: dict[Path, dict[str, Any] | None] = {}
    due = sources
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2**attempt)
        for path in due:
            states[path] = _state(path)
            copies[path] = _copied(path, folder / str(sources.index(path)))
        due = [path for path in sources if _state(path) != states[path] or _is_broken(copies[path])]
        if not due:
            break
    still = (errno.EBUSY, "changes while it is being read")
    copies |= {path: _entry(error=still) for path in due if not _is_broken(copies[path])}
    index = folder / INDEX
    kept = {str(path): one for path, one in copies.items() if one is not None}
    index.write_text(json.dumps(kept), encoding="utf-8")
    return index


@contextmanager
def reading(index: Path | None) -> Iterator[None]:
    """Within this, `read_bytes` gives the copies that the index lists; without an index nothing changes."""
    token = _index.set(str(index) if index is not None else _index.get())
    try:
        yield
    finally:
        _index.reset(token)


def read_bytes(path: Path) -> bytes:
    """What the file held when the run began, or what it holds where no copy was taken."""
    kept = _kept(path)
    if kept is None:
        refuse_endless(path)
        return path.read_bytes()
    if kept["error"] is not None:
        raise OSError(*kept["error"], str(path))
    return Path(kept["copy"]).read_bytes()


def refuse_endless(path: Path) -> None:
    """Raise `OSError` for a pipe, a socket or a device, which whoever opens it may wait for without end."""
    if stat.S_IFMT(os.stat(path).st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
        raise OSError(errno.EINVAL, "is a pipe, a socket or a device; allowed are files", str(path))


def sha256_of(path: Path) -> tuple[str, int] | None:
    """The SHA-256 and the number of bytes of the copy that was taken of a file; nothing where none was."""
    kept = _kept(path)
    if kept is None:
        return None
    if kept["error"] is not None:
        raise OSError(*kept["error"], str(path))
    return str(kept["sha256"]), int(kept["bytes"])


def copies_folder() -> Path | None:
    """The folder of the copies that are read here, which only their owner may enter; nothing where files themselves are read."""
    index = _named_index()
    return Path(index).parent if index else None


def _named_index() -> str | None:
    return _index.get() or os.environ.get(VARIABLE)


def _kept(path: Path) -> Mapping[str, Any] | None:
    index = _named_index()
    return _read_index(index).get(str(_real(path))) if index else None


def _real(path: Path) -> Path:
    """The path without links; of links that lead in a circle, one of them, where `Path.resolve` would raise."""
    return Path(os.path.realpath(path))


@lru_cache(maxsize=4)
def _read_index(index: str) -> Copies:
    return dict(json.loads(Path(index).read_bytes()))


def _state(path: Path) -> tuple[int, ...] | None:
    """What changes about a file whenever its content does; nothing of a file that is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    if abs(time.time() - found.st_mtime) < CLOCK_STEP_SECONDS:
        time.sleep(CLOCK_STEP_SECONDS)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_broken(entry: Mapping[str, Any] | None) -> bool:
    return entry is not None and entry["error"] is not None and entry["error"][0] in BROKEN


def _copied(path: Path, copy: Path) -> dict[str, Any] | None:
    """Write the copy and return its entry in the index; nothing of a file that its reader must refuse."""
    digest, size = hashlib.sha256(), 0
    with copy.open("wb") as target:
        try:
            refuse_endless(path)
            with path.open("rb") as source:
                while piece := _read(source):
                    digest.update(piece)
                    size += target.write(piece)
        except _ReadingError as error:
            return _entry(error=error.args)
        except OSError as error:
            # Of the file that cannot be opened; one that cannot be written is the copy.
            if error.filename != str(path):
                raise
            if error.errno in LEFT_TO_THE_READER:
                return None
            return _entry(error=(error.errno or errno.EIO, error.strerror))
    return _entry(str(copy), digest.hexdigest(), size)


class _ReadingError(Exception):
    """A read that failed, told apart from a write that did: number and words of the error."""


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(PIECE)
    except OSError as error:
        raise _ReadingError(error.errno or errno.EIO, error.strerror) from None


def _entry(copy: str = "", digest: str = "", size: int = 0, error: Any = None) -> dict[str, Any]:
    return {"copy": copy, "sha256": digest, "bytes": size, "error": error}
