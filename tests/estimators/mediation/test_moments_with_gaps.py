"""Moments with gaps and people drawn again."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import (
    ErrorVariance,
    Percentiles,
    Roles,
    Share,
    decomposed,
    normal_fit,
    pair_sums,
    resampled_means,
)
from lowback.estimators.mediation.errors import corrected

NAMES = ("arm", "before", "early", "tilt", "pain")
PARTS = Roles(0, (1,), (), (3,), 4)


def trial(seed: int, n: int = 160, *, gaps: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    arm = np.tile([0.0, 1.0], n // 2)
    before = rng.normal(size=n)
    early = 0.5 * before + rng.normal(size=n)
    tilt = arm + 0.4 * before + rng.normal(size=n)
    pain = 0.6 * tilt + 0.5 * early - arm + rng.normal(size=n)
    values = np.column_stack([arm, before, early, tilt, pain])
    if gaps:
        leaves = rng.random(n) < 1 / (1 + np.exp(1.2 - 1.5 * early))
        values[leaves, 3:] = np.nan
        values[rng.random(n) < 0.05, 2] = np.nan
    return values


def test_without_gaps_moments_and_resampled_moments_are_the_plain_ones():
    values = trial(1, gaps=False)
    fit = normal_fit(values, NAMES)
    assert fit.moments.covariance == pytest.approx(np.cov(values.T, bias=True))
    chosen = np.random.default_rng(2).integers(len(values), size=len(values))
    again = fit.moments_of(fit.shares[chosen].mean(axis=0))
    assert again.covariance == pytest.approx(np.cov(values[chosen].T, bias=True))
    assert again.mean == pytest.approx(values[chosen].mean(axis=0))


def test_with_gaps_people_drawn_again_give_what_a_new_fit_to_them_gives():
    values, rng = trial(3), np.random.default_rng(4)
    fit = normal_fit(values, NAMES)
    short, full = [], []
    for _ in range(60):
        chosen = rng.integers(len(values), size=len(values))
        short.append(decomposed(fit.moments_of(fit.shares[chosen].mean(axis=0)).covariance, PARTS).indirect)
        full.append(decomposed(normal_fit(values[chosen], NAMES).moments.covariance, PARTS).indirect)
    assert np.corrcoef(short, full)[0, 1] > 0.99
    assert np.std(short) == pytest.approx(np.std(full), rel=0.05)


def test_drop_out_that_depends_on_what_was_seen_does_not_bias_though_complete_people_would():
    full, complete = [], []
    for seed in range(40):
        values = trial(seed, 1000)
        full.append(float(decomposed(normal_fit(values, NAMES).moments.covariance, PARTS).total))
        kept = values[np.isfinite(values).all(axis=1)]
        arm = kept[:, 0] == 1
        complete.append(kept[:, 4].mean())
        assert arm.any()
    assert np.mean(full) == pytest.approx(-0.4, abs=2.6 * np.std(full) / np.sqrt(40))
    # Those who stay have less early pain, so that their mean is not that of everybody (0.3 - 0.5 + 0 = -0.2).
    assert abs(np.mean(complete) + 0.2) > 0.1


def test_resampling_keeps_the_arms_and_the_seed_decides():
    shares = np.column_stack([np.ones(30), np.arange(30) < 10])
    arm = (np.arange(30) >= 10).astype(np.intp)
    means = resampled_means(shares, arm, 50, seed=1)
    assert means[:, 1] == pytest.approx(1 / 3)
    assert np.array_equal(means, resampled_means(shares, arm, 50, seed=1))


def test_a_column_that_depends_on_others_is_named():
    values = trial(1, gaps=False)
    values[:, 2] = 2 * values[:, 1]
    with pytest.raises(NotEstimable, match="early is a combination"):
        normal_fit(values, NAMES)


def test_a_column_that_does_not_vary_is_named():
    values = trial(1, gaps=False)
    values[:, 3] = 5.0
    with pytest.raises(NotEstimable, match="tilt does not vary"):
        normal_fit(values, NAMES)


def test_the_error_variance_of_pairs_is_half_the_variance_of_their_difference():
    # Differences 1, -1, 3, 1 (one pair has a gap): mean 1, variance 2 (divisor 4), half of it 1.
    first = np.array([[1.0, 2.0], [5.0, 4.0], [7.0, np.nan]])
    second = np.array([[0.0, 3.0], [2.0, 3.0], [7.0, 1.0]])
    sums = pair_sums(first, second)[:2]
    found = ErrorVariance((0,), pairs=sums).of(np.eye(1))
    assert found == pytest.approx(1.0)
    assert ErrorVariance((0,), pairs=sums, share=0.5).of(np.eye(1)) == pytest.approx(0.5)


def test_a_reliability_is_of_the_variance_of_its_reference():
    covariance = np.diag([4.0, 9.0])
    assert ErrorVariance((0,), reliability=0.8, reference=1).of(covariance) == pytest.approx(1.8)


def test_an_error_variance_that_reaches_the_observed_leaves_nothing():
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert np.isnan(corrected(covariance, [((0,), np.array(1.75))], [0, 1])).all()
    assert np.isfinite(corrected(covariance, [((0,), np.array(1.7))], [0, 1])).all()


def test_expanded_percentiles_are_wider_than_plain_ones_and_few_people_are_refused():
    draws = np.random.default_rng(1).normal(size=4000)
    low, high = Percentiles(30, 10).interval(draws, 0.0)
    assert low < np.quantile(draws, 0.025)
    assert high > np.quantile(draws, 0.975)
    assert Percentiles(10**6, 10).tail() == pytest.approx(0.025, rel=1e-3)
    with pytest.raises(NotEstimable, match="8 people for 6 coefficients"):
        Percentiles(8, 6)


def test_draws_that_cannot_be_had_count_as_beyond_either_end_and_too_many_are_refused():
    draws = np.linspace(-1, 1, 1000)
    draws[:10] = np.nan
    low, high = Percentiles(10**6, 5).interval(draws, 0.0)
    assert low < np.nanquantile(draws, 0.025)
    assert high > np.nanquantile(draws, 0.975)
    draws[:100] = np.nan
    with pytest.raises(NotEstimable, match="10.00 % of the resampled"):
        Percentiles(10**6, 5).interval(draws, 0.0)


def test_a_share_has_fiellers_interval():
    # Fieller 1954: the shares s with (part - s whole)^2 <= 1.96^2 (va - 2 s vab + s^2 vb), by the quadratic formula.
    rng = np.random.default_rng(2)
    part, whole, va, vb, vab = -1.0, -2.0, 0.09, 0.16, 0.06
    draws = rng.multivariate_normal([part, whole], [[va, vab], [vab, vb]], size=200_000)
    share = Share(part, whole, draws[:, 0], draws[:, 1], Percentiles(10**7, 5))
    z2 = 1.959964**2
    a, b, c = whole**2 - z2 * vb, -2 * (part * whole - z2 * vab), part**2 - z2 * va
    root = np.sqrt(b**2 - 4 * a * c)
    assert share.is_clear
    assert share.estimate == 0.5
    assert share.interval() == pytest.approx(((-b - root) / (2 * a), (-b + root) / (2 * a)), abs=0.01)


def test_a_share_of_a_whole_that_may_be_nil_is_not_clear():
    draws = np.random.default_rng(3).normal(size=(2, 2000))
    assert not Share(1.0, 0.5, draws[0] + 1, draws[1] + 0.5, Percentiles(1000, 5)).is_clear
