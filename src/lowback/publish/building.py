"""The steps that build a report in its staging folder, one after another; the manifest is written when all are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from lowback.checklists import read_table
from lowback.csv_text import csv_text
from lowback.disclosure import identifiers_in
from lowback.publish.beside import remembered
from lowback.publish.checked_off import FOR_WHOM, answers_shown, shows_who, write_checklists
from lowback.publish.checked_off import NAME as CHECKLISTS
from lowback.publish.complete import incomplete
from lowback.publish.contents import report_contents
from lowback.publish.documents import write_documents
from lowback.publish.failure import Failure
from lowback.publish.history import NAME as HISTORY
from lowback.publish.history import history_text
from lowback.publish.making import Making
from lowback.publish.overstated import overstated
from lowback.publish.page import write_page
from lowback.publish.public import leaks_in, public_notebook
from lowback.publish.release import NAME as RELEASE
from lowback.publish.release import release_text
from lowback.publish.telling import again, course
from lowback.publish.tidying import tidied, words_of
from lowback.publish.unfounded import numbers_unfounded

Step = Callable[[Making], Sequence[Failure]]
"""Writes or examines a part of the report; what it returns speaks against publishing it."""


def build(making: Making) -> list[Failure]:
    """Take every step in order; with a failure nothing is published."""
    return [failure for step in STEPS for failure in step(making)]


def write_notebooks(making: Making) -> Sequence[Failure]:
    """The executed notebooks, without the machine's paths and timings."""
    job = making.job
    own = (
        making.folder,
        job.frozen.parent,
        job.request.file.parent,
        *(one.notebook.path.parent for one in job.planned),
    )
    (making.folder / "notebooks").mkdir()
    for one in making.ran:
        content = tidied(one.executed.read_bytes(), own)
        content = public_notebook(content) if job.request.audience == "public" else content
        (making.folder / "notebooks" / f"{one.planned.name}.ipynb").write_bytes(content)
    return ()


def write_figures(making: Making) -> Sequence[Failure]:
    """Every figure as a file of its own."""
    if making.found.figures:
        (making.folder / "figures").mkdir()
    for figure in making.found.figures.values():
        (making.folder / "figures" / f"{figure.name}.png").write_bytes(figure.png)
    return ()


def write_tables(making: Making) -> Sequence[Failure]:
    """Every estimate, unrounded, and the rows of the ledger where a notebook shows one."""
    rows = making.found.estimates()
    _write_csv(making, "estimates.csv", rows)
    if making.found.ledger:
        ledger = pd.DataFrame(list(making.found.ledger)).astype({"n_participants": "Int64"})
        _write_csv(making, "ledger.csv", ledger)
    return ()


def write_history(making: Making) -> Sequence[Failure]:
    """The estimates of all runs so far."""
    text = history_text(making.history)
    (making.folder / HISTORY).write_text(text, encoding="utf-8", newline="\n")
    return ()


def write_release(making: Making) -> Sequence[Failure]:
    """The counts that a release for the public shows, for the next one to compare with."""
    if making.job.request.audience == "public":
        text = release_text(making.found, remembered(making.job))
        (making.folder / RELEASE).write_text(text, encoding="utf-8", newline="\n")
    return ()


def write_report(making: Making) -> Sequence[Failure]:
    """The page that a reader opens, and what else the request asks for."""
    job = making.job
    pages = [(one.planned, making.notebooks[one.planned.name]) for one in making.ran]
    contents = report_contents(
        job.request, job.study, pages, making.found, making.provenance, job.certificate
    )
    write_page(
        making.folder / "report.html",
        contents,
        history=course(making.history, making.found, job.study),
        checklists=read_table(making.folder / CHECKLISTS),
        again=again(job.request, job.target, job.data_folder),
    )
    return write_documents(making.folder, job.request, contents)


def people_shown(making: Making) -> Sequence[Failure]:
    """The notebooks that show who a participant is, which readers of an internal report may know; for the public, every file that does."""
    if making.job.request.audience == "public":
        return leaks_in(making.folder, making.job.private)
    if making.job.request.audience == "internal":
        return ()
    failures = []
    for one in making.job.planned:
        shown = identifiers_in(words_of(making.notebooks[one.name]), making.job.identifiers)
        if shown:
            text = f"{shows_who(shown)}; {FOR_WHOM}"
            failures.append(Failure(one.name, None, text))
    return failures


def _write_csv(making: Making, name: str, rows: pd.DataFrame) -> None:
    (making.folder / name).write_text(csv_text(rows), encoding="utf-8", newline="\n")


STEPS: tuple[Step, ...] = (
    write_notebooks,
    write_figures,
    write_tables,
    write_history,
    write_release,
    write_checklists,
    write_report,
    incomplete,
    people_shown,
    answers_shown,
    overstated,
    numbers_unfounded,
)
