"""The rows of one person's changes, and of every day."""

from __future__ import annotations

import numpy as np

from lowback.estimators.phases import Integrated, integrated, smallest_seen
from lowback.outcomes.change import Changes
from lowback.outcomes.change_chosen import Row
from lowback.outcomes.change_words import BY_DIRECTION, OF_LEVEL
from lowback.outcomes.scores import Array
from lowback.result import NUMBERS


def rows_of_one(found: Changes, chosen: list[Row]) -> list[Row]:
    """What one person's days show, what they could have shown, and how the days of change were `chosen`."""
    unit, label, words = str(found.outcome.unit), found.outcome.label, OF_LEVEL[found.reverses]
    rows = _change_rows(found.level, words.level.format(label=label), unit, "level change")
    if found.reverses:
        for way, term in BY_DIRECTION.items():
            rows += _change_rows(found.by_direction[way], term.format(label=label), unit, way)
        for at, (change, day) in enumerate(zip(found.each, _days_of_change(found), strict=True)):
            term = f"change {at + 1}, {_taken(at)} on day {day:g}: change in level between the two phases next to it"
            rows += _change_rows(change, term, unit, f"change {at + 1} alone")
    else:
        rows += _change_rows(found.slope, f"change in slope of {label}", f"{unit} per week", "slope change")
    level = found.level
    said = {
        "smallest seen": ("smallest change that these days would show in 80 of 100", unit, float(smallest_seen(level)[0])),
        "day to day": ("SD of single days around the lines", unit, float(level.residual_sd[0])),
        "detectable": ("change between two single days that chance exceeds in 5 of 100", unit, float(level.residual_sd[0]) * 1.96 * 2**0.5),
        "memory": ("correlation from one day to the next", "correlation", float(level.memory[0])),
        "days before": (words.days_off, "days", float(found.cut.days_off[0])),
        "days after": (words.days_on, "days", float(found.cut.days_on[0])),
    }  # fmt: skip
    for statistic, (term, of, value) in said.items():
        rows.append(({"term": term, "unit": of, "estimate": value}, {"statistic": statistic}))
    rows += chosen
    for at, day in enumerate(_days_of_change(found)):
        term = (
            f"day on which it was {_taken(at)} (change {at + 1})" if found.reverses else "day of the change"
        )
        key: dict[str, object] = {"statistic": "start", "day": day}
        rows.append(({"term": term, "unit": "days", "estimate": day}, {**key, **_began(found, at)}))
    return [({**row, "n_participants": 1}, key) for row, key in rows]


def _change_rows(change: Integrated, term: str, unit: str, statistic: str) -> list[Row]:
    """One person's row of a change, none where the days do not tell it."""
    numbers = {name: float(getattr(change, name)[0]) for name in NUMBERS}
    if not np.isfinite(numbers["estimate"]):
        return []
    return [({"term": term, "unit": unit, **numbers}, {"statistic": statistic})]


def _days_of_change(found: Changes) -> list[float]:
    """The days of one person's changes, since baseline."""
    days = found.days[0]
    return [float(one + found.course.first_day) for one in days[np.isfinite(days)]]


def _taken(change: int) -> str:
    """What a change is, by its place."""
    return ("taken up", "stopped")[change % 2] + (" again" if change > 1 else "")


def _began(found: Changes, change: int) -> dict[str, object]:
    """Whether a change begins days on or off, where there is more than one."""
    return {"phase": ("on", "off")[change % 2]} if found.reverses else {}


def rows_by_day(found: Changes) -> list[Row]:
    """Every day's score, the lines, and what days on would be had nothing changed, with 95 % intervals."""
    unit, cut = str(found.outcome.unit), found.cut
    counts, names = np.isfinite(cut.outcome[0]), _names(found)
    days = np.arange(len(names)) + found.course.first_day
    rows: list[Row] = []
    for at in np.flatnonzero(np.isfinite(found.scores[0])):
        phase = names[at] if counts[at] else "left out"
        row = {"term": f"day {days[at]}: observed", "unit": unit, "n_participants": 1}
        key = {"statistic": "observed", "day": float(days[at]), "phase": phase}
        rows.append(({**row, "estimate": float(found.scores[0, at])}, key))
    reach = np.flatnonzero(counts)
    inside = np.arange(reach[0], reach[-1] + 1)
    inside = inside[~np.isin(inside, found.days[0])]
    design = cut.design()[0][inside]
    on = cut.on[0, inside]
    lines = [
        ("fitted", inside, _line(found, design)),
        ("had nothing changed", inside[on], _had_nothing_changed(found, design[on])),
    ]
    for name, at_days, line in lines:
        for place, at in enumerate(at_days):
            numbers = {one: float(line[one][place]) for one in NUMBERS if one != "p_value"}
            key = {"statistic": name, "day": float(days[at]), "phase": names[at]}
            rows.append(
                ({"term": f"day {days[at]}: {name}", "unit": unit, "n_participants": 1, **numbers}, key)
            )
    return rows


def _line(found: Changes, wanted: Array) -> dict[str, Array]:
    """One person's line at rows of a design."""
    line = integrated(found.cut.outcome, found.cut.design(), wanted, least_sd=found.rounding_sd)
    return {one: getattr(line, one) for one in NUMBERS}


def _had_nothing_changed(found: Changes, on: Array) -> dict[str, Array]:
    """The line of days on without the step, as sure as it is itself or, where days off lie on both sides, as the step."""
    line = _line(found, on * np.array([1.0, 1.0, 0.0]))
    if not found.reverses:
        return line
    # How high anything is may be far less sure than how much higher the one is than the other.
    with_it, step = (
        _line(found, on)["estimate"],
        {one: float(getattr(found.level, one)[0]) for one in NUMBERS},
    )
    ends = {"conf_low": with_it - step["conf_high"], "conf_high": with_it - step["conf_low"]}
    same = {one: np.full(len(on), step[one]) for one in ("std_error", "df")}
    return {"estimate": line["estimate"], **ends, **same}


def _names(found: Changes) -> list[str]:
    """What each day's phase is called."""
    phase = found.cut.phase[0]
    if not found.reverses:
        return ["after" if one else "before" for one in phase]
    return [f"phase {one + 1}, {'on' if one % 2 else 'off'}" for one in phase]
