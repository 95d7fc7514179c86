"""The report as one self-contained page: summary first, then each notebook, then how it was made."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lowback.certificate import Certificate
from lowback.publish.cells import notebook_page, picture
from lowback.publish.certified import Seal, seal_of
from lowback.publish.harvest import Answer, Harvest
from lowback.publish.moved import picture_of
from lowback.publish.request import INJECTED, PlannedRun, Request
from lowback.publish.wording import laid_out
from lowback.result import Refusal, Result
from lowback.study import Study

HERE = Path(__file__).parent
PLANNING = "planning"
ROLES = {
    "request": "Request",
    "study": "Study",
    "mapping": "Mapping",
    "notebook": "Notebook",
    "parameter": "Parameter",
    "data": "Data",
}


@dataclass(frozen=True)
class Unanswered:
    """A declared question without numbers: why, and what an answer would need."""

    name: str
    reason: str
    needs: tuple[str, ...] = ()


def write_page(
    path: Path,
    request: Request,
    study: Study,
    notebooks: Sequence[tuple[PlannedRun, list[dict[str, Any]]]],
    found: Harvest,
    provenance: Mapping[str, Any],
    *,
    certificate: Certificate = Certificate(),  # noqa: B008 (frozen)
    history: Any = None,
    checklists: Any = None,
    again: Any = None,
) -> None:
    """Write report.html: no script, and no font, style or image that is not inside the file.

    `history`, `checklists` and `again` are what report_history.html, report_checklists.html and report_again.html show; a section
    that is given nothing is left out.
    """
    style = "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("report.css", "moved.css"))
    pages = [notebook_page(one.name, one.title, cells, found) for one, cells in notebooks]
    page = _template().render(
        title=request.title,
        study=study,
        style=style,
        style_hash=_hash(style),
        findings=[
            (laid_out(one), _seal(one, study, certificate)) for one in found.answers if not one.refused
        ],
        unanswered=unanswered(study, found),
        pages=pages,
        titles={page.name: page.title for page in pages},
        parameters=_parameter_rows([one for one, _ in notebooks]),
        smallest_count=request.smallest_count,
        has_ledger=bool(found.ledger),
        made=_day(provenance["started"]),
        provenance=provenance,
        roles=ROLES,
        history=history,
        checklists=checklists,
        again=again,
    )
    path.write_text(page, encoding="utf-8", newline="\n")


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
    why = "The study declares it; no notebook of this report estimates it."
    asked = answered | {one.estimand for one in refusals}
    is_plan = bool(found.results) and all(one.analysis == PLANNING for one in found.results)
    if is_plan:
        return list(listed.values())
    return [
        *listed.values(),
        *(Unanswered(one.name, why) for one in study.estimands if one.name not in asked),
    ]


def _told(refusal: Refusal, answers: Sequence[Answer]) -> str:
    """The refusal in the words of the notebook, or in its own."""
    for one in answers:
        if one.refused and (one.analysis, one.estimand, one.question) == (
            refusal.analysis,
            refusal.estimand,
            refusal.question,
        ):
            return one.answer
    return refusal.reason


def _hash(text: str) -> str:
    """The text's hash as a content-security policy names it, so that no other style can be put in."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = picture
    environment.filters["course"] = lambda moved, name: Markup(picture_of(moved, name))
    return environment.get_template("report.html")


def _parameter_rows(planned: Sequence[PlannedRun]) -> list[tuple[str, str, str, str]]:
    """Notebook, parameter, value and meaning, without the cohort's files, which are listed as files."""
    return [
        (one.title, name, repr(one.parameters.get(name, parameter.default)), parameter.comment)
        for one in planned
        for name, parameter in one.notebook.parameters.items()
        if name not in INJECTED
    ]


def _day(moment: str) -> str:
    made = datetime.fromisoformat(moment)
    return f"{made.day} {made:%B %Y, %H:%M} UTC"
