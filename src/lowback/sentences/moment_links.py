"""Whether the outcome goes with something lasting more at some moments than at others, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.result import Result
from lowback.sentences.contrasts import outcome_of
from lowback.sentences.modified_links import differing_slopes


def moment_link_sentences(result: Result) -> list[str]:
    """The slopes at moments of a low and a high modifier and their difference, then what both do beyond the sum and the product."""
    rows = keyed_rows(result, "at", "statistic", "exposure", "outcome")
    slopes = {row.at: row for row in each(rows[rows["statistic"] == "slope"])}
    low, high, apart = (slopes[at] for at in ("low", "high", "high minus low"))
    said = (
        f"the slope of {outcome_of(rows)} at the next check-in on the usual {label_of(low.exposure)} is {rounded(low).in_words} at moments of "
        f"“{low.modifier_label}” {float(low.low):.3g} and {rounded(high).in_words} at moments of {float(low.high):.3g}; {differing_slopes(apart, result)}"
    )
    found = {row.statistic: row for row in each(rows)}
    sums = f"between low and high values of both, the two together make {rounded(found['beyond the sum'], difference=True).in_words} beyond their sum"
    if "beyond the product" in found:
        sums += f", and {_times(found['beyond the product'])} what their ratios multiply to"
    return [capital(sentence(said)), capital(sentence(sums))]


def _times(row: Any) -> str:
    shown = rounded(row)
    return f"{shown.estimate} times ({shown.interval})"
