"""Several runs of one report started at once, and runs without any network."""

from __future__ import annotations

import random
import time
from functools import partial

from fault_cases import DONE, NEW, Case
from fault_desk import Desk, NotSurvivedError

from lowback.ending import Ending

TIMES = 10
MOST = 8


def double_start_cases(seed: int = 7) -> list[Case]:
    """Two to eight runs at once, ten times each; exactly one runs the notebooks."""
    chance = random.Random(seed)
    return [
        Case(
            "double start",
            f"{runs} runs within {spread:.2f} s, time {number + 1}",
            DONE,
            partial(_together, runs, [chance.random() * spread for _ in range(runs)]),
            anew=number == 0,
        )
        for runs in range(2, MOST + 1)
        for number, spread in enumerate(_spreads())
    ]


def _spreads() -> list[float]:
    return [0.0] * (TIMES // 2) + [0.1 * number for number in range(1, TIMES // 2 + 1)]


def _together(runs: int, waits: list[float], desk: Desk) -> int:
    desk.ask(NEW)
    started = time.monotonic()
    calls = []
    for number, wait in enumerate(sorted(waits)):
        time.sleep(max(0.0, started + wait - time.monotonic()))
        calls.append(desk.start(out=f"said-{number}.txt"))
    codes = [call.ended(60) for call in calls]
    said = [(desk.aside / f"said-{number}.txt").read_text(encoding="utf-8") for number in range(runs)]
    published = sum("Published:" in one for one in said)
    unchanged = sum("Nothing has changed" in one for one in said)
    if published != 1 or set(codes) - {Ending.DONE, Ending.ALREADY_RUNNING}:
        raise NotSurvivedError(f"published {published} times, exit codes {codes}")
    if codes.count(Ending.DONE) != published + unchanged:
        raise NotSurvivedError(f"exit codes {codes} with {published} published and {unchanged} unchanged")
    return int(Ending.DONE)


def network_cases() -> list[Case]:
    """A run that no network can be reached from, not even this machine's own addresses."""
    return [Case("no network", "a network namespace without any interface up", DONE, _alone, needs="root")]


def _alone(desk: Desk) -> int:
    desk.ask(NEW)
    return desk.run(alone=True)
