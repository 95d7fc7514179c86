"""Partial correlations with error in what is held fixed: by hand, by definition, and by the rates of simulated truths."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.partial_correlation import partial_correlation

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
R = pd.read_csv(REFERENCE / "partial_correlation.csv").set_index("name")


def test_without_anything_fixed_it_is_the_plain_correlation() -> None:
    # By hand: deviations (-2, -1, 0, 1, 2) and (-2, 0, -1, 1, 2) repeated: 9 / 10.
    x, y = np.tile([1.0, 2, 3, 4, 5], 4), np.tile([1.0, 3, 2, 4, 5], 4)
    assert partial_correlation(x, y, np.empty((20, 0)), []).estimate == pytest.approx(0.9)


def test_without_error_it_is_what_the_inverse_of_the_covariance_says() -> None:
    rows = np.random.default_rng(1).multivariate_normal(np.zeros(4), 0.4 + 0.6 * np.eye(4), 80)
    inverse = np.linalg.inv(np.cov(rows.T))
    expected = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    found = partial_correlation(rows[:, 0], rows[:, 1], rows[:, 2:], [0, 0])
    assert found.estimate == pytest.approx(expected)
    assert (found.df, found.share) == (76, 0)


def test_units_and_origin_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(size=(60, 1))
    x, y = z[:, 0] + rng.normal(size=60), rng.normal(size=60)
    one = partial_correlation(x, y, z, [0.2])
    other = partial_correlation(3 * x - 7, y + 100, 10 * z + 4, [20.0])
    assert vars(other) == pytest.approx(vars(one), rel=1e-5, abs=1e-9)


def chain(
    rng: np.random.Generator, people: int, error: float, tail: float = np.inf
) -> tuple[np.ndarray, ...]:
    """x -> z -> y with z measured with error: x and y go together only by way of z."""
    noise = (
        (lambda: rng.standard_t(tail, people)) if np.isfinite(tail) else (lambda: rng.standard_normal(people))
    )
    x = noise()
    z = x + noise()
    y = z + noise()
    return x, y, (z + np.sqrt(error) * rng.standard_normal(people))[:, None]


@pytest.mark.parametrize(("tail", "people"), [(np.inf, 40), (np.inf, 200), (6.0, 200)])
def test_unrelated_measures_are_called_related_in_5_percent(tail: float, people: int) -> None:
    rng = np.random.default_rng(3)
    false = sum(partial_correlation(*chain(rng, people, 0.0, tail), [0.0]).p_value < 0.05 for _ in range(400))
    # 5 % of 400 +- 2.6 Monte Carlo standard errors.
    assert 9 <= false <= 31


def test_error_of_what_is_fixed_makes_no_relation_and_without_the_correction_it_would() -> None:
    rng = np.random.default_rng(4)
    cohorts = [chain(rng, 200, 0.7) for _ in range(150)]
    ignored = sum(partial_correlation(*one, [0.0]).p_value < 0.05 for one in cohorts)
    allowed = sum(partial_correlation(*one, [0.7]).p_value < 0.05 for one in cohorts)
    too_much = sum(partial_correlation(*one, [0.72]).p_value < 0.05 for one in cohorts)
    assert ignored > 100
    assert allowed <= 14
    assert too_much <= allowed


def test_a_relation_beside_what_is_fixed_is_found_and_covered() -> None:
    rng = np.random.default_rng(5)
    truth = 0.3
    covered, found = 0, 0
    for _ in range(200):
        z = rng.standard_normal((200, 1))
        x, y = (z[:, 0] + one for one in rng.multivariate_normal([0, 0], [[1, truth], [truth, 1]], 200).T)
        one = partial_correlation(x, y, z, [0.0])
        covered += one.conf_low <= truth <= one.conf_high
        found += one.p_value < 0.05
    assert 182 <= covered <= 198
    assert found > 185


@pytest.mark.parametrize(
    ("x", "z", "error", "said"),
    [
        (np.arange(11.0), np.empty((11, 0)), [], "at least 10 more are needed"),
        (np.ones(30), np.empty((30, 0)), [], "the same in everybody"),
        (np.arange(30.0), np.ones((30, 1)), [0.0], "the same in everybody"),
        (np.arange(30.0), np.tile(np.sin(np.arange(30.0))[:, None], 2), [0.0, 0.0], "a combination of itself"),
        (np.arange(30.0), np.sin(np.arange(30.0))[:, None], [0.4], "measurement error leaves next to nothing"),
        (np.arange(30.0), np.arange(30.0)[:, None], [0.0], "wholly explained"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(x, z, error, said) -> None:
    with pytest.raises(NotEstimable, match=said):
        partial_correlation(x, np.cos(np.arange(float(len(x)))), z, error)


@pytest.mark.parametrize("name", R.index)
def test_agrees_with_r(name: str) -> None:
    d, r = pd.read_csv(REFERENCE / "partial_correlation_data.csv"), R.loc[name]
    other = "chained" if name == "a sign that turns" else "y"
    found = vars(partial_correlation(d["x"], d[other], d[["z1", "z2"]], [r["error"], 0.0]))
    for number, value in found.items():
        assert value == pytest.approx(r[number], rel=1e-5, abs=2e-6), number


def test_the_error_taken_off_matters_to_what_r_finds() -> None:
    """The negative control: with the measurement taken for the cause itself the correlation is another one, by far more than the tolerance."""
    assert R.loc["no error", "estimate"] - R.loc["error", "estimate"] > 0.2
    assert R["share"].nunique() == 3
