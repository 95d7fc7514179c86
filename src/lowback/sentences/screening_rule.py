"""Whom the rule picks out and how good it is, in words."""

from __future__ import annotations

from lowback.exhibit import keyed_rows, sentence
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
    """How many are picked out, the difference of risks by its bounds if there are any, and the accuracy."""
    rows = keyed_rows(result, "statistic", "weeks")
    found = {row.statistic: row for row in reversed(list(rows.itertuples(index=False)))}
    row = found.get("risk difference, bounds", found["risk difference"])
    change, margin = found["risk difference"], result.smallest_worthwhile
    claim = SAID[verdict(row.conf_low, row.conf_high, margin)].format(
        more="likelier" if row.estimate > 0 else "less likely"
    )
    within = rounded(row, difference=True)
    said = [
        sentence(f"The rule picks out {rounded(found['picked out by the rule']).in_words} of people"),
        capital(
            sentence(
                f"serious pathology: {claim}: {rounded(change, difference=True).in_words} of those looked at"
            )
        ),
    ]
    if row.statistic.endswith("bounds"):
        said.append(
            sentence(
                f"Whatever those not looked at had, the difference may lie from {within.low} to {within.high}"
            )
        )
    if "sensitivity" in found:
        words = [rounded(found[one]).in_words for one in ("sensitivity", "specificity")]
        said.append(
            sentence(
                f"It picks out {words[0]} of those who have it and passes over {words[1]} of those who have it not"
            )
        )
    return said
