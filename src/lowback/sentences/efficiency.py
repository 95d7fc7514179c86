"""What may be said of a difference in an outcome and in what it takes."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded, spoken, week
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts, named


def efficiency_sentences(result: Result) -> list[str]:
    """Each arm's difference in the outcome, then that in what it asks of people, and what the second means for the first."""
    rows = keyed_rows(result, "statistic", "arm", "comparator", "outcome", "burden_label", "weeks")
    said: list[str] = []
    for arm in in_order(rows["arm"]):
        of = rows[rows["arm"] == arm]
        [outcome], [burden] = (
            list(each(of[of["statistic"] == one])) for one in ("difference", "difference in burden")
        )
        said += [capital(sentence(_contrast(outcome, result).alone())), capital(sentence(_burden(burden)))]
    return said


def _contrast(row: Any, result: Result) -> Contrast:
    outcome = label_of(row.outcome)
    less, more = amounts(outcome, result.higher_is)
    verb = "led to" if result.causal else "went with"
    arm, comparator = named(row.arm), named(row.comparator)
    return Contrast(
        row,
        subject=arm,
        if_lower=f"{arm} {verb} {less}",
        if_higher=f"{arm} {verb} {more}",
        difference=f"difference in {outcome}",
        smallest_worthwhile=result.smallest_worthwhile,
        where=f" at {week(row.weeks)}",
        lead=f"compared with {comparator} at {week(row.weeks)}, ",
        between=f" between {arm} and {comparator}",
    )


def _burden(row: Any) -> str:
    """The difference in what arms ask of people; without one that is shown, these data do not show that they are alike either."""
    shown, label = rounded(row, difference=True).in_words, spoken(row.burden_label)
    if row.conf_low <= 0 <= row.conf_high:
        return f"these data cannot tell whether arms differ in {label}: {shown}"
    more = "more" if row.estimate > 0 else "less"
    return f"it took {more} {label}, {shown}, so that a difference in the outcome may come with the time as well as with what was done in it"
