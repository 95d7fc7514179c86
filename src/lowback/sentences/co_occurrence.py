"""What may be said of two complaints that come together in a person, or do not."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.result import Result


def co_occurrence_sentences(result: Result) -> list[str]:
    """The correlation within persons and what it allows one to say, that between them, and in how many people it shows."""
    rows = keyed_rows(result, "statistic", "adjustment", "exposure_label", "outcome_label", "occasion")
    by = {
        one: list(each(rows[rows["statistic"] == one])) for one in ("within", "between", "people: together")
    }
    within = by["within"][0]
    said = [capital(sentence(_within(within)))]
    if by["between"]:
        shown = rounded(by["between"][0]).in_words
        said.append(sentence(f"Between people, the correlation of their means is {shown}"))
    return [*said, *(sentence(_alone(row)) for row in by["people: together"])]


def _alone(row: Any) -> str:
    return (
        f"By their own {row.occasion}s alone it shows in {row.estimate:.0f} of {row.n_participants} people; "
        "chance alone gives one in forty"
    )


def _within(row: Any) -> str:
    one, other = spoken(row.exposure_label), spoken(row.outcome_label)
    shown = f"correlation {rounded(row).in_words}"
    if row.conf_low > 0:
        return f"within persons, {one} and {other} were up at the same {row.occasion}s: {shown}"
    if row.conf_high < 0:
        return f"within persons, {one} was up where {other} was down: {shown}"
    return f"these data cannot tell whether {one} and {other} come together within persons: {shown}"
