"""What changed when somebody took up something new: of one person, or of people together."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, number, p_value, rounded, spoken
from lowback.result import Result
from lowback.sentences.verdicts import Verdict, verdict

# Ranks from here on are among the worst tenth of a person's days.
WORST = 0.9
READINGS = {
    Verdict.WORTHWHILE: "a change that matters",
    Verdict.UNCLEAR_SIZE: "a change that may or may not matter",
    Verdict.SHOWN: "a change",
    Verdict.TOO_SMALL: "no change that would matter",
}


def one_person_sentences(result: Result) -> list[str]:
    """The change in level and what it amounts to, what the days could have shown, and whether a bad day chose the start."""
    rows = keyed_rows(result, "statistic", "outcome_label", "by_lot")
    by_name = {row.statistic: row for row in each(rows[rows["statistic"] != "observed"].iloc[::-1])}
    label = spoken(rows["outcome_label"].iloc[0])
    if "pooled level change" in by_name:
        return _of_people(by_name, label, result.smallest_worthwhile)
    return _of_one(by_name, label, result.smallest_worthwhile)  # fmt: skip


def _of_one(rows: dict[str, Any], label: str, margin: float | None) -> list[str]:
    change, smallest = rows["level change"], rows["smallest seen"]
    reading = READINGS.get(verdict(change.conf_low, change.conf_high, margin))
    shown = f"which is {reading}" if reading else "so these days cannot tell whether anything changed"
    said = [
        capital(
            sentence(
                f"{label} changed by {rounded(change).in_words} at the change, beyond the line of the days before, {shown}"
            )
        )
    ]
    days = f"{rows['days before'].estimate:.0f} days before and {rows['days after'].estimate:.0f} after"
    said.append(
        sentence(
            f"With {days}, a change of about {number(smallest.estimate, 1)} {smallest.unit} would have been needed to be seen in four of five such persons"
        )
    )
    rank = rows.get("rank")
    if rank is not None and rank.estimate >= WORST and rank.by_lot != "True":
        said.append(
            "The change was taken up on one of this person's worst days, after which most get better anyway; the days next to it are left "
            "out so that this is not taken for a change."
        )
    return [*said, *_lot(rows)]


def _of_people(rows: dict[str, Any], label: str, margin: float | None) -> list[str]:
    change, another = rows["pooled level change"], rows["prediction"]
    reading = READINGS.get(verdict(change.conf_low, change.conf_high, margin))
    shown = (
        f"which is {reading} on average"
        if reading
        else "so these data cannot tell whether anything changed on average"
    )
    said = [
        capital(
            sentence(
                f"{label} changed by {rounded(change).in_words} at the change, beyond the line of the days before, {shown}"
            )
        )
    ]
    likely = f"from {number(another.conf_low, 1)} to {number(another.conf_high, 1)} {another.unit}"
    said.append(sentence(f"In another person like these the change is to be expected {likely}"))
    said += _taken_alone(rows)
    rank = rows.get("rank")
    if rank is not None and rank.by_lot != "True" and rank.conf_low > 0.5:
        said.append(
            f"Changes were taken up on bad days (mean rank {number(rank.estimate, 2)} of 1, where chance gives 0.5), after which most people get better "
            "anyway; the days next to them are left out so that this is not taken for a change."
        )
    return [*said, *_lot(rows)]  # fmt: skip


def _taken_alone(rows: dict[str, Any]) -> list[str]:
    """How many people showed a change by themselves; nothing where so few did that a public report leaves it out."""
    if not {"people: fell", "people: rose"} <= set(rows):
        return []
    fell, rose = rows["people: fell"], rows["people: rose"]
    chance = 0.025 * fell.n_participants
    return [
        sentence(
            f"Taken alone, {fell.estimate:.0f} of {fell.n_participants} people showed a fall and {rose.estimate:.0f} a rise, where chance "
            f"alone gives about {chance:.0f} of each"
        )
    ]


def _lot(rows: dict[str, Any]) -> list[str]:
    """The test that rests on the lot alone."""
    lot = rows.get("randomisation test")
    if lot is None or pd.isna(lot.p_value):
        return []
    return [
        sentence(
            f"Against the days on which the change could have been drawn to begin, p {_test(lot.p_value)}"
        )
    ]


def _test(value: float) -> str:
    """A p-value after its letter."""
    text = p_value(value)
    return text if text.startswith(("<", ">")) else f"= {text}"
