"""Slopes within and between groups as arrays: degenerate cases whose answer is plain."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.random_intercept import RandomIntercept
from lowback.estimators.split_slopes import split_slopes

NOTHING = np.empty((12, 0))
GROUPS = np.repeat([0, 1, 2, 3], 3)


def test_an_exposure_that_never_varies_is_refused():
    with pytest.raises(NotEstimable, match="the exposure is the same in every row"):
        split_slopes(np.arange(12.0), np.full(12, 0.1), GROUPS, NOTHING, names=[])


def test_rounding_is_not_variation_within_groups():
    exposure = np.repeat([0.1, 0.2, 0.3, 0.7], 3) * 3
    fit = split_slopes(np.arange(12.0) % 5, exposure + 1e-17, GROUPS, NOTHING, names=[])
    assert fit.levels == ("between",)


def test_groups_that_do_not_differ_leave_no_more_degrees_of_freedom_than_groups():
    """Group means of the outcome lie exactly on the line, so the variance between groups is zero."""
    means, deviation = np.repeat([1.0, 2.0, 3.0, 4.0], 3), np.tile([-1.0, 0.0, 1.0], 4)
    noise = np.tile([0.1, -0.2, 0.1], 4) * np.repeat([1, -1, 1, -1], 3)
    fit = split_slopes(2 * means + deviation + noise, means + deviation, GROUPS, NOTHING, names=[])
    assert isinstance(fit.fit, RandomIntercept)
    assert fit.at_boundary
    # Four groups less intercept and slope; within, twelve rows less three coefficients.
    assert fit.interval({"between": 1.0})["df"] == 2
    assert fit.interval({"within": 1.0})["df"] == 9
    assert fit.interval({"between": 1.0})["estimate"] == pytest.approx(2)
