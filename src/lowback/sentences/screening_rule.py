"""Whom the rule picks out and how good it is, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.sentences.verdicts import Verdict, verdict

SAID = {
    Verdict.WORTHWHILE: "{more} where the rule picks out, by an amount that matters",
    Verdict.UNCLEAR_SIZE: "{more} where the rule picks out, by an amount that may or may not matter",
    Verdict.SHOWN: "{more} where the rule picks out",
    Verdict.TOO_SMALL: "shown to differ by the rule by too little to matter",
    Verdict.NOT_SHOWN: "not shown to differ by the rule, nor to be alike",
    Verdict.CANNOT_TELL: "these data cannot tell whether it differs by the rule",
}


def screening_sentences(result: Result) -> list[str]:
    """How many are picked out, the difference of risks by its bounds if there are any, and the accuracy; what was left out is passed over."""
    rows = keyed_rows(result, "statistic", "reason", "weeks")
    found = {row.statistic: row for row in reversed(list(each(rows)))}
    picked = rows[rows["reason"] == "picked out by the rule"]
    said = [
        sentence(f"The rule picks out {rounded(one).estimate} of {one.n_participants} people")
        for one in each(picked)
    ]
    row = found.get("risk difference, bounds", found.get("risk difference"))
    if row is not None:
        said.append(_difference(row, result, found.get("risk difference")))
    if {"sensitivity", "specificity"} <= set(found):
        words = [rounded(found[one]).in_words for one in ("sensitivity", "specificity")]
        said.append(
            sentence(
                f"It picks out {words[0]} of those who have it and passes over {words[1]} of those who have it not"
            )
        )
    return said or ["What is left of this result tells of too few people."]


def _difference(row: Any, result: Result, looked_at: Any) -> str:
    """What may be said of the difference by its bounds or, without any, by its interval."""
    claim = SAID[verdict(row.conf_low, row.conf_high, result.smallest_worthwhile)].format(
        more="likelier" if row.estimate > 0 else "less likely"
    )
    shown = (
        "" if looked_at is None else f": {rounded(looked_at, difference=True).in_words} of those looked at"
    )
    said = capital(sentence(f"serious pathology: {claim}{shown}"))
    if not row.statistic.endswith("bounds"):
        return said
    within = rounded(row, difference=True)
    return (
        f"{said} Whatever those not looked at had, the difference may lie from {within.low} to {within.high}."
    )
