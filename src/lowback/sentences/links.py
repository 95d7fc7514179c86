"""How an exposure, freed of its error of measurement, goes with an outcome, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts, higher_of, outcome_of


def link_sentences(result: Result) -> list[str]:
    """The slope within people, then the one between them: corrected where that can be told, beside the one as measured."""
    rows = keyed_rows(result, "exposure", "level", "adjustment")
    said = []
    for level in ("within", "between"):
        of_level = {row.adjustment: row for row in each(rows[rows["level"] == level])}
        if of_level:
            said.append(capital(sentence(_of_level(of_level, result))))
    if said and (rows["adjustment"] == "corrected").any():
        whose = "Either may be due to something else that differs within or between people."
        said.append(whose if len(said) > 1 else "It may be due to something else that differs likewise.")
    return said


def _of_level(found: dict[str, Any], result: Result) -> str:
    measured, corrected = found["as measured"], found.get("corrected")
    row = measured if corrected is None else corrected
    outcome, exposure = outcome_of(keyed_rows(result, "outcome")), label_of(row.exposure)
    lower, higher = amounts(outcome, result.higher_is)
    went = f"{row.level} people, {higher_of(row.exposure)} went with"
    difference = f"difference in {outcome} {row.level} people that goes with {exposure}"
    claim = Contrast(
        row,
        "",
        f"{went} {lower}",
        f"{went} {higher}",
        difference,
        result.smallest_worthwhile,
        as_measured=corrected is None,
    ).alone()
    if corrected is None:
        return f"{claim}, as measured; what it would be without error of measurement, these data cannot tell"
    beside = found.get("as measured, less raters", measured)
    less = "" if beside is measured else ", less what raters differ by,"
    return f"{claim}, freed of error of measurement; as measured{less} it is {rounded(beside).with_bounds}"
