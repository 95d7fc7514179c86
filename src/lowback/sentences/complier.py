"""What may be said of those who keep to a programme."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts, named, outcome_of


def complier_sentences(result: Result) -> list[str]:
    """For each arm how many keep to it, the difference in those who do, that as assigned, and what choosing makes of it."""
    rows = keyed_rows(result, "statistic", "arm", "comparator", "threshold")
    said = []
    for arm in in_order(rows["arm"]):
        found = {row.statistic: row for row in each(rows[rows["arm"] == arm])}
        of_those, assigned = found["in those who keep to it"], found["as assigned"]
        if "more keep to it" in found:
            more = rounded(found["more keep to it"], difference=True).in_words
            said.append(
                sentence(
                    f"{more} more of those assigned to {named(arm)} keep to it than of {named(of_those.comparator)}"
                )
            )
        said.append(capital(sentence(_contrast(of_those, result, rows).alone())))
        beside = [f"as assigned the difference is {rounded(assigned, difference=True).in_words}"]
        if "by who kept to it" in found:
            naive = rounded(found["by who kept to it"], difference=True).in_words
            beside.append(
                f"whoever kept to it against everybody in {named(assigned.comparator)}, which choice decided and not chance: {naive}"
            )
        said.append(capital(sentence("; ".join(beside))))
    return said


def _contrast(row: Any, result: Result, rows: Any) -> Contrast:
    less, more = amounts(outcome_of(rows), result.higher_is)
    whom = f"in those who keep to {named(row.arm)}"
    return Contrast(
        row,
        subject="",
        if_lower=f"{less} went with {named(row.arm)} than with {named(row.comparator)} {whom}",
        if_higher=f"{more} went with {named(row.arm)} than with {named(row.comparator)} {whom}",
        difference=f"difference in {outcome_of(rows)} {whom}",
        smallest_worthwhile=result.smallest_worthwhile,
    )
