"""SIGKILL at each step of the writing, and every beginning of what a publication writes, as a crash would leave it."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from calling import fault_environment
from fault_cases import NEW, OLD, Case
from fault_desk import Desk, NotSurvivedError

KILLS, PREFIXES, SIGNALS = 300, 100, 100
KILLED = (-signal.SIGKILL, 0)
EVERY = 10
"""Each so-maniest of the many cases has the next report made anew; in the others what stands is asked for again."""


def taped(template: Desk, folder: Path) -> list[dict[str, Any]]:
    """The operations of one publication over an old report, with the data written."""
    desk = template.copied(folder)
    desk.ask(NEW)
    tape = desk.aside / "tape"
    code = desk.run(environment=fault_environment(desk.folder, tape, keep=True))
    if code or desk.standing() != NEW:
        raise NotSurvivedError(f"the taped run ended with {code}: {desk.said()}")
    return [json.loads(line) for line in tape.read_text(encoding="utf-8").splitlines()]


def kill_cases(tape: list[dict[str, Any]]) -> list[Case]:
    """SIGKILL before, after or in the middle of each operation, of the command alone or of whoever writes too."""
    ways = []
    for at, one in enumerate(tape, start=1):
        hows = (
            ("kill before", "kill after", "torn")
            if one["operation"] == "write"
            else ("kill before", "kill after")
        )
        ways += [(at, how, whom) for how in hows for whom in ("command", "everybody")]
    chosen = _spread(ways, KILLS)
    return [
        Case(
            "SIGKILL during writing",
            f"{how.replace('torn', 'kill in the middle of')} operation {at} of {len(tape)} "
            f"({tape[at - 1]['operation']} {_plain(tape[at - 1])}), {whom} killed",
            KILLED,
            partial(_killed_at, at, how, whom),
            killed=True,
            anew=number % EVERY == 0,
        )
        for number, (at, how, whom) in enumerate(chosen)
    ]


def _spread(ways: list[Any], wanted: int) -> list[Any]:
    """So many of them, evenly; all of them, the first ones twice, where there are fewer."""
    if len(ways) < wanted:
        return ways + ways[: wanted - len(ways)]
    return [ways[number * len(ways) // wanted] for number in range(wanted)]


def _plain(operation: dict[str, Any]) -> str:
    parts = [part for path in operation["paths"] for part in [path.split("/")[-1]]]
    return " and ".join("the hidden folder" if ".new-" in part else part for part in parts)


def _killed_at(at: int, how: str, whom: str, desk: Desk) -> int:
    desk.ask(NEW)
    tape = desk.aside / "tape"
    code = desk.run(environment=fault_environment(desk.folder, tape, at=at, how=how, whom=whom))
    desk.quiet()
    _grown_old(desk)
    return code


def prefix_cases(tape: list[dict[str, Any]]) -> list[Case]:
    """Every beginning of the tape put on disk: as written, and with what was not flushed lost."""
    ways = [(at, lost) for at in range(1, len(tape) + 1) for lost in (False, True)]
    return [
        Case(
            "write prefix",
            f"the first {at} of {len(tape)} operations{', unflushed data lost' if lost else ''}",
            (0,),
            partial(_put, tape[:at], lost),
            killed=True,
            anew=number % EVERY == 0,
        )
        for number, (at, lost) in enumerate(_spread(ways, PREFIXES))
    ]


def _put(tape: list[dict[str, Any]], lost: bool, desk: Desk) -> int:
    """Do the operations of the tape on the desk."""
    desk.ask(NEW)
    desk.kept = desk.sources()
    unflushed: dict[int, None] = {}
    for one in tape:
        paths = [desk.folder / path for path in one["paths"]]
        _do(one, paths)
        if one["operation"] in ("create", "write"):
            unflushed[paths[0].stat().st_ino] = None
        elif one["operation"] == "fsync":
            unflushed.pop(paths[0].stat().st_ino, None)
    if lost:
        for path in desk.folder.rglob("*"):
            if path.is_file() and path.stat().st_ino in unflushed:
                os.truncate(path, 0)
    _grown_old(desk)
    return 0


def _grown_old(desk: Desk) -> None:
    """A day goes by until the next run, which then may judge what names no owner."""
    yesterday = time.time() - 86_400
    for path in desk.folder.glob(".*"):
        os.utime(path, (yesterday, yesterday))


def _do(one: dict[str, Any], paths: list[Path]) -> None:
    operation = one["operation"]
    if operation == "mkdir":
        paths[0].mkdir(exist_ok=True)
    elif operation == "create":
        paths[0].write_bytes(b"")
    elif operation in ("touch", "append"):
        paths[0].touch()
    elif operation == "write":
        with paths[0].open("ab") as file:
            file.write(base64.b64decode(one["data"]))
    elif operation in ("unlink", "remove"):
        # What a library of C made is not on the tape, its deletion is.
        paths[0].unlink(missing_ok=True)
    elif operation == "rmdir" and paths[0].exists():
        paths[0].rmdir()
    elif operation in ("rename", "replace"):
        os.replace(*paths)
    elif operation == "exchange":
        between = paths[0].with_name(".between")
        for source, target in ((paths[0], between), (paths[1], paths[0]), (between, paths[1])):
            os.replace(source, target)
    elif operation == "symlink":
        paths[1].symlink_to(paths[0])
    elif operation == "link":
        os.link(*paths)
    elif operation not in ("fsync", "rmdir"):
        raise NotSurvivedError(f"the tape has an operation that cannot be replayed: {operation}")


def signal_cases(seconds: float, seed: int = 6) -> list[Case]:
    """A signal to the command at a random moment of a run that takes so many seconds."""
    chance = random.Random(seed)
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")
    found = []
    for number in range(SIGNALS):
        name = names[number % len(names)]
        share = (number // len(names) + chance.random()) / (SIGNALS / len(names))
        value = getattr(signal, name)
        right = (0, -value) if name == "SIGKILL" else (0, -value, 128 + value)
        found.append(
            Case(
                "signal at a random moment",
                f"{name} after {share:.2f} of a run",
                right,
                partial(_signalled, value, share * seconds),
                killed=name == "SIGKILL",
                either=True,
                anew=number % EVERY == 0,
            )
        )
    return found


def _signalled(number: int, seconds: float, desk: Desk) -> int:
    desk.ask(NEW)
    call = desk.start()
    if call.code(seconds) is None:
        call.send(number)
    return call.ended(60)


def forgotten(desk: Desk) -> None:
    """Delete a copy that was made for a tape."""
    shutil.rmtree(desk.folder.parent, ignore_errors=True)


assert OLD < NEW
