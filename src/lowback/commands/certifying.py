"""`lowback certify`: each analysis on cohorts whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lowback.checked_yaml import ConfigurationError
from lowback.commands.asked import Cluster, Data
from lowback.commands.shown import complain, console
from lowback.ending import Ending


def certify(
    request: Annotated[
        Path | None, typer.Argument(help="A request, such as reports/example.yml; none with --scenario.")
    ] = None,
    data: Data = None,
    replicates: Annotated[int, typer.Option(min=2, help="Simulated cohorts for each estimand.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same certificate.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that share the cohorts.")] = 1,
    cluster: Cluster = None,
    scenario: Annotated[list[str] | None, typer.Option(help="A simulated world; may be repeated.")] = None,
    participants: Annotated[int, typer.Option(min=8, help="People in each cohort of a scenario.")] = 160,
    study: Annotated[
        Path | None,
        typer.Option(help="Questions to ask of the scenarios, in place of those of a plain trial."),
    ] = None,
    analysis: Annotated[
        list[str] | None, typer.Option(help="Try this analysis alone in the scenarios; may be repeated.")
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Markdown page to write the scenarios to.")] = None,
    likeness: Annotated[
        Path | None, typer.Option(help="Only write a page on how like the cohort those drawn like it are.")
    ] = None,
) -> None:
    """Try each analysis of a request on simulated cohorts like its own, whose truth is known."""
    from lowback.intake import CohortRefused
    from lowback.printed.certificates import print_certificate, replicates_bar
    from lowback.repeating import Run, certify_request, certify_scenarios, liken_request

    if (request is None) == (not scenario) or (likeness and scenario):
        raise ConfigurationError("give a request, or else --scenario literature, mechanism or null")
    if study is not None and not scenario:
        raise ConfigurationError("--study goes with --scenario; a request names its study itself")
    if analysis and not scenario:
        raise ConfigurationError("--analysis goes with --scenario; of a request every analysis is tried")
    try:
        if likeness is not None and request is not None:
            liken_request(request, data, likeness)
            return
        with replicates_bar(Console(stderr=True, highlight=False)) as progress:
            run = Run(replicates, seed, jobs, cluster, progress)
            if request is None:
                found = certify_scenarios(scenario or [], participants, run, page, study, analysis or ())
            else:
                found = {request.stem: certify_request(request, data, run)}
    except CohortRefused as refused:
        complain(str(refused))
        raise typer.Exit(Ending.INPUT_REFUSED) from refused
    for name, one in found.items():
        print_certificate(console(), name, one)
