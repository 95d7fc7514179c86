"""Holds every answer of a report against its own result, and its prose against all of them: a number that none gives is not published."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lowback.language.facts import facts_of
from lowback.language.numbers import unfounded
from lowback.language.plain import sentences
from lowback.publish.failure import Failure
from lowback.publish.harvest import Answer, Harvest, harvest
from lowback.publish.making import Making
from lowback.publish.overstated import Notebooks
from lowback.publish.said import Said, said_in
from lowback.result import Refusal, Result
from lowback.study import Study

LEDGER = "ledger"
CITED = re.compile(r"\b(?:19|20)\d\d[a-z]?\b|\bet al\b|\bdoi\b|https?://|\[[@\d]", re.IGNORECASE)
"""What tells that a sentence has its numbers from somebody else: a year, authors, an address, a reference."""


def numbers_unfounded(making: Making) -> Sequence[Failure]:
    """Each answer that holds a number which is no row of its result, no value of the study, and no part of a name; and so the prose."""
    job = making.job
    parameters = {one.name: dict(one.parameters) for one in job.planned}
    cells = list(making.executed.items())
    prose = unfounded_prose(job.request.title, cells, making.found, job.study, parameters)
    return [*unfounded_in(making.found, job.study), *prose]


def unfounded_in(found: Harvest, study: Study) -> list[Failure]:
    """The same for what some notebooks hold."""
    failures = []
    for one in found.answers:
        rows = found.ledger if one.analysis == LEDGER else ()
        facts = facts_of(_results_of(one, found), study, rows)
        for text in (one.answer, one.basis):
            strange = unfounded(text, facts)
            if strange:
                said = f"the answer to {one.question!r} says {', '.join(strange)}, which no row of its result gives ({one.analysis}, {one.estimand!r})"
                failures.append(Failure(one.notebook, None, said))
    return failures


def unfounded_prose(
    title: str, notebooks: Notebooks, found: Harvest, study: Study, declared: Mapping[str, Any]
) -> list[Failure]:
    """Each number of people, weeks, arms, shares or points in what an author wrote that no result of its notebook gives.

    A sentence that cites where its numbers come from is another's, and so is a number of which nothing tells what it counts.
    """
    texts = [(Said("title", title), facts_of(found.results, study, found.ledger, declared))]
    for name, cells in notebooks:
        shown = found if len(notebooks) == 1 else harvest([(name, cells)])
        facts = facts_of(shown.results, study, shown.ledger, {name: declared.get(name)})
        texts += [(one, facts) for one in said_in(name, cells) if one.kind == "prose"]
    failures = []
    for one, facts in texts:
        for sentence in sentences(one.text, markdown=one.is_markdown):
            strange = [] if CITED.search(sentence.shown) else unfounded(sentence.shown, facts, told=True)
            if strange:
                said = (
                    f"{one.kind}: “{sentence.shown}” says {', '.join(strange)}, which no result of its notebook gives and nothing "
                    "declares; leave the number to a result, or cite its source in the sentence"
                )
                failures.append(Failure(one.notebook, one.cell, said))
    return failures


def _results_of(answer: Answer, found: Harvest) -> list[Result | Refusal]:
    """The results that the answer is about: those of its own analysis, estimand and question."""
    asked = (answer.analysis, answer.estimand, answer.question)
    return [one for one in found.results if (one.analysis, one.estimand, one.question) == asked]
