"""How people move on a ladder, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result


def transition_sentences(result: Result) -> list[str]:
    """The share of moves that go one step up against the share asked for, and the shares of the other moves; what was left out is passed over."""
    rows = keyed_rows(result, "statistic", "outcome")
    found = {row.statistic: row for row in each(rows)}
    up, beyond = found.get("one step up"), found.get("one step up, less the threshold")
    said = []
    if up is not None:
        claim = "moves that go exactly one step up" if beyond is None else _against(up, beyond)
        said.append(capital(sentence(f"{claim}: {rounded(up).in_words}")))
    others = [
        f"{rounded(found[name]).in_words} {words}"
        for name, words in (("leaves out a step", "leave out a step"), ("down", "go down"))
        if name in found
    ]
    if others:
        said.append(sentence(f"Of all moves, {' and '.join(others)}"))
    return said or ["What is left of this result tells of too few people."]


def _against(up: Any, beyond: Any) -> str:
    """What may be said of the share by the share asked for."""
    asked = f"{100 * (up.estimate - beyond.estimate):.4g} %"
    if beyond.conf_low > 0:
        return f"More than {asked} of moves go exactly one step up"
    if beyond.conf_high < 0:
        return f"Fewer than {asked} of moves go exactly one step up"
    return f"These data cannot tell whether more or fewer than {asked} of moves go exactly one step up"
