"""Which counts a public release leaves out: small ones, and those that would give a small one back."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.disclosure.rules import COUNTED, SHARES, Rules
from lowback.result import COLUMNS

EVERYBODY = ("", "all")
ADDITIVE = ("arm", "level", "reason")
Flags = NDArray[np.bool_]


def left_out(rows: pd.DataFrame, rules: Rules) -> Flags:
    """Which rows of a result a public release leaves out; `rows` are its estimates with their keys beside them.

    Left out are rows that count, or rest on, fewer people than `rules.smallest`, nobody included; where an arm has such a row,
    all arms of that block of counts, so that only the counts of everybody stay; in a line of counts that share a total,
    the smallest of the others too, until what is left out is two cells or more that hold `rules.smallest` people together;
    and what is missing, which is the difference of counts that are shown.

    Who knows every number that stays, and the totals, exactly, can then give each cell left out of a line any value
    from 0 to at least `rules.smallest` (complementary suppression: Hundepool et al. 2012, Statistical Disclosure Control,
    section 4.4; Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, chapter 6).
    """
    values = rows["estimate"].to_numpy(float)
    people = rows["n_participants"].to_numpy(float)
    counts = rows["unit"].isin(COUNTED).to_numpy()
    out = (people < rules.smallest) | (counts & (values < rules.smallest))
    out |= _few_in_share(rows, rules.smallest)
    out |= _is(rows, "statistic", "missing")
    out |= _whole_blocks(rows, out & ~_is(rows, "statistic", "missing"))
    for line in _lines(rows, counts):
        _complete(line, values, out, rules.smallest)
    out |= _same_as_out(rows, counts & out)
    return out | _with_an_arm_gone(rows, out)


def keys_of(rows: pd.DataFrame) -> list[str]:
    """The columns that say what a row is about."""
    return [name for name in rows.columns if name not in COLUMNS and not name.endswith("_label")]


def people_in_share(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How many people each share of one group stands for; not a number in rows that are none, or compare two groups."""
    whole = rows["unit"].map(SHARES).to_numpy(float)
    implied = rows["estimate"].to_numpy(float) / whole * rows["n_participants"].to_numpy(float)
    return np.where(_compares(rows), math.nan, implied)


def _is(rows: pd.DataFrame, key: str, value: str) -> Flags:
    if key not in rows:
        return np.zeros(len(rows), dtype=bool)
    return (rows[key] == value).to_numpy()


def _whole_blocks(rows: pd.DataFrame, out: Flags) -> Flags:
    """The rows of single arms in every block of which one is out: with everybody's, the others would give it back."""
    hidden = np.zeros(len(rows), dtype=bool)
    if "arm" not in rows:
        return hidden
    arms = rows["arm"].fillna("").to_numpy()
    everybody = np.isin(arms, EVERYBODY) & ~_compares(rows)
    by = [name for name in keys_of(rows) if name not in ADDITIVE and name != "statistic"]
    for places in alike(rows, by):
        of_all = everybody[places]
        if of_all.any() and (~of_all).any() and out[places][~of_all].any():
            hidden[places[~of_all]] = True
    return hidden


def _compares(rows: pd.DataFrame) -> Flags:
    """The rows that set one arm against another."""
    if "comparator" not in rows:
        return np.zeros(len(rows), dtype=bool)
    return (rows["comparator"].fillna("") != "").to_numpy()


def _lines(rows: pd.DataFrame, counts: Flags) -> Iterator[NDArray[np.intp]]:
    """Counts that may add up to a total: alike in all keys but one and together no more people than they rest on.

    The stages of a flow rest on themselves alone; there, reasons at one stage are a line.
    """
    values, people = rows["estimate"].to_numpy(float), rows["n_participants"].to_numpy(float)
    keys = keys_of(rows)
    counted = rows[counts]
    for free in keys or [""]:
        for part in alike(counted, [name for name in keys if name != free]):
            places = np.flatnonzero(counts)[part]
            if free == "reason":
                places = places[(rows["reason"].fillna("").to_numpy()[places] != "")]
                yield places
            elif len(places) > 1 and values[places].sum() <= people[places].max() + 1e-9:
                yield places


def _complete(line: NDArray[np.intp], values: NDArray[np.float64], out: Flags, smallest: int) -> None:
    """Take the smallest of the others out until those out are two or more and hold so many people together."""
    while out[line].any() and (out[line].sum() < 2 or values[line][out[line]].sum() < smallest):
        stay = line[~out[line]]
        if not len(stay):
            return
        out[stay[np.argmin(values[stay])]] = True


def _few_in_share(rows: pd.DataFrame, smallest: int) -> Flags:
    """The shares, of one group, that stand for few people, or leave few: a share near one tells of those who are not in it.

    A percentage beside a count is worked out from numbers that are shown, and tells no more than they do.
    """
    implied = people_in_share(rows)
    rest = rows["n_participants"].to_numpy(float) - implied
    beside_a_count = _beside(rows, np.ones(len(rows), dtype=bool))
    return (implied < smallest - 1e-6) | (~beside_a_count & (rest < smallest - 1e-6))


def _same_as_out(rows: pd.DataFrame, gone: Flags) -> Flags:
    """The shares, of one group, that stand for as many people as a count of that group that is out: they may be the same."""
    arms = rows["arm"].fillna("") if "arm" in rows else pd.Series("", index=rows.index)
    hidden = set(zip(arms[gone], rows["estimate"][gone], strict=True))
    inside = zip(arms, people_in_share(rows).round(6), strict=True)
    is_same = np.array([one in hidden for one in inside], dtype=bool)
    return is_same & ~_beside(rows, np.ones(len(rows), dtype=bool))


def _with_an_arm_gone(rows: pd.DataFrame, out: Flags) -> Flags:
    """The percentages beside a count that is out, and comparisons with an arm of which a row is out."""
    compares, hidden = _compares(rows), _beside(rows, out)
    if "comparator" not in rows:
        return hidden
    keys = [name for name in ("variable", "definition", "weeks") if name in rows]
    is_gone = (out | hidden) & ~compares & ~_is(rows, "statistic", "missing")
    arms = named(rows, keys, "arm")
    gone = {one for one, is_it in zip(arms, is_gone, strict=True) if is_it and one[-1] not in EVERYBODY}
    for ends in (arms, named(rows, keys, "comparator")):
        hidden |= compares & np.array([one in gone for one in ends])
    return hidden


def _beside(rows: pd.DataFrame, out: Flags) -> Flags:
    """The percentages that stand beside a count that is out."""
    if "statistic" not in rows:
        return np.zeros(len(rows), dtype=bool)
    keys = [name for name in keys_of(rows) if name != "statistic"]
    if not keys:
        return np.zeros(len(rows), dtype=bool)
    cells = named(rows, keys[:-1], keys[-1])
    is_count = _is(rows, "statistic", "count")
    gone = {key for key, is_out in zip(cells, out & is_count, strict=True) if is_out}
    return _is(rows, "statistic", "percentage") & np.array([key in gone for key in cells], dtype=bool)


def named(rows: pd.DataFrame, keys: list[str], last: str) -> list[tuple[str, ...]]:
    """The values of these columns, row by row, as text."""
    columns = [rows[name].astype(object).where(rows[name].notna(), "").map(str) for name in (*keys, last)]
    return list(zip(*columns, strict=True))


def alike(rows: pd.DataFrame, by: list[str]) -> list[NDArray[np.intp]]:
    """The places of the rows that are alike in these columns."""
    if not by or rows.empty:
        return [np.arange(len(rows))]
    of = rows.groupby(by, sort=False, dropna=False).ngroup().to_numpy()
    return [np.flatnonzero(of == one) for one in range(of.max() + 1)]
