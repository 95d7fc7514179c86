"""What people do of their programme: levels and their error by hand, and what has no programme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.outcomes.mediation_doses import Dose, dose
from lowback.outcomes.refusals import NotComparable
from lowback.variables import dictionary

ARM = np.array([0, 0, 1, 1, 1], dtype=np.intp)
EVERYBODY = np.ones(5, dtype=bool)
GAP = np.nan


def found(*shares: list[float], weeks: tuple[float, ...] = (4, 8)) -> Dose:
    """Three people of the second arm with these shares, and two under usual care who have none."""
    rows = [[GAP] * len(weeks), [GAP] * len(weeks), *shares]
    visits = [
        {"participant_id": f"P{person}", "weeks": week, "adherence": share}
        for person, row in enumerate(rows)
        for week, share in zip((0.0, *weeks), (GAP, *row), strict=True)
    ]
    people = pd.DataFrame({"participant_id": [f"P{person}" for person in range(5)]})
    cohort = Cohort(name="five", participants=people, visits=pd.DataFrame(visits), variables=dictionary())
    return dose(cohort, "adherence", list(weeks), ARM, EVERYBODY)


def test_levels_are_distances_from_the_arm_at_the_same_visits_and_nothing_without_a_programme():
    # The arm does 0.6 and then 0.4; who left after the first visit is compared with that one alone.
    assert found([0.8, 0.6], [0.4, 0.2], [0.6, GAP]).levels == pytest.approx([0, 0, 0.2, -0.2, 0])


def test_who_has_no_visit_of_a_programme_has_a_gap_and_no_zero():
    assert np.isnan(found([0.8, 0.6], [0.4, 0.2], [GAP, GAP]).levels[4])


def test_the_error_of_a_mean_is_how_visits_scatter_over_their_number():
    # Distances from the arm (0.5, 0.5): (0.41, 0.39), (-0.41, -0.39), (0, 0). Around their means of 0.4, -0.4 and 0 the squares are
    # 0.0002, 0.0002 and 0, which is the variance of a visit; of a mean of two it is half: 0.0001, 0.0001, 0, in the mean 0.0002 / 3.
    # Three of five people have it, so that over everybody it is 0.00004.
    error = found([0.91, 0.89], [0.09, 0.11], [0.5, 0.5]).error(7)
    assert error is not None
    assert error.columns == (7,)
    assert error.of(np.eye(8)) == pytest.approx(0.00004)
    assert error.people == pytest.approx(0.6)


def test_a_single_visit_tells_no_error():
    one = found([0.9], [0.1], [0.5], weeks=(4,))
    assert one.error(0) is None
    assert "recorded without error, at one visit" in one.told


def test_where_people_do_not_differ_beyond_their_visits_no_error_is_taken_off():
    # Means of 0.1, -0.1 and 0 with visits 0.4 around them: a ratio of variances of 0.01 / 0.11.
    alike = found([1.0, 0.2], [0.0, 0.8], [0.5, 0.5])
    assert alike.error(0) is None
    assert "do not differ beyond the scatter of their visits" in alike.told


def test_a_programme_that_nobody_has_a_record_of_is_refused():
    with pytest.raises(NotComparable, match="nobody has 'adherence' between baseline and week 8"):
        found([GAP, GAP], [GAP, GAP], [GAP, GAP])
