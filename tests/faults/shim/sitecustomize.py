"""Faults of the file system at an exact step: imported by every interpreter whose PYTHONPATH has this folder.

`LOWBACK_FAULT` holds JSON: `scope` (a folder; only operations on paths in it count), `tape` (a file outside it: one line is added for
each operation, in the order of all processes), `at` (the number of the operation, from 1, that the fault meets; 0 for none), `how`
("kill before", "kill after", "torn", or the name of an errno), `whom` ("command" or "everybody"), `onwards` (an errno then meets every
later operation as well), `pause` (the first operation on a path that ends so waits for a file `go` beside the tape), `keep` (the tape holds the data written too), `only` (names of the operations that may fail).
"""

from __future__ import annotations

import base64
import builtins
import ctypes
import errno
import io
import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

FAULT = json.loads(os.environ.get("LOWBACK_FAULT") or "null")
REAL_OPEN = io.open
REAL = {
    name: getattr(os, name)
    for name in (
        "open",
        "write",
        "rename",
        "replace",
        "unlink",
        "remove",
        "rmdir",
        "mkdir",
        "fsync",
        "link",
        "symlink",
        "truncate",
        "ftruncate",
        "sendfile",
        "copy_file_range",
        "utime",
        "chmod",
    )
}
RealLibrary = ctypes.CDLL


def _path_of(one: Any, folder: int | None = None) -> str:
    if isinstance(one, int):
        try:
            return os.readlink(f"/proc/self/fd/{one}")
        except OSError:
            return ""
    path = os.fsdecode(one)
    if folder is not None and not os.path.isabs(path):
        return os.path.join(_path_of(folder), path)
    return os.path.abspath(path)


def _inside(path: str) -> bool:
    return path == FAULT["scope"] or path.startswith(FAULT["scope"] + "/")


def _noted(operation: str, paths: list[str], data: bytes | None = None) -> int:
    """Put the operation on the tape; its number."""
    short = [os.path.relpath(path, FAULT["scope"]) for path in paths]
    line: dict[str, Any] = {"operation": operation, "paths": short, "pid": os.getpid()}
    if data is not None and FAULT.get("keep"):
        line["data"] = base64.b64encode(data).decode()
    tape = REAL["open"](FAULT["tape"], os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        REAL["write"](tape, (json.dumps(line) + "\n").encode())
        end = os.lseek(tape, 0, os.SEEK_CUR)
        return os.pread(tape, end, 0).count(b"\n") if FAULT["at"] else 0
    finally:
        os.close(tape)


def _kill() -> None:
    """End the command, and whoever meets this, as SIGKILL ends them."""
    os.kill(int(os.environ["LOWBACK_FAULT_COMMAND"]), signal.SIGKILL)
    if FAULT.get("whom") == "everybody":
        os.kill(os.getpid(), signal.SIGKILL)
    elif int(os.environ["LOWBACK_FAULT_COMMAND"]) == os.getpid():
        signal.pause()


def _pause() -> None:
    """Wait at the first operation on the file named by `pause` until somebody has opened the gate."""
    gate = os.path.dirname(FAULT["tape"])
    if os.path.exists(f"{gate}/started"):
        return
    REAL_OPEN(f"{gate}/started", "w").close()
    end = time.monotonic() + 60
    while not os.path.exists(f"{gate}/go") and time.monotonic() < end:
        time.sleep(0.01)


def _met(operation: str, paths: list[str], act: Callable[[], Any], data: bytes | None = None) -> Any:
    """Do the operation, unless it is the one that the fault is for."""
    if not any(_inside(path) for path in paths):
        return act()
    if FAULT.get("pause") and any(path.endswith(FAULT["pause"]) for path in paths):
        _pause()
    if FAULT.get("only") and operation not in FAULT["only"]:
        return act()
    number = _noted(operation, paths, data)
    hit = FAULT["at"] and (number == FAULT["at"] or (FAULT.get("onwards") and number > FAULT["at"]))
    if not hit:
        return act()
    how = FAULT["how"]
    if how == "kill before":
        _kill()
    elif how == "kill after":
        act()
        _kill()
    elif how != "torn":
        code = getattr(errno, how)
        raise OSError(code, os.strerror(code), paths[0])
    return act()


class _Watched(io.FileIO):
    """A raw file whose writes count."""

    def write(self, content: Any) -> Any:
        data = bytes(content)

        def act() -> int:
            return super(_Watched, self).write(data)

        path = _path_of(self.fileno())
        if FAULT["at"] and FAULT["how"] == "torn" and _inside(path):
            whole = act

            def act() -> int:
                if _tape_length() == FAULT["at"]:
                    super(_Watched, self).write(data[: len(data) // 2])
                    _kill()
                return whole()

        return _met("write", [path], act, data)


def _tape_length() -> int:
    with REAL_OPEN(FAULT["tape"], "rb") as tape:
        return tape.read().count(b"\n")


def _open(file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
          newline: Any = None, closefd: bool = True, opener: Any = None) -> Any:  # fmt: skip
    writes = any(letter in mode for letter in "wax+")
    if not writes or isinstance(file, int) or opener is not None or not _inside(_path_of(file)):
        return REAL_OPEN(file, mode, buffering, encoding, errors, newline, closefd, opener)
    what = "create" if "w" in mode or "x" in mode else "append"
    raw = _met(what, [_path_of(file)], lambda: _Watched(file, mode.replace("b", "").replace("t", "")))
    if buffering == 0:
        return raw
    binary = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    if "b" in mode:
        return binary
    return io.TextIOWrapper(binary, encoding, errors, newline, line_buffering=buffering == 1)


def _os_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    def act() -> int:
        return int(REAL["open"](path, flags, mode, dir_fd=dir_fd))

    if not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        return act()
    return int(_met("create" if flags & os.O_TRUNC else "touch", [_path_of(path, dir_fd)], act))


def _one_path(name: str) -> Callable[..., Any]:
    def call(path: Any, *rest: Any, **named: Any) -> Any:
        paths = [_path_of(path, named.get("dir_fd"))]
        return _met(name, paths, lambda: REAL[name](path, *rest, **named))

    return call


def _two_paths(name: str) -> Callable[..., Any]:
    def call(source: Any, target: Any, *rest: Any, **named: Any) -> Any:
        paths = [_path_of(source), _path_of(target)]
        return _met(name, paths, lambda: REAL[name](source, target, *rest, **named))

    return call


def _os_write(descriptor: int, data: Any) -> int:
    return int(_met("write", [_path_of(descriptor)], lambda: REAL["write"](descriptor, data), bytes(data)))


def _no_short_cut(*_arguments: Any, **_named: Any) -> Any:
    """Copying by one call of the system is refused, so that copies are made of writes that can be seen."""
    raise OSError(errno.ENOTSOCK, "copied by writing")


class _Library(RealLibrary):  # type: ignore[misc, valid-type]
    """The C library, whose exchange of two folders counts."""

    def __getattr__(self, name: str) -> Any:
        real = super().__getattr__(name)
        if name not in ("renameat2", "renamex_np") or self._name is not None:
            return real

        def exchange(*given: Any) -> int:
            paths = [_path_of(one) for one in given if isinstance(one, bytes)]
            try:
                return int(_met("exchange", paths, lambda: real(*given)))
            except OSError as error:
                ctypes.set_errno(error.errno or errno.EIO)
                return -1

        # Over the function that ctypes itself has just put there.
        setattr(self, name, exchange)
        return exchange


def _install() -> None:
    builtins.open = io.open = _open  # type: ignore[assignment]
    os.open, os.write = _os_open, _os_write  # type: ignore[assignment]
    for name in ("unlink", "remove", "rmdir", "mkdir", "fsync", "truncate", "ftruncate"):
        setattr(os, name, _one_path(name))
    for name in ("rename", "replace", "link", "symlink"):
        setattr(os, name, _two_paths(name))
    os.sendfile = os.copy_file_range = _no_short_cut  # type: ignore[assignment]
    ctypes.CDLL = _Library  # type: ignore[misc]


if FAULT:
    _install()
