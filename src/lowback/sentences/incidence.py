"""What may be said of events by an exposure, with and without those that may not have been seen."""

from __future__ import annotations

import math
from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.result import Result
from lowback.sentences.verdicts import Verdict, verdict


def incidence_sentences(result: Result) -> list[str]:
    """The risk difference or rate ratio by its own verdict, then by that of its bounds and of what may be recalled wrongly."""
    rows = keyed_rows(result, "statistic")
    found = {row.statistic: row for row in each(rows)}
    kind = "rate ratio" if "rate ratio" in found else "risk difference"
    row = found[kind]
    event, exposure = label_of(row.outcome), label_of(row.exposure)
    words = (
        f"where it is yes for {exposure}"
        if getattr(row, "exposure_kind", "") == "flag"
        else f"with more {exposure}"
    )
    said = [
        capital(
            sentence(
                f"{_claim(row, kind, event, exposure, words, result)}: {rounded(row, difference=True).in_words}"
            )
        )
    ]
    if {"risk with", "risk without"} <= set(found):
        shares = [rounded(found[one]).in_words for one in ("risk with", "risk without")]
        said.append(sentence(f"Found in {shares[0]} where yes and in {shares[1]} where no"))
    recalled = found.get("risk difference, recalled")
    if recalled is not None:
        said.append(_within(recalled, kind, row, result, "were any of what either recalls not so"))
    undone = found.get("recalled wrongly for none")
    if undone is not None:
        said.append(
            sentence(
                f"There would be no difference if {rounded(undone).in_words} of what those with it recall were not so"
            )
        )
    bounds = found.get(f"{kind}, bounds")
    if bounds is not None:
        why = (
            "were events noticed differently"
            if kind == "rate ratio"
            else "whatever those had in whom it was not looked for"
        )
        said.append(_within(bounds, kind, row, result, why))
    return said


def _within(bounds: Any, kind: str, row: Any, result: Result, why: str) -> str:
    """What becomes of the answer within bounds."""
    shown = rounded(bounds, difference=True)
    holds = _verdict(bounds, kind, result) == _verdict(row, kind, result)
    words = "the answer stays the same" if holds else "these data cannot tell"
    return capital(sentence(f"{why}, it may lie from {shown.low} to {shown.high}, so {words}"))


def _claim(row: Any, kind: str, event: str, exposure: str, words: str, result: Result) -> str:
    more = row.estimate > (1 if kind == "rate ratio" else 0)
    what = {"rate ratio": ("more frequent", "less frequent")}.get(kind, ("likelier", "less likely"))
    with_more = f"{event}: {what[0] if more else what[1]} {words}"
    match _verdict(row, kind, result):
        case Verdict.WORTHWHILE:
            return f"{with_more}, by an amount that matters"
        case Verdict.UNCLEAR_SIZE:
            return f"{with_more}, by an amount that may or may not matter"
        case Verdict.SHOWN:
            return with_more
        case Verdict.TOO_SMALL:
            return f"the difference in {event} by {exposure} is shown to be too small to matter"
        case Verdict.NOT_SHOWN:
            return f"these data do not show a difference in {event} by {exposure}, nor that there is none"
        case _:
            return f"these data cannot tell whether {event} differs by {exposure}"


def _verdict(row: Any, kind: str, result: Result) -> Verdict:
    margin = result.smallest_worthwhile
    if kind == "rate ratio":
        if not row.conf_low > 0:
            return Verdict.CANNOT_TELL
        return verdict(
            math.log(row.conf_low), math.log(row.conf_high), None if margin is None else math.log(margin)
        )
    return verdict(row.conf_low, row.conf_high, margin)
