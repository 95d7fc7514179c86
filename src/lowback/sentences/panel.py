"""Which of two series foretold the other from wave to wave, with no more certainty than both lags allow."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.result import Result


def panel_sentences(result: Result) -> list[str]:
    """Both lags with their intervals, what they say together, and what unequal measurement error could do to them."""
    rows = keyed_rows(result, "statistic", "foretold_label", "by_label", "adjustment", "conclusion")
    first = rows["adjustment"].iloc[0]
    lags = rows[(rows["statistic"] == "lag") & (rows["adjustment"] == first)]
    there, back = each(lags)
    clauses = "; ".join(
        f"per point of {spoken(one.by_label)} one wave before, {spoken(one.foretold_label)} differed by {rounded(one).in_words}"
        for one in (there, back)
    )
    said = [
        capital(
            sentence(
                f"{_together(there, back)}: within persons, at equal values of its own before, {clauses}"
            )
        )
    ]
    if first != "corrected for measurement error":
        beyond = " beyond that of rounding" if first == "corrected for rounding" else ""
        said.append(
            f"Measurement error{beyond} was not taken off, and unequal errors alone can make the better measured of two series seem to lead."
        )
    return said


def _together(there: Any, back: Any) -> str:
    """What two lags say of order; a lag that is not shown may be there all the same."""
    one, other = spoken(there.by_label), spoken(there.foretold_label)
    forward, backward = (row.conclusion == "foretells" for row in (there, back))
    if forward and backward:
        return f"{one} and {other} each foretold the other"
    if forward or backward:
        leader, follower = (one, other) if forward else (other, one)
        return f"{leader} foretold {follower}, and the other way round no lag was shown"
    return f"these data cannot tell whether {one} or {other} leads, or whether either does"
