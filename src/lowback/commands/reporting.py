"""`lowback report`: from requests to published reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lowback.commands.asked import Cluster, Data
from lowback.commands.indexing import renew_index
from lowback.commands.interrupted import interruptible
from lowback.commands.noticing import told_of
from lowback.commands.scheduling import nothing_is_due, report_in_slot, without_schedules
from lowback.commands.shown import Screen, complain, console, keep_refused_rows
from lowback.ending import Ending
from lowback.lasting import lasting

if TYPE_CHECKING:
    from lowback.delivery import Delivered, Order
    from lowback.publish import Request

Requests = Annotated[
    list[Path],
    typer.Argument(help="Requests, such as reports/example.yml.", callback=without_schedules),
]
Out = Annotated[Path | None, typer.Option(help="Folder to publish under; default: beside the request.")]
Only = Annotated[
    list[str] | None, typer.Option(help="Only the edition of this value, such as a site; may be repeated.")
]


def report(
    requests: Requests,
    data: Data = None,
    out: Out = None,
    only: Only = None,
    force: Annotated[bool, typer.Option("--force", help="Run although nothing has changed.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Editions made at once; default: a core each.")
    ] = None,
    cluster: Cluster = None,
    retries: Annotated[
        int | None, typer.Option(min=0, max=10, help="How often what can pass is tried again; default: 2.")
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Set each report as a PDF too, as pdf: true in a request does.")
    ] = False,
    docx: Annotated[
        bool, typer.Option("--docx", help="Write the tables for Word too, as docx: true in a request does.")
    ] = False,
    slot: Annotated[
        Literal["latest"] | None,
        typer.Option(help="Only what the request's schedule says is due, once; see lowback schedule."),
    ] = None,
) -> None:
    """Run the notebooks of requests and publish each report whole or not at all."""
    if slot is not None and nothing_is_due(requests, out, force=force):
        return
    with lasting():
        from lowback.delivery import Order, ending_together

    media = tuple(name for name, wanted in (("pdf", pdf), ("docx", docx)) if wanted)
    order = Order(tuple(requests), data, out, tuple(only or ()), force, jobs, cluster, retries, media)
    with interruptible():
        if slot is None:
            ending = ending_together(told_of(order, deliver_shown))
        else:
            ending = report_in_slot(order, lambda asked, at: told_of(asked, deliver_shown, at))
    if ending is not Ending.DONE:
        raise typer.Exit(ending)


def deliver_shown(order: Order) -> tuple[Delivered, ...]:
    """Deliver, show how it goes, and print what came of it: of one edition its numbers, of several how each ended."""
    from lowback.delivery import deliver, told_by
    from lowback.printed_run import print_kept, print_summary, run_shown

    # Read before the run: by its end the request may have been changed.
    request = _read(order.requests[0]) if len(order.requests) == 1 else None
    with run_shown(_progress_console(), told_by) as shown:
        delivered = deliver(order, shown)
    if len(delivered) == 1:
        _print_one(delivered[0], request or _read(order.requests[0]))
    if len(delivered) > 1 or shown.nowhere:
        print_summary(console(), delivered, shown.nowhere)
    for one in delivered:
        if one.kept is not None:
            print_kept(console(), one.name, one.kept)
    for file, kept in shown.strays.items():
        print_kept(console(), f"{file.name}, in no edition", kept)
    # A request that cannot be read says nothing on where its reports are.
    made = [one for one in delivered if one.ending is not Ending.WRONG_REQUEST]
    for folder in dict.fromkeys(one.folder.parents[one.name.count("/")] for one in made):
        renew_index(folder)
    return delivered


def _progress_console() -> Screen:
    """Standard error, where lines in a file are never broken."""
    found = Screen(stderr=True, highlight=False)
    return found if found.is_terminal else Screen(stderr=True, highlight=False, width=4000)


def _print_one(one: Delivered, request: Request) -> None:
    """What intake found, and the numbers or why there are none."""
    from lowback.printed.findings import print_findings
    from lowback.printed.outcome import print_outcome, print_problems

    if one.intake is not None:
        print_findings(console(), one.intake, notes=one.ending is Ending.INPUT_REFUSED)
        if "/" not in one.name and request.audience != "public":
            keep_refused_rows(one.intake, request.mapping)
    if one.ending is Ending.DONE:
        print_outcome(console(), one)
    elif one.ending in (Ending.WRONG_REQUEST, Ending.ALREADY_RUNNING):
        complain("\n".join(one.failures))
    else:
        # Of refused data, the findings have said it all.
        print_problems(
            console(), () if one.intake is not None and one.intake.cohort is None else one.failures
        )


def _read(request: Path) -> Request:
    from lowback.publish import read_request

    return read_request(request)
