"""What may be said of two components, alone and together."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded, week
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts, named
from lowback.sentences.verdicts import Verdict


def factorial_sentences(result: Result) -> list[str]:
    """Each component's effect over both settings of the other, whether they add up, and what to read where they do not."""
    rows = keyed_rows(result, "statistic", "component", "one", "other", "outcome", "weeks")
    components = list(each(rows[rows["statistic"] == "component"]))
    [together] = each(rows[rows["statistic"] == "interaction"])
    found = _interaction(together, result)
    said = [capital(sentence(_component(row, result).alone())) for row in components]
    said.append(capital(sentence(found.alone())))
    if found.verdict is Verdict.TOO_SMALL:
        return said
    apart = [row for row in each(rows) if row.statistic in ("alone", "beside the other")]
    sizes = "; ".join(f"{row.term}, {rounded(row, difference=True).in_words}" for row in apart)
    return [*said, sentence(f"So look at each by itself: {sizes}")]


def _component(row: Any, result: Result) -> Contrast:
    less, more = amounts(label_of(row.outcome), result.higher_is)
    verb = "led to" if result.causal else "went with"
    arm, beside = named(row.component), named(row.other if row.component == row.one else row.one)
    return Contrast(
        row,
        subject="",
        if_lower=f"{arm} {verb} {less}",
        if_higher=f"{arm} {verb} {more}",
        difference=f"difference in {label_of(row.outcome)}",
        smallest_worthwhile=result.smallest_worthwhile,
        lead=f"with and without {beside}, at {week(row.weeks)}, ",
        between=f" between people with and without {arm} at {week(row.weeks)}",
    )


def _interaction(row: Any, result: Result) -> Contrast:
    less, more = amounts(label_of(row.outcome), result.higher_is)
    where = f"with both than {named(row.one)} and {named(row.other)} add up to"
    return Contrast(
        row,
        subject="",
        if_lower=f"there was {less} {where}",
        if_higher=f"there was {more} {where}",
        difference=f"difference in {label_of(row.outcome)} between both and the two added up",
        smallest_worthwhile=result.smallest_worthwhile,
    )
