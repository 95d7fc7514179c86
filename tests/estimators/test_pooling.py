"""Random-effects means against hand calculation, metafor with clubSandwich, and simulated truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.pooling import pooled

REFERENCE = Path(__file__).parents[1] / "reference" / "phases" / "pooling.csv"
NAMES = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value", "tau", "q", "q_p_value", "prediction_low", "prediction_high")  # fmt: skip


def test_equal_errors_give_the_plain_mean_and_its_t_interval() -> None:
    # By hand: mean 3, SD 2 of {1, 3, 5}; the errors' variance 1 leaves 4 - 1 = 3 between.
    found = pooled([1, 3, 5], [1, 1, 1])
    assert (found.estimate, found.std_error, found.df) == pytest.approx((3, 2 / 3**0.5, 2))
    assert found.tau == pytest.approx(3**0.5, rel=1e-6)
    assert found.q == pytest.approx(8)


def test_unequal_errors_without_scatter_give_the_sandwich_by_hand() -> None:
    # Weights 1, 1 and 2 of {0, 1/2, 1}: mean 5/8; shares h of 1/4, 1/4, 1/2, and h^2 (y - mean)^2 / (1 - h) is 25/768 + 1/768 + 9/128 = 5/48.
    found = pooled([0, 0.5, 1], [1, 1, 0.5**0.5])
    assert found.tau == pytest.approx(0, abs=1e-6)
    assert (found.estimate, found.std_error) == pytest.approx((5 / 8, (5 / 48) ** 0.5))
    # Satterthwaite: h / (1 - h) is 1/3, 1/3, 1; its square times 1 - 2 h sums to 1/9, and its product with h to 2/3.
    assert found.df == pytest.approx(1 / (1 / 9 + 4 / 9))


def test_weights_that_are_estimates_leave_the_interval_right_and_one_that_trusts_them_too_narrow() -> None:
    """Estimates that are all as sure as each other, whose errors are known from few numbers each."""
    rng = np.random.default_rng(11)
    means, errors, trusting = [], [], []
    held = 0
    for _ in range(400):
        y, variance = rng.standard_normal(140), rng.chisquare(6, 140) / 6
        found = pooled(y, variance**0.5)
        held += found.conf_low <= 0 <= found.conf_high
        weights = 1 / (variance + found.tau**2)
        means.append(found.estimate)
        errors.append(found.std_error)
        # Hartung and Knapp 2001: by hand 1 over the root of 140, as if weights were right.
        trusting.append(float(weights @ (y - found.estimate) ** 2 / 139 / weights.sum()) ** 0.5)
    spread = float(np.std(means))
    # A spread of 400 is known to 3.5 %; 95 % of 400, give or take 2.6 standard errors.
    assert np.mean(errors) == pytest.approx(spread, rel=0.09)
    assert 369 <= held <= 391
    assert np.mean(trusting) == pytest.approx(140**-0.5, rel=0.02)
    assert np.mean(trusting) < 0.95 * np.mean(errors)


def test_estimates_that_are_all_the_same_keep_their_own_errors() -> None:
    # By hand: three errors of 0.3 give a mean with an error of 0.3 over the root of 3.
    found = pooled([2.0, 2.0, 2.0], [0.3, 0.3, 0.3])
    assert found.std_error == pytest.approx(0.3 / 3**0.5)
    assert found.tau == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", ["few", "many", "alike"])
def test_agrees_with_metafor_and_clubsandwich(name: str) -> None:
    rows = pd.read_csv(REFERENCE)
    rows = rows[rows["set"] == name]
    found = pooled(rows["y"], rows["se"])
    for one in NAMES:
        assert getattr(found, one) == pytest.approx(rows[one].iloc[0], rel=1e-6, abs=1e-9), one


def test_the_interval_covers_the_mean_of_few_people() -> None:
    covered = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        errors = rng.uniform(0.2, 1.5, 8)
        found = pooled(-1 + 0.5 * rng.standard_normal(8) + errors * rng.standard_normal(8), errors)
        covered += found.conf_low <= -1 <= found.conf_high
    # 95 % of 400, give or take 2.6 standard errors.
    assert 369 <= covered <= 391


def test_where_no_scatter_is_found_a_prediction_leaves_out_most_and_else_it_holds() -> None:
    """Twenty people whose true values have an SD of 3, each known to 5: why a result gives no prediction where none is found."""
    held: dict[bool, list[bool]] = {True: [], False: []}
    for seed in range(400):
        rng = np.random.default_rng(seed)
        true = 3 * rng.standard_normal(21)
        found = pooled(true[:20] + 5 * rng.standard_normal(20), np.full(20, 5.0))
        held[found.tau < 1e-3 * found.std_error].append(
            found.prediction_low <= true[20] <= found.prediction_high
        )
    assert len(held[True]) > 30
    assert np.mean(held[True]) < 0.7
    assert np.mean(held[False]) > 0.9


@pytest.mark.parametrize(
    ("y", "se", "said"),
    [
        ([1.0], [1.0], "1 estimates to pool"),
        ([1, np.nan], [1, 1], "missing"),
        ([1, 2], [1, 0], "not positive"),
        ([1, 2], [1, 1, 1], "each with its standard error"),
        ([1, 1.0001, 1.0002], [1, 1, 1e-6], "one estimate has all of the weight"),
    ],
)
def test_what_cannot_be_pooled_is_refused(y: list[float], se: list[float], said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        pooled(y, se)
