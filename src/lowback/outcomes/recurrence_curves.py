"""Curves of one definition as rows: share not yet come back, share in flare, mean number of returns."""

from __future__ import annotations

import math

import numpy as np

from lowback.estimators.recurrence.counting import at_risk
from lowback.estimators.recurrence.curves import Curve, event_free, mean_events, share_in_state
from lowback.outcomes.spells import Recurrences

# Curves are shown at so many moments, and while so many people are still seen.
MOMENTS, FEWEST_SEEN = 13, 5


def curve_rows(spells: Recurrences) -> list[tuple[dict[str, object], dict[str, object]]]:
    """Keys (`statistic`, `weeks` since baseline or since settling) and estimates of the three curves."""
    settled = at_risk(np.zeros(len(spells.start)), spells.stop - spells.start, spells.event, spells.person)
    since_baseline = at_risk(spells.start, spells.stop, spells.event, spells.person)
    states = at_risk(spells.state_start, spells.state_stop, spells.changes, spells.state_person)
    curves = {
        "not yet come back": (event_free(settled), float((spells.stop - spells.start).max()), "proportion"),
        "in flare": (share_in_state(states, spells.in_flare), float(spells.state_stop.max()), "proportion"),
        "mean number of returns": (mean_events(since_baseline), float(spells.stop.max()), "returns"),
    }
    # Whoever never settles cannot come back, but is in flare or not.
    settlers, everybody = (len(set(who.tolist())) for who in (spells.person, spells.state_person))
    rows = []
    for statistic, (curve, last, unit) in curves.items():
        people = everybody if statistic == "in flare" else settlers
        since = "settling" if statistic == "not yet come back" else "baseline"
        for weeks, row in _moments(curve, last):
            key = {"definition": spells.definition.name, "statistic": statistic, "weeks": weeks}
            term = f"{statistic}, week {weeks:g} since {since}"
            rows.append((key, {"term": term, "unit": unit, "n_participants": people, **row}))
    return rows


def _moments(curve: Curve, last: float) -> list[tuple[float, dict[str, float]]]:
    """The curve at whole weeks, evenly spread, as long as enough people are seen."""
    step = max(1, math.ceil(last / 7 / (MOMENTS - 1)))
    weeks = np.arange(0, last / 7 + 1e-9, step)
    found = curve.at(7 * weeks)
    enough = found["at_risk"] >= FEWEST_SEEN
    names = {"estimate": "value", "std_error": "std_error", "conf_low": "conf_low", "conf_high": "conf_high"}
    return [
        (float(week), {name: float(found[source][at]) for name, source in names.items()})
        for at, week in enumerate(weeks)
        if enough[at] and np.isfinite(found["value"][at])
    ]
