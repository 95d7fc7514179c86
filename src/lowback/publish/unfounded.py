"""Holds every answer of a report against its own result: a number that no row gives is not published."""

from __future__ import annotations

from collections.abc import Sequence

from lowback.language.numbers import facts_of, unfounded
from lowback.publish.failure import Failure
from lowback.publish.harvest import Answer, Harvest
from lowback.publish.making import Making
from lowback.result import Refusal, Result
from lowback.study import Study

LEDGER = "ledger"


def numbers_unfounded(making: Making) -> Sequence[Failure]:
    """Each answer that holds a number which is no row of its result, no value of the study, and no part of a name."""
    return unfounded_in(making.found, making.job.study)


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


def _results_of(answer: Answer, found: Harvest) -> list[Result | Refusal]:
    """The results that the answer is about: those of its own analysis, estimand and question."""
    asked = (answer.analysis, answer.estimand, answer.question)
    return [one for one in found.results if (one.analysis, one.estimand, one.question) == asked]
