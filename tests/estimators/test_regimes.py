"""Means under regimes: exact without noise, as R's lm one visit after another, and covered where a plain regression is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.linear import least_squares
from lowback.estimators.regimes import RegimeMeans, regime_means
from lowback.estimators.splines import natural_spline

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "regimes"


def line(dose: np.ndarray) -> np.ndarray:
    return np.asarray(dose, dtype=float)[:, None]


def test_recovers_the_means_without_noise() -> None:
    # y1 = y0 - d1/2, y2 = y1/2 - d2: with two and four doses y2 = (y0 - 1)/2 - 4.
    rng = np.random.default_rng(1)
    y0, d1, d2 = rng.normal(6, 1, 20), rng.uniform(0, 5, 20), rng.uniform(0, 5, 20)
    y1 = y0 - d1 / 2
    # Exactly collinear scores are told apart by a little that the first score does not hold.
    y1 = y1 + rng.normal(0, 1, 20)
    y2 = y1 / 2 - d2
    found = regime_means(
        np.column_stack([y0, y1, y2]),
        np.column_stack([d1, d2]),
        np.zeros((20, 0)),
        [[2, 4], [2, 1]],
        line,
        names=[],
    )
    assert found.contrast([1, -1])["estimate"] == pytest.approx(-3)
    assert found.contrast([1, -1])["std_error"] == pytest.approx(0, abs=1e-9)


def test_agrees_with_r() -> None:
    d, expected = pd.read_csv(REFERENCE / "doses.csv"), pd.read_csv(REFERENCE / "regimes.csv")
    doses = d[["d1", "d2", "d3"]].to_numpy(float)
    spline = natural_spline(np.cumsum(doses, axis=1).ravel(), 2, "dose")
    scores = d[["y0", "y1", "y2", "y3"]].to_numpy()
    found = regime_means(scores, doses, d[["age"]], [[4, 4, 4], [9, 6, 3]], spline.basis, names=["age"])
    assert found.means == pytest.approx(expected["mean"].to_numpy(), rel=1e-10)


PLANS = np.array([[3, 3, 3], [6, 6, 6], [9, 9, 9], [9, 6, 3]])


def taken(seed: int, people: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Scores and doses of people who take more when they hurt; a dose takes off 0.05, and 0.002 of the squared total."""
    rng = np.random.default_rng(seed)
    level, keeps = rng.normal(5, 1.5, people), rng.uniform(0.2, 0.8, people)
    scores, doses, so_far = [level + rng.normal(0, 1, people)], [], np.zeros(people)
    for _ in range(3):
        doses.append(rng.binomial(12, np.clip(keeps + 0.08 * (scores[-1] - 5), 0.02, 0.98)))
        so_far = so_far + doses[-1]
        scores.append(level - 0.05 * so_far - 0.002 * so_far**2 + rng.normal(0, 1, people))
    outcomes = np.array(scores).T
    outcomes[:, 1:][rng.random((people, 3)) < 0.05] = np.nan
    return outcomes, np.array(doses, dtype=float).T


def means(seed: int, people: int = 200) -> RegimeMeans:
    outcomes, doses = taken(seed, people)
    spline = natural_spline(np.cumsum(doses, axis=1).ravel(), 2, "dose")
    return regime_means(outcomes, doses, np.zeros((people, 0)), PLANS, spline.basis, names=[])


@pytest.fixture(scope="module")
def many() -> list[RegimeMeans]:
    return [means(seed) for seed in range(120)]


@pytest.mark.parametrize(
    ("weights", "truth"),
    [
        ([-1, 0, 1, 0], -0.05 * 18 - 0.002 * (27**2 - 9**2)),
        ([1, -2, 1, 0], -0.002 * (27**2 - 2 * 18**2 + 9**2)),
        ([0, 1, 0, -1], 0.0),
    ],
)
def test_intervals_cover_more_bend_and_order_though_pain_decides_on_the_dose(
    weights: list[float], truth: float, many: list[RegimeMeans]
) -> None:
    found = [one.contrast(weights) for one in many]
    covered = sum(one["conf_low"] <= truth <= one["conf_high"] for one in found)
    # 95 % of 120 less 2.6 Monte Carlo errors; the errors are conservative.
    assert covered >= 108


def test_a_plain_regression_on_the_total_would_be_misled() -> None:
    errors = []
    for seed in range(40):
        outcomes, doses = taken(seed)
        total, last = doses.sum(axis=1), outcomes[:, 3]
        kept = np.isfinite(last)
        fit = least_squares(
            last[kept], np.column_stack([np.ones(kept.sum()), total[kept]]), names=["one", "total"]
        )
        errors.append(18 * fit.coefficients[1] - (-0.05 * 18 - 0.002 * (27**2 - 9**2)))
    assert np.mean(errors) > 0.3


def test_errors_are_those_of_leaving_people_out() -> None:
    outcomes, doses = taken(7, people=90)
    spline = natural_spline(np.cumsum(doses, axis=1).ravel(), 2, "dose")
    whole = means(7, people=90)
    left = []
    for one in range(90):
        kept = np.arange(90) != one
        found = regime_means(outcomes[kept], doses[kept], np.zeros((89, 0)), PLANS, spline.basis, names=[])
        left.append(found.means @ [-1, 0, 1, 0])
    jackknife = np.sqrt(89 / 90 * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert whole.contrast([-1, 0, 1, 0])["std_error"] == pytest.approx(jackknife, rel=0.1)


def test_too_few_people_are_refused() -> None:
    outcomes, doses = taken(1, people=6)
    with pytest.raises(NotEstimable):
        regime_means(outcomes, doses, np.zeros((6, 0)), PLANS, line, names=[])
