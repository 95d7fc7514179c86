"""What may be said of pain that comes back, under one definition and then under the others."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, number, rounded
from lowback.result import Result
from lowback.sentences.verdicts import Verdict, claim_by, verdict

FIRST_MODEL = "any return"
IN_SHORT = {
    Verdict.WORTHWHILE: "a difference that matters",
    Verdict.UNCLEAR_SIZE: "a difference that may or may not matter",
    Verdict.SHOWN: "a difference",
    Verdict.TOO_SMALL: "too little to matter",
    Verdict.NOT_SHOWN: "no difference shown",
}

NOT_TOLD = "How often it came back is not shown: it would tell of few people."


def recurrence_sentences(result: Result) -> list[str]:
    """How often it came back, what goes with it under the first definition that can say so, and whether the others agree."""
    rows = keyed_rows(result, "definition", "statistic")
    definitions = in_order(rows["definition"])
    ratios = rows[rows["statistic"] == "hazard ratio"]
    chosen = [one for one in definitions if (ratios["definition"] == one).any()] or [
        one for one in definitions if _count(rows, one, "returns")
    ]
    if not chosen:
        return [NOT_TOLD]
    said = [_how_often(rows, chosen[0])]
    if ratios.empty:
        others = [one for one in definitions if one != chosen[0]]
        return said + [_counted(rows, one) for one in others]
    ratios = ratios[ratios["model"] == FIRST_MODEL]
    corrected = {row.definition: row for row in each(ratios[ratios["correction"] == "corrected"])}
    naive = {row.definition: row for row in each(ratios[ratios["correction"] == "as measured"])}
    said.append(_what_goes_with_it(corrected[chosen[0]], naive[chosen[0]], result.smallest_worthwhile))
    return said + _other_definitions(definitions, chosen[0], corrected, rows, result.smallest_worthwhile)


def _how_often(rows: pd.DataFrame, definition: str) -> str:
    people, returns = (_count(rows, definition, one) for one in ("people settled", "returns"))
    days = _count(rows, definition, "time at risk")
    if not (_is_told(rows, definition, "people settled") and _is_told(rows, definition, "returns")):
        return NOT_TOLD
    label = label_of(rows["outcome"].iloc[0]).partition(" (")[0] if "outcome" in rows.columns else "pain"
    times = "once" if returns == 1 else f"{number(returns, 0)} times"
    words = (
        f"by the definition “{definition}”, {label} that had settled in {number(people, 0)} people seen again came back {times} in "
        f"{number(days / 7, 0)} person-weeks at risk"
    )
    still = rows[(rows["statistic"] == "not yet come back") & (rows["definition"] == definition)]
    if len(still):
        last = next(each(still.sort_values("weeks").tail(1)))
        words += f"; {last.weeks:g} weeks after settling it had not come back in {rounded(last).in_words}"
    return capital(sentence(words))


def _counted(rows: pd.DataFrame, definition: str) -> str:
    people, returns = (number(_count(rows, definition, one), 0) for one in ("people settled", "returns"))
    if not (_is_told(rows, definition, "people settled") and _is_told(rows, definition, "returns")):
        return sentence(f"By “{definition}” it is not shown how often it came back")
    return sentence(f"By “{definition}” it came back {returns} times in {people} people")


def _what_goes_with_it(row: Any, naive: Any, worthwhile: float | None) -> str:
    exposure = label_of(row.exposure)
    fewer, more = (
        f"it came back less where {exposure} at settling was higher",
        f"it came back more where {exposure} at settling was higher",
    )
    claim = fewer if row.estimate < 1 else more
    measured = f"; as measured, without the correction for error, {rounded(naive).with_bounds}"
    found = _verdict(row, worthwhile)
    words = claim_by(found, claim, _ratio(row), "a factor")
    if words is None and found is Verdict.TOO_SMALL:
        words = f"what goes with {exposure} at settling is too small to matter: {_ratio(row)}"
    elif words is None:
        tell = "do not show that" if found is Verdict.NOT_SHOWN else "cannot tell whether"
        words = f"these data {tell} it goes with {exposure} at settling: {_ratio(row)}"
    return capital(sentence(words + measured))


def _other_definitions(
    definitions: list[str],
    first: str,
    corrected: dict[str, Any],
    rows: pd.DataFrame,
    worthwhile: float | None,
) -> list[str]:
    """Each other definition in a clause, so that nobody has to choose the one that suits."""
    clauses = []
    for one in definitions:
        if one == first:
            continue
        if one in corrected:
            clauses.append(
                f"by “{one}” the ratio is {rounded(corrected[one]).with_bounds}, {_in_short(corrected[one], worthwhile)}"
            )
        elif not (_is_told(rows, one, "people settled") and _is_told(rows, one, "returns")):
            clauses.append(f"by “{one}” there is no ratio")
        elif not _count(rows, one, "people settled"):
            clauses.append(f"by “{one}” nobody came to be settled")
        else:
            returns = number(_count(rows, one, "returns"), 0)
            clauses.append(f"by “{one}” there is no ratio ({returns} returns)")
    return [capital(sentence("; ".join(clauses)))] if clauses else []


def _in_short(row: Any, worthwhile: float | None) -> str:
    return IN_SHORT.get(_verdict(row, worthwhile), "which cannot tell")


def _verdict(row: Any, worthwhile: float | None) -> Verdict:
    """The verdict on the logarithm, where 1 is no difference."""
    if not (row.conf_low > 0 and math.isfinite(row.conf_high)):
        return Verdict.CANNOT_TELL
    return verdict(
        math.log(row.conf_low), math.log(row.conf_high), None if worthwhile is None else math.log(worthwhile)
    )


def _ratio(row: Any) -> str:
    shown = rounded(row)
    return f"hazard ratio {shown.estimate} {row.unit.removeprefix('hazard ratio ')} ({shown.interval})"


def _is_told(rows: pd.DataFrame, definition: str, statistic: str) -> bool:
    """Whether a count is there: a report for the public leaves small ones out, which are not none."""
    return bool(((rows["definition"] == definition) & (rows["statistic"] == statistic)).any())


def _count(rows: pd.DataFrame, definition: str, statistic: str) -> float:
    found = rows[(rows["definition"] == definition) & (rows["statistic"] == statistic)]["estimate"]
    return float(found.iloc[0]) if len(found) else 0.0
