"""Which analyses answer an estimand, and of which of their rows a world knows the true value."""

from __future__ import annotations

from collections.abc import Mapping

from lowback.cohort import Cohort
from lowback.repeat.asked import Asked, asked_of
from lowback.repeat.trying import Analysis
from lowback.repeat.worlds import World
from lowback.result import Refusal, Result
from lowback.study import Study


def answering_of(
    cohort: Cohort, study: Study, analyses: Mapping[str, Analysis]
) -> tuple[dict[str, dict[str, Asked]], dict[str, str]]:
    """The analyses that answer the study's only estimand on this cohort, with what their rows say; and why others refuse it."""
    found, refused = {}, {}
    name_of_it = study.estimands[0].name
    for name, analysis in analyses.items():
        result = analysis(cohort, study)
        if isinstance(result, Result) and result.estimand == name_of_it:
            asked = asked_of(result, study.estimands[0])
            if asked:
                found[name] = asked
        elif isinstance(result, Refusal) and result.estimand == name_of_it:
            refused[name] = result.reason
    return found, refused


def with_truth(answering: Mapping[str, Mapping[str, Asked]], world: World) -> dict[str, dict[str, Asked]]:
    """The analyses and rows of which a world knows the true value."""
    known = {said for truths in world.truths.values() for said in truths}
    found = {
        name: {term: said for term, said in asked.items() if said in known}
        for name, asked in answering.items()
    }
    return {name: asked for name, asked in found.items() if asked}
