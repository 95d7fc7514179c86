"""Least squares: by hand, against statsmodels and R, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t
from statsmodels.regression.linear_model import OLS

from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.linear import least_squares

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Thirty rows of an outcome whose spread grows with the second column."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(30), rng.uniform(0, 10, 30), rng.integers(0, 2, 30)])
    return 2 + 0.5 * x[:, 1] - x[:, 2] + rng.normal(0, 1, 30) * (1 + x[:, 1] / 5), x


def test_a_line_through_four_points_by_hand() -> None:
    # y = 0.5 + x with residuals 0.5, -0.5, -0.5, 0.5: residual variance 1 / 2, sum of squares of x 5.
    fit = least_squares([1, 1, 2, 4], [[1, 0], [1, 1], [1, 2], [1, 3]], names=["intercept", "x"])
    assert fit.coefficients == pytest.approx([0.5, 1.0])
    assert fit.df == 2
    assert fit.residual_sd**2 == pytest.approx(0.5)
    assert fit.covariance[1, 1] == pytest.approx(0.5 / 5)
    assert contrast(fit.coefficients, fit.covariance, [0, 1]) == pytest.approx((1.0, 0.1**0.5))


def test_agrees_with_statsmodels_under_equal_and_unequal_variances() -> None:
    y, x = data(1)
    ours, theirs = least_squares(y, x, names=["a", "b", "c"]), OLS(y, x).fit()
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-9)
    robust = least_squares(y, x, names=["a", "b", "c"], variance="HC3")
    np.testing.assert_allclose(robust.covariance, OLS(y, x).fit(cov_type="HC3").cov_params(), rtol=1e-9)
    assert not np.allclose(robust.covariance, ours.covariance, rtol=0.05)


def test_agrees_with_r_under_unequal_variances_with_degrees_of_freedom() -> None:
    rows, expected = (pd.read_csv(REFERENCE / f"unequal_variances{kind}.csv") for kind in ("_data", ""))
    x = np.column_stack([np.ones(len(rows)), rows["exposure"], rows["group"]])
    for kind in ("HC2", "HC3"):
        fit = least_squares(rows["outcome"], x, names=["a", "b", "c"], variance=kind)
        np.testing.assert_allclose(fit.coefficients, expected["estimate"], rtol=1e-9)
        np.testing.assert_allclose(np.sqrt(np.diagonal(fit.covariance)), expected[kind], rtol=1e-9)
    robust = least_squares(rows["outcome"], x, names=["a", "b", "c"], variance="HC2")
    np.testing.assert_allclose([robust.df_of(one) for one in np.eye(3)], expected["df"], rtol=1e-7)


def test_a_mean_has_its_usual_error_and_degrees_of_freedom_under_hc2() -> None:
    fit = least_squares([1, 2, 4, 9], np.ones((4, 1)), names=["mean"], variance="HC2")
    # Deviations -3, -2, 0, 5: their squares 38 over n - 1 = 3, over n = 4.
    assert fit.covariance[0, 0] == pytest.approx(38 / 3 / 4)
    assert fit.df_of([1.0]) == pytest.approx(3)


def test_a_row_that_is_alone_in_its_group_says_nothing_of_variances() -> None:
    y, x = data(5)
    alone = np.column_stack([x, np.arange(30) == 4]).astype(float)
    without = least_squares(np.delete(y, 4), np.delete(x, 4, axis=0), names=list("abc"), variance="HC2")
    fit = least_squares(y, alone, names=list("abcd"), variance="HC2")
    np.testing.assert_allclose(fit.covariance[:3, :3], without.covariance, rtol=1e-8)
    assert fit.df_of([0, 1, 0, 0]) == pytest.approx(without.df_of([0, 1, 0]))


def test_intervals_under_unequal_variances_cover_where_the_models_do_not() -> None:
    rng, covered = np.random.default_rng(6), {"HC2": 0, "model": 0}
    for _ in range(400):
        x = np.column_stack([np.ones(40), rng.normal(0, 1, 40)])
        y = (0.5 + np.abs(x[:, 1]) ** 1.5) * rng.normal(0, 1, 40)
        for kind in covered:
            fit = least_squares(y, x, names=["a", "b"], variance=kind)  # type: ignore[arg-type]
            found = student_interval(fit.coefficients[1], fit.covariance[1, 1] ** 0.5, fit.df_of([0, 1]))
            covered[kind] += found["conf_low"] <= 0 <= found["conf_high"]
    # 95 % of 400 with 2.6 standard errors; errors of one variance cover three in four.
    assert 369 <= covered["HC2"] <= 391
    assert covered["model"] < 330


def test_a_far_origin_costs_no_digits() -> None:
    y, x = data(2)
    far = x + np.array([0, 1e6, 0])
    near, moved = (least_squares(y, one, names=["a", "b", "c"]) for one in (x, far))
    np.testing.assert_allclose(moved.covariance[1:, 1:], near.covariance[1:, 1:], rtol=1e-8)


def test_refuses_what_cannot_be_estimated_and_names_it() -> None:
    y, x = data(3)
    with pytest.raises(NotEstimable, match="column c is a combination of the columns before it"):
        least_squares(y, np.column_stack([x[:, :2], 3 * x[:, 1] - 1]), names=["a", "b", "c"])
    with pytest.raises(NotEstimable, match="column b has missing or infinite values"):
        least_squares(y, np.column_stack([x[:, 0], np.append(x[:-1, 1], np.nan)]), names=["a", "b"])
    with pytest.raises(NotEstimable, match="column c is zero in every row"):
        least_squares(y, x * [1, 1, 0], names=["a", "b", "c"])
    with pytest.raises(NotEstimable, match="2 rows for 3 coefficients"):
        least_squares(y[:2], x[:2], names=["a", "b", "c"])
    alone = np.column_stack([np.ones(30), np.arange(30) == 4])
    with pytest.raises(NotEstimable, match="HC3 needs another row"):
        least_squares(y, alone, names=["a", "one person"], variance="HC3")


def test_intervals_are_students_or_normal() -> None:
    found = student_interval(1.5, 0.5, 7)
    assert found["conf_high"] == pytest.approx(1.5 + 0.5 * t(7).ppf(0.975))
    assert found["p_value"] == pytest.approx(2 * t(7).sf(3))
    normal = student_interval(-1.5, 0.5)
    assert normal["conf_low"] == pytest.approx(-1.5 - 0.5 * norm.ppf(0.975))
    assert normal["p_value"] == pytest.approx(2 * norm.sf(3))
    assert np.isnan(student_interval(1.0, 0.0)["p_value"])
