"""The process, the filter and the likelihood, against dense densities, matrix exponentials and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from irregular import irregular_rows as rows
from scipy import linalg, stats
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from lowback.estimators import NotEstimable
from lowback.estimators.lead.diaries import Diaries, diaries
from lowback.estimators.lead.filtering import filtered
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import Bounds, process_of

BOUNDS = Bounds(0.01, 4.0)
POINT = np.array([0.3, -0.2, 0.8, 0.1, 0.4, 0.9, -0.5, 1.3, 0.11])


def dense(series: Diaries, model: Model, point, at):
    """A person's values, their covariance under the process, and the columns of level and line, written out."""
    process, night = process_of(point[:9], model.bounds), float(model.night(point))
    there = series.known[:, :, at].any(axis=0)
    days = series.gaps[series.gap[there, at]] + night * series.nights[series.gap[there, at]]
    time = np.cumsum(np.where(np.arange(len(days)) == 0, 0.0, days))
    l11, l21, l22 = process.loadings
    lower = np.array([[l11, 0], [l21, l22]])
    s11, s12, s22 = process.rates
    drift = -np.array([[s11, s12], [s12, s22]]) + process.turn * np.array([[0, -1], [1, 0]])
    n = len(time)
    covariance = np.zeros((2, n, 2, n))
    for i in range(n):
        for j in range(n):
            carried = linalg.expm(drift * abs(time[i] - time[j]))
            carried = carried if time[i] >= time[j] else carried.T
            covariance[:, i, :, j] = lower @ carried @ lower.T
        covariance[[0, 1], i, [0, 1], i] += process.error**2
    known = series.known[:, there, at].ravel()
    values = series.values[:, there, at].ravel()[known]
    columns = series.columns[:, 1:, there, at].transpose(0, 2, 1).reshape(2 * n, -1)[known]
    return values, covariance.reshape(2 * n, 2 * n)[np.ix_(known, known)], columns


@pytest.mark.parametrize("free_night", [False, True])
@pytest.mark.parametrize("level", ["own line", "own level"])
def test_the_restricted_likelihood_is_the_dense_one(level, free_night):
    person, moment, values = rows()
    series = diaries(person, moment, *values, level)
    model = Model(series, BOUNDS, free_night)
    point = np.append(POINT, 0.4) if free_night else POINT
    found = model.log_likelihoods(point[:, None])[0]
    for at in range(len(series.people)):
        y, v, z = dense(series, model, point, at)
        inverse = np.linalg.inv(v)
        within = z.T @ inverse @ z
        contrast = inverse - inverse @ z @ np.linalg.inv(within) @ z.T @ inverse
        expected = -0.5 * (
            np.linalg.slogdet(v)[1]
            + np.linalg.slogdet(within)[1]
            + y @ contrast @ y
            + (len(y) - z.shape[1]) * np.log(2 * np.pi)
        )
        assert found[at] == pytest.approx(expected, rel=1e-9)


def test_the_likelihood_with_random_levels_is_the_dense_one_at_the_best_means():
    person, moment, values = rows(seed=2, people=6)
    series = diaries(person, moment, *values, "random level")
    model = Model(series, BOUNDS)
    point = np.concatenate([POINT, [0.2, -0.4, 0.3]])
    sds, correlation = np.exp(point[9:11]), 0.98 * np.tanh(0.3)
    spread = np.outer(sds, sds) * np.array([[1, correlation], [correlation, 1]])
    parts = [dense(series, model, point, at) for at in range(6)]
    marginal = [(y, v + z @ spread @ z.T, z) for y, v, z in parts]
    weights = sum(z.T @ np.linalg.inv(v) @ z for _, v, z in marginal)
    mean = np.linalg.solve(weights, sum(z.T @ np.linalg.inv(v) @ y for y, v, z in marginal))
    expected = [stats.multivariate_normal(z @ mean, v).logpdf(y) for y, v, z in marginal]
    assert model.log_likelihoods(point[:, None])[0] == pytest.approx(expected, rel=1e-9)


def test_the_filter_agrees_with_statsmodels():
    rng = np.random.default_rng(5)
    values = rng.standard_normal((2, 40))
    values[0, [3, 4, 11]], values[1, [4, 5, 30]] = np.nan, np.nan
    kept = ~np.isnan(values).all(axis=0)
    series = diaries(np.zeros(40), np.arange(40.0), *values, "own level")
    process = process_of(POINT[:, None, None], BOUNDS)
    found = filtered(series, process, np.zeros((1, 1)))
    one = process_of(POINT, BOUNDS)
    s11, s12, s22 = one.rates
    carried = linalg.expm(-np.array([[s11, s12], [s12, s22]]) + one.turn * np.array([[0, -1], [1, 0]]))
    l11, l21, l22 = one.loadings
    other = KalmanFilter(k_endog=2, k_states=2)
    other.bind(np.ascontiguousarray(values.T))
    other["design"], other["obs_cov"] = np.array([[l11, 0], [l21, l22]]), np.diag(one.error**2)
    other["transition"], other["selection"] = carried, np.eye(2)
    other["state_cov"] = np.eye(2) - carried @ carried.T
    other.initialize_known(np.zeros(2), np.eye(2))
    count = (~np.isnan(values)).sum()
    mine = -(found.log_variances + found.products[..., 0, 0] + count * np.log(2 * np.pi)) / 2
    assert kept.sum() == 39
    assert mine[0, 0] == pytest.approx(float(np.sum(other.loglike())), rel=1e-10)


def test_many_people_and_points_at_once_are_the_same_as_one_by_one(monkeypatch):
    person, moment, values = rows(people=7)
    series = diaries(person, moment, *values)
    points = POINT[:, None] + np.linspace(-0.2, 0.2, 5)
    together = Model(series, BOUNDS).log_likelihoods(points)
    monkeypatch.setattr("lowback.estimators.lead.filtering.AT_ONCE", 3)
    assert Model(series, BOUNDS).log_likelihoods(points) == pytest.approx(together, rel=1e-12)


@pytest.mark.parametrize("turn", [-3.0, 0.0, 0.2, 5.0])
def test_what_is_carried_over_is_the_matrix_exponential(turn):
    point = POINT.copy()
    point[8] = turn
    process = process_of(point, BOUNDS)
    s11, s12, s22 = process.rates
    drift = -np.array([[s11, s12], [s12, s22]]) + process.turn * np.array([[0, -1], [1, 0]])
    for days in (0.0, 0.01, 0.5, 7.0):
        assert process.carried(np.array(days)).reshape(2, 2) == pytest.approx(
            linalg.expm(drift * days), abs=1e-10
        )
    l11, l21, l22 = process.loadings
    lower = np.array([[l11, 0], [l21, l22]])
    effects = lower @ linalg.expm(drift * 2) @ np.linalg.inv(lower)
    assert process.effects(2.0) == pytest.approx(effects, abs=1e-10)
    correlations = lower @ linalg.expm(drift * 2) @ lower.T / np.outer(process.sd, process.sd)
    assert process.lagged_correlations(2.0) == pytest.approx(
        (correlations[1, 0], correlations[0, 1]), abs=1e-10
    )
    assert process.autocorrelations(2.0) == pytest.approx(np.diag(correlations), abs=1e-10)


def test_rates_stay_within_their_bounds_and_are_smooth_where_they_are_equal():
    rng = np.random.default_rng(0)
    points = np.repeat(POINT[:, None], 200, axis=1)
    points[5:8] = 6 * rng.standard_normal((3, 200))
    s11, s12, s22 = process_of(points, BOUNDS).rates
    matrices = np.moveaxis(np.array([[s11, s12], [s12, s22]]), 2, 0)
    values = np.linalg.eigvalsh(matrices)
    assert values.min() >= BOUNDS.slowest - 1e-9
    assert values.max() <= BOUNDS.fastest + 1e-9
    equal = POINT.copy()
    equal[5:8] = [0.7, 0.0, 0.7]
    nearly = equal.copy()
    nearly[6] = 3e-7
    assert process_of(equal, BOUNDS).rates == pytest.approx(process_of(nearly, BOUNDS).rates, abs=1e-6)


def test_reversing_every_diary_changes_the_sign_of_the_turn_and_nothing_else():
    person, moment, values = rows(people=5)
    ahead = Model(diaries(person, moment, *values), BOUNDS)
    behind = Model(diaries(person, 20.0 - moment, *values), BOUNDS)
    reversed_turn = POINT.copy()
    reversed_turn[8] = -POINT[8]
    assert behind.log_likelihoods(reversed_turn[:, None]) == pytest.approx(
        ahead.log_likelihoods(POINT[:, None]), rel=1e-9
    )


def test_a_night_counts_as_its_hours_and_the_days_added_to_them():
    moment = np.array([0.3, 0.8, 1.3, 1.8, 2.3, 2.8, 3.8])
    rng = np.random.default_rng(4)
    values = rng.standard_normal((2, 7))
    model = Model(diaries(np.zeros(7), moment, *values, "own level"), BOUNDS, free_night=True)
    figure = 0.6
    later = float(model.night(np.append(POINT, figure)))
    assert later == pytest.approx(0.5 * (np.exp(figure) - 1))
    stretched = Model(diaries(np.zeros(7), moment + later * np.floor(moment), *values, "own level"), BOUNDS)
    point = np.append(POINT, figure)
    assert model.log_likelihoods(point[:, None]) == pytest.approx(
        stretched.log_likelihoods(POINT[:, None]), rel=1e-6
    )


def test_a_moment_that_stands_twice_is_refused():
    with pytest.raises(NotEstimable, match="a moment of a person stands twice"):
        diaries([1, 1, 1], [0.0, 1.0, 1.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "random level")


def test_people_with_too_few_values_are_left_out_and_counted():
    person, moment, values = rows(people=3)
    values[1, person == 2] = np.nan
    series = diaries(person + 10, moment, *values)
    assert series.people.tolist() == [10, 11]
    assert series.left_out == 1
    with pytest.raises(NotEstimable, match="nobody has 4 values of each series"):
        diaries([1, 1], [0.0, 1.0], [1.0, 2.0], [1.0, 2.0])
