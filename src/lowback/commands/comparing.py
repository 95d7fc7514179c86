"""`lowback diff`: what changed between two reports, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from lowback.commands.shown import console

if TYPE_CHECKING:
    from lowback.archive.comparison import Comparison

DIFFERENT = 1
"""Exit code of `--exit-code` where numbers differ, as that of diff and git."""
MOST_LINES = 200
"""Statistics that the terminal lists; a page and --json have more."""


def diff(
    before: Annotated[Path, typer.Argument(help="The earlier report: its folder or its manifest.json.")],
    after: Annotated[Path | None, typer.Argument(help="The later report.")] = None,
    previous: Annotated[
        bool, typer.Option("--previous", help="Compare one report with the run before it.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything for a program, numbers unrounded.")
    ] = False,
    page: Annotated[Path | None, typer.Option(help="Write a page that opens in any browser.")] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where a number differs; else 0.")
    ] = False,
) -> None:
    """Say what changed between two reports, statistic by statistic, and why; a damaged report is refused with exit code 2."""
    from lowback.archive.comparison import as_data, compare
    from lowback.archive.diff_page import diff_page
    from lowback.archive.pages import write_over
    from lowback.archive.reading import previous_run, read_report
    from lowback.checked_yaml import ConfigurationError

    if previous == (after is not None):
        raise ConfigurationError("name two reports, or one report and --previous")
    pair = previous_run(before) if after is None else (read_report(before), read_report(after))
    found = compare(*pair)
    if page is not None:
        write_over(page, diff_page(found))
    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2, ensure_ascii=False))
    else:
        print_comparison(found)
    if exit_code and not found.is_same:
        raise typer.Exit(DIFFERENT)


def print_comparison(found: Comparison) -> None:
    """The comparison for a person: what was compared, why they differ, and a line for each statistic that does."""
    from lowback.archive.comparison import printed_change, printed_notes, printed_statistic, printed_unit

    shown = console()
    for name, side in (("Earlier", found.before), ("Later", found.after)):
        shown.print(f"{name}: {escape(side.label)} ({side.manifest.get('started', '')})", soft_wrap=True)
    shown.print(found.summary)
    for reason in found.explanation:
        for said in reason.said:
            shown.print(f"  {reason.kind}: {escape(said)}", soft_wrap=True)
    if not found.told:
        return
    table = Table(
        "Statistic", "Earlier", "Later", "Change", "Unit", "What it means", box=None, pad_edge=False
    )
    for one in found.told[:MOST_LINES]:
        cells = (
            f"{one.key[0]}, {one.key[1]}: {one.key[2]}",
            printed_statistic(one.before),
            printed_statistic(one.after),
            printed_change(one),
            printed_unit(one),
            printed_notes(one) or ("" if one.state == "changed" else one.state),
        )
        table.add_row(*map(escape, cells))
    shown.print(table)
    if len(found.told) > MOST_LINES:
        shown.print(f"... and {len(found.told) - MOST_LINES} more; --json or --page FILE.html lists them.")
