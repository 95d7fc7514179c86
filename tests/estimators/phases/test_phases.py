"""Phases of one series against hand calculation, nlme, and simulated truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.phases import (
    LEVEL_CHANGE,
    SLOPE_CHANGE,
    integrated,
    phases,
    randomisation_test,
    rank_at_start,
    reml_series,
)
from lowback.estimators.phases.whitening import whitened

REFERENCE = Path(__file__).parents[2] / "reference" / "phases"


def series(rng: Any, people: int, days: int, memory: float, share: float = 1.0) -> Any:
    """Stationary residuals of variance 1 (person, day)."""
    state = rng.standard_normal((people, days))
    for day in range(1, days):
        state[:, day] = memory * state[:, day - 1] + np.sqrt(1 - memory**2) * state[:, day]
    return np.sqrt(share) * state + np.sqrt(1 - share) * rng.standard_normal((people, days))


def test_whitened_sums_are_those_of_the_inverse_covariance() -> None:
    """By hand: sums of squares in the metric of the residuals' correlation, written down as a matrix and inverted."""
    rng = np.random.default_rng(1)
    y, x = rng.standard_normal((1, 9)), rng.standard_normal((1, 9, 2))
    y[0, [2, 3, 7]] = np.nan
    kept = ~np.isnan(y[0])
    days = np.arange(9)[kept]
    for memory, share in ((0.7, 1.0), (0.5, 0.4), (0.0, 0.3)):
        correlation = share * memory ** np.abs(days[:, None] - days) + (1 - share) * np.eye(len(days))
        columns = np.column_stack([x[0, kept], y[0, kept]])
        found = whitened(y, x, np.array([memory]), np.array([share]))
        assert found.products[0, 0] == pytest.approx(columns.T @ np.linalg.inv(correlation) @ columns)
        assert found.log_determinant[0, 0] == pytest.approx(np.linalg.slogdet(correlation)[1])


@pytest.mark.parametrize("name", ["short", "long", "gaps", "blips"])
@pytest.mark.parametrize("model", ["step", "own slopes"])
def test_agrees_with_nlme(name: str, model: str) -> None:
    found = pd.read_csv(REFERENCE / "phases.csv")
    found = found[(found["set"] == name) & (found["model"] == model)]
    rows = pd.read_csv(REFERENCE / "series.csv")
    rows = rows[rows["set"] == name]
    scores = np.full((1, int(rows["day"].max()) + 1), np.nan)
    scores[0, rows["day"].to_numpy()] = rows["pain"].to_numpy()
    cut = phases(scores, rows["start"].to_numpy()[:1], left_out=-1, same_length=False)
    fit = reml_series(cut.outcome[0], cut.design(own_slopes=model == "own slopes")[0], blips=name == "blips")
    assert fit.coefficients == pytest.approx(found["estimate"].to_numpy(), abs=1e-5)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(found["std_error"].to_numpy(), rel=1e-5)
    assert (fit.memory, fit.share) == pytest.approx(
        (found["memory"].iloc[0], found["share"].iloc[0]), abs=1e-5
    )
    assert fit.variance**0.5 == pytest.approx(found["sd"].iloc[0], rel=1e-5)


def test_a_step_without_noise_is_found_whatever_the_slope() -> None:
    days = np.arange(40.0)
    scores = (5 - 0.05 * days - 2.0 * (days > 20))[None] + 1e-6 * np.sin(np.arange(40))
    cut = phases(scores, [20])
    found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
    assert found.estimate[0] == pytest.approx(-2, abs=1e-5)
    slopes = integrated(cut.outcome, cut.design(own_slopes=True), SLOPE_CHANGE)
    assert slopes.estimate[0] == pytest.approx(0, abs=1e-5)


def test_a_step_far_beyond_doubt_has_a_small_p_value_and_not_one_below_zero() -> None:
    noise = np.random.default_rng(10).standard_normal((40, 60))
    for fall in (-20, 20):
        cut = phases(noise + fall * (np.arange(60) > 30), np.full(40, 30))
        p_value = integrated(cut.outcome, cut.design(), LEVEL_CHANGE).p_value
        assert ((p_value > 0) & (p_value < 1e-6)).all()


def test_both_phases_are_cut_to_one_length_and_the_start_is_left_out() -> None:
    scores = np.zeros((1, 30))
    scores[0, 5] = np.nan
    cut = phases(scores, [8])
    # Before: days 0 to 6 without 5, since 7 and 8 are left out; after: 10 to 16, as far as day 0 is from day 8.
    assert np.flatnonzero(np.isfinite(cut.outcome[0])).tolist() == [0, 1, 2, 3, 4, 6, *range(10, 17)]
    assert (cut.days_off[0], cut.days_on[0]) == (6, 7)


def test_the_interval_is_that_of_a_mixture_written_out() -> None:
    """By hand: every pair's correlation as a matrix, generalised least squares by its inverse, and t distributions weighed by likelihood and prior."""
    scores = series(np.random.default_rng(9), 1, 14, 0.7)
    cut = phases(scores, [7], left_out=0)
    kept = np.isfinite(cut.outcome[0])
    y, x, days = cut.outcome[0, kept], cut.design()[0, kept], np.flatnonzero(kept)
    df = len(y) - 3
    weights, centres, errors = [], [], []
    for memory in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 0.98):
        for share in (0.25, 0.5, 0.75, 1.0):
            apart = np.abs(days[:, None] - days)
            r = np.where(apart == 0, 1.0, share * float(memory) ** apart)
            inner = np.linalg.inv(x.T @ np.linalg.inv(r) @ x)
            b = inner @ x.T @ np.linalg.inv(r) @ y
            squares = (y - x @ b) @ np.linalg.inv(r) @ (y - x @ b)
            likelihood = (np.linalg.det(inner) / np.linalg.det(r)) ** 0.5 * squares ** (-df / 2)
            weights.append(likelihood * share**5 / (1 - memory))
            centres.append(b[2])
            errors.append((squares / df * inner[2, 2]) ** 0.5)
    found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
    for bound, share in ((found.conf_low[0], 0.025), (found.conf_high[0], 0.975)):
        below = stats.t.cdf((bound - np.array(centres)) / errors, df)
        assert np.average(below, weights=weights) == pytest.approx(share, abs=1e-9)
    assert found.estimate[0] == pytest.approx(np.average(centres, weights=weights))


def covered(days: int, memory: float, *, own_slopes: bool = False) -> float:
    """The share of 500 diaries in which nothing changed whose interval of the change in level (or slope) says so."""
    scores = series(np.random.default_rng([days, 7]), 500, days, memory)
    cut = phases(scores, np.full(500, days // 2), left_out=0)
    wanted = SLOPE_CHANGE if own_slopes else LEVEL_CHANGE
    found = integrated(cut.outcome, cut.design(own_slopes=own_slopes), wanted)
    return float(np.mean((found.conf_low < 0) & (found.conf_high > 0)))


@pytest.mark.parametrize(
    ("days", "memory"), [(11, 0.8), (14, 0.0), (14, 0.6), (14, 0.8), (28, 0.6), (28, 0.8), (84, 0.4)]
)
def test_intervals_cover_in_short_series_with_memory(days: int, memory: float) -> None:
    # 95 % of 500 less 2.6 standard errors.
    assert covered(days, memory) >= 0.925
    assert covered(days, memory, own_slopes=True) >= 0.925


def test_a_course_that_wanders_for_months_is_no_change_in_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covered(84, 0.97, own_slopes=True) >= 0.925
    # Negative control: the same diaries with no memory beyond 0.9 thought possible.
    monkeypatch.setattr("lowback.estimators.phases.fit.MEMORIES", np.arange(10) / 10)
    assert covered(84, 0.97, own_slopes=True) < 0.87


def test_even_weights_of_the_lasting_share_cover_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the same diaries without the lean to residuals that last."""
    leaning = covered(14, 0.8)
    monkeypatch.setattr("lowback.estimators.phases.fit.LEAN_TO_LASTING", 0)
    assert covered(14, 0.8) < min(leaning - 0.02, 0.925)


def test_days_taken_for_independent_are_too_sure() -> None:
    """Negative control: least squares with a t interval, as if every day told as much as a new person."""
    scores = series(np.random.default_rng(2), 200, 28, 0.8)
    cut = phases(scores, np.full(200, 14), left_out=0)
    covered = 0
    for y, x in zip(cut.outcome, cut.design(), strict=True):
        seen = np.isfinite(y)
        inverse = np.linalg.inv(x[seen].T @ x[seen])
        b = inverse @ x[seen].T @ y[seen]
        error = np.sqrt(((y[seen] - x[seen] @ b) ** 2).sum() / (seen.sum() - 3) * inverse[2, 2])
        covered += abs(b[2]) < stats.t.ppf(0.975, seen.sum() - 3) * error
    assert covered < 0.75 * 200


def test_a_change_taken_up_at_the_worst_day_is_not_taken_for_relief() -> None:
    """Regression to the mean: week before against week after shows relief in everybody, the step shows none."""
    rng = np.random.default_rng(3)
    for memory in (0.3, 0.8):
        scores = series(rng, 256, 84, memory)
        start = 21 + scores[:, 21:63].argmax(axis=1)
        cut = phases(scores, start)
        found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
        error = found.estimate.std(ddof=1) / 16
        assert abs(found.estimate.mean()) < 2.6 * error
        assert np.mean(found.conf_high < 0) <= 0.05
        naive = [
            scores[at, day + 1 : day + 8].mean() - scores[at, day - 3 : day + 1].mean()
            for at, day in enumerate(start)
        ]
        assert np.mean(naive) < -0.4
        assert rank_at_start(scores, start).mean() > 0.95


def test_the_rank_of_a_start_counts_days_below_it_and_half_of_ties() -> None:
    # By hand: lines 3 before and 1 after leave -1, 1, 0 | 0, -1, 1; the start at 3.5 leaves 0.5, above 4 of 6.
    scores = np.array([[2.0, 4, 3, 3.5, 1, 0, 2, np.nan]])
    weeks = np.array([-3, -2, -1, 1, 2, 3]) / 7
    residuals = scores[0, [0, 1, 2, 4, 5, 6]]
    x = np.column_stack([np.ones(6), weeks, weeks > 0])
    lines = np.linalg.lstsq(x, residuals, rcond=None)[0]
    expected = np.mean(residuals - x @ lines < 3.5 - lines[0])
    assert rank_at_start(scores, [3]) == pytest.approx([expected])
    assert rank_at_start(np.full((1, 9), 2.0), [4]) == pytest.approx([0.5])
    assert np.isnan(rank_at_start(scores, [7])).all()
    assert np.isnan(rank_at_start(scores, [1.5])).all()


def test_a_real_fall_after_a_start_drawn_by_lot_is_no_sign_of_a_bad_day() -> None:
    rng = np.random.default_rng(8)
    start = rng.integers(21, 63, 400)
    scores = series(rng, 400, 84, 0.5) - 3 * (np.arange(84) > start[:, None])
    assert rank_at_start(scores, start).mean() == pytest.approx(0.5, abs=2.6 * (1 / 12 / 400) ** 0.5)


def test_the_randomisation_test_counts_possible_starts() -> None:
    """By hand: a step as large as 10 at the day drawn is larger than at any other of 9 days, so p is 1 / 9."""
    rng = np.random.default_rng(4)
    scores = (rng.standard_normal(30) * 0.1 + 10 * (np.arange(30) > 15))[None]
    found = randomisation_test(scores, [15], np.arange(11, 20), seed=1)
    assert found.own[0] == pytest.approx(1 / 9)
    assert found.possible == 9


def test_the_randomisation_test_keeps_its_level_whatever_the_memory() -> None:
    rng = np.random.default_rng(5)
    possible = np.arange(14, 42)
    p_values, own = [], []
    for seed in range(40):
        scores = series(rng, 12, 56, 0.9)
        found = randomisation_test(scores, rng.choice(possible, 12), possible, seed=seed)
        p_values.append(found.together)
        own += found.own.tolist()
    assert np.mean(np.array(p_values) < 0.05) <= 0.12
    assert np.mean(np.array(own) <= 0.05) <= 0.065


def test_a_start_that_could_not_be_drawn_is_refused() -> None:
    with pytest.raises(
        NotEstimable, match=r"start on day 3; allowed: a day from which starts were drawn \(5 to 9\)"
    ):
        randomisation_test(np.zeros((1, 20)), [3], np.arange(5, 10), seed=1)


def test_series_with_too_few_days_tell_nothing() -> None:
    scores = np.full((2, 20), np.nan)
    scores[0, [1, 2, 15]] = 1.0
    scores[1] = np.random.default_rng(6).standard_normal(20)
    cut = phases(scores, [8, 8])
    found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
    assert np.isnan(found.estimate[0])
    assert np.isfinite(found.estimate[1])
    with pytest.raises(NotEstimable, match="do not tell"):
        reml_series(cut.outcome[0], cut.design()[0])


@settings(max_examples=8)
@given(shift=st.floats(-50, 50), factor=st.floats(0.1, 20), trend=st.floats(-1, 1))
def test_a_step_follows_the_unit_and_ignores_level_and_trend(
    shift: float, factor: float, trend: float
) -> None:
    scores = series(np.random.default_rng(7), 2, 40, 0.5)
    moved = shift + trend * np.arange(40) + factor * scores
    one, other = (
        integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
        for cut in (phases(scores, [18, 22]), phases(moved, [18, 22]))
    )
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert getattr(other, name) == pytest.approx(factor * getattr(one, name), rel=1e-6, abs=1e-6)
    assert other.p_value == pytest.approx(one.p_value, abs=1e-8)


def test_many_sums_of_one_series_are_those_of_the_series_repeated() -> None:
    rng = np.random.default_rng(8)
    y, x = rng.normal(size=(1, 50)).round(1), np.stack([np.ones(50), np.arange(50) / 7], axis=-1)[None]
    wanted = rng.normal(size=(6, 2))
    once = integrated(y, x, wanted, least_sd=0.03)
    again = integrated(np.repeat(y, 6, axis=0), np.repeat(x, 6, axis=0), wanted, least_sd=0.03)
    for name, values in vars(once).items():
        assert values == pytest.approx(getattr(again, name), rel=1e-10), name
    assert once.residual_sd.shape == (6,)
