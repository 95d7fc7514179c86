"""What may be said of three check-ins in a row, with something done at the middle one."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts


def three_in_a_row_sentences(result: Result) -> list[str]:
    """The difference from both sides, what comes back and what is left over, and whether people differed already before."""
    rows = keyed_rows(result, "statistic", "outcome_label", "exposure_label", "done")
    by = {
        one: next(each(rows[rows["statistic"] == one]))
        for one in ("difference", "back", "left over", "check")
    }
    first = by["difference"]
    differs = _excludes_zero(by["check"])
    said = [capital(sentence(_contrast(first, result).alone()))]
    if differs:
        said = [_cannot_tell(first, by["check"])]
    back, left = (rounded(by[one], difference=True).in_words for one in ("back", "left over"))
    said.append(
        sentence(f"From it to the check-in after, the difference is {back}; from before to after, {left}")
    )
    if not differs:
        said.append("As a check, the check-in before it shows no difference.")
    return said


def _excludes_zero(row: Any) -> bool:
    return bool(row.conf_low > 0 or row.conf_high < 0)


def _cannot_tell(row: Any, check: Any) -> str:
    """What is left to say where people differed before they did it."""
    shown, before = (rounded(one, difference=True).in_words for one in (row, check))
    return sentence(
        f"These data cannot tell whether {row.outcome_label} changes with {row.exposure_label}: already at the check-in before it, {row.outcome_label} "
        f"differed by {before}, so that the difference of {shown} may be a return to the usual"
    )


def _contrast(row: Any, result: Result) -> Contrast:
    """The difference from before and after, less that without the exposure."""
    less, more = amounts(row.outcome_label, result.higher_is)
    with_it = (
        f"with “{row.exposure_label}”" if row.done == "yes" else f"with {row.done} of {row.exposure_label}"
    )
    what = f"check-ins {with_it} than at those before and after"
    return Contrast(
        row,
        subject="",
        if_lower=f"there was {less} at {what}",
        if_higher=f"there was {more} at {what}",
        difference=f"difference in {row.outcome_label} between {row.exposure_label} and the check-ins around it",
        smallest_worthwhile=result.smallest_worthwhile,
    )
