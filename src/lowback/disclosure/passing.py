"""The last look at a result before it is published for everybody: whether it has passed the rules of a public release."""

from __future__ import annotations

import math

import pandas as pd

from lowback.disclosure.rules import BASE, COUNTED, SMALLEST
from lowback.result import Refusal, Result

WITHOUT_PEOPLE = ("planning",)
"""Analyses of trials that nobody has been in yet."""


def told_too_much(result: Result | Refusal) -> str:
    """Why a result may not stand in a public report; empty where it may."""
    if isinstance(result, Refusal) or result.analysis in WITHOUT_PEOPLE:
        return ""
    found = next(filter(None, _problems(result.estimates)), "")
    return (
        f"{result.analysis} for the estimand {result.estimand!r} {found}; show disclosed(result, smallest_count, release) in its place"
        if found
        else ""
    )


def _problems(rows: pd.DataFrame) -> list[str]:
    people = rows["n_participants"].astype(float)
    counts = rows.loc[rows["unit"].isin(COUNTED), "estimate"]
    return [
        _unless((people >= SMALLEST).all(), f"tells of fewer than {SMALLEST} people"),
        _unless((people % BASE == 0).all(), "tells exactly how many people there are"),
        _unless(
            (counts >= SMALLEST).all() and (counts % BASE == 0).all(), "shows a count that is not rounded"
        ),
        _unless(
            rows["std_error"].isna().all(), "shows standard errors, which give the number of people back"
        ),
        _unless(
            (rows["df"].isna() | (rows["df"] == math.inf)).all(),
            "shows degrees of freedom, which give the number of people back",
        ),
        _unless(
            all(_is_coarse(one) for name in ("estimate", "conf_low", "conf_high") for one in rows[name]),
            "shows estimates to more digits than their precision",
        ),
    ]


def _unless(is_right: bool, problem: str) -> str:
    return "" if is_right else problem


def _is_coarse(value: float) -> bool:
    return not math.isfinite(value) or value == 0 or math.isclose(value, float(f"{value:.4g}"), rel_tol=1e-9)
