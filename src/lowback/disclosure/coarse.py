"""Numbers made so coarse that they do not give back how many people they rest on, or what one of them said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from lowback.disclosure.holes import people_in_share
from lowback.disclosure.rules import BASE, COUNTED, ESTIMATED, SHARES, Rules

FINEST = 0.2
"""The least step in standard errors: an interval's half-width, about 2, is then known to 5 %, and its people to 10 %."""
PEOPLE_APART = 4
"""Within a step at least so many people more or fewer would do; of a share, as many as a step of the rounding of counts."""
WIDTH = 2 * 1.96
QUANTILES = {
    "median": 0.5,
    "lower quartile": 0.25,
    "upper quartile": 0.25,
    "rug": 0.0,
    "minimum": 0.0,
    "maximum": 0.0,
}
"""Which share of the people lie beyond a quantile; single people's values are never shown."""
OLDEST = 90
TOLERANCE = 1e-9


def too_fine(rows: pd.DataFrame, smallest: int) -> np.ndarray:
    """Rows that no rounding helps: intervals on so few degrees of freedom, what is the same in everybody, quantiles with so few
    people beyond them, great age.

    Ages above 90 are not shown: 45 CFR 164.514(b)(2)(i)(C).
    """
    of_interval = rows["std_error"].notna() | rows["conf_low"].notna()
    out = (rows["df"] < smallest) & of_interval | (rows["std_error"] == 0)
    if "statistic" in rows:
        beyond = rows["statistic"].map(QUANTILES)
        out |= beyond * rows["n_participants"].astype(float) < smallest
    if "variable" in rows:
        out |= (rows["variable"] == "age_years") & (rows["unit"] == "years") & (rows["estimate"] > OLDEST)
    return out.to_numpy(bool)


def coarsened(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The rows with estimates and intervals on a grid, and without standard error and degrees of freedom.

    Both would give the number of people back (SD over SE, squared); infinite degrees of freedom tell nothing and stay.
    Intervals are widened to the grid, so that they hold what they held. Shares of a group are left to the rounding of counts.
    """
    steps = steps_of(rows, rules)
    made = [_row(row, step) for row, step in zip(rows.to_dict("records"), steps, strict=True)]
    frame = rows.copy()
    for name in ESTIMATED:
        frame[name] = [one[name] for one in made]
    frame["estimate"] = frame["estimate"].where(np.isnan(people_in_share(rows)), rows["estimate"])
    frame["std_error"] = math.nan
    frame["df"] = frame["df"].where(np.isinf(frame["df"]))
    return frame


def steps_of(rows: pd.DataFrame, rules: Rules) -> list[float]:
    """The step of each row's grid; not a number for counts, and where nothing tells how precise an estimate is."""
    people = rows["n_participants"].to_numpy(float).clip(min=rules.smallest)
    steps = []
    for unit, spread, many in zip(rows["unit"], _spreads(rows), people, strict=True):
        whole = SHARES.get(unit, 1.0)
        is_known = (spread > 0 or unit in SHARES) and unit not in COUNTED
        spread = spread / whole if spread > 0 else 0.0
        steps.append(whole * step_of(spread, many, is_share=unit in SHARES) if is_known else math.nan)
    return steps


def step_of(spread: float, people: float, *, is_share: bool = False) -> float:
    """The step of the grid: 1, 2 or 5 times a power of ten, at least a fifth of the spread and four people's worth of it.

    A step of a share is also worth as many people as one of the rounding of counts.
    """
    least = max(FINEST * spread, PEOPLE_APART * spread / people)
    return _nice(max(least, BASE / people if is_share else 0.0))


def significant(value: float, digits: int) -> float:
    """The value to so many significant digits."""
    return value if value == 0 or not math.isfinite(value) else float(f"{value:.{digits - 1}e}")


def _spreads(rows: pd.DataFrame) -> list[float]:
    """The standard error of each row, from its interval or its neighbours' standard deviation where it has none."""
    found = rows["std_error"].to_numpy(float)
    width = (rows["conf_high"] - rows["conf_low"]).to_numpy(float) / WIDTH
    people = np.sqrt(rows["n_participants"].to_numpy(float).clip(min=1))
    found = np.where(found > 0, found, np.where(width > 0, width, _deviations(rows) / people))
    found = np.where(rows["unit"].eq("standard deviations") & ~(width > 0), 2 / people, found)
    return [float(one) for one in found]


def _deviations(rows: pd.DataFrame) -> np.ndarray:
    """The standard deviation that stands beside each row's statistic."""
    none = np.full(len(rows), math.nan)
    if "statistic" not in rows:
        return none
    keys = [name for name in ("variable", "level", "arm", "weeks") if name in rows]
    named = list(zip(*(rows[name].astype(object).map(str) for name in keys), strict=True)) if keys else []
    known = {
        key: value
        for key, value, kind in zip(named, rows["estimate"], rows["statistic"], strict=False)
        if kind == "SD"
    }
    return np.array([known.get(key, math.nan) for key in named]) if named else none


def _row(row: dict[str, Any], step: float) -> dict[str, float]:
    value, low, high = row["estimate"], row["conf_low"], row["conf_high"]
    p_value = coarse_p(row["p_value"])
    if row["unit"] in COUNTED:
        return {"estimate": value, "conf_low": math.nan, "conf_high": math.nan, "p_value": p_value}
    if math.isnan(step):
        bounds = [significant(one, 2) for one in (low, high)]
        shown = significant(value, 2)
        return {
            "estimate": shown,
            "conf_low": min(bounds[0], shown),
            "conf_high": max(bounds[1], shown),
            "p_value": p_value,
        }
    return {
        "estimate": _on_grid(value, step, round),
        "conf_low": bound(low, step, math.floor),
        "conf_high": bound(high, step, math.ceil),
        "p_value": p_value,
    }


def _on_grid(value: float, step: float, to_whole: Any) -> float:
    if not math.isfinite(value):
        return value
    return significant(float(to_whole(value / step) * step), 12)


def bound(value: float, step: float, outward: Any) -> float:
    """The bound widened to the grid; one that is not 0 does not become 0, since the verdict may hang on it."""
    if not math.isfinite(value):
        return value
    found = _on_grid(value, step, outward)
    if found == 0 and abs(value) > TOLERANCE:
        return (
            significant(math.copysign(step / 2, value), 12)
            if abs(value) > step / 2
            else significant(value, 1)
        )
    return found


def coarse_p(value: float) -> float:
    """A p-value to one significant digit, above 0.1 to two decimals; one below 0.05 stays there."""
    if math.isnan(value):
        return value
    shown = round(value, 2) if value >= 0.1 else max(significant(value, 1), 0.0005)
    return min(shown, 0.04) if value < 0.05 else shown


def _nice(least: float) -> float:
    """The smallest 1, 2 or 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return significant(
        next(power * one for one in (1, 2, 5, 10) if power * one >= least * (1 - TOLERANCE)), 1
    )
