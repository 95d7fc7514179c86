"""`lowback schedule`: have a report made again and again; and the run in a slot that every timer asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lowback.checked_yaml import ConfigurationError
from lowback.commands.asked import Data
from lowback.commands.shown import complain, console
from lowback.ending import Ending

if TYPE_CHECKING:
    from lowback.delivery import Delivered, Order
    from lowback.scheduling.schedule import Schedule
    from lowback.scheduling.timers.installing import Timer
    from lowback.scheduling.turns import NotDue, Turn, Went

Out = Annotated[Path | None, typer.Option(help="Folder to publish under; default: beside the request.")]
SLOTS_SHOWN = 3


def schedule(
    request: Annotated[Path, typer.Argument(help="A request, such as reports/example.yml.")],
    every: Annotated[
        str | None,
        typer.Option(help="'monday 06:00', 'weekday 06:00', 'day 06:00', 'month 1 06:00', 'hour', ..."),
    ] = None,
    tz: Annotated[str | None, typer.Option(help="Time zone, such as Europe/Amsterdam.")] = None,
    timer: Annotated[
        Literal["systemd", "cron", "windows"] | None,
        typer.Option("--with", help="What is to wake it; default: what this machine has."),
    ] = None,
    install: Annotated[bool, typer.Option("--install", help="Put the timer into the system.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the timer out of the system again.")] = False,
    airflow: Annotated[
        bool, typer.Option("--airflow", help="Print a DAG for Airflow in place of a timer.")
    ] = False,
    data: Data = None,
    out: Out = None,
) -> None:
    """Write the schedule of a request and a timer for it; the slots come from the calendar of a time zone."""
    from lowback.publish import read_request
    from lowback.scheduling.keeping import delete_files, kept_schedule, write_schedule
    from lowback.scheduling.schedule import read_schedule
    from lowback.scheduling.timers.airflow import dag
    from lowback.scheduling.timers.installing import install as put_in
    from lowback.scheduling.timers.installing import remove as take_out
    from lowback.scheduling.timers.installing import this_system, timer_for
    from lowback.scheduling.timers.waking import waking

    if (every is None) != (tz is None):
        raise ConfigurationError(
            "give --every and --tz together, such as --every 'monday 06:00' --tz Europe/Amsterdam"
        )
    file = read_request(request).file
    wanted = kept_schedule(file, every, tz) if every is not None and tz is not None else read_schedule(file)
    woken = waking(wanted, file, data, out)
    if airflow:
        write_schedule(file, wanted, {})
        typer.echo(dag(woken), nl=False)
        return
    chosen = timer_for(timer or this_system(), woken)
    if remove:
        take_out(chosen)
        delete_files(file, chosen.files)
        console().print(f"{chosen.system} no longer wakes {chosen.name}.", markup=False, soft_wrap=True)
        return
    written = write_schedule(file, wanted, chosen.files)
    if install:
        put_in(chosen, written)
    _tell(wanted, chosen, written, file, installed=install)


def _tell(
    schedule: Schedule, timer: Timer, written: dict[str, Path], request: Path, *, installed: bool
) -> None:
    from lowback.scheduling.schedule import schedule_file
    from lowback.scheduling.timers.installing import WAKES

    files = [schedule_file(request), *written.values()]
    lines = [
        f"{schedule.every}, {schedule.tz}: {', '.join(_next_slots(schedule))}, ...",
        f"Wrote {', '.join(str(path) for path in files)}.",
        f"How: {WAKES[timer.system]}.",
    ]
    if installed:
        lines.append(f"Installed as {timer.name}; --remove takes it out again.")
        if timer.system == "systemd":
            lines.append("It stops when you log out, unless you once call: loginctl enable-linger")
    else:
        lines.append("Nothing is installed yet: --install does it.")
    for line in lines:
        console().print(line, markup=False, soft_wrap=True)


def _next_slots(schedule: Schedule) -> list[str]:
    from lowback.scheduling.slots import next_slot

    found, moment = [], datetime.now(UTC)
    for _ in range(SLOTS_SHOWN):
        moment = next_slot(schedule, moment)
        found.append(f"{moment.astimezone(schedule.zone):%a %Y-%m-%d %H:%M %Z}")
    return found


def without_schedules(requests: list[Path]) -> list[Path]:
    """The requests among files such as reports/*.yml, beside which their schedules stand; all, if there is nothing else."""
    from lowback.scheduling.schedule import ENDING

    return [one for one in requests if not one.name.endswith(ENDING)] or requests


def nothing_is_due(requests: Sequence[Path], out: Path | None, *, force: bool) -> bool:
    """Whether the schedule beside the request names no slot that is due; says when the next one is. It imports little, so it is quick.

    Ends as the slot's run did, while that waits for a person: whoever watches goes on seeing it.
    """
    from lowback.scheduling.records import read_records, slots_folder
    from lowback.scheduling.schedule import read_schedule
    from lowback.scheduling.turns import NotDue, due

    request, target = _request_in_slot(requests, out)
    wanted = read_schedule(request)
    found = due(wanted, read_records(slots_folder(target)), datetime.now(UTC), force=force)
    if not isinstance(found, NotDue):
        return False
    _say_next(found, wanted)
    if found.ending is not Ending.DONE:
        raise typer.Exit(found.ending)
    return True


def report_in_slot(order: Order, run: Callable[[Order, str], tuple[Delivered, ...]]) -> Ending:
    """Run what is due by the schedule beside the order's request, once; say when the next slot is if none is due.

    `run` makes the order's reports and tells of them, given the slot in words.
    """
    from lowback.scheduling.records import SlotTakenError
    from lowback.scheduling.schedule import read_schedule
    from lowback.scheduling.turns import NotDue, run_due

    request, target = _request_in_slot(order.requests, order.out)
    wanted = read_schedule(request)
    try:
        found = run_due(wanted, target, lambda turn: _taken(order, turn, wanted, run), force=order.force)
    except SlotTakenError as taken:
        complain(str(taken))
        return Ending.ALREADY_RUNNING
    except OSError as error:
        complain(f"{target.parent}: what runs when cannot be recorded there ({error.strerror or error})")
        return Ending.STORAGE
    if isinstance(found, NotDue):
        _say_next(found, wanted)
    return found.ending


def _request_in_slot(requests: Sequence[Path], out: Path | None) -> tuple[Path, Path]:
    """The one request that a slot is for, and the folder of its reports."""
    if len(requests) != 1:
        raise ConfigurationError(f"--slot takes one request at a time; given: {len(requests)}")
    request = requests[0].resolve()
    return request, (out if out is not None else request.parent).resolve() / request.stem


def _say_next(found: NotDue, schedule: Schedule) -> None:
    following = f"{found.next.astimezone(schedule.zone):%A %Y-%m-%d %H:%M %Z}"
    console().print(f"No slot is due: {found.why}. The next is {following}.", markup=False, soft_wrap=True)


def _taken(
    order: Order, turn: Turn, schedule: Schedule, run: Callable[[Order, str], tuple[Delivered, ...]]
) -> Went:
    """Make the reports of a slot; it is due again as long as one of them failed of what can pass."""
    from lowback.delivery import ending_together
    from lowback.scheduling.turns import CAN_PASS, Went

    asked = replace(order, moment=turn.slot, data_before=turn.data_before)
    delivered = run(asked, f"{turn.slot.astimezone(schedule.zone):%Y-%m-%d %H:%M %Z}")
    can_pass = any(one.passing or one.ending in CAN_PASS for one in delivered)
    return Went(ending_together(delivered), can_pass, {one.name: _data_of(one.folder) for one in delivered})


def _data_of(report: Path) -> str:
    """The hash of the data that a published report was made from; empty where there is none."""
    from lowback.publish.manifest import read_manifest
    from lowback.scheduling.freshness import data_digest

    inputs = (read_manifest(report) or {}).get("inputs", ())
    hashes = [str(one["sha256"]) for one in inputs if one["role"] == "data"]
    return data_digest(hashes) if hashes else ""
