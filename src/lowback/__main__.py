"""The command line: parses, calls, prints, returns an exit code.

Exit codes: 0 done; 2 wrong request, study, mapping or option; 3 partly failed; 5 input refused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from lowback import __version__
from lowback.checked_yaml import ConfigurationError

if TYPE_CHECKING:
    from lowback.intake import Intake

WRONG_REQUEST, PARTLY_FAILED, INPUT_REFUSED = 2, 3, 5
Kind = Literal["csv", "parquet"]
Data = Annotated[Path | None, typer.Option(help="Folder of the data files that the mapping names.")]
Cluster = Annotated[str | None, typer.Option(help="Address of a Dask scheduler, in place of jobs.")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Does pelvic tilt, or work on the hip flexors, have anything to do with low back pain? "
    "Research software, not medical advice.",
)


@app.command()
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
        print_findings(_console(), intake)
        _keep_quarantine(intake, asked.mapping)
        raise typer.Exit(INPUT_REFUSED)
    problems = cohort_problems(study, intake.cohort)
    if problems:
        raise StudyError("\n".join(f"{asked.study}: {problem}" for problem in problems))
    print_findings(_console(), intake, notes=False)
    _keep_quarantine(intake, asked.mapping)
    published = publish_report(
        asked,
        certificate=current_certificate(asked.file, intake.cohort, study),
        inputs=source_files(asked.mapping, folder),
        data=folder,
        out=out,
        force=force,
        progress=True,
        identifiers=list(intake.cohort.participant_ids),
    )
    if published.failures:
        print_problems(_console(), published.failures)
        raise typer.Exit(PARTLY_FAILED)
    print_outcome(_console(), published)


@app.command()
def check(
    source: Annotated[Path, typer.Argument(help="A mapping file, a folder, or one CSV or Parquet file.")],
    data: Data = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="Where to write the refused rows as CSV; default: beside the source.")
    ] = None,
) -> None:
    """Print every doubtful row of a source; exit 5 when the cohort is refused."""
    from lowback.intake import take_in
    from lowback.printed import print_cohort, print_findings

    intake = take_in(source, data)
    print_findings(_console(), intake)
    _keep_quarantine(intake, source, quarantine)
    if intake.cohort is None:
        raise typer.Exit(INPUT_REFUSED)
    print_cohort(_console(), intake.cohort)


@app.command()
def simulate(
    scenario: Annotated[
        str, typer.Option(help="literature, mechanism, null, feedback, a trap such as trap_c14, or a file.")
    ],
    participants: Annotated[int, typer.Option(help="How many people are randomised.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    kind: Annotated[Kind, typer.Option("--format", help="Files of this kind; Parquet for any size.")] = "csv",
    jobs: Annotated[int, typer.Option(help="Processes that make Parquet files; the bytes are the same.")] = 1,
) -> None:
    """Write a cohort whose true effects are known, with its study, mapping, request and truth."""
    from lowback.simulate import simulate as made
    from lowback.simulate import simulate_to_parquet, write_simulated

    if kind == "parquet":
        simulate_to_parquet(scenario, participants, seed, out, jobs)
    else:
        write_simulated(made(scenario, participants, seed), out)
    made_of = f"{participants} participants ({scenario}, seed {seed})"
    _console().print(f"Wrote {made_of} to {out}.", soft_wrap=True, markup=False)
    _console().print(f"Now run: lowback report {out / 'report.yml'}", soft_wrap=True, markup=False)


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="Folder to make, such as my-study.")]) -> None:
    """Begin a study of one's own: a commented request, mapping and study that run."""
    from lowback.starter import start_study

    request = start_study(folder)
    _console().print(f"Now run: lowback report {request}", soft_wrap=True, markup=False)


@app.command()
def plan(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="Such as data/plan-example/plan.yml.")],
    replicates: Annotated[int | None, typer.Option(min=1, help="Simulated trials of each design.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that share the trials.")] = 1,
    cluster: Cluster = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder of finished trials, from which the same call goes on.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for all numbers and the figures.")] = None,
) -> None:
    """Print the power, precision and cost of each design that a plan weighs, and the cheapest that will do."""
    from lowback.figures import cost_figure, power_figure
    from lowback.printed import keep_pictures, print_exhibits, replicates_bar
    from lowback.repeat.planning import planned, read_plan, write_designs
    from lowback.repeating import analyses
    from lowback.sentences import answer
    from lowback.tables import plan_table

    asked = read_plan(plan_file)
    with replicates_bar(Console(stderr=True, highlight=False)) as tell:
        found = planned(
            asked, analyses(), replicates=replicates, jobs=jobs, cluster=cluster, keep=keep, progress=tell
        )
    print_exhibits(_console(), [answer(found), plan_table(found)])
    if out is not None:
        write_designs(found, out)
        keep_pictures([power_figure(found), cost_figure(found)], out)


@app.command()
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
    page: Annotated[Path | None, typer.Option(help="Markdown page to write the scenarios to.")] = None,
    likeness: Annotated[
        Path | None, typer.Option(help="Only write a page on how like the cohort those drawn like it are.")
    ] = None,
) -> None:
    """Try each analysis of a request on simulated cohorts like its own, whose truth is known."""
    from lowback.intake import CohortRefused
    from lowback.printed import print_certificate, replicates_bar
    from lowback.repeating import Run, certify_request, certify_scenarios, liken_request

    if (request is None) == (not scenario) or (likeness and scenario):
        raise ConfigurationError("give a request, or else --scenario literature, mechanism or null")
    try:
        if likeness is not None and request is not None:
            liken_request(request, data, likeness)
            return
        with replicates_bar(Console(stderr=True, highlight=False)) as progress:
            run = Run(replicates, seed, jobs, cluster, progress)
            if request is None:
                found = certify_scenarios(scenario or [], participants, run, page)
            else:
                found = {request.stem: certify_request(request, data, run)}
    except CohortRefused as refused:
        _complain(str(refused))
        raise typer.Exit(INPUT_REFUSED) from refused
    for name, one in found.items():
        print_certificate(_console(), name, one)


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Print the version if that is all that was asked."""
    if show:
        _console().print(f"lowback {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a file or option that cannot be used ends with exit code 2 and its reason."""
    try:
        app()
    except (ConfigurationError, OSError) as error:
        _complain(str(error))
        sys.exit(WRONG_REQUEST)


def _keep_quarantine(intake: Intake, source: Path, place: Path | None = None) -> None:
    """Write the rows that did not enter whole where it is asked for, or else beside the source if that is possible."""
    from lowback.intake import keep_quarantine, write_quarantine
    from lowback.printed import print_quarantine

    if place is not None:
        write_quarantine(intake, place)
        return
    try:
        kept = keep_quarantine(intake, source)
    except OSError as error:
        _complain(f"The refused rows were not written: {error}")
        return
    if kept is not None:
        print_quarantine(_console(), intake, kept)


def _complain(text: str) -> None:
    Console(stderr=True).print(text, style="red", markup=False, soft_wrap=True, highlight=False)


def _console() -> Console:
    """A console that never breaks a line in a file or a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=4000)


if __name__ == "__main__":
    main()
