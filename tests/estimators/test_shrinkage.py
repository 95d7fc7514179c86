"""Subgroup effects drawn towards each other: the two limits by hand, an integral done another way, and what was true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.shrinkage import shrunken


def test_subgroups_that_cannot_differ_share_the_pooled_effect():
    # By hand: weights 1/1 and 1/4 give (0 * 1 + 2 * 0.25) / 1.25 = 0.4, with variance 1 / 1.25.
    found = shrunken([0.0, 2.0], np.diag([1.0, 4.0]), between_scale=1e-6)
    assert found.estimate == pytest.approx([0.4, 0.4], abs=1e-5)
    assert found.std_error == pytest.approx(np.sqrt([0.8, 0.8]), rel=1e-5)
    assert found.conf_low == pytest.approx(0.4 - 1.959964 * np.sqrt([0.8, 0.8]), abs=1e-4)


def test_subgroups_that_may_differ_without_end_keep_their_own_effects():
    found = shrunken([0.0, 2.0, -1.0], np.diag([0.01, 0.04, 0.01]), between_scale=1e3)
    assert found.estimate == pytest.approx([0.0, 2.0, -1.0], abs=0.02)
    assert found.std_error == pytest.approx([0.1, 0.2, 0.1], rel=0.02)


def test_agrees_with_draws_from_the_posterior():
    effects, covariance = (
        np.array([-1.2, 0.1, -0.4]),
        np.array([[0.2, 0.05, 0], [0.05, 0.3, 0], [0, 0, 0.15]]),
    )
    # Importance sampling from the prior of the SD and a wide common mean, then the conjugate normal draw.
    rng = np.random.default_rng(1)
    taus, means = np.abs(rng.normal(0, 0.5, 40_000)), rng.normal(-0.5, 3, 40_000)
    marginal = covariance + taus[:, None, None] ** 2 * np.eye(3)
    left = effects - means[:, None]
    solved = np.linalg.solve(marginal, left[..., None])[..., 0]
    logs = -0.5 * (np.linalg.slogdet(marginal)[1] + (left * solved).sum(axis=1))
    weights = np.exp(logs - logs.max()) / stats.norm.pdf(means, -0.5, 3)
    posterior = (effects - solved @ covariance) * weights[:, None]
    found = shrunken(effects, covariance, between_scale=0.5)
    assert found.estimate == pytest.approx(posterior.sum(axis=0) / weights.sum(), abs=0.02)


def test_intervals_cover_effects_that_differ_as_the_prior_says():
    rng, errors = np.random.default_rng(2), np.array([0.4, 0.6, 0.8, 0.5])
    covered = 0
    for _ in range(250):
        true = rng.normal(0.3, abs(rng.normal(0, 0.8)), 4)
        found = shrunken(true + rng.normal(0, errors), np.diag(errors**2), between_scale=0.8)
        covered += int(((found.conf_low <= true) & (true <= found.conf_high)).sum())
    assert 0.925 < covered / 1000 < 0.975


def test_the_largest_of_subgroups_alike_is_not_taken_at_its_word():
    rng = np.random.default_rng(3)
    naive, drawn = [], []
    for _ in range(100):
        seen = rng.normal(0, 0.5, 6)
        best = int(seen.argmax())
        naive.append(seen[best])
        drawn.append(shrunken(seen, 0.25 * np.eye(6), between_scale=0.5).estimate[best])
    assert np.mean(naive) > 0.5
    assert abs(np.mean(drawn)) < 0.5 * np.mean(naive)


@settings(max_examples=10)
@given(st.permutations(range(4)))
def test_the_order_of_subgroups_says_nothing(order):
    effects, covariance = np.array([0.3, -0.2, 1.1, 0.0]), np.diag([0.2, 0.1, 0.4, 0.3])
    straight = shrunken(effects, covariance, 0.5)
    mixed = shrunken(effects[order], covariance[np.ix_(order, order)], 0.5)
    assert mixed.estimate == pytest.approx(straight.estimate[order])
    assert mixed.conf_high == pytest.approx(straight.conf_high[order])


@pytest.mark.parametrize(
    ("effects", "covariance", "scale", "says"),
    [
        ([1.0], [[1.0]], 1.0, "two or more"),
        ([1.0, 2.0], [[1.0]], 1.0, "shape"),
        ([1.0, 2.0], np.zeros((2, 2)), 1.0, "positive definite"),
        ([1.0, 2.0], np.eye(2), 0.0, "above 0"),
    ],
)
def test_refuses_what_cannot_be_shrunk(effects, covariance, scale, says):
    with pytest.raises(NotEstimable, match=says):
        shrunken(effects, covariance, scale)
