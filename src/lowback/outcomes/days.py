"""Check-ins as one value a person and day, for questions about courses of days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, positions
from lowback.outcomes.waves import measured
from lowback.variables import Variable

# So many check-ins as this share of all days with any do not exceed are what a day usually has.
USUAL = 0.75


@dataclass(frozen=True, eq=False)
class Days:
    """A measure (person in the cohort's order, day), the mean of each day's check-ins, NaN where there is none.

    The first column is `first_day` since baseline; `answered` counts the check-ins of each day that hold the measure.
    """

    variable: Variable
    values: Array
    first_day: int
    answered: Array

    @property
    def day(self) -> NDArray[np.intp]:
        """The day since baseline of each column."""
        return np.arange(self.values.shape[1]) + self.first_day

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last day."""
        return int(self.day[0]), int(self.day[-1])

    @property
    def fewest_of_whole(self) -> int:
        """The check-ins that a whole day has at least: more than half of what is usual, which is the upper quartile over days with any."""
        some = self.answered[self.answered > 0]
        return int(np.quantile(some, USUAL, method="higher") // 2) + 1 if some.size else 1

    @property
    def whole(self) -> NDArray[np.bool_]:
        """The days (person, day) of which enough check-ins hold the measure for their mean to stand for the day."""
        return np.asarray(self.answered >= self.fewest_of_whole)


def daily(cohort: Cohort, *names: str) -> list[Days]:
    """Measures of check-ins by day, all over the same days; refused where one of them is not recorded at check-ins."""
    checkins = cohort.checkins
    variables = [measured(cohort, name) for name in names]
    for one in variables:
        if checkins is None or one.name not in checkins:
            raise NotComparable(
                f"no check-in records {one.name}, and visits are too far apart to show a course of days",
                f"check-ins that record {one.name} from day to day",
            )
    if checkins is None:
        raise NotComparable("no check-ins in this cohort", "check-ins from day to day")
    person = positions(cohort, checkins)
    day = np.floor(checkins["days"].to_numpy(float)).astype(int)
    first, last = int(day.min()), int(day.max())
    found = []
    for one in variables:
        values = checkins[one.name].to_numpy(float, na_value=np.nan)
        seen = ~np.isnan(values)
        shape = (len(cohort.participant_ids), last - first + 1)
        total, count = np.zeros(shape), np.zeros(shape)
        np.add.at(total, (person[seen], day[seen] - first), values[seen])
        np.add.at(count, (person[seen], day[seen] - first), 1)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        found.append(Days(one, mean, first, count))
    return found
