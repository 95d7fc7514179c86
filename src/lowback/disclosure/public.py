"""A result as a public release may show it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lowback.disclosure.coarse import coarsened, significant, steps_of, too_fine
from lowback.disclosure.holes import keys_of, left_out
from lowback.disclosure.labels import few_by_share, with_coarse_keys, with_plain_terms
from lowback.disclosure.rounding import with_percentages, with_rounded_counts
from lowback.disclosure.rules import COUNTED, Rules
from lowback.disclosure.shares import with_people_of_both, with_plain_intervals, with_rounded_shares
from lowback.disclosure.waiting import with_earlier_estimates
from lowback.disclosure.words import OTHER, counts_in_words, in_known_words, without_counts
from lowback.result import COLUMNS, Refusal, Result

DIFFERENCES = {"missingness": "what is missing is the difference of counts that are shown"}
"""Analyses that a public release has no place for."""
COUNTS_ALONE = "reach by chance"
"""A statistic that follows from exact counts of people and nothing else, so that rounding the counts would be in vain."""
OWN_WORDS = (
    "adjustment", "at", "conclusion", "correction", "exposed", "exposure", "kind", "measure", "model", "modifier", "outcome", "source",
    "statistic", "target", "variable",
)  # fmt: skip
"""Keys whose values are words of the software or the data dictionary, whatever people typed: a slope where something is low."""
FEW = "every number would tell of few people, or tell too much of them, for a public release"
PRIVATE_REASON = "the data of this public release do not allow it"


def released(result: Result | Refusal, rules: Rules) -> Result | Refusal:
    """The result by the rules of a public release: words made known ones, small counts out, numbers coarse.

    A number that an earlier release showed stays until the count behind it has moved so far that the two releases together
    do not tell of fewer people than the rules allow. A result of which nothing remains becomes a refusal.
    """
    if isinstance(result, Refusal):
        return _refusal(result, _reason(result.reason, rules))
    if result.analysis in DIFFERENCES:
        return _refusal(result, DIFFERENCES[result.analysis])
    result = _without_exact_counts(result)
    named = _in_known_words(_keyed(result), rules)
    rows, is_pooled = with_plain_terms(_merged(named)), _is_pooled(named, _keyed(result))
    out = too_fine(rows, rules.smallest) | few_by_share(rows, rules.smallest) | left_out(rows, rules)
    if out.all():
        return _refusal(result, FEW)
    steps = np.array(steps_of(rows, rules))[~out]
    exact, rows = (one[~out].reset_index(drop=True) for one in (rows, coarsened(rows, rules)))
    rows = with_people_of_both(with_rounded_counts(rows, result, rules), exact)
    rows = with_percentages(with_rounded_shares(rows, exact, result, rules))
    rows = with_plain_intervals(with_earlier_estimates(rows, list(steps), result, rules), exact)
    rows = with_coarse_keys(rows, exact, list(steps), rules)
    names = [name for name in rows.columns if name not in COLUMNS]
    return replace(
        result,
        estimates=rows[list(COLUMNS)],
        keys=_coarse_keys(rows[names]) if names else None,
        method=_method(result.method, rules, int(out.sum()), is_pooled),
    )


def _without_exact_counts(result: Result) -> Result:
    if result.keys is None or "statistic" not in result.keys:
        return result
    kept = (result.keys["statistic"] != COUNTS_ALONE).to_numpy()
    return replace(
        result,
        estimates=result.estimates[kept].reset_index(drop=True),
        keys=result.keys[kept].reset_index(drop=True),
    )


def _keyed(result: Result) -> pd.DataFrame:
    if result.keys is None:
        return result.estimates.copy()
    new = [name for name in result.keys if name not in COLUMNS]
    return pd.concat([result.estimates, result.keys[new]], axis=1)


def _in_known_words(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    rows = rows.copy()
    for name in ("term", *(one for one in keys_of(rows) if one not in OWN_WORDS)):
        if not pd.api.types.is_numeric_dtype(rows[name]):
            said = {one: in_known_words(one, rules.texts) for one in set(rows[name]) if isinstance(one, str)}
            rows[name] = [said.get(one, one) for one in rows[name].astype(object)]
    return rows


def _is_pooled(named: pd.DataFrame, exact: pd.DataFrame) -> bool:
    """Whether anything that people typed is among what the rows are about."""
    return any(
        isinstance(told, str) and OTHER in told and told != said
        for name in ("term", *keys_of(named))
        for told, said in zip(named[name], exact[name], strict=True)
    )


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that became alike as one: their counts and shares added up, anything else of them left out."""
    keys = keys_of(rows)
    if not keys or not rows.duplicated(keys).any() or not rows["term"].duplicated().any():
        return rows
    additive = rows["unit"].isin((*COUNTED, "%", "percent", "proportion"))
    again = rows.duplicated(keys, keep=False) & rows["term"].duplicated(keep=False)
    rows = rows[additive | ~again].reset_index(drop=True)
    sums = rows.groupby([*keys, "term"], sort=False, dropna=False)["estimate"].transform("sum")
    again = rows.duplicated([*keys, "term"], keep=False)
    # In a flow a count rests on itself.
    on_itself = again & (rows["n_participants"].astype(float) == rows["estimate"])
    people = rows["n_participants"].where(~on_itself, sums.astype(int)).astype("int64")
    rows = rows.assign(estimate=rows["estimate"].where(~again, sums), n_participants=people)
    return rows.drop_duplicates([*keys, "term"]).drop_duplicates("term").reset_index(drop=True)


def _coarse_keys(keys: pd.DataFrame) -> pd.DataFrame:
    """Numbers among the keys to three significant digits."""
    coarse = keys.reset_index(drop=True)
    for name in coarse:
        if pd.api.types.is_float_dtype(coarse[name]):
            coarse[name] = [significant(one, 3) for one in coarse[name]]
    return coarse


def _method(method: str, rules: Rules, out: int, is_pooled: bool) -> str:
    told = without_counts(in_known_words(method, rules.texts))
    said = (
        f"For the public, counts are rounded to {rules.base} and stay as an earlier release showed them until they have clearly "
        f"moved, and estimates with them; shares, their differences and their intervals are worked out from rounded counts, other "
        f"estimates are rounded and intervals widened to the rounding"
    )
    gone = f"; numbers that tell of fewer than {rules.smallest} people, or would give them back, are left out"
    pooled = f"; words that the data dictionary does not declare are counted together as “{OTHER}”, and nothing but counts is shown of them"
    return f"{told} {said}{gone if out else ''}{pooled if is_pooled else ''}."


def _reason(reason: str, rules: Rules) -> str:
    """The reason of a refusal, or a plain one where it counts people or repeats what somebody typed."""
    told = in_known_words(reason, rules.texts)
    return PRIVATE_REASON if told != reason or counts_in_words(reason) else told


def _refusal(result: Result | Refusal, reason: str) -> Refusal:
    needs = result.needs if isinstance(result, Refusal) else ("more participants",)
    return Refusal(result.analysis, result.estimand, result.question, reason, needs)
