"""What may be said of a change in people who were compared with nobody."""

from __future__ import annotations

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, week
from lowback.result import Result
from lowback.sentences.contrasts import outcome_of

OBSERVED = "observed change"


def change_sentences(result: Result) -> list[str]:
    """The observed change, and what regression to the mean alone may have given, which the data cannot narrow down."""
    rows = keyed_rows(result, "statistic", "weeks")
    found = {row.statistic: row for row in each(rows)}
    change = found[OBSERVED]
    fell, fall = ("rose", "rise") if result.higher_is == "better" else ("fell", "fall")
    did = f"{fell} on average by" if change.estimate > 0 else f"did not get better; its mean {fall} was"
    clauses = [
        f"{outcome_of(rows)} {did} {rounded(change).in_words} from baseline to {week(change.weeks)}",
        "with nobody to compare with, it cannot be put down to treatment",
    ]
    if "largest expected change" in found:
        largest = rounded(found["largest expected change"]).in_words
        clauses.append(f"regression to the mean alone may give a {fall} of anything up to about {largest}")
    if "mean that explains all" in found:
        mean = rounded(found["mean that explains all"]).in_words
        clauses.append(f"it would explain all of the {fall} if people like these have a mean of {mean}")
    return [capital(sentence("; ".join(clauses)))]
