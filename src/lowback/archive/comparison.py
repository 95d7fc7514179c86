"""Two reports side by side: what differs, in which order it matters, and why; for the terminal, for programs and for a page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from lowback.archive.differences import STATES, Difference, State, differences
from lowback.archive.reading import KEYS, NUMBERS, Report, Statistic
from lowback.archive.reasons import Reason, reasons
from lowback.exhibit.numbers import Rounded, rounded

UNEXPLAINED = (
    "Nothing that the manifests record differs, yet numbers do: something that they do not record decides them "
    "(chance without a seed, the time of day, a file that no parameter names)."
)


@dataclass(frozen=True)
class Comparison:
    """Two reports, every statistic of either, and what differs in how they were made."""

    before: Report
    after: Report
    differences: tuple[Difference, ...]
    reasons: tuple[Reason, ...]

    @cached_property
    def counts(self) -> Mapping[State, int]:
        """How many statistics are the same, changed, new and gone."""
        found = Counter(one.state for one in self.differences)
        return {state: found[state] for state in STATES}

    @property
    def is_same(self) -> bool:
        """Whether both hold the same statistics with the same numbers to the last bit."""
        return self.counts["same"] == len(self.differences)

    @cached_property
    def told(self) -> tuple[Difference, ...]:
        """What is worth a line: intervals that came to say something else first, then changes, then new and gone.

        Of each, estimates of the study's estimands come before descriptions, and large changes before small ones.
        """
        declared = {str(one.get("name")) for one in self.after.manifest["study"].get("estimands") or ()}
        worth = (one for one in self.differences if one.state != "same" or one.turns)
        return tuple(sorted(worth, key=lambda one: _rank(one, declared)))

    @property
    def summary(self) -> str:
        """The counts in a sentence."""
        if self.is_same:
            return f"The same to the last bit: all statistics ({self.counts['same']:,})."
        listed = [f"{count:,} {state}" for state, count in self.counts.items() if count or state == "same"]
        turned = sum(bool(one.turns) for one in self.differences)
        turns = f" Intervals that now say something else: {turned}." if turned else ""
        return f"Statistics: {', '.join(listed)}.{turns}"

    @property
    def explanation(self) -> tuple[Reason, ...]:
        """Why they differ; where nothing on record does although numbers do, that."""
        if not self.reasons and not self.is_same:
            return (Reason("unexplained", (UNEXPLAINED,)),)
        return self.reasons


def compare(before: Report, after: Report) -> Comparison:
    """The earlier report and the later one."""
    return Comparison(before, after, tuple(differences(before, after)), tuple(reasons(before, after)))


def printed_statistic(one: Statistic | None) -> str:
    """A statistic with its interval, rounded as tables are; a dash where a report has none."""
    return rounded(_row(one)).with_bounds if one is not None else "–"


def printed_unit(one: Difference) -> str:
    """The unit in which the two statistics are printed."""
    return rounded(_row(one.shown)).unit


def printed_change(one: Difference) -> str:
    """Later minus earlier in the unit, with a sign, and in standard errors."""
    if one.change is None:
        return ""
    error = one.shown.number("std_error")
    text = _difference(one.shown, one.change, error).estimate
    sign = "+" if one.change > 0 else ""
    errors = f" ({sign}{_errors(one.in_errors)} SE)" if one.in_errors else ""
    return f"{sign}{text}{errors}"


def printed_notes(one: Difference) -> str:
    """What the interval came to say, and what else moved."""
    return "; ".join([*(str(turn) for turn in one.turns), *one.notes])


def as_data(found: Comparison) -> dict[str, Any]:
    """The comparison for a program, its numbers whole; what a statistic has not is null."""
    return {
        "before": _report_data(found.before),
        "after": _report_data(found.after),
        "same": found.is_same,
        "counts": dict(found.counts),
        "differences": [
            {
                **dict(zip(KEYS, one.key[:3], strict=True)),
                "state": one.state,
                "before": _numbers(one.before),
                "after": _numbers(one.after),
                "change": one.change,
                "change_in_standard_errors": one.in_errors,
                "interval": [str(turn) for turn in one.turns],
                "notes": list(one.notes),
            }
            for one in found.told
        ],
        "why": [{"kind": one.kind, "changes": list(one.said)} for one in found.explanation],
    }


def _rank(one: Difference, declared: set[str]) -> tuple[int, bool, float]:
    kind = 0 if one.turns else 1 if one.state == "changed" else 2
    return kind, one.key[1] not in declared, -abs(one.in_errors or 0.0)


def _row(one: Statistic) -> SimpleNamespace:
    numbers = {name: one.number(name) for name in NUMBERS}
    return SimpleNamespace(**numbers, unit=one.unit)


def _difference(one: Statistic, change: float, error: float) -> Rounded:
    """The change with the decimals of its statistic, or with three figures where those would make it 0."""
    row = _row(one)
    row.estimate, row.conf_low, row.conf_high = change, math.nan, math.nan
    if not error > 0:
        row.std_error = (one.number("conf_high") - one.number("conf_low")) / 4
    # A change far below the standard error is still a change: it is not printed as 0.
    row.std_error = min(row.std_error, abs(change)) if row.std_error > 0 and change else row.std_error
    return rounded(row, difference=True)


def _errors(value: float | None) -> str:
    text = f"{value:.1f}" if abs(value or 0) >= 0.1 else f"{value:.1g}"
    return text.replace("-", "−")


def _numbers(one: Statistic | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {**{name: _plain(one.number(name)) for name in NUMBERS}, "unit": one.unit}


def _plain(value: float) -> float | str | None:
    """A number as JSON has it, which knows neither infinity nor a missing number."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def _report_data(one: Report) -> dict[str, Any]:
    names = ("name", "title", "started", "data_date", "fingerprint")
    return {"report": one.label, **{name: one.manifest.get(name) for name in names}}
