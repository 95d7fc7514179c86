"""The rows of several people's changes: their mean, how they differ, and each by itself."""

from __future__ import annotations

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.phases import Integrated, smallest_seen
from lowback.estimators.pooling import pooled
from lowback.outcomes.change import Changes
from lowback.outcomes.change_chosen import Row
from lowback.outcomes.change_words import BY_DIRECTION, OF_LEVEL
from lowback.result import NUMBERS


def rows_of_people(found: Changes, chosen: list[Row]) -> list[Row]:
    """The pooled changes, how many people changed, how their days were `chosen`, and each person's change in level."""
    unit, label, words = str(found.outcome.unit), found.outcome.label, OF_LEVEL[found.reverses]
    rows = [_pooled_row(found.level, words.level.format(label=label), "pooled level change", unit)]
    rows += _scatter_rows(found, unit)
    if found.reverses:
        rows += [
            _pooled_row(found.by_direction[way], term.format(label=label), f"pooled {way}", unit)
            for way, term in BY_DIRECTION.items()
        ]
    else:
        term = f"change in slope of {label}"
        rows.append(_pooled_row(found.slope, term, "pooled slope change", f"{unit} per week"))
    level = found.level
    directions = {"fell": level.conf_high < 0, "rose": level.conf_low > 0}
    directions["did not show a change"] = ~(directions["fell"] | directions["rose"])
    for word, flags in directions.items():
        row = {"term": words.people[word], "unit": "participants", "n_participants": len(flags)}
        rows.append(({**row, "estimate": float(flags.sum())}, {"statistic": f"people: {word}"}))
    smallest = float(np.nanmedian(smallest_seen(level)))
    row = {"term": "smallest change that one person's days would show in 80 of 100 (median)", "unit": unit}
    rows.append(
        ({**row, "estimate": smallest, "n_participants": len(level.estimate)}, {"statistic": "smallest seen"})
    )
    rows += chosen
    for at in range(len(found.start)):
        numbers = {name: float(getattr(level, name)[at]) for name in NUMBERS}
        row = {"term": f"person {at + 1}: {words.of_person}", "unit": unit, "n_participants": 1, **numbers}
        rows.append((row, {"statistic": "level change", "person": at + 1.0}))
    return [row for row in rows if np.isfinite(float(str(row[0]["estimate"])))]


def _pooled_row(change: Integrated, term: str, statistic: str, unit: str) -> Row:
    tells = np.isfinite(change.estimate)
    try:
        mean = pooled(change.estimate[tells], change.std_error[tells])
    except NotEstimable:
        return {"term": term, "unit": unit, "n_participants": int(tells.sum()), "estimate": np.nan}, {
            "statistic": statistic
        }
    numbers = {name: getattr(mean, name) for name in NUMBERS}
    return {"term": term, "unit": unit, "n_participants": mean.count, **numbers}, {"statistic": statistic}


def _scatter_rows(found: Changes, unit: str) -> list[Row]:
    """How the change differs between people, and what is to be expected of another person, unless no difference at all was found.

    Then the prediction would be the mean's own interval, as if people were known not to differ: it left out most of those who are to come.
    """
    mean, words = pooled(found.level.estimate, found.level.std_error), OF_LEVEL[found.reverses]
    named: dict[str, object] = {"unit": unit, "n_participants": mean.count}
    another = {"estimate": mean.estimate, "conf_low": mean.prediction_low, "conf_high": mean.prediction_high}
    row: dict[str, object] = {"term": words.scatter, **named, "estimate": mean.tau, "p_value": mean.q_p_value}
    scatter: Row = (row, {"statistic": "between people"})
    if not mean.foretells:
        return [scatter]
    return [({"term": words.another, **named, **another}, {"statistic": "prediction"}), scatter]
