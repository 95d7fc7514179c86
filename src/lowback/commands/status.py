"""`lowback status`: whether each report still is what its data, study and software would give."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from lowback.commands.asked import Data
from lowback.commands.reporting import Only, Out, Requests
from lowback.commands.shown import console
from lowback.ending import Ending


def status(
    requests: Requests,
    data: Data = None,
    out: Out = None,
    only: Only = None,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every published file anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Say of each report whether it is fresh, stale, failed, missing or damaged, and why; exit 3 unless all are fresh."""
    from lowback.delivery import Order, stand
    from lowback.printed_run import print_standing

    stood = stand(Order(tuple(requests), data, out, tuple(only or ())), verify=verify)
    if as_json:
        rows = [{"edition": one.name, "folder": str(one.folder), **asdict(one.standing)} for one in stood]
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        print_standing(console(), stood)
    if any(one.standing.state != "fresh" for one in stood):
        raise typer.Exit(Ending.PARTLY_FAILED)
