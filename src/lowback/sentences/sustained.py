"""What may be said of more of an exposure that is kept up."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts, outcome_of


def sustained_sentences(result: Result) -> list[str]:
    """Kept up, within persons and by the g-formula, then the interval earlier, and whether the negative control is a warning."""
    rows = keyed_rows(result, "statistic", "approach", "more", "weeks")
    kept_up = rows[rows["statistic"] == "sustained"]
    within, by_regime = (
        next(each(kept_up[kept_up["approach"] == one])) for one in ("within persons", "g-formula")
    )
    week = float(pd.to_numeric(pd.Series([by_regime.weeks])).iloc[0])
    said = [
        _said(within, result, rows, "within persons, over two intervals"),
        _said(by_regime, result, rows, f"by the g-formula, from baseline to week {week:g}"),
    ]
    found = {row.statistic: row for row in each(rows)}
    earlier = rounded(found["before"], difference=True).in_words
    said.append(capital(sentence(f"of the former, one interval earlier alone comes to {earlier}")))
    control = found.get("later exposure")
    if control is not None and not control.conf_low <= 0 <= control.conf_high:
        said.append(
            f"A warning: {label_of(control.exposure)} after a visit goes with {outcome_of(rows)} at it ({rounded(control).in_words}), so the exposure "
            "may answer to the outcome, or both to something else."
        )
    return said


def _said(row: Any, result: Result, rows: pd.DataFrame, how: str) -> str:
    """One difference by its own verdict."""
    less, more = amounts(outcome_of(rows), result.higher_is)
    what = f"{row.more} of {label_of(row.exposure)}, kept up"
    contrast = Contrast(
        row,
        subject="",
        if_lower=f"{less} went with {what}",
        if_higher=f"{more} went with {what}",
        difference=f"difference in {outcome_of(rows)} with {what} ({how})",
        smallest_worthwhile=result.smallest_worthwhile,
        lead=f"{how}: ",
    )
    return capital(sentence(contrast.alone()))
