"""What is wrong with one of our analyses, by its rates."""

from __future__ import annotations

from collections.abc import Mapping

from asking import Case
from rates import Rates

Found = Mapping[tuple[str, str, str], Rates]
"""The rates by case, setting and analysis."""


def fault_of(case: Case, at: int, found: Found) -> str:
    """That it falls into a trap or for what is false, or denies what is true; empty where it holds."""
    of_setting = {
        setting: one
        for (name, setting, who), one in found.items()
        if (name, who) == (case.name, f"ours {at}")
    }
    if any(one.falls_in for setting, one in of_setting.items() if setting != "true"):
        return "falls in"
    return "denies" if "true" in of_setting and of_setting["true"].denies else ""


def is_mute(case: Case, at: int, found: Found) -> bool:
    """Whether it cannot tell in most cohorts in which the claim is true."""
    place = (case.name, "true", f"ours {at}")
    return place in found and found[place].share("cannot tell") > 0.5
