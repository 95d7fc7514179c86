"""Counts rounded for a public release: the same as an earlier release showed while they hardly moved, and adding up."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pandas as pd

from lowback.disclosure.holes import EVERYBODY, alike, keys_of
from lowback.disclosure.rules import COUNT, COUNTED, PEOPLE, Rules, cell_name
from lowback.result import Result

STAY_WITHIN = 3
"""A count keeps the number that an earlier release showed until it lies more than so many steps of rounding from it."""


def rounded(value: float, rules: Rules) -> int:
    """The multiple of the base right below or above the value, the nearer one more often; a larger value never to less.

    Random rounding (Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, section 9.2): who does not know the
    key of the release cannot tell on which side of the value the number shown lies.
    """
    below = rules.base * math.floor(value / rules.base)
    if below + rules.base <= rules.smallest:
        return below + rules.base if value > below else below
    lot = hashlib.blake2b(f"{below}".encode(), key=rules.key.encode()[:64], digest_size=8).digest()
    return below + rules.base * (int.from_bytes(lot) / 2**64 < (value - below) / rules.base)


def with_rounded_counts(rows: pd.DataFrame, result: Result, rules: Rules) -> pd.DataFrame:
    """Counts and people rounded, or as an earlier release showed them."""
    exact = rows["n_participants"].to_numpy(float), rows["estimate"].to_numpy(float)
    counted = rows["unit"].isin(COUNTED).to_numpy()
    before: dict[float, int] = {}
    for places, values, kind in (
        (range(len(rows)), exact[0], PEOPLE),
        (np.flatnonzero(counted), exact[1], COUNT),
    ):
        for at in places:
            shown = rules.earlier.get(cell_name(result, rows["term"].iloc[at], kind))
            if shown is not None and stays(values[at], shown, rules):
                before.setdefault(float(values[at]), int(shown))
    before = _of_everybody(rows, exact[0], before, rules) | before
    people = [
        _shown(result, term, PEOPLE, one, before, rules)
        for term, one in zip(rows["term"], exact[0], strict=True)
    ]
    counts = [_shown(result, term, COUNT, one, before, rules) if is_count else one
              for term, one, is_count in zip(rows["term"], exact[1], counted, strict=True)]  # fmt: skip
    rows = rows.assign(estimate=np.array(counts, float), n_participants=np.array(people, int))
    return _adding_up(_of_everybody_at_most(rows), exact[1], result, rules)


def _of_everybody(
    rows: pd.DataFrame, people: np.ndarray, before: dict[float, int], rules: Rules
) -> dict[float, int]:
    """What is shown of everybody where arms stand beside them: the side of the rounding that lies nearer the sum of the arms' numbers.

    The lot alone may leave everybody two steps from that sum, which would narrow the counts of both to a few values.
    """
    if "arm" not in rows:
        return {}
    agreed = {}
    is_all = rows["arm"].isin(EVERYBODY).to_numpy()
    for part in alike(rows, [name for name in keys_of(rows) if name != "arm"]):
        whole, arms = part[is_all[part]], part[~is_all[part]]
        total = float(people[whole[0]]) if len(whole) == 1 else np.nan
        if people[arms].sum() != total or people[arms].min() < rules.smallest:
            continue
        of_arms = sum(before.get(float(one), rounded(one, rules)) for one in people[arms])
        sides = {rules.base * math.floor(total / rules.base), rules.base * math.ceil(total / rules.base)}
        if abs(rounded(total, rules) - of_arms) > rules.base:
            agreed[total] = min(sides, key=lambda side: abs(side - of_arms))
    return agreed


def _adding_up(rows: pd.DataFrame, exact: np.ndarray, result: Result, rules: Rules) -> pd.DataFrame:
    """The levels of a variable rounded up or down so that they add up to what all of them round to.

    Controlled rounding (Cox 1987, J Am Stat Assoc 82:520-524): a sum that is off by a step would tell on which side of
    its rounding each level lies. Numbers that earlier releases showed are left as they are.
    """
    if "level" not in rows:
        return rows
    counted = np.flatnonzero((rows["unit"].isin(COUNTED) & rows["level"].fillna("").ne("")).to_numpy())
    shown = rows["estimate"].to_numpy(float).copy()
    people = rows["n_participants"].to_numpy(float)
    for part in alike(rows.iloc[counted], [name for name in keys_of(rows) if name != "level"]):
        line = counted[part]
        known = any(cell_name(result, rows["term"].iloc[at], COUNT) in rules.earlier for at in line)
        if (
            len(line) > 1
            and not known
            and exact[line].sum() <= people[line].max() + 2 * rules.base * STAY_WITHIN
        ):
            total = min(rounded(exact[line].sum(), rules), people[line].max())
            shown[line] = _moved(shown[line], exact[line], total, rules)
    return rows.assign(estimate=shown)


def _moved(shown: np.ndarray, exact: np.ndarray, total: float, rules: Rules) -> np.ndarray:
    """The numbers moved by single steps to the total, those first that lie furthest on the other side of their rounding."""
    shown = shown.copy()
    while shown.sum() != total:
        way = 1 if shown.sum() < total else -1
        can = (shown + way * rules.base) >= rules.smallest
        if not can.any():
            return shown
        shown[np.where(can, way * (exact - shown), -np.inf).argmax()] += way * rules.base
    return shown


def stays(value: float, shown: float, rules: Rules) -> bool:
    """Whether a count keeps the number that an earlier release showed of it."""
    return abs(rounded(value, rules) - shown) <= STAY_WITHIN * rules.base


def _shown(result: Result, term: str, kind: str, value: float, before: dict[float, int], rules: Rules) -> int:
    """What is shown of a count: its own number of an earlier release, a new row's that of an equal count, or the count rounded."""
    own = rules.earlier.get(cell_name(result, term, kind))
    if own is None:
        return before.get(float(value), rounded(value, rules))
    return int(own) if stays(value, own, rules) else rounded(value, rules)


def with_percentages(rows: pd.DataFrame) -> pd.DataFrame:
    """Each percentage that stands beside a count, worked out from the numbers that are shown."""
    if "statistic" not in rows:
        return rows
    keys = [name for name in keys_of(rows) if name != "statistic"]
    named = list(zip(*(rows[name].astype(object).map(str) for name in keys), strict=True)) if keys else []
    counts = {
        key: 100 * value / people
        for key, value, people, kind in zip(
            named, rows["estimate"], rows["n_participants"], rows["statistic"], strict=False
        )
        if kind == "count" and people
    }
    shares = [
        min(100.0, float(round(counts[key]))) if kind == "percentage" and key in counts else value
        for key, value, kind in zip(named, rows["estimate"], rows["statistic"], strict=False)
    ]
    return rows.assign(estimate=shares) if named else rows


def _of_everybody_at_most(rows: pd.DataFrame) -> pd.DataFrame:
    """No count above the people that it is a count of, where earlier numbers that stay would make it so."""
    is_count = rows["unit"].isin(COUNTED)
    people = rows["n_participants"].astype(float)
    is_part = is_count & rows["unit"].eq("participants")
    return rows.assign(estimate=rows["estimate"].where(~is_part | (rows["estimate"] <= people), people))
