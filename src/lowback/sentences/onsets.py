"""What the outcome did around flares of another series, in words that stop short of who leads."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.result import Result

CAUTION = "What is recorded with more error shows late what both share, so this alone does not tell which of the two leads."


def onset_sentences(result: Result) -> list[str]:
    """The news on the day of an onset and on those after it, against what onsets moved in time would show."""
    rows = keyed_rows(result, "statistic", "window", "outcome_label", "exposure_label")
    windows = {row.window: row for row in each(rows[rows["statistic"] == "window"])}
    onsets = next(each(rows[rows["statistic"] == "onsets"]))
    outcome, exposure = spoken(onsets.outcome_label), spoken(onsets.exposure_label)
    said = sentence(
        f"around {rounded(onsets).estimate} onsets of {exposure}, {outcome} was, beyond what its own past foretold, "
        f"{_beyond(windows['same day'], 'on the day itself')}, and {_beyond(windows['after'], 'on the days after')}"
    )
    found = [capital(said)]
    if _is_shown(windows["after"]):
        found.append(CAUTION)
    elif not _is_shown(windows["same day"]):
        found.append(
            "Nothing was shown that onsets moved about in time would not show as well; that is not proof that there is nothing."
        )
    return found  # fmt: skip


def _is_shown(row: Any) -> bool:
    return not row.conf_low <= 0 <= row.conf_high


def _beyond(row: Any, when: str) -> str:
    how = ("higher" if row.estimate > 0 else "lower") if _is_shown(row) else "not shown to differ"
    return f"{how} {when}: {rounded(row).in_words}"
