"""A cause in common against handing on: the likelihood by dense densities, and which story the comparison tells where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from irregular import irregular_rows
from scipy import stats

from lowback.estimators.lead.common_cause import CommonCause, common_cause_of, handing_on
from lowback.estimators.lead.diaries import diaries
from lowback.estimators.lead.fit import fit_lead
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import Bounds

BOUNDS = Bounds(0.01, 4.0)
POINT = np.array([0.3, -0.2, 0.8, 0.1, 0.6, -0.4, -0.5, 0.9, 0.2, 0.4])
PEOPLE, DAYS = 60, 60


def some_diaries():
    person, moment, values = irregular_rows()
    return diaries(person, moment, *values, "own level")


def dense_log_likelihood(series, at, latent: CommonCause, night):
    """The restricted density of a person's values, their covariance summed from the three processes."""
    there = series.known[:, :, at].any(axis=0)
    gaps = series.gap[there, at]
    time = np.cumsum(
        np.where(np.arange(there.sum()) == 0, 0.0, series.gaps[gaps] + night * series.nights[gaps])
    )
    apart = np.abs(time[:, None] - time[None, :])
    common, first, second = (np.exp(-rate * apart) for rate in latent.rates)
    shared, own = latent.sd * latent.common, latent.sd * np.sqrt(1 - latent.common**2)
    error = [np.eye(len(time)) * one**2 for one in latent.error]
    crossed = shared[0] * shared[1] * common
    covariance = np.block(
        [
            [shared[0] ** 2 * common + own[0] ** 2 * first + error[0], crossed],
            [crossed, shared[1] ** 2 * common + own[1] ** 2 * second + error[1]],
        ]
    )
    known = series.known[:, there, at].ravel()
    levels = np.kron(np.eye(2), np.ones((len(time), 1)))[known]
    contrasts = np.linalg.svd(levels.T)[2][2:]
    # Harville's constant: the levels' columns are not of length 1.
    constant = -np.linalg.slogdet(levels.T @ levels)[1] / 2
    values = contrasts @ series.values[:, there, at].ravel()[known]
    spread = contrasts @ covariance[np.ix_(known, known)] @ contrasts.T
    return stats.multivariate_normal.logpdf(values, cov=spread) + constant


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_its_likelihood_is_the_dense_one(way):
    series = some_diaries()
    model = Model(series, BOUNDS, True)
    points = POINT[:, None]
    latent = common_cause_of(POINT, BOUNDS, way)
    found = model.log_likelihoods_of(common_cause_of(points[:, :, None], BOUNDS, way), points)[0]
    night = float(model.night(POINT))
    expected = [dense_log_likelihood(series, at, latent, night) for at in range(4)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_with_nothing_in_common_it_is_the_process_without_cross_effects():
    series = some_diaries()
    model = Model(series, BOUNDS)
    alone = np.array([0.3, -0.2, 0.8, 0.1, 0.0, 0.9, 0.0, 0.2, 0.0])
    apart = np.array([0.3, -0.2, 0.8, 0.1, -40.0, -40.0, 0.0, 0.9, 0.2])[:, None]
    found = model.log_likelihoods_of(common_cause_of(apart[:, :, None], BOUNDS, 1.0), apart)
    np.testing.assert_allclose(found, model.log_likelihoods(alone[:, None]), rtol=1e-10)


def two_series_of(first, second, rng, error=0.5):
    """Recorded with errors once a day, a fifth missing."""
    values = np.stack([first, second]) + error * rng.standard_normal((2, PEOPLE, DAYS))
    values[rng.random(values.shape) < 0.2] = np.nan
    person, day = np.meshgrid(np.arange(PEOPLE), np.arange(DAYS), indexing="ij")
    return diaries(person.ravel(), day.ravel().astype(float), *values.reshape(2, -1), "own level")


def both_hand_on(seed, share=0.3):
    rng = np.random.default_rng(seed)
    carried = np.array([[0.4, share], [share, 0.4]])
    x = np.zeros((2, PEOPLE, DAYS))
    for t in range(1, DAYS):
        x[:, :, t] = carried @ x[:, :, t - 1] + rng.standard_normal((2, PEOPLE))
    return two_series_of(*x, rng)


def one_cause_of_both(seed, memory=0.9, own=0.5):
    """A slow cause of both, and quicker ups and downs of each."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, PEOPLE, DAYS))
    kept = np.array([memory, own, own])[:, None]
    for t in range(1, DAYS):
        x[:, :, t] = kept * x[:, :, t - 1] + np.sqrt(1 - kept**2) * x[:, :, t]
    return two_series_of(x[0] + x[1], x[0] + x[2], rng, 0.2)


def test_series_that_hand_on_are_told_from_a_cause_in_common():
    for seed in range(3):
        found = handing_on(fit_lead(both_hand_on(seed)))
        assert found.estimate > 0
        assert found.p_value < 0.05


def test_a_cause_in_common_is_not_taken_for_handing_on_though_cross_effects_are_found():
    said = []
    for seed in range(4):
        fit = fit_lead(one_cause_of_both(seed))
        effect = fit.estimated(lambda process, days: process.effects(days)[1, 0], 1.0)
        assert effect.interval()[0] > 0, "the cross-effect alone is fooled"
        said.append(handing_on(fit))
    assert not any(one.estimate > 0 and one.p_value < 0.05 for one in said)
    assert any(one.estimate < 0 and one.p_value < 0.05 for one in said)
