"""What is taken up, stopped and taken up again, against hand calculation, nlme, and simulated truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.phases import (
    LEVEL_CHANGE,
    STAYED,
    STOPPED,
    TAKEN_UP,
    chance_of_places,
    integrated,
    phases,
    randomisation_test,
    reml_series,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "phases"
DESIGNS = {"ABA": [14, 35], "ABAB": [15, 33, 60], "ABBA": [14, 42], "BAB": [0, 14, 28]}
# Orders of four blocks of 14 days, two on and two off, as the days of their changes.
ORDERS = {"ABBA": [14, 42], "ABAB": [14, 28, 42], "BAAB": [0, 14, 42], "BABA": [0, 14, 28, 42], "AABB": [28], "BBAA": [0, 28]}  # fmt: skip


def padded(rows: Any) -> Any:
    width = max(len(row) for row in rows)
    return np.array([[*row, *[np.nan] * (width - len(row))] for row in rows], dtype=float)


def series(rng: Any, people: int, days: int, memory: float) -> Any:
    """Stationary residuals of variance 1 (person, day)."""
    state = rng.standard_normal((people, days))
    for day in range(1, days):
        state[:, day] = memory * state[:, day - 1] + np.sqrt(1 - memory**2) * state[:, day]
    return state


def thirds(days: int, changes: int) -> Any:
    """Changes that cut the days into phases of one length."""
    return np.arange(1, changes + 1) * days // (changes + 1)


def is_on(days: int, changes: Any) -> Any:
    return (np.arange(days)[:, None] > np.asarray(changes)).sum(axis=1) % 2


def series_of_r(name: str) -> Any:
    rows = pd.read_csv(REFERENCE / "reversal_series.csv")
    rows = rows[rows["set"] == name]
    scores = np.full((1, int(rows["day"].max()) + 1), np.nan)
    scores[0, rows["day"].to_numpy()] = rows["pain"].to_numpy()
    return scores


def test_days_are_told_apart_by_the_changes_before_them() -> None:
    # By hand: changes on days 3 and 6 of nine; they are left out, and days 7 and 8 are off again.
    cut = phases(np.arange(9.0)[None], [[3, 6]], left_out=0, same_length=False)
    assert cut.phase[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2]
    assert cut.in_phase.tolist() == [[3, 2, 2]]
    assert (cut.days_off[0], cut.days_on[0]) == (5, 2)
    assert cut.design(stops=True)[0, [2, 5, 8]].tolist() == [
        [1, -1 / 7, 0, 0],
        [1, 2 / 7, 1, 0],
        [1, 5 / 7, 0, 1],
    ]


def test_days_at_each_side_of_every_change_are_left_out() -> None:
    cut = phases(np.zeros((2, 12)), padded([[3, 8], [5]]), left_out=1, same_length=False)
    assert np.flatnonzero(np.isfinite(cut.outcome[0])).tolist() == [0, 1, 5, 6, 10, 11]
    assert np.flatnonzero(np.isfinite(cut.outcome[1])).tolist() == [0, 1, 2, 3, 7, 8, 9, 10, 11]
    # The second has one change, so that it has no third phase.
    assert np.isnan(cut.in_phase[1]).tolist() == [False, False, True]


def test_days_to_settle_are_left_out_after_changes_and_not_before() -> None:
    cut = phases(np.zeros((1, 12)), [[3, 8]], left_out=0, same_length=False, settling=2)
    assert np.flatnonzero(np.isfinite(cut.outcome[0])).tolist() == [0, 1, 2, 6, 7, 11]


def test_what_lasts_a_few_days_does_no_harm_where_they_settle() -> None:
    """By hand: two points less on and three days beyond, without noise; a draw's own days to settle are left out in the test."""
    day = np.arange(84)
    scores = (6 - 2.0 * ((day > 28) & (day <= 59)))[None] + 1e-7 * np.sin(7 * day)
    plain, settled = (
        phases(scores, [[28, 56]], left_out=0, same_length=False, settling=one) for one in (0, 3)
    )
    assert integrated(settled.outcome, settled.design(), LEVEL_CHANGE).estimate[0] == pytest.approx(
        -2, abs=1e-5
    )
    stopped = integrated(settled.outcome, settled.design(stops=True), STOPPED)
    assert stopped.estimate[0] == pytest.approx(2, abs=1e-5)
    assert integrated(plain.outcome, plain.design(), LEVEL_CHANGE).estimate[0] > -1.95
    rng = np.random.default_rng(2)
    noisy = scores + 0.1 * rng.standard_normal((1, 84))
    draws = [[a, b] for a in (20, 24, 28) for b in (48, 52, 56)]
    test = randomisation_test(noisy, [[28, 56]], draws, seed=1, settling=3)
    # By hand: of nine draws, all others have a day on the wrong side beside the three left out.
    assert test.own[0] == pytest.approx(1 / 9)


def test_steps_without_noise_are_found_whatever_the_slope() -> None:
    """By hand: two points less on than off, and after the stop half a point stays."""
    day = np.arange(60.0)
    changes = [15, 30, 45]
    stopped = (day > 30).astype(float)
    scores = 6 + 0.03 * day - 2 * is_on(60, changes) - 0.5 * stopped + 1e-7 * np.sin(7 * day)
    cut = phases(scores[None], [changes], left_out=0, same_length=False)
    for weights, truth in ((TAKEN_UP, -2), (STOPPED, 1.5), (STAYED, -0.5)):
        found = integrated(cut.outcome, cut.design(stops=True), weights)
        assert found.estimate[0] == pytest.approx(truth, abs=1e-5)
    # Without what stays, the level of days on less that of days off is the step at every change.
    cut = phases((scores + 0.5 * stopped)[None], [changes], left_out=0, same_length=False)
    assert integrated(cut.outcome, cut.design(), LEVEL_CHANGE).estimate[0] == pytest.approx(-2, abs=1e-5)


def test_no_stop_is_told_where_there_was_none() -> None:
    cut = phases(np.random.default_rng(1).standard_normal((2, 40)), padded([[20], [0, 20]]), left_out=0, same_length=False)  # fmt: skip
    assert np.isfinite(integrated(cut.outcome, cut.design(), LEVEL_CHANGE).estimate).all()
    assert np.isnan(integrated(cut.outcome, cut.design(stops=True), STOPPED).estimate).all()


@pytest.mark.parametrize("name", list(DESIGNS))
@pytest.mark.parametrize("model", ["on less off", "stops apart"])
def test_reversals_agree_with_nlme(name: str, model: str) -> None:
    found = pd.read_csv(REFERENCE / "reversals.csv")
    found = found[(found["set"] == name) & (found["model"] == model)].set_index("term")
    cut = phases(series_of_r(name), [DESIGNS[name]], left_out=0, same_length=False)
    fit = reml_series(cut.outcome[0], cut.design(stops=model == "stops apart")[0])
    own = np.eye(len(fit.coefficients))
    weights = dict(zip(["level", "slope", "taken up", "stayed"], own, strict=False)) | {"stopped": STOPPED}
    for term, row in found.iterrows():
        w = weights[str(term)]
        assert w @ fit.coefficients == pytest.approx(row["estimate"], abs=1e-5)
        assert np.sqrt(w @ fit.covariance @ w) == pytest.approx(row["std_error"], rel=1e-5)
    assert fit.memory == pytest.approx(found["memory"].iloc[0], abs=1e-5)
    assert fit.variance**0.5 == pytest.approx(found["sd"].iloc[0], rel=1e-5)


def test_randomisation_over_every_draw_agrees_with_r() -> None:
    found = pd.read_csv(REFERENCE / "draws.csv").set_index("set")
    blocks = series_of_r("ABBA")
    blocks[:, 0] = np.nan
    days = [[a, b, c] for a in range(13, 18) for b in range(31, 36) for c in range(57, 62)]
    for name, scores, possible in (
        ("ABBA", blocks, padded(list(ORDERS.values()))),
        ("ABAB", series_of_r("ABAB"), days),
    ):
        own = padded([*ORDERS.values()])[:1] if name == "ABBA" else np.array([DESIGNS[name]])
        test = randomisation_test(scores, own, possible, seed=1)
        assert test.step == pytest.approx(found.loc[name, "step"], rel=1e-8)
        assert test.own[0] == pytest.approx(found.loc[name, "p_value"])
        assert test.possible == found.loc[name, "draws"]


def test_four_blocks_are_counted_by_hand() -> None:
    """Of six orders of two blocks on and two off, the one drawn and its mirror image show as large a step: p is 2 / 6."""
    scores = 5 - 3 * is_on(56, ORDERS["ABAB"])[None] + 0.1 * np.random.default_rng(3).standard_normal((1, 56))
    scores[:, 0] = np.nan
    orders = padded(list(ORDERS.values()))
    assert randomisation_test(scores, orders[1:2], orders, seed=1).own[0] == pytest.approx(2 / 6)
    # Of the three orders that begin off, only the one drawn does.
    begin_off = orders[[0, 1, 4]]
    assert randomisation_test(scores, orders[1:2], begin_off, seed=1).own[0] == pytest.approx(1 / 3)


def test_an_order_that_could_not_be_drawn_is_refused_by_its_days() -> None:
    orders = padded(list(ORDERS.values()))
    with pytest.raises(
        NotEstimable,
        match=r"changes on day 14, 28, 42; allowed: one of the 2 draws that were possible, such as changes on day 14, 42",
    ):
        randomisation_test(np.zeros((1, 56)), orders[1:2], orders[[0, 2]], seed=1)


def test_the_test_keeps_its_level_over_the_real_lot_and_not_over_another() -> None:
    """Negative control: a holiday that eases everybody's days 21 to 41, with changes drawn beside its ends and told to be drawn from weeks."""
    rng = np.random.default_rng(6)
    real = np.array([[a, b] for a in (20, 22) for b in (40, 42)])
    told = np.array([[a, b] for a in range(12, 31, 2) for b in range(34, 53, 2)])
    right, wrong = [], []
    for seed in range(60):
        scores = series(rng, 10, 64, 0.6) - is_on(64, [20, 41])
        took = real[rng.integers(0, 4, 10)]
        right.append(randomisation_test(scores, took, real, seed=seed).together)
        wrong.append(randomisation_test(scores, took, told, seed=seed).together)
    assert np.mean(np.array(right) < 0.05) <= 0.05 + 2.6 * (0.05 * 0.95 / 60) ** 0.5
    assert np.mean(np.array(wrong) < 0.05) > 0.5
    # Forty such people are enough for it to be seen that they lie in few of the places told.
    assert chance_of_places((real[rng.integers(0, 4, 40), 0] - 12) // 2, 10) < 1e-4


def test_places_that_no_such_lot_gives_are_found() -> None:
    rng = np.random.default_rng(7)
    assert chance_of_places(np.zeros(8, dtype=int), 4) < 1e-4
    assert chance_of_places(rng.integers(3, 6, 60), 10) < 1e-4
    even = [chance_of_places(rng.integers(0, 6, 20), 6) for _ in range(400)]
    assert np.mean(np.array(even) < 0.05) <= 0.05
    # By hand: two people in the first of two places; the share is 1 where it should be a half, and of two people both lie
    # below a half in a quarter of draws, both above in another.
    assert chance_of_places([0, 0], 2) == pytest.approx(0.5)


@pytest.mark.parametrize(("days", "memory"), [(28, 0.3), (28, 0.6), (56, 0.6), (84, 0.3), (84, 0.6)])
def test_intervals_of_reversals_cover_and_least_squares_does_not(days: int, memory: float) -> None:
    """ABAB with a true difference of one SD, 500 people; days taken for independent are too sure."""
    changes = np.tile(thirds(days, 3), (500, 1))
    scores = series(np.random.default_rng([days, 17]), 500, days, memory) - is_on(days, changes[0])
    cut = phases(scores, changes, left_out=0, same_length=False)
    found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
    assert np.mean((found.conf_low < -1) & (found.conf_high > -1)) >= 0.925
    stopped = integrated(cut.outcome, cut.design(stops=True), STOPPED)
    assert np.mean((stopped.conf_low < 1) & (stopped.conf_high > 1)) >= 0.925
    plain = [np.linalg.lstsq(x[np.isfinite(y)], y[np.isfinite(y)], rcond=None)[:2] for y, x in zip(cut.outcome, cut.design(), strict=True)]  # fmt: skip
    x = cut.design()[0][np.isfinite(cut.outcome[0])]
    df = len(x) - 3
    reach = stats.t.ppf(0.975, df) * np.linalg.inv(x.T @ x)[2, 2] ** 0.5
    covered = [abs(b[2] + 1) < reach * (squares[0] / df) ** 0.5 for b, squares in plain]
    assert np.mean(covered) < 0.91


def test_what_lasts_beyond_the_stop_is_told_and_makes_the_difference_too_small() -> None:
    """Negative control of no carry-over: two points less from the take-up on, for good."""
    rng = np.random.default_rng(9)
    changes = np.tile([19, 40], (200, 1))
    scores = series(rng, 200, 60, 0.4) - 2 * (np.arange(60) > 19)
    cut = phases(scores, changes, left_out=0, same_length=False)
    means = {}
    for name, weights in (("taken up", TAKEN_UP), ("stopped", STOPPED), ("stayed", STAYED)):
        found = integrated(cut.outcome, cut.design(stops=True), weights)
        means[name] = found.estimate.mean()
    assert means == pytest.approx({"taken up": -2, "stopped": 0, "stayed": -2}, abs=0.25)
    plain = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
    assert plain.estimate.mean() > -1.5
