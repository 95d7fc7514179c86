"""Reliability: the six judges of Shrout and Fleiss, psych and lme4, simulated truth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.reliability import (
    Bounded,
    components,
    error_of_measurement,
    intraclass_correlations,
    limits_of_agreement,
    smallest_change,
)

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "reliability"
# Shrout & Fleiss 1979, table 2: six targets, four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def expected(data: str) -> pd.DataFrame:
    rows = pd.read_csv(REFERENCE / "reliability.csv")
    return rows[rows["data"] == data].set_index("statistic")


def assert_bounded(found: Bounded, row: pd.Series, tolerance: float = 1e-9) -> None:
    numbers = (found.estimate, found.conf_low, found.conf_high)
    np.testing.assert_allclose(
        numbers, row[["estimate", "conf_low", "conf_high"]].astype(float), rtol=tolerance
    )


def test_the_six_judges_by_hand():
    """Tables 3 and 4 of Shrout & Fleiss 1979."""
    found = components(JUDGES)
    assert [round(one, 2) for one in (found.between, found.within, found.columns, found.residual)] == [
        11.24, 6.26, 32.49, 1.02,
    ]  # fmt: skip
    coefficients = {name: round(one.estimate, 2) for name, one in intraclass_correlations(found).items()}
    assert coefficients == {
        "ICC(1,1)": 0.17, "ICC(2,1)": 0.29, "ICC(3,1)": 0.71, "ICC(1,k)": 0.44, "ICC(2,k)": 0.62, "ICC(3,k)": 0.91,
    }  # fmt: skip


@pytest.mark.parametrize("data", ["shrout", "readings"])
def test_coefficients_and_intervals_are_those_of_psych(data: str):
    readings = JUDGES if data == "shrout" else pd.read_csv(REFERENCE / "readings.csv").to_numpy()
    for name, found in intraclass_correlations(components(readings)).items():
        assert_bounded(found, expected(data).loc[name])


def test_variances_are_those_of_lme4():
    found = components(pd.read_csv(REFERENCE / "readings.csv").to_numpy())
    by_lme4 = expected("readings")["estimate"]
    two_way = (found.between - found.residual) / found.readings
    assert two_way == pytest.approx(by_lme4["variance of persons, two-way"], rel=1e-5)
    assert found.variance_of_columns == pytest.approx(by_lme4["variance of columns"], rel=1e-5)
    assert found.residual == pytest.approx(by_lme4["residual variance"], rel=1e-5)
    assert found.variance_of_persons == pytest.approx(by_lme4["variance of persons, one-way"], rel=1e-5)
    assert found.within == pytest.approx(by_lme4["variance within"], rel=1e-5)


def test_limits_of_agreement_are_those_of_the_noncentral_t():
    readings = pd.read_csv(REFERENCE / "readings.csv").to_numpy()
    found = limits_of_agreement(readings[:, 0], readings[:, 1])
    for name in ("bias", "upper limit"):
        assert_bounded(found[name], expected("readings").loc[name], 1e-7)
    turned = limits_of_agreement(readings[:, 1], readings[:, 0])
    assert turned["upper limit"].conf_high == pytest.approx(-found["lower limit"].conf_low)


def test_errors_of_two_readings_by_hand():
    """Differences of 2, -2, 1 and -1: half their mean square is 1.25; their mean is zero, so a mean of one reading costs nothing."""
    first = np.array([1.0, 4, 9, 16])
    found = components(np.column_stack([first, first + np.array([2.0, -2, 1, -1])]))
    assert error_of_measurement(found).estimate == pytest.approx(1.25**0.5)
    assert error_of_measurement(found).df == 4
    # Ten squared, over 2 and over n - 1 = 3.
    assert error_of_measurement(found, "consistency").estimate == pytest.approx((10 / 2 / 3) ** 0.5)
    assert smallest_change(error_of_measurement(found)).estimate == pytest.approx(
        1.96 * (2 * 1.25) ** 0.5, rel=1e-4
    )


def readings_of(rng: np.random.Generator, people: int, shift: float, shared: float) -> np.ndarray:
    """Two readings of variance `shared` between persons and 1 of error; the second is `shift` higher in everybody."""
    true = rng.normal(0, shared**0.5, (people, 1))
    return true + rng.normal(0, 1, (people, 2)) + [0, shift]


@pytest.mark.parametrize(("people", "shared"), [(12, 4.0), (40, 0.5)])
def test_intervals_cover_the_simulated_truth(people: int, shared: float):
    rng, covered = (
        np.random.default_rng(people),
        dict.fromkeys(("one", "three", "sem", "sdc", "limit", "bias"), 0),
    )
    share, limit = shared / (shared + 1), stats.norm.ppf(0.975) * 2**0.5
    for _ in range(2000):
        readings = readings_of(rng, people, 0.0, shared)
        found = components(readings)
        coefficients, error = intraclass_correlations(found), error_of_measurement(found)
        agreed = limits_of_agreement(*readings.T)
        for name, bounded, truth in (
            ("one", coefficients["ICC(1,1)"], share),
            ("three", coefficients["ICC(3,1)"], share),
            ("sem", error, 1.0),
            ("sdc", smallest_change(error), limit),
            ("limit", agreed["upper limit"], limit),
            ("bias", agreed["bias"], 0.0),
        ):
            covered[name] += bounded.conf_low <= truth <= bounded.conf_high
    # 95 % of 2,000 with 2.6 standard errors.
    assert all(1875 <= count <= 1925 for count in covered.values()), covered


def test_a_shift_of_one_reader_costs_agreement_but_not_consistency():
    readings = readings_of(np.random.default_rng(2), 200, 3.0, 4.0)
    found = intraclass_correlations(components(readings))
    assert found["ICC(3,1)"].estimate == pytest.approx(0.8, abs=0.06)
    assert found["ICC(2,1)"].estimate < 0.6
    assert error_of_measurement(components(readings)).estimate > 2
    assert error_of_measurement(components(readings), "consistency").estimate == pytest.approx(1, abs=0.1)


def test_a_correlation_would_overlook_that_shift():
    """Negative control: Pearson's correlation is blind to a reader who reads higher, or twice as much."""
    first = np.random.default_rng(3).normal(0, 2, 50)
    second = 2 * first + 5 + np.random.default_rng(4).normal(0, 0.1, 50)
    assert stats.pearsonr(first, second).statistic > 0.99
    coefficients = intraclass_correlations(components(np.column_stack([first, second])))
    assert coefficients["ICC(2,1)"].estimate < 0.5


@settings(max_examples=25)
@given(shift=st.floats(-1e5, 1e5), scale=st.floats(0.01, 100), seed=st.integers(0, 1000))
def test_origin_scale_and_order_of_people_change_no_coefficient(shift: float, scale: float, seed: int):
    readings = readings_of(np.random.default_rng(5), 20, 0.5, 2.0)
    order = np.random.default_rng(seed).permutation(20)
    plain, moved = (
        intraclass_correlations(components(one)) for one in (readings, shift + scale * readings[order])
    )
    for name, found in plain.items():
        other = moved[name]
        np.testing.assert_allclose(
            [other.estimate, other.conf_low, other.conf_high],
            [found.estimate, found.conf_low, found.conf_high],
            rtol=1e-5, atol=1e-7,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        (np.ones((1, 2)), "two people or more"),
        (np.ones((5, 1)), "two readings or more"),
        (np.array([[1, 2], [np.nan, 3]]), "1 readings are missing"),
        (np.full((5, 2), 0.1), "every reading is the same"),
    ],
)
def test_what_is_no_set_of_repeated_readings_is_refused(readings: np.ndarray, reason: str):
    with pytest.raises(NotEstimable, match=reason):
        components(readings)


def test_readings_that_never_differ_have_no_error_to_estimate():
    found = components(np.column_stack([np.arange(5.0), np.arange(5.0)]))
    with pytest.raises(NotEstimable, match="no error to estimate"):
        intraclass_correlations(found)
    with pytest.raises(NotEstimable, match="no error to estimate"):
        error_of_measurement(found)
    with pytest.raises(NotEstimable, match="no limits to estimate"):
        limits_of_agreement([1, 2, 3], [2, 3, 4])
    with pytest.raises(NotEstimable, match="two complete pairs"):
        limits_of_agreement([1], [2])


def test_people_who_do_not_differ_have_the_coefficients_of_the_formulas():
    # Mean squares of persons and readings are 0 and that of the rest is 2/3, so that by Shrout and Fleiss's formulas ICC(2,1) is
    # -2/3 over 2/3 + 2 (0 - 2/3) / 4, and one reading of less than -1 has no mean of two.
    readings = np.array([[1.0, 2], [2, 1], [1, 2], [2, 1]])
    found = intraclass_correlations(components(readings))
    assert found["ICC(2,1)"].estimate == pytest.approx(-2)
    assert found["ICC(3,1)"].estimate == pytest.approx(-1)
    assert found["ICC(2,k)"].estimate == -np.inf


@pytest.mark.parametrize("seed", range(40))
def test_an_interval_of_the_mean_of_readings_holds_its_estimate_with_few_people(seed: int):
    readings = np.random.default_rng(seed).normal(0, 1, (3, 2))
    for name, one in intraclass_correlations(components(readings)).items():
        assert one.conf_low <= one.estimate <= one.conf_high, name
