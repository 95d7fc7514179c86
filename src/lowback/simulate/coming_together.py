"""How far hip and back pain go together in many people: from moment to moment around each person's own course, and in people's means."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.simulate.at_moments import answered, blocks_of_moments
from lowback.simulate.course import SLOT_DAYS, SLOTS, SLOTS_A_DAY
from lowback.simulate.handing_on import nothing_in_common, recorded_series
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario

LEVEL = np.ones((SLOTS, 1))
"""What is taken off both where a person's own level is: columns over slots."""
COURSE = np.column_stack([LEVEL, SLOT_DAYS, np.arange(SLOTS) % SLOTS_A_DAY]).astype(float)
"""And where the own level, a straight line over the days and times of day are."""
BY_NAME = {"level": LEVEL, "course": COURSE}


def correlations_together(scenario: Scenario) -> dict[str, float]:
    """The correlation of both as the check-ins that people answer record them: `level` and `course` within persons, `between` of their means.

    Within persons it is that of the sums over everybody of squares and products around each person's own level, or own level, line and times of day, of
    twelve weeks; these take a part of slow ups and downs along. Where the two have nothing in common it is 0. Between persons it is that of
    people's means: ups and downs that last leave a part of themselves in them, so that means may go together where levels do not.
    """
    sums, means = {name: np.zeros((2, 2)) for name in BY_NAME}, []
    for both in _answers(scenario):
        means.append(np.nanmean(both, axis=1))
        for name, columns in BY_NAME.items():
            sums[name] += _products(both, columns)
    within = {name: float(s[0, 1] / np.sqrt(s[0, 0] * s[1, 1])) for name, s in sums.items()}
    if nothing_in_common(scenario.values):
        within = dict.fromkeys(within, 0.0)
    return {**within, "between": float(np.corrcoef(np.stack(means, axis=1))[0, 1])}


def _answers(scenario: Scenario) -> Iterator[Array]:
    """Both series of each person who answers anything (series, slot), missing where no check-in is answered."""
    for people, lived in blocks_of_moments(scenario):
        there = answered(scenario, people, lived)
        both = np.where(there, np.stack(recorded_series(people, lived)), np.nan)
        yield from both[:, there.any(axis=1)].transpose(1, 0, 2)


def _products(both: Array, columns: Array) -> Array:
    """Sums of squares and products of both series (series, slot) once these columns (slot, column) are taken off what is there."""
    known = np.isfinite(both[0])
    fitted = np.linalg.lstsq(columns[known], both[:, known].T, rcond=None)[0]
    rest = both[:, known] - (columns[known] @ fitted).T
    return np.asarray(rest @ rest.T)
