"""What happened to each person, moment by moment and visit by visit, before anybody wrote it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.population import Array, Population

SLOTS_A_DAY = 2
FOLLOW_UP_DAYS = 84
SLOTS = SLOTS_A_DAY * FOLLOW_UP_DAYS
# Slot 0 is the morning and slot 1 the evening of day 0, slot 2 the morning of day 1.
SLOT_DAYS = np.arange(SLOTS) // SLOTS_A_DAY


@dataclass(frozen=True, eq=False)
class Course:
    """True values by the data dictionary's column name, in its units, not cut off, not rounded, without error.

    `people` holds columns of the participants' table (shape: person), `visits` of the visits' (person, 4 visits), `slots` of
    the check-ins' (person, 168 slots: morning and evening of days 0 to 83). Everything is float: a flag is 0 or 1, a
    category the position of its label in `levels[column]`, and NaN means that there was nothing to record (such as pain
    before a session where no session was). How a column is recorded (rounding, range, error, missing) is not
    decided here; which columns a scenario records stands in `Scenario.records`.
    """

    people: Mapping[str, Array] = field(default_factory=dict)
    visits: Mapping[str, Array] = field(default_factory=dict)
    slots: Mapping[str, Array] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Lived:
    """People as they come out of the course: `people` and `hip_pain` hold its daily means and visits, `course` its moments.

    Where nothing in a scenario moves within the course, `people` and `hip_pain` are the very arrays that went in.
    """

    people: Population
    hip_pain: Array
    arms: NDArray[np.intp]
    course: Course
