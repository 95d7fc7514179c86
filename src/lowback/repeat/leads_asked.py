"""What rows say of two series of which one may come first: by the process in continuous time, from wave to wave, around onsets, and at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Key = Mapping[object, object]
Said = tuple[str, ...] | None
A_DAY = 1.0
BY_MOMENT = ("lead", "correlation within persons")
BY_WAY = ("effect", "standardised effect")
OF_ONE = ("memory", "reliability")
LAGS = ("lag", "own past")
LEVEL_ONLY = "own level taken off"


def _of_lead(key: Key) -> Said:
    """Lead, correlation and cross-effects a day later, memory and reliability; tests and counts of people are no estimates."""
    statistic = str(key["statistic"])
    if statistic in BY_MOMENT:
        return ("in continuous time", statistic)
    if statistic in BY_WAY and key["days"] == A_DAY:
        return ("in continuous time", statistic, str(key["source"]), str(key["target"]))
    if statistic in OF_ONE:
        return ("in continuous time", statistic, str(key["source"]))
    return None


def _of_panel(key: Key) -> Said:
    """The lags of each on the other and on itself, in points, with the error that is known taken off."""
    is_lag = key["statistic"] in LAGS and key["adjustment"] != "as recorded"
    return ("from wave to wave", str(key["foretold"]), str(key["by"])) if is_lag else None


def _of_onsets(key: Key) -> Said:
    """The news before, on and after the day of an onset."""
    return ("around onsets", str(key["window"])) if key["statistic"] == "window" else None


def _of_co_occurrence(key: Key) -> Said:
    """How far both go together within persons, by what is taken off, and between persons; another person's and chance's ends are no estimates."""
    if key["statistic"] == "within":
        return ("together", "level" if key["adjustment"] == LEVEL_ONLY else "course")
    return ("together", "between") if key["statistic"] == "between" else None


OF_LEADS: Mapping[str, Callable[[Key], Said]] = {
    "co_occurrence": _of_co_occurrence,
    "lead": _of_lead,
    "onsets": _of_onsets,
    "panel": _of_panel,
}
"""By analysis."""
