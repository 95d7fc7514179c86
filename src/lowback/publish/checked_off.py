"""The reporting checklists of a report: its facts put to them, as a file of its own and as a part of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lowback.checklists import Facts, Filled, filled, table
from lowback.csv_text import csv_text
from lowback.disclosure import identifiers_in
from lowback.publish.failure import Failure
from lowback.publish.making import Making
from lowback.publish.notebooks import code_cells
from lowback.publish.said import shown_in
from lowback.result import DIAGRAM_MIME

NAME = "checklists.csv"
FOR_WHOM = (
    "only a request with audience: internal, for readers who may know who a participant is, may show one"
)


def write_checklists(making: Making) -> Sequence[Failure]:
    """Every item of every list that the study calls for, a row each; no file where it calls for none."""
    lists = checked_off(making)
    if lists:
        (making.folder / NAME).write_text(csv_text(table(lists)), encoding="utf-8", newline="\n")
    return ()


def checked_off(making: Making) -> tuple[Filled, ...]:
    """The lists that the study calls for, each item filled, checked, answered or open."""
    return filled(_facts(making), _answers(making))


def answers_shown(making: Making) -> Sequence[Failure]:
    """The answers that show who a participant is."""
    words = " ".join(text for items in _answers(making).values() for text in items.values())
    shown = identifiers_in(words, making.job.identifiers)
    if not shown or making.job.request.audience == "internal":
        return ()
    return [Failure("", None, f"checklist: {shows_who(shown)}; {FOR_WHOM}")]


def shows_who(shown: Sequence[str]) -> str:
    """That these identifiers of participants are shown, in words."""
    return f"shows the identifier {shown[0]!r} of a participant (identifiers shown: {len(shown)})"


def _answers(making: Making) -> Mapping[str, Mapping[str, str]]:
    """What the study file answers, and over it what the request does."""
    of_study, of_request = making.job.study.checklist, making.job.request.checklist
    return {
        name: {**of_study.get(name, {}), **of_request.get(name, {})} for name in {**of_study, **of_request}
    }


def _facts(making: Making) -> Facts:
    job = making.job
    places: dict[tuple[str, str], str] = {}
    has_diagram = False
    for one in making.ran:
        name = one.planned.name
        for _, cell in code_cells(making.notebooks[name]):
            for about in shown_in(cell):
                places.setdefault((about.analysis, about.estimand), name)
            if any(DIAGRAM_MIME in output.get("data", {}) for output in cell.get("outputs", [])):
                has_diagram = True
                places.setdefault(("diagram", ""), name)
    titles = (job.request.title, job.study.title, *(one.planned.title for one in making.ran))
    return Facts(
        titles=titles,
        study=job.study,
        results=making.found.results,
        places=places,
        answered=sum(not one.refused for one in making.found.answers),
        has_diagram=has_diagram,
        shows_numbers=job.request.audience != "public",
    )
