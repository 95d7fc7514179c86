"""Random-effects means against hand calculation, metafor and simulated truth."""

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


def test_estimates_that_are_all_the_same_keep_their_own_errors() -> None:
    # By hand: three errors of 0.3 give a mean with an error of 0.3 over the root of 3.
    found = pooled([2.0, 2.0, 2.0], [0.3, 0.3, 0.3])
    assert found.std_error == pytest.approx(0.3 / 3**0.5)
    assert found.tau == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", ["few", "many", "alike"])
def test_agrees_with_metafor(name: str) -> None:
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


@pytest.mark.parametrize(
    ("y", "se", "said"),
    [
        ([1.0], [1.0], "1 estimates to pool"),
        ([1, np.nan], [1, 1], "missing"),
        ([1, 2], [1, 0], "not positive"),
        ([1, 2], [1, 1, 1], "each with its standard error"),
    ],
)
def test_what_cannot_be_pooled_is_refused(y: list[float], se: list[float], said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        pooled(y, se)
