"""How well two measurements agree, in words."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.variables import dictionary

# Koo & Li 2016, J Chiropr Med 15:155-163: below 0.5 is poor, from 0.75 on is good.
POOR, GOOD = 0.5, 0.75


def agreement_sentences(result: Result) -> list[str]:
    """Reliability with its error in the measurement's unit, or kappa beside the raw agreement."""
    rows = keyed_rows(result, "statistic", "outcome")
    found = {row.statistic: row for row in each(rows)}
    return _of_judgements(found) if "kappa" in found else _of_numbers(found, result)


def _of_numbers(found: dict[str, Any], result: Result) -> list[str]:
    reliability, change = found["reliability"], found["smallest detectable change"]
    said = [
        f"One reading of {reliability.outcome_label} has a reliability (ICC) of {rounded(reliability).estimate} "
        f"({rounded(reliability).interval}): {_how_reliable(reliability)}. "
        f"Its standard error of measurement is {rounded(found['standard error of measurement']).in_words}, so that a change in one person shows "
        f"beyond error from {rounded(change).in_words} on."
    ]
    variable = dictionary().get(reliability.outcome)
    asked = result.smallest_worthwhile or (variable.minimal_important_change if variable else None)
    if asked is not None:
        said.append(
            f"{_against(change, asked)}: the smallest change that matters is {asked:.4g} {change.unit}."
        )
    bias = found["bias"]
    if bias.conf_low > 0 or bias.conf_high < 0:
        higher = "higher" if bias.estimate > 0 else "lower"
        said.append(f"The second reading is {higher} on average ({rounded(bias).in_words}).")
    return said


def _how_reliable(row: Any) -> str:
    if row.conf_high < POOR:
        return "poor, most of what differs between readings is error"
    if row.conf_low >= GOOD:
        return "good for comparing people"
    if row.conf_low < POOR and row.conf_high >= GOOD:
        return "these data cannot tell whether that is poor or good"
    return "neither shown to be good nor shown to be poor"


def _against(change: Any, asked: float) -> str:
    if change.conf_low > asked:
        return "A change that matters can hide in the error"
    if change.conf_high <= asked:
        return "A change that matters shows beyond error"
    return "These data cannot tell whether a change that matters shows beyond error"


def _of_judgements(found: dict[str, Any]) -> list[str]:
    kappa, observed, chance = found["kappa"], found["observed agreement"], found["agreement by chance"]
    if kappa.conf_low > 0:
        claim = "The two agree beyond chance"
    elif kappa.conf_high < 0:
        claim = "The two agree less than by chance"
    else:
        claim = "These data do not show that the two agree beyond chance"
    shown = f"kappa {rounded(kappa).estimate} ({rounded(kappa).interval})"
    return [
        capital(
            sentence(
                f"{claim}: {shown}; they say the same of {rounded(observed).in_words}, and would by chance alone of {rounded(chance).in_words}"
            )
        )
    ]
