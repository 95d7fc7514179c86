"""Every trial of a batch against the estimator for one trial on the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lowback.estimators.batched import (
    adjusted_difference,
    clustered_difference,
    difference_in_rates,
    slope_within_persons,
    standardised_difference,
)
from lowback.estimators.intervals import contrast
from lowback.estimators.linear import least_squares
from lowback.estimators.lmm import fit_lmm
from lowback.estimators.proportions import newcombe
from lowback.estimators.split_slopes import split_slopes
from lowback.estimators.standardised import standardised_risks

ARM = np.repeat([0, 1, 2], [15, 14, 13])
TRIALS = 4


def gappy(rng: np.random.Generator, values: np.ndarray, share: float = 0.15) -> np.ndarray:
    return np.where(rng.random(values.shape) < share, np.nan, values)


def test_adjusted_differences_are_those_of_least_squares():
    rng = np.random.default_rng(1)
    x = gappy(rng, 6 + 2 * rng.standard_normal((TRIALS, len(ARM))))
    y = gappy(rng, 3 + 0.5 * np.nan_to_num(x, nan=6) - (ARM == 1) + rng.standard_normal(x.shape))
    found = adjusted_difference(y, x, ARM)
    for trial in range(TRIALS):
        kept = np.isfinite(x[trial]) & np.isfinite(y[trial])
        columns = [np.ones(kept.sum()), ARM[kept] == 1, ARM[kept] == 2, x[trial, kept]]
        fit = least_squares(
            y[trial, kept], np.column_stack(columns).astype(float), names=("1", "b", "c", "x")
        )
        assert found.estimate[trial] == pytest.approx(fit.coefficients[1])
        assert found.std_error[trial] == pytest.approx(fit.covariance[1, 1] ** 0.5)
        assert found.df[trial] == fit.df


def test_a_batch_of_one_arm_less_is_missing_not_wrong():
    y = np.random.default_rng(2).standard_normal((2, len(ARM)))
    y[0, ARM == 1] = np.nan
    found = adjusted_difference(y, y[::-1].copy(), ARM)
    assert np.isnan(found.estimate).all()


def test_clusters_without_a_baseline_are_student_t_on_their_means():
    rng = np.random.default_rng(3)
    cluster, arm_of_cluster = np.repeat(np.arange(10), 4), np.repeat([0, 1], 5)
    y = gappy(rng, rng.standard_normal((TRIALS, 40)), 0.1)
    found = clustered_difference(y, None, cluster, arm_of_cluster)
    for trial in range(TRIALS):
        means = np.array([np.nanmean(y[trial, cluster == one]) for one in range(10)])
        one = stats.ttest_ind(means[5:], means[:5])
        assert found.estimate[trial] / found.std_error[trial] == pytest.approx(one.statistic)
        assert found.df[trial] == one.df


def test_clusters_of_one_size_are_those_of_the_mixed_model():
    rng = np.random.default_rng(11)
    cluster, arm_of_cluster = np.repeat(np.arange(12), 5), np.repeat([0, 1], 6)
    y = rng.standard_normal((TRIALS, 60)) + 2 * rng.standard_normal((TRIALS, 12))[:, cluster]
    found = clustered_difference(y, None, cluster, arm_of_cluster)
    design = np.column_stack([np.ones(60), arm_of_cluster[cluster]])
    for trial in range(TRIALS):
        answer = fit_lmm(y[trial], design, cluster, names=["1", "arm"]).contrast([[0, 1]], "kenward-roger")
        assert found.estimate[trial] == pytest.approx(answer.estimate[0])
        assert found.std_error[trial] == pytest.approx(answer.std_error[0], rel=1e-5)
        assert found.df[trial] == pytest.approx(answer.df[0], rel=1e-4)


def test_clusters_are_brought_to_equal_baseline_by_the_slope_within_them():
    rng = np.random.default_rng(4)
    cluster, arm_of_cluster = np.repeat(np.arange(6), 5), np.repeat([0, 1], 3)
    x = rng.standard_normal((1, 30))
    level = rng.standard_normal(6)
    found = clustered_difference(0.7 * x + level[cluster], x, cluster, arm_of_cluster)
    assert found.estimate[0] == pytest.approx(level[3:].mean() - level[:3].mean())


def test_rates_are_those_of_the_mixed_model_when_nobody_misses_a_visit():
    rng = np.random.default_rng(6)
    weeks = np.array([0.0, 2, 6, 12])
    own = rng.standard_normal((TRIALS, len(ARM), 1)) * 0.4
    scores = 5 + rng.standard_normal((TRIALS, len(ARM), 1)) + own * weeks
    scores = scores + rng.standard_normal(scores.shape) - 0.1 * (ARM == 1)[:, None] * weeks
    found = difference_in_rates(scores, weeks, ARM)
    levels = np.repeat(np.eye(3)[ARM], 4, axis=0)
    moment = np.tile(weeks, len(ARM))
    design = np.column_stack([levels, levels * moment[:, None]])
    for trial in range(TRIALS):
        fit = fit_lmm(
            scores[trial].ravel(), design, np.repeat(np.arange(len(ARM)), 4),
            np.column_stack([np.ones_like(moment), moment]), names=list("abcdef"),
        )  # fmt: skip
        answer = fit.contrast([[0, 0, 0, -1, 1, 0]], "kenward-roger")
        assert found.estimate[trial] == pytest.approx(answer.estimate[0], abs=1e-6)
        assert found.std_error[trial] == pytest.approx(answer.std_error[0], rel=1e-4)
        assert found.df[trial] == pytest.approx(answer.df[0], rel=1e-3)


def test_slopes_within_persons_are_those_of_the_mixed_model_when_nobody_misses_a_visit():
    rng = np.random.default_rng(7)
    x = 6 + 2 * rng.standard_normal((TRIALS, len(ARM), 4)) + rng.standard_normal((TRIALS, len(ARM), 1))
    y = 0.3 * x + rng.standard_normal((TRIALS, len(ARM), 1)) + rng.standard_normal(x.shape)
    found = slope_within_persons(y, x, ARM)
    cell = np.eye(12)[(np.repeat(ARM, 4) * 4 + np.tile(np.arange(4), len(ARM)))][:, 1:]
    for trial in range(TRIALS):
        person = np.repeat(np.arange(len(ARM)), 4)
        fit = split_slopes(
            y[trial].ravel(), x[trial].ravel(), person, cell, names=[f"c{one}" for one in range(11)]
        )
        answer = fit.interval({"within": 1.0})
        assert found.estimate[trial] == pytest.approx(answer["estimate"], rel=1e-6)
        assert found.std_error[trial] == pytest.approx(answer["std_error"], rel=1e-4)
        assert found.df[trial] == pytest.approx(answer["df"], rel=1e-3)


def test_slopes_within_persons_with_gaps_are_those_of_a_dummy_for_every_person():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((1, len(ARM), 4)) + rng.standard_normal((1, len(ARM), 1))
    y = gappy(rng, 0.3 * x + rng.standard_normal((1, len(ARM), 1)) + rng.standard_normal(x.shape), 0.2)
    found = slope_within_persons(y, x, ARM)
    kept = np.isfinite(y[0].ravel())
    person = np.repeat(np.arange(len(ARM)), 4)[kept]
    cell = (np.repeat(ARM, 4) * 4 + np.tile(np.arange(4), len(ARM)))[kept]
    dummies = np.column_stack([np.eye(len(ARM))[person], np.eye(12)[cell][:, [1, 2, 3, 5, 6, 7, 9, 10, 11]]])
    dummies = dummies[:, dummies.any(axis=0)]
    design = np.column_stack([x[0].ravel()[kept], dummies])
    coefficients, residual, rank, _ = np.linalg.lstsq(design, y[0].ravel()[kept])
    df = kept.sum() - rank
    assert found.estimate[0] == pytest.approx(coefficients[0])
    assert found.df[0] == df
    error = np.sqrt(residual[0] / df * np.linalg.pinv(design.T @ design)[0, 0])
    assert found.std_error[0] == pytest.approx(error)


def test_standardised_differences_are_those_of_one_trial():
    rng = np.random.default_rng(9)
    x = gappy(rng, rng.standard_normal((TRIALS, len(ARM))), 0.05)
    better = gappy(rng, (rng.random(x.shape) < 0.4 + 0.2 * (ARM == 1)).astype(float), 0.1)
    found = standardised_difference(better, x, ARM)
    for trial in range(TRIALS):
        kept = np.isfinite(x[trial]) & np.isfinite(better[trial])
        risks = standardised_risks(
            better[trial, kept], ARM[kept], x[trial, kept, None], arm_names=list("abc"), names=["x"]
        )
        estimate, error = contrast(risks.risks, risks.covariance, [-1, 1, 0])
        assert found.estimate[trial] == pytest.approx(estimate, abs=1e-7)
        assert found.std_error[trial] == pytest.approx(error, rel=1e-5)


def test_separated_responders_have_newcombes_interval():
    better = np.zeros((1, len(ARM)))
    better[0, ARM == 1] = 1
    found = standardised_difference(better, np.random.default_rng(10).standard_normal(better.shape), ARM)
    plain = newcombe(14, 14, 0, 15)
    assert found.conf_low[0] == pytest.approx(plain.conf_low)
    assert found.conf_high[0] == pytest.approx(plain.conf_high)


@given(seed=st.integers(0, 10_000), shift=st.floats(-1e3, 1e3), factor=st.floats(0.1, 10))
@settings(max_examples=25)
def test_order_of_people_origin_and_scale_change_nothing_else(seed, shift, factor):
    rng = np.random.default_rng(seed)
    x = gappy(rng, rng.standard_normal((2, len(ARM))))
    y = gappy(rng, rng.standard_normal((2, len(ARM))))
    order = rng.permutation(len(ARM))
    plain = adjusted_difference(y, x, ARM)
    other = adjusted_difference(factor * y[:, order] + shift, x[:, order] - shift, ARM[order])
    np.testing.assert_allclose(other.estimate, factor * plain.estimate, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other.conf_low, factor * plain.conf_low, rtol=1e-6, atol=1e-9)
    swapped = adjusted_difference(y, x, ARM, compared=(0, 1))
    np.testing.assert_allclose(swapped.estimate, -plain.estimate)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_order_of_people_changes_no_slope_and_no_risk(seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(ARM))
    scores = gappy(rng, rng.standard_normal((2, len(ARM), 4)), 0.1)
    weeks = np.array([0.0, 2, 3, 7])
    exposure = rng.standard_normal(scores.shape)
    better = (scores[..., 0] > 0).astype(float)
    pairs = [
        (difference_in_rates(scores, weeks, ARM), difference_in_rates(scores[:, order], weeks, ARM[order])),
        (slope_within_persons(scores, exposure, ARM), slope_within_persons(scores[:, order], exposure[:, order], ARM[order])),
        (standardised_difference(better, exposure[..., 0], ARM), standardised_difference(better[:, order], exposure[:, order, 0], ARM[order])),
    ]  # fmt: skip
    for one, other in pairs:
        np.testing.assert_allclose(other.estimate, one.estimate, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(other.std_error, one.std_error, rtol=1e-5)
