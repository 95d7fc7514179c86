"""Curves on an exposure with error: straight lines, planted bends, and what becomes of a curve without error."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error import curve


def drawn(rng: np.random.Generator, people: int, visits: int) -> tuple[np.ndarray, np.ndarray]:
    group = np.repeat(np.arange(people), visits)
    return group, np.repeat(rng.normal(0, 3, people), visits) + rng.normal(0, 2, people * visits)


@pytest.mark.parametrize("level", ["within", "between"])
def test_a_curve_without_noise_is_found(level: str):
    rng = np.random.default_rng(1)
    group, x = drawn(rng, 40, 4)
    along = x if level == "within" else (np.bincount(group, x) / 4)[group]
    y = 0.5 * along + rng.normal(0, 1e-4, len(x))
    if level == "within":
        y = y + rng.normal(0, 1, 40)[group]
    found = curve(y, x, group, np.empty((len(x), 0)), names=[], level=level)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.estimate, 0.5 * (found.at - found.middle), atol=1e-3)
    assert (found.conf_low <= found.estimate).all()
    assert len(found.corrected) == 0


@pytest.mark.parametrize(("level", "visits"), [("within", 4), ("between", 4), ("between", 1)])
def test_the_test_of_a_bend_is_right_for_a_line_and_finds_a_bend(level: str, visits: int):
    rng, size, power = np.random.default_rng(2), 0, 0
    for _ in range(60):
        group, x = drawn(rng, 60, visits)
        along = x if level == "within" else (np.bincount(group, x) / visits)[group]
        noise = rng.normal(0, 1, 60)[group] + (1 + 0.2 * np.abs(x)) * rng.normal(0, 1, len(x))
        for bend in (0.0, 0.12):
            y = 0.3 * along + bend * along**2 + noise
            found = curve(y, x, group, np.empty((len(x), 0)), names=[], level=level)  # type: ignore[arg-type]
            size += bend == 0 and found.bends.p_value < 0.05
            power += bend > 0 and found.bends.p_value < 0.05
    assert size <= 8
    assert power >= 45


def test_a_band_covers_the_curve_of_the_exposure_as_measured():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(60):
        group, x = drawn(rng, 50, 4)
        y = np.sin(x / 4) + rng.normal(0, 1, 50)[group] + rng.normal(0, 1, len(x))
        found = curve(y, x, group, np.empty((len(x), 0)), names=[], level="within")
        true = np.sin(found.at / 4) - np.sin(found.middle / 4)
        covered += found.conf_low[13] <= true[13] <= found.conf_high[13]
    assert 52 <= covered <= 60


def test_without_error_a_curve_is_steeper():
    rng = np.random.default_rng(4)
    group, x = drawn(rng, 300, 4)
    y = 0.5 * x + rng.normal(0, 1, 300)[group] + rng.normal(0, 0.5, len(x))
    measured = x + rng.normal(0, 1.2, len(x))
    found = curve(y, measured, group, np.empty((len(x), 0)), names=[], level="within", error_variance=1.44)
    true = 0.5 * (found.at - found.middle)
    assert np.abs(found.corrected - true).max() < 0.5 * np.abs(found.estimate - true).max()


def test_too_few_distinct_exposures_are_refused():
    group = np.repeat(np.arange(10), 3)
    exposure = np.tile([0.0, 0, 1], 10)
    with pytest.raises(NotEstimable, match="too few distinct values"):
        curve(np.arange(30.0) % 7, exposure, group, np.empty((30, 0)), names=[], level="within")
