"""Writes docs/scheduling.md, its tables worked out by the functions that schedule reports."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from clock_cases import CASES, CLOCKS, MONDAYS, utc

from lowback.ending import Ending
from lowback.scheduling.schedule import asked_schedule
from lowback.scheduling.slots import slots_between
from lowback.scheduling.turns import CAN_PASS, Turn, Went, run_due, went

HERE = Path(__file__).resolve()
PAGE = HERE.parents[2] / "docs" / "scheduling.md"
WORDS = HERE.with_suffix(".md")


def page() -> str:
    """The page: its words, which stand beside this file, with the tables in their places."""
    tables = {"CALENDARS": calendars(), "CLOCKS": clocks(), "CAN_PASS": can_pass()}
    text = WORDS.read_text(encoding="utf-8")
    for name, rows in tables.items():
        text = text.replace(f"{{{name}}}", "\n".join(rows))
    return text


def calendars() -> Iterator[str]:
    yield "| calendar | `--every` | time zone | slots, by the clock on the wall there |"
    yield "|---|---|---|---|"
    for case in CASES:
        found = slots_between(asked_schedule(case.every, case.tz), utc(case.after), utc(case.until))
        shown = ", ".join(_there(one, case.tz) for one in found[:4])
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        yield f"| {case.name} | `{case.every}` | {case.tz} | {shown}{more} |"


def clocks() -> Iterator[str]:
    yield "| what happens | the clock (UTC) and what runs: the slot of that Monday, or nothing |"
    yield "|---|---|"
    for name, calls in CLOCKS.items():
        told = [f"{one.replace('T', ' ')}: {what}" for one, what in _ran(calls)]
        yield f"| {name} | {'; '.join(told)} |"


def can_pass() -> Iterator[str]:
    yield "| the run ended with | the slot |"
    yield "|---|---|"
    for one in Ending:
        if one == Ending.DONE:
            said = "has its report and never runs again"
        else:
            said = (
                "is due again at once" if one in CAN_PASS else "is due again after a day, or with `--force`"
            )
        yield f"| {int(one)} {one.name.lower().replace('_', ' ')} | {said} |"


def _ran(calls: list[tuple[str, int, str | None]]) -> Iterator[tuple[str, str]]:
    import time_machine

    with tempfile.TemporaryDirectory() as folder:
        for moment, ending, _ in calls:
            ran: list[Turn] = []

            def run(turn: Turn, ran: list[Turn] = ran, ending: int = ending) -> Went:
                ran.append(turn)
                return went(Ending(ending))

            with time_machine.travel(utc(moment), tick=False):
                run_due(MONDAYS, Path(folder) / "report", run, utc(moment))
            slot = f"{ran[0].slot:%-d %B %Y}" if ran else "nothing"
            missed = f", catching up {len(ran[0].missed)}" if ran and ran[0].missed else ""
            yield moment, slot + missed + (f" (ends with {ending})" if ending else "")


def _there(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    PAGE.write_text(page(), encoding="utf-8")
