"""Whether every number in a sentence is a row of its result, as printed, a value that the study declares, or part of a name."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lowback.result import Refusal, Result
from lowback.study import Study

# No part of a word or of another number; a sign counts where no word or number stands before it.
TOKEN = re.compile(
    r"(?<![\w.,])(?<![A-Za-z][-−])(?P<sign>(?<![\w)])[-−+±])?(?P<digits>\d{1,3}(?:[,\u202f]\d{3})+(?!\d)|\d+)(?P<more>\.\d+)?"
    r"(?P<power>e[-−+]?\d+)?(?![A-Za-z_]|\.\d|,\d)"
)
LEVEL = re.compile(r"\s?%(?:\s|$)")
LEVELS = (90.0, 95.0)
# Zero, which intervals hold or leave out, and one, which is no difference between rates.
CONSTANTS = (0.0, 1.0)
SHARE, DAYS_A_WEEK = 100.0, 7.0
DIGITS_KEPT = (2, 3, 4)
PROPORTIONS = ("proportion", "probability", "risk")
# Keys of which a sentence says how many of them came out one way: of three arms, two.
COUNTED_KEYS = ("arm", "definition", "diagram", "model")


@dataclass(frozen=True)
class Printed:
    """A number as it stands in a text: its value, how many decimals it shows, and whether it is said to be negative."""

    text: str
    value: float
    places: int
    is_negative: bool
    is_level: bool

    def shows(self, value: float) -> bool:
        """Whether `value` would be printed so: rounded to the same decimals, or to a few digits in all."""
        if not math.isfinite(value) or (self.is_negative and value > 0 and self.value > 0):
            return False
        size = abs(value)
        if abs(size - self.value) <= 0.5 * 10.0**-self.places + 1e-9 * max(1.0, size):
            return True
        # Large numbers are printed by their first digits, such as 12,300 for 12,345.
        return size >= 1000 and any(
            math.isclose(float(f"{size:.{digits}g}"), self.value) for digits in DIGITS_KEPT
        )


def printed_numbers(text: str) -> list[Printed]:
    """The numbers of a text in order; digits that are part of a name ("PHQ-9", "C04", "L5") are none."""
    found = []
    for one in TOKEN.finditer(text):
        digits = re.sub(r"[,\u202f]", "", one["digits"])
        number = f"{digits}{one['more'] or ''}{(one['power'] or '').replace('−', '-')}"
        is_level = float(number) in LEVELS and bool(LEVEL.match(text, one.end()))
        power = int((one["power"] or "e0")[1:].replace("−", "-"))
        places = len(one["more"] or ".") - 1 - power
        is_negative = one["sign"] in ("-", "−") if one["sign"] else False
        found.append(Printed(one.group(), float(number), places, is_negative, is_level))
    return found


@dataclass(frozen=True)
class Facts:
    """What a sentence may take its numbers from: `values` as they are, `words` in which numbers are part of names."""

    values: frozenset[float]
    words: frozenset[str]

    def hold(self, number: Printed) -> bool:
        """Whether the number is one of them."""
        if number.is_level or number.value in CONSTANTS:
            return True
        if number.text.lstrip("+-−±") in self.words:
            return True
        return any(number.shows(value) for value in self.values)


def unfounded(text: str, facts: Facts) -> list[str]:
    """The numbers of a text that the facts do not hold, each once, as they stand there."""
    return list(dict.fromkeys(one.text for one in printed_numbers(text) if not facts.hold(one)))


def facts_of(
    results: Iterable[Result | Refusal], study: Study, rows: Iterable[Mapping[str, Any]] = ()
) -> Facts:
    """Facts of some results, of their study, and of other rows that a report keeps (of the ledger)."""
    values: set[float] = set()
    words: set[str] = set()
    for one in results:
        values |= _values_of(one)
        words.update(_words_of(one))
    for content in (study.model_dump(mode="json"), list(rows)):
        for leaf in _leaves(content):
            if isinstance(leaf, str):
                words.update(_numbers_within(leaf))
            else:
                values.update((float(leaf), SHARE * float(leaf)) if 0 < abs(leaf) <= 1 else (float(leaf),))
    kept = list(rows)
    values.update(float(count) for count in _counts(kept))
    return Facts(frozenset(values), frozenset(words))


PRINTED = ("unit", "estimate", "conf_low", "conf_high", "p_value", "n_participants")


@lru_cache(maxsize=512)
def _values_of(result: Result | Refusal) -> frozenset[float]:
    """What a result holds, worked out once for all that speaks of it."""
    return frozenset(_printable(result))


def _printable(result: Result | Refusal) -> Iterator[float]:
    """Each estimate, bound, p-value and number of people as it may be printed, the margin, the keys, and how many rows are alike."""
    if isinstance(result, Refusal):
        return
    columns = (result.estimates[name].tolist() for name in PRINTED)
    for unit, *bounds, p_value, people in zip(*columns, strict=True):
        scale = _scales(str(unit))
        for value in bounds:
            yield from (float(value) * one for one in scale)
        yield from (float(p_value), float(people))
    margin = result.smallest_worthwhile
    if margin is not None:
        yield from (margin, SHARE * margin, 1 / margin)
    if result.keys is None:
        return
    for name in result.keys:
        values = result.keys[name].dropna().tolist()
        counts = Counter(map(str, values))
        yield from map(float, counts.values())
        yield float(len(counts))
        if name in COUNTED_KEYS:
            yield from map(float, range(2, len(counts)))
        for value in dict.fromkeys(values):
            number = _as_number(value)
            if number is not None:
                yield from (number, *([number / DAYS_A_WEEK] if "days" in name else []))
    yield from _apart(result)


def _scales(unit: str) -> tuple[float, ...]:
    """By what a row of this unit may be multiplied in print: shares become percentages, days weeks."""
    if unit in PROPORTIONS:
        return (1.0, SHARE)
    return (1.0, 1 / DAYS_A_WEEK) if unit.endswith("days") else (1.0,)


def _apart(result: Result) -> Iterator[float]:
    """Differences between what designs of a plan cost."""
    if result.keys is None or "statistic" not in result.keys:
        return
    costs = result.estimates.loc[result.keys["statistic"] == "cost", "estimate"].unique()
    yield from (float(one - other) for one in costs for other in costs if one > other)


def _words_of(result: Result | Refusal) -> Iterator[str]:
    """Numbers within names and sentences that the result itself brings."""
    if isinstance(result, Refusal):
        texts = [result.reason, result.question, result.estimand, *result.needs]
    else:
        texts = [result.method, result.question, result.estimand, *result.assumptions]
        texts += [*result.estimates["term"], *result.estimates["unit"]]
        if result.keys is not None:
            texts += [str(value) for name in result.keys for value in result.keys[name].unique()]
    for text in texts:
        yield from _numbers_within(text)


def _numbers_within(text: str) -> Iterator[str]:
    return (one.text.lstrip("+-−±") for one in printed_numbers(text))


def _leaves(content: Any) -> Iterator[Any]:
    """Every number and text of nested data; truth values are neither."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _leaves(key)
            yield from _leaves(value)
    elif isinstance(content, (list, tuple)):
        for value in content:
            yield from _leaves(value)
    elif isinstance(content, (str, int, float)) and not isinstance(content, bool):
        yield content


def _counts(rows: list[Mapping[str, Any]]) -> Iterator[int]:
    """How many rows there are, and how many are alike in a column."""
    yield len(rows)
    for name in {key for row in rows for key in row}:
        values = [str(row.get(name)) for row in rows]
        yield from (values.count(one) for one in set(values))
        yield sum(row.get(name) not in (None, "") for row in rows)


def _as_number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
