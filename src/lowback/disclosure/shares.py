"""Shares of a group as a public release shows them: worked out from rounded counts, and their intervals with them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.disclosure.coarse import coarse_p
from lowback.disclosure.holes import keys_of, named, people_in_share
from lowback.disclosure.rounding import rounded, stays
from lowback.disclosure.rules import COUNTED, ESTIMATED, PEOPLE, SHARES, Rules, cell_name
from lowback.estimators.proportions import Proportion, less, wilson
from lowback.result import Result

WIDER = (0.7, 0.85, 1.0, 1.5, 2.0)
"""How many times as wide as that of a plain share an interval is shown, from the least that is enough; adjusted ones are narrower."""
ENOUGH = 1.12
"""An interval so many times as wide as a plain one passes as plain: exact ones of ten people or more are at most 1.1 times."""
WIDTH = 2 * 1.96
OF_A_PAIR = ("statistic", "arm", "comparator")
"""Keys in which a difference is unlike the two shares that it is of."""
SAME = 1e-6


def with_rounded_shares(
    rows: pd.DataFrame, exact: pd.DataFrame, result: Result, rules: Rules
) -> pd.DataFrame:
    """Each share of a group from the rounded people in it and the rounded people of the group, so that it tells no more than counts.

    `exact` are the rows before any rounding. The people in a share keep the number of an earlier release as counts do, and a count of as
    many people of the arm that stands beside it lends its number: two roundings of one count would tell it to a step.
    """
    shares = rows["estimate"].to_numpy(float).copy()
    arms = rows["arm"].tolist() if "arm" in rows else [""] * len(rows)
    beside = {
        (arms[at], float(exact["estimate"].iloc[at])): int(rows["estimate"].iloc[at])
        for at in np.flatnonzero(rows["unit"].isin(COUNTED))
    }
    for at, people in enumerate(people_in_share(exact)):
        if not math.isnan(people):
            # Sums of floats: 29.999999999999996 people are 30.
            inside, whole = round(people, 6), SHARES[rows["unit"].iloc[at]]
            own = people_shown_in_share(result, rows["term"].iloc[at], rows["unit"].iloc[at], rules)
            fresh = beside.get((arms[at], inside), rounded(inside, rules))
            told = own if own is not None and stays(inside, own, rules) else fresh
            of_all = int(rows["n_participants"].iloc[at])
            shares[at] = float(f"{whole * min(told, of_all) / of_all:.4g}")
    return rows.assign(estimate=shares)


def people_shown_in_share(result: Result, term: str, unit: str, rules: Rules) -> int | None:
    """How many people an earlier release told that a share stands for."""
    share = rules.earlier.get(cell_name(result, term, "estimate"))
    people = rules.earlier.get(cell_name(result, term, PEOPLE))
    if share is None or people is None:
        return None
    return rules.base * round(share / SHARES[unit] * people / rules.base)


def with_plain_intervals(rows: pd.DataFrame, exact: pd.DataFrame) -> pd.DataFrame:
    """The rows with the interval of each share of a group, and all of their differences, worked out from the numbers shown.

    An exact interval gives back the people in the share, and so who is not in it; a difference, or its p-value, those of one
    group from those of the other. Shown are Wilson's and Newcombe's of the rounded shares among as many people, or, where the
    exact ones are wider or narrower by design, among others in steps of `WIDER`; the p-value is that of the difference and
    interval shown, and a share has none. What is known still less well is no share of people and keeps its interval.
    `exact` are the rows before any rounding.
    """
    shown = rows.to_dict("list")
    plain, pairs = _plain_errors(exact), _pairs(exact)
    of_shares, of_pairs = _wider(exact, plain), _wider(exact, _of_pairs(plain, pairs))
    for at, wider in enumerate(of_shares):
        if not math.isnan(wider):
            _put(shown, at, _of_share(shown, at, wider), math.nan)
    for at, (one, other) in pairs.items():
        if not math.isnan(of_pairs[at]):
            found = less(*(_of_share(shown, place, of_pairs[at]) for place in (one, other)))
            spread = max(found.std_error, SAME) * math.sqrt(2)
            _put(shown, at, found, math.erfc(abs(found.estimate) / spread))
    return rows.assign(**{name: shown[name] for name in ESTIMATED})


def with_people_of_both(rows: pd.DataFrame, exact: pd.DataFrame) -> pd.DataFrame:
    """The rows with the people of each comparison added up from those shown of its two groups.

    A sum rounded by itself would tell on which side of their rounding the two lie.
    """
    if not {"arm", "comparator"} <= set(rows):
        return rows
    keys = [name for name in keys_of(exact) if name not in OF_A_PAIR]
    arms, others = (named(exact, keys, name) for name in ("arm", "comparator"))
    counts, compares = exact["n_participants"].tolist(), (exact["comparator"].fillna("") != "").tolist()
    shown = rows["n_participants"].tolist()
    groups = {(arms[at], counts[at]): shown[at] for at in range(len(exact)) if not compares[at]}
    for at in np.flatnonzero(compares):
        for (arm, count), told in groups.items():
            other = groups.get((others[at], counts[at] - count))
            if arm == arms[at] and other is not None:
                shown[at] = told + other
    return rows.assign(n_participants=shown)


def _put(shown: dict[str, list], at: int, found: Proportion, p_value: float) -> None:
    whole = SHARES[shown["unit"][at]]
    for name in ("estimate", "conf_low", "conf_high"):
        shown[name][at] = float(f"{whole * getattr(found, name):.4g}")
    shown["p_value"][at] = coarse_p(p_value)


def _of_share(shown: Mapping[str, list], at: int, wider: float) -> Proportion:
    """A share with Wilson's interval among the people shown, or others where the interval is wider."""
    share, few = shown["estimate"][at] / SHARES[shown["unit"][at]], shown["n_participants"][at] / wider**2
    return wilson(share * few, few)


def _pairs(rows: pd.DataFrame) -> dict[int, tuple[int, int]]:
    """The places of the two shares that each difference of shares is of, where both are among the rows."""
    if not {"arm", "comparator", "statistic"} <= set(rows):
        return {}
    keys = [name for name in keys_of(rows) if name not in OF_A_PAIR]
    arms, others = (named(rows, keys, name) for name in ("arm", "comparator"))
    of_group = ~np.isnan(people_in_share(rows))
    shares = {(*arms[at], rows["statistic"].iloc[at]): int(at) for at in np.flatnonzero(of_group)}
    values, kinds = rows["estimate"].to_numpy(float), sorted({key[-1] for key in shares})
    found = {}
    for at in np.flatnonzero(rows["unit"].isin(SHARES) & ~of_group):
        for kind in kinds:
            one, other = shares.get((*arms[at], kind)), shares.get((*others[at], kind))
            if one is not None and other is not None and abs(values[one] - values[other] - values[at]) < SAME:
                found[int(at)] = one, other
    return found


def _plain_errors(exact: pd.DataFrame) -> NDArray[np.float64]:
    """The standard error of each share of a group if it were one of so many people; not a number in other rows."""
    people = exact["n_participants"].to_numpy(float)
    share = people_in_share(exact) / people
    return np.sqrt((share * (1 - share)).clip(0) / people)


def _of_pairs(errors: NDArray[np.float64], pairs: Mapping[int, tuple[int, int]]) -> NDArray[np.float64]:
    found = np.full(len(errors), math.nan)
    for at, (one, other) in pairs.items():
        found[at] = math.hypot(errors[one], errors[other])
    return found


def _wider(exact: pd.DataFrame, plain: NDArray[np.float64]) -> list[float]:
    """Of `WIDER` what the interval of each row needs beside its plain error; not a number where none is enough."""
    whole = exact["unit"].map(SHARES).to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = (exact["conf_high"] - exact["conf_low"]).to_numpy(float) / WIDTH
        spread = np.where(exact["std_error"] > 0, exact["std_error"].to_numpy(float), width)
        ratios = spread / whole / plain
    return [
        next((one for one in WIDER if ratio <= one * (ENOUGH if one >= 1 else 1)), math.nan)
        for ratio in ratios
    ]
