"""Whether an outcome goes with an exposure in a straight line, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, p_value
from lowback.result import Result
from lowback.sentences.contrasts import outcome_of


def bend_sentences(result: Result) -> list[str]:
    """For each level, whether a bend is shown, and that a test which shows none does not prove a line."""
    rows = keyed_rows(result, "level", "statistic", "exposure", "outcome")
    outcome = outcome_of(rows)
    bends = rows[rows["statistic"] == "bend"]
    return [capital(sentence(_said(row, outcome))) for row in each(bends)]


def _said(row: Any, outcome: str) -> str:
    pair, shown = f"{outcome} on {label_of(row.exposure)}", p_value(row.p_value)
    equals = "" if shown.startswith(("<", ">")) else "="
    if row.p_value < 0.05:
        return f"{row.level} people, the curve of {pair} bends (p{equals}{shown}), so that one slope does not describe it"
    return f"{row.level} people, these data do not show that the curve of {pair} bends (p{equals}{shown}), nor that it is straight"
