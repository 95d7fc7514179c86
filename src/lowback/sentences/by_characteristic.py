"""What may be said of an effect that differs, or does not, by a characteristic, and of treating by it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, spoken, week
from lowback.result import Result
from lowback.sentences.contrasts import named, outcome_of
from lowback.sentences.verdicts import Verdict, claim_by, verdict


def by_characteristic_sentences(result: Result) -> list[str]:
    """For each arm whether its effect differs, and by how much; then which rules are shown to gain more than they cost."""
    rows = keyed_rows(result, "arm", "comparator", "statistic", "modifier", "level", "against", "rule")
    said = []
    for arm in in_order(rows["arm"]):
        of_arm = rows[rows["arm"] == arm]
        said += [
            sentence(capital(_difference(row, result, rows))) for row in _of(of_arm, "difference in effect")
        ]
        said += _worth(of_arm, arm)
    return said


def _of(rows: pd.DataFrame, statistic: str) -> list[Any]:
    return list(each(rows[rows["statistic"] == statistic]))


def _difference(row: Any, result: Result, rows: pd.DataFrame) -> str:
    """One difference in effect, with no more certainty than its interval allows."""
    outcome, label = outcome_of(rows), spoken(row.modifier_label)
    effect = f"{'effect of' if result.causal else 'difference that went with'} {named(row.arm)}"
    place = f"on {outcome} at {week(row.weeks)}" if result.causal else f"in {outcome} at {week(row.weeks)}"
    who = f"between people with {label}: {row.level} and {row.against}"
    shown = rounded(row, difference=True)
    margin = "" if result.smallest_worthwhile is None else f"±{result.smallest_worthwhile:.4g} {shown.unit}"
    found = verdict(row.conf_low, row.conf_high, result.smallest_worthwhile)
    shows = claim_by(found, f"the {effect} {place} differs {who}", shown.in_words)
    if shows is not None:
        return shows
    if found is Verdict.TOO_SMALL:
        return f"the {effect} {place} is the same {who}, up to what is too small to matter: it differs by {shown.in_words}, within {margin}"
    reach = f"{shown.low} to {shown.high} {shown.unit}"
    return (
        f"there is no evidence that the {effect} {place} differs {who}, nor that it does not: "
        f"the difference may be anything from {reach} (95 % CI), so these data cannot tell for whom it does more"
    )


def _worth(rows: pd.DataFrame, arm: str) -> list[str]:
    """Which rules are shown to gain more than they cost; nothing where no cost was declared."""
    rules = _of(rows, "net benefit by rule")
    if not rules:
        return []
    worth = [row for row in rules if row.conf_low > 0]
    if not worth:
        return [sentence(f"No rule for whom to treat with {named(arm)} is shown to gain more than it costs")]
    told = "; ".join(f"{row.rule}: {rounded(row, difference=True).in_words}" for row in worth)
    return [
        sentence(
            f"Rules for whom to treat with {named(arm)} that are shown to gain more than they cost: {told}"
        )
    ]
