"""Every text that a report shows, with the place where it stands and the estimand that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from lowback.publish.harvest import PNG, as_object
from lowback.publish.notebooks import numbered, source_of
from lowback.result import ANSWER_MIME, DIAGRAM_MIME, LEDGER_MIME, RESULT_MIME

CAPTION = re.compile(
    r"<(caption|figcaption|h[1-6])\b[^>]*>(.*?)</\1>|<(p)\b[^>]*\bclass=[\"']?table-note\b[^>]*>(.*?)</p>",
    re.DOTALL,
)
"""What stands over and under a table of an exhibit; what else it says in paragraphs and lists is refused or taken for granted."""
TAG = re.compile(r"<[^>]+>")
LONGEST_PRINTED = 100_000
LONGEST_LINE = 2_000
FEWEST_WORDS = 4


@dataclass(frozen=True)
class Said:
    """One text: what kind it is, where it stands (`cell` None: the report itself), and what it is about where that is known."""

    kind: str
    text: str
    notebook: str = ""
    cell: int | None = None
    analysis: str = ""
    estimand: str = ""
    is_markdown: bool = False


def said_in(name: str, cells: list[dict[str, Any]]) -> Iterator[Said]:
    """Every text of an executed notebook: its prose, what our exhibits say, and what cells print."""
    for number, cell in numbered(cells):
        if cell["cell_type"] == "markdown":
            yield Said("prose", source_of(cell), name, number, is_markdown=True)
            continue
        for output in cell.get("outputs", []):
            for one in _of_output(output):
                yield replace(one, notebook=name, cell=number)


def shown_in(cell: dict[str, Any]) -> Iterator[Said]:
    """The analyses and estimands of which a cell shows a result."""
    for output in cell.get("outputs", []):
        content = output.get("data", {}).get(RESULT_MIME)
        if content:
            yield _about(as_object(content))


def identified_in(cells: Iterable[dict[str, Any]]) -> frozenset[str]:
    """The estimands that every causal diagram shown here lets be estimated by what the study adjusts for."""
    found: dict[str, bool] = {}
    for cell in cells:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(DIAGRAM_MIME)
            for answers in as_object(content).values() if content else ():
                for one in answers:
                    # Analyses adjust for the study's covariates; none goes by a front door or an instrument.
                    can = one.get("covariates_suffice") is True
                    found[one["estimand"]] = found.get(one["estimand"], True) and can
    return frozenset(name for name, can in found.items() if can)


def _of_output(output: dict[str, Any]) -> Iterator[Said]:
    if output["output_type"] == "stream":
        yield from _printed(output["text"])
        return
    data = output.get("data", {})
    result = as_object(data[RESULT_MIME]) if RESULT_MIME in data else {}
    about = _about(result)
    if about.estimand:
        yield replace(about, kind="name of the estimand", text=about.estimand)
    # What is assumed is no claim, so assumptions are left out.
    if result.get("method"):
        yield replace(about, kind="method", text=str(result["method"]))
    if ANSWER_MIME in data:
        said = as_object(data[ANSWER_MIME])
        for kind in ("question", "answer", "basis"):
            yield replace(_about(said), kind=kind, text=str(said.get(kind) or ""))
    html = _joined(data.get("text/html", ""))
    if result.get("question") and ANSWER_MIME not in data:
        yield replace(about, kind="question", text=str(result["question"]))
    for _, caption, _, note in CAPTION.findall(html) if result or DIAGRAM_MIME in data else ():
        yield replace(
            about, kind="caption" if caption else "note", text=unescape(TAG.sub("", caption or note))
        )
    alt = output.get("metadata", {}).get(PNG, {}).get("alt", "")
    if alt:
        yield replace(about, kind="description", text=str(alt))
    if not result and ANSWER_MIME not in data and LEDGER_MIME not in data and DIAGRAM_MIME not in data:
        yield from _printed(data.get("text/plain", ""))


def _about(content: dict[str, Any]) -> Said:
    """A text still to be filled in, about the analysis and the estimand that a payload names."""
    return Said("", "", analysis=str(content.get("analysis", "")), estimand=str(content.get("estimand", "")))


def _printed(text: Any) -> Iterator[Said]:
    """Lines of what a cell prints that are prose; the rest are figures and code."""
    lines = [line for line in _joined(text)[:LONGEST_PRINTED].split("\n") if _is_prose(line)]
    if lines:
        yield Said("output", "\n\n".join(lines))


def _is_prose(line: str) -> bool:
    """Whether a printed line is of words for the most part."""
    if len(line) > LONGEST_LINE:
        return False
    words = [one.strip(".,;:!?()\"'“”*") for one in line.split()]
    plain = [one for one in words if one.replace("-", "").replace("'", "").isalpha()]
    return len(plain) >= FEWEST_WORDS and len(plain) > len(words) / 2


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)
