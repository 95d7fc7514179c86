"""What changed when somebody took up something new, and when it was stopped: of one person, or of people together."""

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
    Verdict.WORTHWHILE: "a {what} that matters",
    Verdict.UNCLEAR_SIZE: "a {what} that may or may not matter",
    Verdict.SHOWN: "a {what}",
    Verdict.TOO_SMALL: "no {what} that would matter",
}


def one_person_sentences(result: Result) -> list[str]:
    """The change in level and what it amounts to, what the days could have shown, and whether a bad day chose the start."""
    rows = keyed_rows(result, "statistic", "outcome_label", "by_lot", "reverses")
    by_name = {row.statistic: row for row in each(rows[rows["statistic"] != "observed"].iloc[::-1])}
    label = spoken(rows["outcome_label"].iloc[0])
    if "pooled level change" in by_name:
        return _of_people(by_name, label, result.smallest_worthwhile)
    return _of_one(by_name, label, result.smallest_worthwhile)  # fmt: skip


def _of_one(rows: dict[str, Any], label: str, margin: float | None) -> list[str]:
    change, smallest = rows["level change"], rows["smallest seen"]
    reading = READINGS.get(verdict(change.conf_low, change.conf_high, margin), "").format(what=_what(change))
    shown = f"which is {reading}" if reading else "so these days cannot tell whether anything changed"
    said = [capital(sentence(_main(label, change, shown)))]
    said += _reversal(rows, "stopped", "taken up")
    off, on = ("off", "on") if _reverses(change) else ("before", "after")
    days = f"{rows['days before'].estimate:.0f} days {off} and {rows['days after'].estimate:.0f} {on}"
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
    change, another = rows["pooled level change"], rows.get("prediction")
    reading = READINGS.get(verdict(change.conf_low, change.conf_high, margin), "").format(what=_what(change))
    shown = (
        f"which is {reading} on average"
        if reading
        else "so these data cannot tell whether anything changed on average"
    )
    said = [capital(sentence(_main(label, change, shown)))]
    said += _reversal(rows, "pooled stopped", "pooled taken up")
    if another is None:
        said.append(
            f"These people are not shown to differ in it, so how far the {_what(change)} of another person may lie from the mean cannot be told."
        )
    else:
        likely = f"from {number(another.conf_low, 1)} to {number(another.conf_high, 1)} {another.unit}"
        said.append(sentence(f"In another person like these the {_what(change)} is to be expected {likely}"))
    said += _taken_alone(rows)
    rank = rows.get("rank")
    if rank is not None and rank.by_lot != "True" and rank.conf_low > 0.5:
        said.append(
            f"Changes were taken up on bad days (mean rank {number(rank.estimate, 2)} of 1, where chance gives 0.5), after which most people get better "
            "anyway; the days next to them are left out so that this is not taken for a change."
        )
    return [*said, *_lot(rows)]  # fmt: skip


def _reverses(row: Any) -> bool:
    """Whether the rows are of something that was stopped again."""
    return str(row.reverses) == "True"


def _what(row: Any) -> str:
    """What the level's row is of."""
    return "difference" if _reverses(row) else "change"


def _main(label: str, change: Any, shown: str) -> str:
    """The change in level and what it amounts to."""
    if _reverses(change):
        return f"{label} differed by {rounded(change).in_words} on the programme from off it, {shown}"
    return f"{label} changed by {rounded(change).in_words} at the change, beyond the line of the days before, {shown}"


def _reversal(rows: dict[str, Any], stopped: str, taken_up: str) -> list[str]:
    """Whether it came back when it was stopped; nothing where no row tells."""
    if stopped not in rows:
        return []
    change, before = rows[stopped], rows.get(taken_up)
    told = "so these days cannot tell whether anything came back"
    if change.conf_low > 0 or change.conf_high < 0:
        way = "rose" if change.conf_low > 0 else "fell"
        again = before is not None and before.estimate * change.estimate < 0
        told = f"so it {way} again" if again else f"so it {way} further"
    return [sentence(f"When it was stopped, the level changed by {rounded(change).in_words}, {told}")]


def _draws(lot: Any) -> str:
    """What could have been drawn in the place of what was."""
    return (
        "draws that the lot could have given"
        if _reverses(lot)
        else "days on which the change could have been drawn to begin"
    )


def _taken_alone(rows: dict[str, Any]) -> list[str]:
    """How many people showed a change by themselves; nothing where so few did that a public report leaves it out."""
    if not {"people: fell", "people: rose"} <= set(rows):
        return []
    fell, rose = rows["people: fell"], rows["people: rose"]
    lower, higher = ("lower level", "higher one") if _reverses(fell) else ("fall", "rise")
    chance = 0.025 * fell.n_participants
    return [
        sentence(
            f"Taken alone, {fell.estimate:.0f} of {fell.n_participants} people showed a {lower} and {rose.estimate:.0f} a {higher}, where chance "
            f"alone gives about {chance:.0f} of each"
        )
    ]


def _lot(rows: dict[str, Any]) -> list[str]:
    """The test that rests on the lot alone."""
    lot = rows.get("randomisation test")
    if lot is None or pd.isna(lot.p_value):
        return []
    return [sentence(f"Against the {_draws(lot)}, p {_test(lot.p_value)}")]


def _test(value: float) -> str:
    """A p-value after its letter."""
    text = p_value(value)
    return text if text.startswith(("<", ">")) else f"= {text}"
