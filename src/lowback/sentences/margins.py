"""What may be said of a difference that was held against a margin: "no effect that matters" stands here alone."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, week
from lowback.result import Result
from lowback.sentences.contrasts import named, outcome_of

BOUNDS = ("lower bound of the 90 % interval", "upper bound of the 90 % interval")


def margin_sentences(result: Result) -> list[str]:
    """One sentence on every arm's verdict, from the key `verdict` of each difference, with the interval that it rests on."""
    rows = keyed_rows(result, "arm", "comparator", "statistic", "verdict")
    differences = rows[rows["statistic"] == "difference"]
    comparators = ", ".join(named(name) for name in in_order(differences["comparator"]))
    visit = next((week(one) for one in differences["weeks"]), "")
    clauses = [_clause(row, rows, result) for row in each(differences)]
    lead = f"compared with {comparators}{f' at {visit}' if visit else ''}, "
    return [capital(sentence(lead + "; ".join(clauses)))]


def people_compared(result: Result) -> list[int]:
    """The people of each difference."""
    rows = keyed_rows(result, "statistic")
    return rows.loc[rows["statistic"] == "difference", "n_participants"].tolist()


def _clause(row: Any, rows: pd.DataFrame, result: Result) -> str:
    """One arm's verdict; causal words only where the design supports them."""
    arm, outcome = named(row.arm), outcome_of(rows)
    margin = f"{result.smallest_worthwhile:g} {row.unit}"
    numbers = rounded(row, difference=True).in_words
    by_90 = _by_90(row, rows)
    match row.verdict:
        case "equivalent" if result.causal:
            return f"{arm} had no effect that matters on {outcome}: {by_90}, all of it within ±{margin}"
        case "equivalent":
            return f"{arm} went with no difference that matters in {outcome}: {by_90}, all of it within ±{margin}"
        case "not inferior":
            return f"for {arm}, a difference in {outcome} that matters is not ruled out, but one for the worse is: {numbers}"
        case "inferior":
            return f"{outcome} with {arm} was worse by more than {margin}: {numbers}"
        case _:
            return f"for {arm}, a difference in {outcome} that matters is not ruled out: {by_90}, not within ±{margin}"


def _by_90(row: Any, rows: pd.DataFrame) -> str:
    """The difference with its 90 % interval, which the two one-sided tests read; with that of 95 % where it is not kept."""
    same = rows[(rows["arm"] == row.arm) & (rows["comparator"] == row.comparator)]
    bounds = [same.loc[same["statistic"] == side, "estimate"] for side in BOUNDS]
    if any(len(bound) != 1 for bound in bounds):
        return rounded(row, difference=True).in_words
    low, high = (float(bound.iloc[0]) for bound in bounds)
    shown = rounded(row._replace(conf_low=low, conf_high=high), difference=True)
    return f"{shown.estimate} {shown.unit} (90 % CI {shown.low} to {shown.high})"
