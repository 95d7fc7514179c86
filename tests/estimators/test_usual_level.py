"""The usual level of a person: by hand, against lme4 and aov, and slopes on it that are not made too small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.usual_level import usual_levels

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def test_by_hand() -> None:
    # Means 1, 5, 9; within (2 + 2 + 2) / 3 = 2; between means 16, so 16 - 2 / 2 = 15; each is drawn by 15 / 16 to 5.
    found = usual_levels([[0, 2], [4, 6], [8, 10]])
    assert (found.within, found.between) == pytest.approx((2, 15))
    assert found.levels == pytest.approx([5 - 4 * 15 / 16, 5, 5 + 4 * 15 / 16])
    assert found.reliability == pytest.approx(15 / 16)


def test_what_moves_everybody_of_a_group_is_no_chance() -> None:
    # Every second reading is 4 lower in the last two people, 2 higher in the first two; beside that nobody differs from day to day but by 1 or -1.
    readings = np.array([[1.0, 1], [5, 9], [8, 6], [14, 8]])
    usual_of = np.array([[3.0, 5], [3, 5], [11, 7], [11, 7]])
    found = usual_levels(readings, usual_of, spent=2, groups=2)
    # What is left: (-2, -4), (2, 4), (-3, -1), (3, 1); within 4 x 2 over 8 - 4 - 2, means -3, 3, -2, 2 with squares 2 x 26 over 4 - 2.
    assert found.within == pytest.approx(4)
    assert found.between == pytest.approx((26 * 2 / 2 - 4) / 2)
    share = found.between / (found.between + 4 / 2)
    assert found.levels == pytest.approx([4 - 3 * share, 4 + 3 * share, 9 - 2 * share, 9 + 2 * share])


def table() -> np.ndarray:
    data = pd.read_csv(REFERENCE / "usual_level_data.csv")
    return data.pivot(index="person", columns="reading", values="tilt").to_numpy(float)


def test_agrees_with_r() -> None:
    expected = pd.read_csv(REFERENCE / "usual_level.csv")
    for what, readings in (("even", table()[:, :2]), ("uneven", table())):
        r = expected[expected["what"] == what].set_index("name")["value"]
        found = usual_levels(readings)
        assert (found.between, found.within) == pytest.approx((r["between"], r["within"]), rel=1e-4)
        if what == "even":
            assert found.levels == pytest.approx(r.iloc[2:].to_numpy(float), rel=1e-4)


def test_of_a_known_error_that_alone_is_chance_by_hand() -> None:
    # As above, within 2 and between 15, means of two readings vary by 16: an error of 0.5 leaves 1 - 0.25 / 16, one of 5 counts as 2.
    readings = [[0, 2], [4, 6], [8, 10]]
    for error, share in ((0.5, 1 - 0.25 / 16), (0.0, 1.0), (5.0, 15 / 16)):
        found = usual_levels(readings, error=error)
        assert found.levels == pytest.approx([5 - 4 * share, 5, 5 + 4 * share])
        assert found.reliability == pytest.approx(share)
        assert found.within == pytest.approx(2)


def test_a_slope_on_what_was_there_at_the_visits_is_right_and_one_on_what_is_usual_too_steep() -> None:
    # Variances: usual 9, ups and downs 4, error 1, three visits. The outcome answers to the mean of what was there.
    rng = np.random.default_rng(5)
    slopes: dict[float | None, list[float]] = {1.0: [], None: []}
    for _ in range(200):
        there = rng.normal(8, 3, (200, 1)) + rng.normal(0, 2, (200, 3))
        readings = there + rng.normal(0, 1, (200, 3))
        outcome = 0.5 * there.mean(axis=1) + rng.normal(0, 1, 200)
        for error, found in slopes.items():
            found.append(np.polyfit(usual_levels(readings, error=error).levels, outcome, 1)[0])
    known, unknown = (np.array(slopes[one]) for one in (1.0, None))
    assert known.mean() == pytest.approx(0.5, abs=2.6 * known.std() / 200**0.5 + 0.002)
    # By hand: the covariance with the mean of readings is that of 9 + 4 / 3, and all but 9 is taken for chance.
    assert unknown.mean() == pytest.approx(0.5 * (9 + 4 / 3) / 9, abs=2.6 * unknown.std() / 200**0.5 + 0.002)


def test_who_has_no_reading_has_no_level_and_one_reading_is_drawn_more_than_two() -> None:
    found = usual_levels([[0, 2], [4, 6], [8, 10], [9, np.nan], [np.nan, np.nan]])
    assert np.isnan(found.levels[4])
    assert abs(found.levels[3] - 9) > abs(found.levels[2] - 9)


def test_a_slope_on_the_usual_level_is_right_where_one_on_the_mean_of_readings_is_too_small() -> None:
    rng = np.random.default_rng(3)
    slopes, naive = [], []
    for _ in range(200):
        usual = rng.normal(8, 3, 200)
        readings = usual[:, None] + rng.normal(0, 4, (200, 2))
        readings[rng.random((200, 2)) < 0.2] = np.nan
        outcome = 0.5 * usual + rng.normal(0, 1, 200)
        levels = usual_levels(readings).levels
        has = np.isfinite(levels)
        slopes.append(np.polyfit(levels[has], outcome[has], 1)[0])
        with np.errstate(invalid="ignore"):
            mean = np.nanmean(readings[has], axis=1)
        naive.append(np.polyfit(mean, outcome[has], 1)[0])
    assert np.mean(slopes) == pytest.approx(0.5, abs=2.6 * np.std(slopes) / 200**0.5 + 0.01)
    assert np.mean(naive) < 0.3


def test_what_says_nothing_of_a_usual_level_is_refused() -> None:
    with pytest.raises(NotEstimable, match="nobody has two readings"):
        usual_levels([[1, np.nan], [2, np.nan]])
    with pytest.raises(NotEstimable, match="do not differ by more"):
        usual_levels([[0, 10], [10, 0], [0, 10]])
