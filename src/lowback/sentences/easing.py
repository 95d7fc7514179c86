"""What may be said of the time that pain takes to ease after standing up."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast


def easing_sentences(result: Result) -> list[str]:
    """How many minutes longer within persons, how it looks as recorded and over all bouts, and the other ways to say what has eased."""
    rows = keyed_rows(
        result, "definition", "statistic", "adjustment", "among", "exposure_label", "last_report"
    )
    minutes = rows[rows["statistic"] == "difference in minutes"]
    definitions = in_order(minutes["definition"])
    by = {one: list(each(minutes[minutes["definition"] == one])) for one in definitions}
    first, *beside = by[definitions[0]]
    found = [capital(sentence(_contrast(first, result).alone()))]
    found += [_beside(beside)] if beside else []
    others = [by[one][0] for one in definitions[1:]]
    said = "; ".join(f"by a {row.definition}: {rounded(row, difference=True).in_words}" for row in others)
    return [*found, *([capital(sentence(said))] if said else [])]


def _contrast(row: Any, result: Result) -> Contrast:
    """The difference in minutes between more of the exposure and less of it."""
    amount = row.unit.split(" per ", 1)[1]
    what = f"{amount} more of {row.exposure_label}"
    until = f"until pain had eased ({row.definition}, of {float(row.last_report):g} min at most)"
    return Contrast(
        row,
        subject="",
        if_lower=f"it took less time {until} after {what}",
        if_higher=f"it took more time {until} after {what}",
        difference=f"difference in the time {until} after {what}",
        smallest_worthwhile=result.smallest_worthwhile,
    )


def _beside(rows: list[Any]) -> str:
    """The same as recorded, and over all bouts."""
    words = [
        f"{row.adjustment if row.adjustment == 'as recorded' else f'over {row.among}'}, the difference is {rounded(row, difference=True).in_words}"
        for row in rows
    ]
    return capital(sentence("; ".join(words)))
