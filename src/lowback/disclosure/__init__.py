"""What must not leave with a published report: counts so small that they point at people, and who those people are.

Every table and figure is drawn from a result that has passed this room (`disclosed`); a report for the public has rules of its
own (`Rules`), is checked once more when it is harvested (`told_too_much`), and searched for identifiers before it is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lowback.disclosure.passing import told_too_much
from lowback.disclosure.people import Private, private_of
from lowback.disclosure.public import released
from lowback.disclosure.rules import SMALLEST, Rules, memory_of, read_rules, write_rules
from lowback.disclosure.small_counts import disclosed as without_small_counts
from lowback.disclosure.small_counts import identifiers_in, suppress_small_counts
from lowback.result import Refusal, Result


def disclosed(result: Result | Refusal, smallest: int = 0, release: str = "") -> Result | Refusal:
    """The result as it may be shown: without counts below `smallest`, and by the rules in the file `release` if there is one."""
    if release:
        return released(result, read_rules(release))
    return without_small_counts(result, smallest)


def disclosing(analyses: Mapping[str, Any], release: str = "") -> Mapping[str, Any]:
    """The analyses, each with its answer as a public release may show it; as they are where there is no release."""
    if not release:
        return analyses
    rules = read_rules(release)
    return {name: _disclosing(one, rules) for name, one in analyses.items()}


def _disclosing(analysis: Any, rules: Rules) -> Any:
    def answer(cohort: Any, study: Any) -> Result | Refusal:
        return released(analysis(cohort, study), rules)

    return answer


__all__ = [
    "SMALLEST",
    "Private",
    "Rules",
    "disclosed",
    "disclosing",
    "identifiers_in",
    "memory_of",
    "private_of",
    "read_rules",
    "released",
    "suppress_small_counts",
    "told_too_much",
    "write_rules",
]
