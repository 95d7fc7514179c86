"""Check-ins by day: means, and which days enough of them tell of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.outcomes.days import Days, daily


def days_of(*answered: list[float | None]) -> Days:
    """One person's days, each with the scores of its check-ins in the order of the day; None is no answer."""
    rows = [
        {"participant_id": "a", "days": day + at / 10, "pain_nrs": score}
        for day, scores in enumerate(answered)
        for at, score in enumerate(scores)
    ]
    checkins = pd.DataFrame(rows).astype({"pain_nrs": "Float64"})
    (found,) = daily(Cohort("by hand", checkins=checkins), "pain_nrs")
    return found


def test_a_day_is_the_mean_of_its_answers():
    found = days_of([2, 4], [3], [5, None], [None], [1, 2])
    mean = found.values  # noqa: PD011
    assert mean[0] == pytest.approx([3, 3, 5, np.nan, 1.5], nan_ok=True)
    assert found.answered[0].tolist() == [2, 1, 1, 0, 2]


@pytest.mark.parametrize(
    ("answered", "fewest", "whole"),
    [
        # Two a day are usual where a quarter of the days have them: half of one is not enough.
        ([[2, 4], [3], [5, 5], [None, 1]], 2, [True, False, True, False]),
        # Once a day: every answer is a day.
        ([[2], [None], [3]], 1, [True, False, True]),
        # What is asked in the evening alone is whole with that.
        ([[None, 4], [None, 3], [None, None]], 1, [True, True, False]),
        # Of five, three are more than half, and two are not.
        ([[1] * 5, [1] * 5, [1] * 3, [1] * 2, [1] * 5], 3, [True, True, True, False, True]),
        # Of four, two are half and no more.
        ([[1] * 4, [1] * 3, [1] * 2, [1] * 4], 3, [True, True, False, True]),
    ],
)
def test_a_day_is_whole_with_more_than_half_of_the_usual_check_ins(answered, fewest, whole):
    found = days_of(*answered)
    assert found.fewest_of_whole == fewest
    assert found.whole[0].tolist() == whole
