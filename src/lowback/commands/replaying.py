"""`lowback replay`: a report made again, and whether its numbers are the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from lowback.commands.asked import Data
from lowback.commands.shown import console
from lowback.ending import Ending

if TYPE_CHECKING:
    from lowback.archive.reasons import Reason
    from lowback.archive.replay import Recipe
    from lowback.publish import Published


def replay(
    manifest: Annotated[Path, typer.Argument(help="The manifest.json of a report, or its folder.")],
    data: Data = None,
    request: Annotated[
        Path | None, typer.Option(help="The report's request, where it does not lie where the manifest says.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Go on although input files are not those of the report.")
    ] = False,
    keep: Annotated[Path | None, typer.Option(help="Keep the report that is made, in this folder.")] = None,
) -> None:
    """Make a report again in a temporary folder and say whether every number is the same to the last bit.

    Ends with 0 where it is, 3 where a number is another, 5 where the input files are not those of the report.
    """
    from lowback.archive.replay import other_software, recipe, vanished

    found = recipe(manifest, request, data)
    missing = vanished(found)
    if missing:
        _print_lines(f"{path} is gone" for path in missing)
        raise typer.Exit(Ending.INPUT_REFUSED)
    _print_reasons("The software is not that of the report:", other_software(found))
    if keep is not None:
        _replay(found, keep, anyway)
        return
    with tempfile.TemporaryDirectory(prefix="lowback-replay-") as folder:
        _replay(found, Path(folder), anyway)


def _replay(found: Recipe, out: Path, anyway: bool) -> None:
    from lowback.archive.comparison import compare
    from lowback.archive.reading import read_report
    from lowback.commands.comparing import print_comparison

    published = _published(found, out, anyway)
    if published.failures:
        _print_lines(published.failures)
        raise typer.Exit(published.ending)
    made = replace(read_report(published.folder), label="made again")
    comparison = compare(read_report(found.folder), made)
    print_comparison(comparison)
    if not comparison.is_same:
        raise typer.Exit(Ending.PARTLY_FAILED)


def _published(found: Recipe, out: Path, anyway: bool) -> Published:
    """The report made again under `out`, from inputs that were held against the manifest."""
    from lowback.archive.replay import edition, other_inputs
    from lowback.delivery.newness import newest_date
    from lowback.intake import source_files, take_in
    from lowback.publish import publish_edition, read_request
    from lowback.publish.ingredients import Pantry
    from lowback.publish.public import private_words
    from lowback.publish.publishing import place_of
    from lowback.study import read_study

    asked = read_request(found.request)
    again = edition(found, asked)
    files = source_files(asked.mapping, again.data)
    others = other_inputs(found, Pantry(asked).of(again, files).inputs)
    _print_reasons("Input files are not those of the report:", others)
    if others and not anyway:
        raise typer.Exit(Ending.INPUT_REFUSED)
    intake = take_in(asked.mapping, again.data, again.part)
    if intake.cohort is None:
        _print_lines(["The data are refused; lowback check says why."])
        raise typer.Exit(Ending.INPUT_REFUSED)
    if found.is_public:
        # What earlier releases showed decides what a release may show: the report itself remembers it.
        shutil.copytree(found.folder, place_of(again, out))
    return publish_edition(
        again,
        inputs=files,
        out=out,
        force=True,
        identifiers=list(intake.cohort.participant_ids),
        data_date=newest_date(intake.cohort),
        private=private_words(asked, intake.cohort, read_study(asked.study, again.part)),
    )


def _print_reasons(head: str, told: list[Reason]) -> None:
    if told:
        _print_lines([head, *(f"  {one.kind}: {said}" for one in told for said in one.said)])


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        console().print(escape(line), soft_wrap=True)
