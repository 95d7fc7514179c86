"""How people move on a ladder, in words."""

from __future__ import annotations

from lowback.exhibit import keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result


def transition_sentences(result: Result) -> list[str]:
    """The share of moves that go one step up against the share asked for, and the shares of the other moves."""
    rows = keyed_rows(result, "statistic", "outcome")
    found = {row.statistic: row for row in rows.itertuples(index=False)}
    needed = ("one step up", "one step up, less the threshold", "leaves out a step", "down")
    if not set(needed) <= set(found):
        return ["What is left of this result tells of too few people."]
    up, beyond = found["one step up"], found["one step up, less the threshold"]
    asked = f"{100 * (up.estimate - beyond.estimate):.4g} %"
    if beyond.conf_low > 0:
        claim = f"More than {asked} of moves go exactly one step up"
    elif beyond.conf_high < 0:
        claim = f"Fewer than {asked} of moves go exactly one step up"
    else:
        claim = f"These data cannot tell whether more or fewer than {asked} of moves go exactly one step up"
    others = f"{rounded(found['leaves out a step']).in_words} leave out a step and {rounded(found['down']).in_words} go down"
    return [
        capital(sentence(f"{claim}: {rounded(up).in_words}")),
        capital(sentence(f"of all moves, {others}")),
    ]
