"""Numbers in the names and keys of rows that tell of people: how many, which share of them, where among them a curve is read."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from lowback.disclosure.coarse import bound, coarse_p, significant
from lowback.disclosure.holes import Flags
from lowback.disclosure.rounding import rounded
from lowback.disclosure.rules import Rules

SHARES_OF_PEOPLE = ("share_treated",)
"""Keys that say which share of the people a row is about."""
POSITIONS = ("at", "dose")
"""Keys that are quantiles of what people have or did."""
BANDS = {"band_low": np.floor, "band_high": np.ceil}
SHARE = re.compile(r" \(\d+(?:\.\d+)? % treated\)")
COUNT = re.compile(r"\b\d+ (?=(?:not asked|people|persons|participants)\b)")


def few_by_share(rows: pd.DataFrame, smallest: int) -> Flags:
    """The rows about a share of the people that are few, or that leave few out; that are all, by whatever rule, they tell nothing."""
    few = np.zeros(len(rows), dtype=bool)
    for name in set(SHARES_OF_PEOPLE) & set(rows):
        inside = rows[name].to_numpy(float) * rows["n_participants"].to_numpy(float)
        rest = rows["n_participants"].to_numpy(float) - inside
        few |= (inside < smallest - 1e-6) | ((rest < smallest - 1e-6) & (rest > 1e-6))
    return few


def with_plain_terms(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with names that count nobody, and positions along a curve to two digits, or to three where two are not enough."""
    rows = rows.assign(term=[COUNT.sub("those ", SHARE.sub("", one)) for one in rows["term"]])
    for name in POSITIONS:
        if name in rows and pd.api.types.is_float_dtype(rows[name]):
            rows = _at_coarse_places(rows, name)
    return rows


def with_coarse_keys(
    rows: pd.DataFrame, exact: pd.DataFrame, steps: list[float], rules: Rules
) -> pd.DataFrame:
    """The rows with shares of people from rounded counts, bands on the grid of their estimate, p-values and the rest to few digits.

    `exact` are the rows before any rounding.
    """
    rows = rows.copy()
    for name in rows.columns:
        values = rows[name]
        if name in SHARES_OF_PEOPLE:
            inside = values.to_numpy(float) * exact["n_participants"].to_numpy(float)
            told = [one if np.isnan(one) else rounded(round(one, 6), rules) for one in inside]
            rows[name] = np.round(np.minimum(told / rows["n_participants"].to_numpy(float), 1.0), 4)
        elif name in BANDS:
            ends = zip(values.astype(float), steps, strict=True)
            rows[name] = [one if np.isnan(step) else bound(one, step, BANDS[name]) for one, step in ends]
        elif name.startswith("p_") and name != "p_value":
            rows[name] = [coarse_p(float(one)) for one in values]
    return rows


def _at_coarse_places(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    for digits in (2, 3):
        places = {one: significant(one, digits) for one in rows[name].dropna().unique()}
        terms = [_said(one, places) for one in rows["term"]]
        if len(set(terms)) == rows["term"].nunique():
            return rows.assign(term=terms, **{name: rows[name].map(places)})
    return rows


def _said(term: str, places: dict[float, float]) -> str:
    """The term with each place in it as it is to be told."""
    told = {f"{one:.{digits}g}": f"{place:g}" for one, place in places.items() for digits in (3, 4)}
    return re.sub(
        r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", lambda found: told.get(found.group(), found.group()), term
    )
