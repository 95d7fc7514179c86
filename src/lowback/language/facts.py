"""What a text about results may take its numbers from: their rows as they may be printed, what the study declares, and names."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from lowback.language.counted import place_of
from lowback.language.numbers import FEWEST_ROUNDED, Facts, pairs_of, printed_numbers
from lowback.result import Refusal, Result
from lowback.study import Study

SHARE, DAYS_A_WEEK = 100.0, 7.0
P_ENDS = (0.001, 0.99)
"""P-values beyond these are printed as beyond them."""
PROPORTIONS = ("proportion", "probability", "risk")
KINDS_OF_UNITS = {
    "participants": "people",
    "people": "people",
    "rows": "own",
    "visits": "own",
    "%": "share",
    "percent": "share",
    "weeks": "weeks",
}
# Keys of which a sentence says how many of them came out one way: of three arms, two.
COUNTED_KEYS = ("arm", "definition", "diagram", "model")
MEASURED = ("per", "crosses", "at_most", "at_least", "smallest_worthwhile")
"""Names of numbers in points of a scale, degrees or hours."""
PRINTED = ("term", "unit", "estimate", "conf_low", "conf_high", "std_error", "p_value", "n_participants")
Counted = tuple[str, float]
"""A value and, before it, what it counts or measures."""


def facts_of(
    results: Iterable[Result | Refusal],
    study: Study,
    rows: Iterable[Mapping[str, Any]] = (),
    declared: Mapping[str, Any] | None = None,
) -> Facts:
    """Facts of some results, of their study, of other rows that a report keeps (of the ledger), and of what the request declares."""
    kept = list(rows)
    values: set[Counted] = {*_of_study(study), *_of_rows(kept)}
    texts: set[str] = set()
    results = list(results)
    told = [_told_in(study.model_dump_json()), _held_in([kept, dict(declared or {})])]
    for more, said in (*told, *((_values_of(one), _texts_of(one)) for one in results)):
        values |= more
        texts |= said
    words, beside = set(), set()
    for number in (one for text in texts for one in printed_numbers(text)):
        words.add(number.plain)
        beside.update(pairs_of(number))
        values.add((number.place.kind, number.value))
    by_kind: dict[str, set[float]] = defaultdict(set)
    for kind, value in values:
        by_kind[kind].add(value)
    units = frozenset(word for one in results for word in _units_of(one))
    kinds = {kind: frozenset(found) for kind, found in by_kind.items()}
    return Facts(kinds, frozenset(words), frozenset(beside), units)


@lru_cache(maxsize=512)
def _values_of(result: Result | Refusal) -> frozenset[Counted]:
    """What a result holds, worked out once for all that speaks of it."""
    return frozenset(_printable(result))


def _printable(result: Result | Refusal) -> Iterator[Counted]:
    """Each estimate, bound, p-value and number of people as it may be printed, the margin, the keys, and how many rows are alike."""
    if isinstance(result, Refusal):
        return
    columns = (result.estimates[name].tolist() for name in PRINTED)
    for term, unit, *bounds, error, p_value, people in zip(*columns, strict=True):
        if _is_rounded(bounds[1], bounds[2], error):
            yield from (("rounded", float(value)) for value in bounds)
        for kind, scale in _scales(str(unit)):
            yield from ((kind, float(value) * scale) for value in bounds)
            ends = bounds if str(term).endswith(" interval") else bounds[1:]
            yield from (("interval", float(value) * scale) for value in ends)
        if math.isclose(bounds[0], round(bounds[0]), abs_tol=1e-6):
            # A count of something of its own, such as returns or correlations.
            yield ("", float(round(bounds[0])))
        yield from (*_of_p(float(p_value)), ("people", float(people)))
    margin = result.smallest_worthwhile
    if margin is not None:
        yield from (("measure", margin), ("share", SHARE * margin), ("measure", 1 / margin))
    if result.keys is not None:
        for name in result.keys:
            yield from _of_key(str(name), [one for one in result.keys[name].tolist() if not _is_absent(one)])
        yield from _apart(result)


def _is_rounded(low: float, high: float, error: float) -> bool:
    """Whether a row is so uncertain that it is printed without decimals, which follow two digits of its error."""
    spread = error if error > 0 else (high - low) / 4
    return math.isfinite(spread) and float(f"{spread:.1e}") >= FEWEST_ROUNDED


def _units_of(result: Result | Refusal) -> Iterator[str]:
    """The first words of the units of what is measured, as they would stand after a number."""
    units = [] if isinstance(result, Refusal) else result.estimates["unit"].unique().tolist()
    for unit in units:
        word = place_of(f"1 {unit}", 0, 1).after
        if word and ("measure", 1.0) in _scales(str(unit)):
            yield word


def _of_p(value: float) -> Iterator[Counted]:
    """A p-value, and the end that it is printed as when it lies beyond ("<0.001", ">0.99")."""
    yield ("p", value)
    yield from (
        ("p", end)
        for end, beyond in zip(P_ENDS, (value < P_ENDS[0], value > P_ENDS[1]), strict=True)
        if beyond
    )


def _scales(unit: str) -> tuple[tuple[str, float], ...]:
    """As what a row of this unit may be printed, and by what multiplied: shares as percentages, days as weeks."""
    if unit in PROPORTIONS or unit.startswith("proportion of "):
        return (("measure", 1.0), ("share", SHARE))
    if unit.endswith("days"):
        return (("", 1.0), ("weeks", 1 / DAYS_A_WEEK))
    kind = next((kind for name, kind in KINDS_OF_UNITS.items() if unit.startswith(name)), "measure")
    return ((kind, 1.0),)


def _of_key(name: str, values: list[Any]) -> Iterator[Counted]:
    """What a column of keys says: how many rows are alike, and its own numbers."""
    counts = Counter(map(str, values))
    yield from (("rows", float(count)) for count in (*counts.values(), len(counts)))
    if name in COUNTED_KEYS:
        yield from ((kind, float(count)) for kind in ("rows", "arms") for count in range(2, len(counts) + 1))
    for value in dict.fromkeys(values):
        number = _as_number(value)
        if number is not None:
            yield from _declared(name, number)


def _declared(name: str, value: float) -> Iterator[Counted]:
    """A number under a name: a week, days, a number of people, a share, or anything."""
    if "week" in name:
        yield ("weeks", value)
    elif "days" in name:
        yield from (("", value), ("weeks", value / DAYS_A_WEEK))
    elif "participants" in name or "people" in name:
        yield ("people", value)
    elif name.startswith("p_"):
        yield from _of_p(value)
    else:
        yield ("", value)
        if name in MEASURED:
            yield ("measure", value)
        if 0 < abs(value) <= 1:
            yield ("share", SHARE * value)


def _apart(result: Result) -> Iterator[Counted]:
    """Differences between what designs of a plan cost."""
    if result.keys is None or "statistic" not in result.keys:
        return
    rows = zip(result.keys["statistic"].tolist(), result.estimates["estimate"].tolist(), strict=True)
    costs = {value for kind, value in rows if kind == "cost"}
    yield from (("", float(one - other)) for one in costs for other in costs if one > other)


def _of_study(study: Study) -> Iterator[Counted]:
    """How many arms, visits and estimands a study has."""
    yield from (("arms", float(count)) for count in range(2, len(study.arms) + 1))
    yield from (
        ("rows", float(len(study.estimands))),
        ("own", float(len(study.weeks))),
    )


def _of_rows(rows: list[Mapping[str, Any]]) -> Iterator[Counted]:
    """How many rows there are, and how many are alike in a column."""
    yield ("rows", float(len(rows)))
    for name in {key for row in rows for key in row}:
        values = [str(row.get(name)) for row in rows]
        yield from (("rows", float(values.count(one))) for one in set(values))
        yield ("rows", float(sum(row.get(name) not in (None, "") for row in rows)))


@lru_cache(maxsize=512)
def _texts_of(result: Result | Refusal) -> frozenset[str]:
    """Names and sentences that a result brings, gathered once for all that speaks of it."""
    return frozenset(_said(result))


def _said(result: Result | Refusal) -> Iterator[str]:
    if isinstance(result, Refusal):
        yield from (result.reason, result.question, result.estimand, *result.needs)
        return
    yield from (result.method, result.question, result.estimand, *result.assumptions)
    yield from (*result.estimates["term"].tolist(), *result.estimates["unit"].tolist())
    if result.keys is not None:
        yield from (str(value) for name in result.keys for value in result.keys[name].unique())


@lru_cache(maxsize=64)
def _told_in(content: str) -> tuple[frozenset[Counted], frozenset[str]]:
    """What JSON holds, gathered once for all that is held against it."""
    return _held_in(json.loads(content))


def _held_in(content: Any) -> tuple[frozenset[Counted], frozenset[str]]:
    """The numbers of nested data, each by its name, and the texts."""
    leaves = list(_leaves(content))
    numbers = (
        one for name, leaf in leaves if not isinstance(leaf, str) for one in _declared(name, float(leaf))
    )
    return frozenset(numbers), frozenset(leaf for _, leaf in leaves if isinstance(leaf, str))


def _leaves(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and text of nested data under its name; truth values are neither."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _leaves(key)
            yield from _leaves(value, str(key))
    elif isinstance(content, (list, tuple)):
        for value in content:
            yield from _leaves(value, name)
    elif isinstance(content, (str, int, float)) and not isinstance(content, bool):
        yield name, content


def _is_absent(value: object) -> bool:
    return value is None or value is pd.NA or value != value


def _as_number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
