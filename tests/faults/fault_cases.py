"""What a case is, and how it is tried: the fault, what must hold after it, and the run after that."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from calling import Caller
from fault_desk import Desk, NotSurvivedError

from lowback.ending import Ending

OLD, NEW = 0, 1
DONE = (Ending.DONE,)
Play = Callable[[Desk], int]


@dataclass(frozen=True)
class Case:
    """A fault: `play` asks for report `NEW` on a desk where report `OLD` stands, and returns the exit code.

    `expected` are the exit codes that are right; `killed` says that the command itself did not live to tidy up. The run after it
    asks for `NEW` again, or, if not `anew`, for what stands, which takes a tenth of the time. `either` report may stand after it; a `bare`
    case needs no desk.
    """

    family: str
    name: str
    expected: tuple[int, ...]
    play: Play
    killed: bool = False
    anew: bool = True
    either: bool = False
    bare: bool = False
    needs: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a case went: `problem` is empty if it was survived."""

    case: Case
    code: int | None
    problem: str
    seconds: float


@contextmanager
def desks(place: Path | None = None) -> Iterator[Desk]:
    """A desk on which report `OLD` stands, to be copied for each case."""
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=place))
    caller = Caller()
    desk = Desk(folder / "desk", caller)
    try:
        desk.lay(OLD)
        if desk.run():
            raise NotSurvivedError(f"no report could be made to begin with: {desk.said()}")
        yield desk
    finally:
        caller.close()
        shutil.rmtree(folder, ignore_errors=True)


def tried(case: Case, template: Desk) -> Outcome:
    """Play a case on a copy of the desk."""
    folder = Path(tempfile.mkdtemp(prefix="case-", dir=template.folder.parent))
    started, code, problem = time.monotonic(), None, ""
    desk = template if case.bare else template.copied(folder)
    try:
        code = case.play(desk)
        if case.bare:
            return Outcome(case, code, "", round(time.monotonic() - started, 1))
        _held(case, desk, code)
        _mended(case, desk)
    except (NotSurvivedError, OSError, ValueError, LookupError) as broken:
        problem = f"{broken or type(broken).__name__} | said: {' '.join(desk.said().split())[-300:]}"
    finally:
        while desk.afterwards:
            desk.afterwards.pop()()
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome(case, code, problem, round(time.monotonic() - started, 1))


def _held(case: Case, desk: Desk, code: int) -> None:
    """What must hold right after the fault."""
    left = desk.quiet()
    if left:
        raise NotSurvivedError(f"{len(left)} processes are left after exit code {code}")
    if code not in case.expected:
        raise NotSurvivedError(
            f"exit code {code}; right would be {' or '.join(str(int(one)) for one in case.expected)}"
        )
    stands = desk.standing()
    may = (OLD, NEW) if case.killed or case.either or code < 0 else (NEW if code == Ending.DONE else OLD,)
    if stands not in may and not (stands is None and desk.out):
        raise NotSurvivedError(f"report {stands} stands after exit code {code}")
    if desk.sources() != desk.kept:
        raise NotSurvivedError("a source was changed")
    if not case.killed and code >= 0 and desk.strays():
        raise NotSurvivedError(f"left behind: {desk.strays()}")


def _mended(case: Case, desk: Desk) -> None:
    """What the next run must do."""
    desk.out = None
    turn = NEW if case.anew else desk.standing()
    desk.lay(NEW if turn is None else turn)
    code = desk.run()
    if code != Ending.DONE:
        raise NotSurvivedError(f"the next run ended with {code}")
    if desk.standing() != (NEW if turn is None else turn):
        raise NotSurvivedError(f"after the next run report {desk.standing()} stands")
    if desk.quiet():
        raise NotSurvivedError("the next run left processes")
    if desk.strays():
        raise NotSurvivedError(f"the next run left behind: {desk.strays()}")
