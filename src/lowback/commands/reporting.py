"""`lowback report`: from a request to a published report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lowback.commands.asked import Data
from lowback.commands.shown import console, keep_refused_rows
from lowback.ending import Ending


def report(
    request: Annotated[Path, typer.Argument(help="A request, such as reports/example.yml.")],
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to publish under; default: beside the request.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run although nothing has changed.")] = False,
) -> None:
    """Run the notebooks of a request and publish the whole report or none of it."""
    from lowback.intake import source_files, take_in
    from lowback.printed import print_findings, print_outcome, print_problems
    from lowback.publish import publish_report, read_request
    from lowback.repeating import current_certificate
    from lowback.study import StudyError, cohort_problems, read_study

    asked = read_request(request)
    study = read_study(asked.study)
    folder = data or asked.data
    intake = take_in(asked.mapping, folder)
    if intake.cohort is None:
        print_findings(console(), intake)
        keep_refused_rows(intake, asked.mapping)
        raise typer.Exit(Ending.INPUT_REFUSED)
    problems = cohort_problems(study, intake.cohort)
    if problems:
        raise StudyError("\n".join(f"{asked.study}: {problem}" for problem in problems))
    print_findings(console(), intake, notes=False)
    keep_refused_rows(intake, asked.mapping)
    published = publish_report(
        asked,
        certificate=current_certificate(asked.file, intake.cohort, study),
        inputs=source_files(asked.mapping, folder),
        data=folder,
        out=out,
        force=force,
        identifiers=list(intake.cohort.participant_ids),
    )
    if published.failures:
        print_problems(console(), published.failures)
        raise typer.Exit(published.ending)
    print_outcome(console(), published)
