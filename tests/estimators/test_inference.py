"""Tests and intervals of contrasts, whatever model they come from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lowback.estimators.inference import infer


def test_intervals_have_the_quantiles_of_printed_tables():
    # Student's t at 97.5 % with 1, 10 and 120 degrees of freedom, and the normal's.
    found = infer(np.zeros(4), np.ones(4), [1, 10, 120, np.inf])
    assert found.conf_high == pytest.approx([12.7062, 2.2281, 1.9799, 1.9600], abs=5e-5)
    np.testing.assert_array_equal(found.conf_low, -found.conf_high)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_intervals_and_p_values_are_those_of_scipy(level):
    df = np.array([0.4, 1, 2.5, 137.63, 1e6, np.inf])
    for estimate in (-40.0, -2.0, 0.0, 0.3, 8.0):
        found = infer(np.full(6, estimate), np.full(6, 0.5), df, level)
        half = 0.5 * stats.t.ppf(0.5 + level / 2, df)
        np.testing.assert_allclose(found.conf_high, estimate + half, rtol=1e-13)
        np.testing.assert_allclose(found.p_value, 2 * stats.t.sf(abs(estimate) / 0.5, df), rtol=1e-13)


def test_a_contrast_without_a_standard_error_has_no_p_value():
    found = infer([1.0], [np.nan], 5.0)
    assert np.isnan([found.statistic, found.p_value, found.conf_low, found.conf_high]).all()
