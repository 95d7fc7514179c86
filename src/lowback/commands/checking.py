"""`lowback check`: what is doubtful about a source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lowback.commands.asked import Data
from lowback.commands.shown import console, keep_refused_rows
from lowback.ending import Ending


def check(
    source: Annotated[Path, typer.Argument(help="A mapping file, a folder, or one CSV or Parquet file.")],
    data: Data = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="Where to write the refused rows as CSV; default: beside the source.")
    ] = None,
) -> None:
    """Print every doubtful row of a source; exit 5 when the cohort is refused."""
    from lowback.intake import take_in
    from lowback.printed.findings import print_cohort, print_findings

    intake = take_in(source, data)
    print_findings(console(), intake)
    keep_refused_rows(intake, source, quarantine)
    if intake.cohort is None:
        raise typer.Exit(Ending.INPUT_REFUSED)
    print_cohort(console(), intake.cohort)
