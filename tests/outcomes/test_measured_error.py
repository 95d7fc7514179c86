"""How large the error of a reading is, from pairs of readings and from a published reliability: by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.outcomes.measured_error import KnownError, known_error
from lowback.variables import dictionary


def cohort(second_adds: float = 0.0) -> Cohort:
    """Three people at two visits; the second reading differs by -1, 0 and 1 degrees and by what it adds in everybody."""
    first = np.array([[2.0, 4], [6, 9], [10, 11]])
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat(["A", "B", "C"], 2),
            "weeks": np.tile([0.0, 4], 3),
            "pelvic_tilt_deg": first.ravel(),
            "pelvic_tilt_second_deg": first.ravel() + np.repeat([-1.0, 0, 1], 2) + second_adds,
        }
    )
    return Cohort("pairs", visits=rows)


@pytest.mark.parametrize("second_adds", [0.0, 3.0])
def test_half_the_variance_of_differences_whatever_the_second_reading_adds(second_adds: float) -> None:
    # Differences are -1, -1, 0, 0, 1 and 1 about what is added: a variance of 4/5, of which the mean of two has a quarter.
    known = known_error(cohort(second_adds), "pelvic_tilt_deg", [0, 4])
    assert known.is_mean
    assert known.variance == pytest.approx(0.8 / 4)


def test_a_reliability_is_one_among_people_at_the_first_visit_that_measured_them() -> None:
    variable = dictionary()["hip_extension_deg"].model_copy(update={"reliability_icc": 0.75})
    readings = np.array([[np.nan, 0.0, 5], [np.nan, 4, 5], [np.nan, np.nan, 5], [1, np.nan, 5]])
    known = KnownError(variable, readings, readings, None, False, None, 0.75, "")
    # One person at the first visit says nothing of a variance; at the second it is that of 0 and 4.
    assert known.variance == pytest.approx(0.25 * 8)
    assert np.isnan(KnownError(variable, readings, readings[:, :1], None, False, None, 0.75, "").variance)


def test_readings_that_never_differ_are_no_proof_of_no_error() -> None:
    same = cohort()
    assert same.visits is not None
    copied = same.visits.assign(pelvic_tilt_second_deg=same.visits["pelvic_tilt_deg"])
    known = known_error(Cohort("copies", visits=copied), "pelvic_tilt_deg", [0, 4])
    # The dictionary's standard error of measurement is 1.1 degrees.
    assert known.variance == pytest.approx(1.1**2)
    assert known.told.startswith("second readings of pelvic tilt never differ")
