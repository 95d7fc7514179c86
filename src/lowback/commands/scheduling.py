"""`lowback schedule`: have a report made again and again; and the run in a slot that every timer asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lowback.checked_yaml import ConfigurationError
from lowback.commands.asked import Data
from lowback.commands.shown import complain, console
from lowback.ending import Ending

if TYPE_CHECKING:
    from lowback.scheduling.schedule import Schedule
    from lowback.scheduling.timers.installing import Timer
    from lowback.scheduling.turns import Turn, Went

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
    from lowback.scheduling.keeping import kept_schedule, write_schedule
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


def report_in_slot(request: Path, target: Path, run: Callable[[Turn], Went], *, force: bool = False) -> None:
    """Run what is due by the schedule beside a request, and end as the run ended; say when the next slot is if none is due."""
    from lowback.scheduling.records import SlotTakenError
    from lowback.scheduling.schedule import read_schedule
    from lowback.scheduling.turns import NotDue, run_due

    wanted = read_schedule(request)
    try:
        found = run_due(wanted, target, run, force=force)
    except SlotTakenError as taken:
        complain(str(taken))
        raise typer.Exit(Ending.ALREADY_RUNNING) from None
    except OSError as error:
        complain(f"{target.parent}: what runs when cannot be recorded there ({error.strerror or error})")
        raise typer.Exit(Ending.STORAGE) from None
    if isinstance(found, NotDue):
        following = f"{found.next.astimezone(wanted.zone):%A %Y-%m-%d %H:%M %Z}"
        console().print(
            f"No slot is due: {found.why}. The next is {following}.", markup=False, soft_wrap=True
        )
    elif found.ending != Ending.DONE:
        raise typer.Exit(found.ending)
