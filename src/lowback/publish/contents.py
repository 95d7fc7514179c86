"""What a report says, before it has a medium: page, PDF and Word document are made of the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lowback.certificate import Certificate
from lowback.exhibit import sentence
from lowback.exhibit.numbers import capital
from lowback.part import MONTH
from lowback.publish.cells import NotebookPage, notebook_page
from lowback.publish.certified import Seal, seal_of
from lowback.publish.harvest import Answer, Harvest
from lowback.publish.repeated import said_once
from lowback.publish.request import INJECTED, PlannedRun, Request
from lowback.publish.wording import Finding, laid_out
from lowback.result import Refusal, Result
from lowback.study import Study

PLANNING = "planning"
MOST_NAMED = 4
"""Declared estimands that nobody asked are named one by one up to so many."""
ROLES = {
    "request": "Request",
    "study": "Study",
    "mapping": "Mapping",
    "notebook": "Notebook",
    "parameter": "Parameter",
    "module": "Module",
    "certificate": "Certificate",
    "data": "Data",
}


@dataclass(frozen=True)
class Unanswered:
    """A declared question without numbers: why, and what an answer would need."""

    name: str
    reason: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contents:
    """Everything that a reader is shown, in order; `parameters` are lines of notebook, name, value and meaning.

    `found` is what the notebooks hold, of which all of it is made; one that `is_internal` may show who a participant is.
    """

    title: str
    study: Study
    findings: tuple[tuple[Finding, Seal | None], ...]
    unanswered: tuple[Unanswered, ...]
    pages: tuple[NotebookPage, ...]
    parameters: tuple[tuple[str, str, str, str], ...]
    smallest_count: int
    has_ledger: bool
    provenance: Mapping[str, Any]
    found: Harvest
    is_internal: bool = False

    @property
    def kind(self) -> str:
        """The design, and of an internal report what that means for whoever holds it."""
        design = self.study.design.capitalize()
        return (
            f"{design}, internal (may show who a participant is; not to be passed on)"
            if self.is_internal
            else design
        )

    @property
    def titles(self) -> dict[str, str]:
        """The title of each notebook by its name."""
        return {page.name: page.title for page in self.pages}

    @property
    def started(self) -> datetime:
        """When the run began; of a report that tells the month alone, when that began."""
        told = self.provenance["started"]
        return datetime.fromisoformat(f"{told}-01T00:00:00Z" if self._tells_month else told)

    @property
    def made(self) -> str:
        """The same for people."""
        if self._tells_month:
            return f"{self.started:%B %Y}"
        return f"{self.started.day} {self.started:%B %Y, %H:%M} UTC"

    @property
    def precision(self) -> str:
        """How the numbers in the tables are rounded; a report for the public is known by telling the month alone."""
        return "rounded as for the public" if self._tells_month else "unrounded"

    @property
    def _tells_month(self) -> bool:
        return MONTH.fullmatch(self.provenance["started"]) is not None

    @property
    def inputs(self) -> list[tuple[str, str, str]]:
        """Each file that went in: its path, what it is, and its SHA-256."""
        return [(one["path"], ROLES[one["role"]], one["sha256"]) for one in self.provenance["inputs"]]


def report_contents(
    request: Request,
    study: Study,
    notebooks: Sequence[tuple[PlannedRun, list[dict[str, Any]]]],
    found: Harvest,
    provenance: Mapping[str, Any],
    certificate: Certificate = Certificate(),  # noqa: B008 (frozen)
) -> Contents:
    """What executed notebooks, each given with its cells, have to say about the study."""
    answers = [one for one in found.answers if not one.refused]
    return Contents(
        title=request.title,
        study=study,
        findings=tuple((laid_out(one), _seal(one, study, certificate)) for one in answers),
        unanswered=tuple(unanswered(study, found)),
        pages=said_once([notebook_page(one.name, one.title, cells, found) for one, cells in notebooks]),
        parameters=tuple(_parameter_rows([one for one, _ in notebooks])),
        smallest_count=request.smallest_count,
        has_ledger=bool(found.ledger),
        provenance=provenance,
        found=found,
        is_internal=request.audience == "internal",
    )


def _seal(answer: Answer, study: Study, certificate: Certificate) -> Seal | None:
    """What the certificate says of an answer's analysis; nothing of an answer that is no estimate of an estimand."""
    if answer.estimand not in {one.name for one in study.estimands}:
        return None
    return seal_of(answer.analysis, answer.estimand, certificate)


def unanswered(study: Study, found: Harvest) -> list[Unanswered]:
    """Refusals, in the order shown, then the declared estimands that no analysis of this report was asked for.

    Several analyses that refuse one estimand for the same reason are listed once, under the first one's question. A
    report of plans alone is about a study that nobody has run yet, so that no answer is missing from it.
    """
    refusals = [one for one in found.results if isinstance(one, Refusal)]
    listed: dict[tuple[str, str], Unanswered] = {}
    for one in refusals:
        name = one.question or one.estimand or one.analysis
        listed.setdefault((one.estimand, one.reason), Unanswered(name, _told(one, found.answers), one.needs))
    answered = {one.estimand for one in found.results if isinstance(one, Result)}
    answered |= {str(row["estimand"]) for row in found.ledger if row["estimate"] is not None}
    asked = answered | {one.estimand for one in refusals}
    is_plan = bool(found.results) and all(one.analysis == PLANNING for one in found.results)
    if is_plan:
        return list(listed.values())
    return [*listed.values(), *_not_asked([one.name for one in study.estimands if one.name not in asked])]


def _not_asked(names: Sequence[str]) -> list[Unanswered]:
    """The declared estimands that no notebook asked; many of them in one entry."""
    if len(names) <= MOST_NAMED:
        why = "The study declares it; no notebook of this report estimates it."
        return [Unanswered(name, why) for name in names]
    why = f"The study declares them; no notebook of this report estimates them: {'; '.join(names)}."
    return [Unanswered("What else the study asks", why)]


def _told(refusal: Refusal, answers: Sequence[Answer]) -> str:
    """The refusal in the words of the notebook, or in its own."""
    for one in answers:
        if one.refused and (one.analysis, one.estimand, one.question) == (
            refusal.analysis,
            refusal.estimand,
            refusal.question,
        ):
            return one.answer
    said = sentence(refusal.reason)
    # The name of a column keeps its letters.
    return said if "_" in said.split(" ", 1)[0] else capital(said)


def _parameter_rows(planned: Sequence[PlannedRun]) -> list[tuple[str, str, str, str]]:
    """Notebook, parameter, value and meaning, without the cohort's files, which are listed as files."""
    return [
        (one.title, name, repr(one.parameters.get(name, parameter.default)), parameter.comment)
        for one in planned
        for name, parameter in one.notebook.parameters.items()
        if name not in INJECTED
    ]
