"""Disks that are full, quotas, broken and read-only disks, and folders that are missing, read-only or taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from calling import fault_environment
from fault_cases import NEW, Case
from fault_desk import NAME, Desk

from lowback.ending import Ending

STORAGE, WRONG, DONE = Ending.STORAGE, Ending.WRONG_REQUEST, Ending.DONE
ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EROFS")
WRITES = ("create", "write", "mkdir", "append", "touch", "fsync", "link", "rename", "replace", "exchange")
"""What a full disk refuses; it lets anything be deleted."""
KIB = 1024
FAMILY = "disk full, quota, I/O"


def error_cases(tape: list[dict[str, Any]]) -> list[Case]:
    """Each error at six steps of the writing: a full disk stays full, a broken one fails once."""
    found = []
    for what, at in _steps(tape).items():
        for error in ERRORS:
            # An error that does not come again is tried anew.
            passes = error == "EIO" or what == "putting the report in its place"
            right = (STORAGE, DONE) if passes else (STORAGE,)
            play = partial(_failing, at, error)
            # What cannot be deleted must stay until somebody mends the disk.
            found.append(
                Case(
                    FAMILY,
                    f"{error} at {what}",
                    right,
                    play,
                    killed=error == "EROFS",
                    either=True,
                )
            )
    return found


def _steps(tape: list[dict[str, Any]]) -> dict[str, int]:
    """The number of the operation that begins each step."""
    command = tape[0]["pid"]

    def first(fits: Callable[[dict[str, Any]], bool]) -> int:
        return next(number for number, one in enumerate(tape, start=1) if fits(one))

    def of(ending: str, operation: str) -> Callable[[dict[str, Any]], bool]:
        return lambda one: one["operation"] == operation and any(p.endswith(ending) for p in one["paths"])

    return {
        "the first folder": first(lambda one: one["operation"] == "mkdir" and one["paths"] != ["."]),
        "the notebook as it runs": first(lambda one: one["operation"] == "write" and one["pid"] != command),
        "the page": first(of("report.html", "write")),
        "the manifest": first(of("manifest.json", "write")),
        "the flush": first(lambda one: one["operation"] == "fsync"),
        "putting the report in its place": first(lambda one: one["operation"] in ("exchange", "rename")),
    }


def _failing(at: int, error: str, desk: Desk) -> int:
    desk.ask(NEW)
    stays = error != "EIO"
    only = [] if error == "EROFS" else WRITES
    fault = fault_environment(desk.folder, desk.aside / "tape", at=at, how=error, onwards=stays, only=only)
    return desk.run(environment=fault)


def size_cases() -> list[Case]:
    """A limit on the size of a file, and, where the system lets us mount, small disks nearly full."""
    found = [
        Case(FAMILY, f"no file may pass {most} bytes", (STORAGE,), partial(_limited, most))
        for most in (2000, 9000)
    ]
    found += [
        Case(
            FAMILY, f"a disk of 4 MiB with {free} bytes free", (STORAGE,), partial(_small, free), needs="root"
        )
        for free in (0, 8 * KIB, 40 * KIB)
    ]
    return [
        *found,
        Case(FAMILY, "a disk without a free inode", (STORAGE,), _no_inodes, needs="root"),
    ]


def _limited(most: int, desk: Desk) -> int:
    desk.ask(NEW)
    return desk.run(limits={"RLIMIT_FSIZE": most})


def _mounted(desk: Desk, options: str) -> None:
    """Put the desk on a small disk of its own."""
    held = desk.folder.with_name("held")
    desk.folder.rename(held)
    desk.folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(desk.folder)], check=True)
    desk.afterwards.append(lambda: subprocess.run(["umount", "-l", str(desk.folder)], check=False))
    shutil.copytree(held, desk.folder, dirs_exist_ok=True)


def _small(free: int, desk: Desk) -> int:
    _mounted(desk, f"size={4096 * KIB}")
    desk.ask(NEW)
    filler = desk.folder / ".filler.lock"
    disk = os.statvfs(desk.folder)
    filler.write_bytes(b"\0" * (disk.f_bavail * disk.f_frsize - free))
    code = desk.run()
    filler.unlink()
    return code


def _no_inodes(desk: Desk) -> int:
    _mounted(desk, f"size={4096 * KIB},nr_inodes=200")
    desk.ask(NEW)
    fillers = []
    for number in range(os.statvfs(desk.folder).f_favail):
        fillers.append(desk.folder / f".{number}.lock")
        fillers[-1].touch()
    code = desk.run()
    for one in fillers:
        one.unlink()
    return code


def folder_cases() -> list[Case]:
    """Twelve folders that are not as they should be."""
    say = partial(Case, "folders missing, read-only, removed")
    refused = (WRONG, STORAGE)
    return [
        say("a folder for reports that does not exist yet", (DONE,), partial(_out, lambda _: None, "fresh")),
        say("one three levels deep that does not exist yet", (DONE,), partial(_out, lambda _: None, "a/b/c")),
        say("a file in place of the folder for reports", refused, partial(_out, Path.touch, "taken")),
        say("a link to nowhere in its place", (DONE, *refused), partial(_out, lambda at: at.symlink_to("nowhere/at/all"), "gone"), either=True),
        say("a folder for reports that may not be changed", refused, partial(_out, _immutable, "fixed"), needs="root"),
        say("a read-only disk", refused, partial(_out, _read_only, "disk"), needs="root"),
        say("a folder in place of the lock", refused, _lock_is_a_folder),
        say("the report removed while its notebook runs", (DONE,), partial(_removing, lambda desk: shutil.rmtree(desk.report))),
        say("the folder of the run removed while it runs", (STORAGE, DONE), partial(_removing, _remove_staging), either=True),
        say("the folder for reports removed while it runs", (STORAGE, DONE), _remove_out, either=True),
        say("the folder for temporary files missing", (DONE, STORAGE), _no_temporary, either=True),
        say("the report may not be moved", (STORAGE,), _report_fixed, needs="root"),
    ]  # fmt: skip


def _out(prepare: Callable[[Path], object], name: str, desk: Desk) -> int:
    desk.ask(NEW)
    desk.out = desk.aside / name
    prepare(desk.out)
    desk.afterwards.append(lambda: _freed(desk.aside / name))
    return desk.run()


def _immutable(folder: Path) -> None:
    folder.mkdir()
    subprocess.run(["chattr", "+i", str(folder)], check=True)


def _freed(folder: Path) -> None:
    subprocess.run(["chattr", "-i", str(folder)], check=False, capture_output=True)
    subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def _read_only(folder: Path) -> None:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)], check=True)


def _lock_is_a_folder(desk: Desk) -> int:
    desk.ask(NEW)
    lock = desk.folder / f".{NAME}.lock"
    lock.unlink()
    lock.mkdir()
    code = desk.run()
    lock.rmdir()
    return code


def _removing(action: Callable[[Desk], object], desk: Desk) -> int:
    return desk.gated(lambda: action(desk), NEW)


def _remove_staging(desk: Desk) -> None:
    for one in desk.folder.glob(".trial.new-*"):
        shutil.rmtree(one)


def _remove_out(desk: Desk) -> int:
    out = desk.out = desk.aside / "out"
    return desk.gated(lambda: shutil.rmtree(out), NEW)


def _no_temporary(desk: Desk) -> int:
    desk.ask(NEW)
    (desk.aside / "tmp").rmdir()
    code = desk.run()
    (desk.aside / "tmp").mkdir(exist_ok=True)
    return code


def _report_fixed(desk: Desk) -> int:
    desk.ask(NEW)
    subprocess.run(["chattr", "+i", str(desk.report)], check=True)
    desk.afterwards.append(lambda: _freed(desk.report))
    code = desk.run()
    _freed(desk.report)
    return code
