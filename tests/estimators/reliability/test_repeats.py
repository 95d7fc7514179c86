"""The error of one reading from repeats: by hand, as R has it, with an interval that covers, and refused where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.reliability import error_of_repeats

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "reliability"


def test_two_people_read_twice_by_hand() -> None:
    # Changes of 1 and 3 lie 1 from their mean of 2: a sum of squares of (1 + 1) / 2 on 1 degree of freedom.
    found = error_of_repeats([[1, 2], [3, 6], [5, np.nan]])
    assert (found.estimate, found.df) == pytest.approx((1.0, 1.0))


def test_agrees_with_r() -> None:
    found = error_of_repeats(pd.read_csv(REFERENCE / "repeats_data.csv"))
    row = pd.read_csv(REFERENCE / "repeats.csv").iloc[0]
    expected = row[["estimate", "conf_low", "conf_high", "df"]].to_numpy(float)
    assert [found.estimate, found.conf_low, found.conf_high, found.df] == pytest.approx(expected, rel=1e-9)


def test_interval_covers_the_simulated_error() -> None:
    covered = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        table = rng.normal(40, 4, (20, 1)) - np.arange(4) + rng.normal(0, 0.7, (20, 4))
        table[rng.random((20, 4)) < 0.2] = np.nan
        found = error_of_repeats(table)
        covered += found.conf_low <= 0.7 <= found.conf_high
    # 95 % of 400, give or take 2.6 standard errors.
    assert 369 <= covered <= 391


def test_what_everybody_changes_by_is_no_error() -> None:
    with pytest.raises(NotEstimable, match="do not differ"):
        error_of_repeats(np.arange(5.0)[:, None] + np.array([0.0, 7.0, 3.0]))


def test_people_read_once_tell_no_error() -> None:
    with pytest.raises(NotEstimable, match="0 persons read twice or more"):
        error_of_repeats([[1.0, np.nan], [np.nan, 2.0]])
