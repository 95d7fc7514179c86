"""What rows say of what happens to people: injuries and warning signs, moves, easing, returns, and keeping to a programme."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Key = Mapping[object, object]
Said = tuple[str, ...] | None
WITHIN = "within persons"
KEEPING = ("in those who keep to it", "as assigned", "more keep to it", "whole programme")
OF_RULE = ("risk difference", "risk with", "risk without", "sensitivity", "specificity")
OF_MOVES = (
    "one step up",
    "one step up, less the threshold",
    "leaves out a step",
    "down",
    "begins lowest",
)
RATE_RATIO, HAZARD_RATIO = "rate ratio", "hazard ratio"
RATIOS = (RATE_RATIO, HAZARD_RATIO)
"""What is 1, not 0, where there is nothing to be found."""


def _of_keeping(key: Key) -> Said:
    """What an arm does in those who keep to it and in all; who kept to it against everybody else is a warning and no answer."""
    statistic = str(key["statistic"])
    return (statistic, str(key["arm"]), str(key["comparator"])) if statistic in KEEPING else None


def _of_incidence(key: Key) -> Said:
    """The difference of risks, or the ratio of rates; bounds are no estimates."""
    statistic = str(key["statistic"])
    return (statistic,) if statistic in ("risk difference", RATE_RATIO) else None


def _of_moves(key: Key) -> Said:
    """The shares of moves, and who begins lowest; each step at each visit is left out, of which there are as many rows as moves."""
    return (str(key["statistic"]),) if key["statistic"] in OF_MOVES else None


def _of_screening(key: Key) -> Said:
    """The risks on either side of a rule, and what it is worth."""
    return (str(key["statistic"]),) if key["statistic"] in OF_RULE else None


def _of_easing(key: Key) -> Said:
    """What more of an exposure changes within persons: the minutes until eased, and the share not eased at each report."""
    if key["adjustment"] != WITHIN:
        return None
    if key["statistic"] == "difference in minutes":
        return ("minutes until eased", str(key["definition"]), str(key["among"]).partition(",")[0])
    if key["statistic"] == "difference in share not eased":
        return ("share not eased", str(key["definition"]), f"{key['minutes']:g}")
    return None


def _of_returns(key: Key) -> Said:
    """The hazard ratio of every return, freed of error of measurement."""
    asked = (HAZARD_RATIO, "any return", "corrected")
    if (key["statistic"], key.get("model"), key.get("correction")) != asked:
        return None
    return (HAZARD_RATIO, str(key["definition"]))


OF_HAPPENED: Mapping[str, Callable[[Key], Said]] = {
    "complier": _of_keeping,
    "incidence": _of_incidence,
    "recurrence": _of_returns,
    "screening_rule": _of_screening,
    "time_to_ease": _of_easing,
    "transitions": _of_moves,
}
"""By analysis."""
