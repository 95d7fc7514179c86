"""Whether a slope differs by a modifier, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.result import Result
from lowback.sentences.contrasts import outcome_of
from lowback.sentences.verdicts import Verdict, verdict


def modified_link_sentences(result: Result) -> list[str]:
    """The slopes at the low and the high value of the modifier and what may be said of their difference, within people first."""
    rows = keyed_rows(result, "level", "adjustment", "at", "statistic", "exposure", "outcome")
    slopes = rows[rows["statistic"] == "slope"]
    said = []
    for level in ("within", "between"):
        for adjustment in ("corrected", "as measured"):
            kept = slopes[(slopes["level"] == level) & (slopes["adjustment"] == adjustment)]
            found = {row.at: row for row in each(kept)}
            if {"low", "high", "high minus low"} <= set(found):
                said.append(capital(sentence(_said(found, outcome_of(rows), result))))
                break
    return said or [
        "These data cannot tell: the exposure's variation is not shown to be larger than its error of measurement."
    ]


def _said(found: dict[str, Any], outcome: str, result: Result) -> str:
    low, high, apart = (found[at] for at in ("low", "high", "high minus low"))
    freed = "freed of error of measurement" if low.adjustment == "corrected" else "as measured"
    values = (
        f"{rounded(low).in_words} at the lower value of “{low.modifier_label}” ({float(low.low):.3g}) and {rounded(high).in_words} at the higher "
        f"({float(high.high):.3g})"
    )
    said = f"{low.level} people, the slope of {outcome} on {label_of(low.exposure)}, {freed}, is {values}"
    return f"{said}; {differing_slopes(apart, result)}"


def differing_slopes(row: Any, result: Result) -> str:
    """Whether the slope at the high value differs from that at the low, by the interval of their difference.

    Slopes as measured are drawn towards zero, and their difference with them: it is never told to be too small.
    """
    shown = rounded(row, difference=True).in_words
    match verdict(row.conf_low, row.conf_high, result.smallest_worthwhile):
        case Verdict.TOO_SMALL if getattr(row, "adjustment", "") != "as measured":
            return f"the difference is too small to matter: {shown}"
        case Verdict.TOO_SMALL | Verdict.CANNOT_TELL | Verdict.NOT_SHOWN | Verdict.NO_INTERVAL:
            return f"these data cannot tell whether the slope differs: {shown}"
        case _:
            return f"the slope is {'steeper upwards' if row.estimate > 0 else 'less steep, or downwards,'} at the high value: {shown}"
