"""Slopes corrected for error in the exposure: by hand, against lavaan, simulated truth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error import (
    ErrorVariance,
    corrected_slopes,
    error_from_pairs,
    extrapolated_slopes,
)
from lowback.estimators.measurement_error.corrected import CorrectedSlopes
from lowback.estimators.measurement_error.ratio import ratio_interval
from lowback.estimators.measurement_error.simex import hyperbola
from lowback.estimators.measurement_error.weighted import weighted
from lowback.estimators.split_slopes import split_slopes

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "measurement_error"
WITHIN, BETWEEN, ERROR = 0.3, -0.4, 1.2


def drawn(rng: np.random.Generator, people: int = 60, visits: int = 4) -> dict[str, np.ndarray]:
    """People whose true exposure varies by 3 between and 1.5 within them, measured twice with errors of 1.2; 15 % of visits missed."""
    group = np.repeat(np.arange(people), visits)
    true = np.repeat(rng.normal(6, 3, people), visits) + rng.normal(0, 1.5, people * visits)
    kept = (rng.random(people * visits) > 0.15) | (visits == 1)
    group, true = group[kept], true[kept]
    codes = np.unique(group, return_inverse=True)[1]
    mean = (np.bincount(codes, true) / np.bincount(codes))[codes]
    level, time = rng.normal(0, 1, (2, people))[:, group], rng.normal(0, 1, len(group))
    pain = WITHIN * (true - mean) + BETWEEN * mean + 0.5 * level[0] + level[1] + 0.3 * time
    first, second = true + rng.normal(0, ERROR, (2, len(true)))
    return {
        "group": group, "pain": pain + rng.normal(0, 1, len(true)), "first": first, "second": second, "true": true,
        "columns": np.column_stack([level[0], time]),
    }  # fmt: skip


def fit(of: dict[str, np.ndarray], error: ErrorVariance, exposure: str = "first"):
    return corrected_slopes(
        of["pain"], of[exposure], of["group"], of["columns"], names=["a", "b"], error=error
    )


def test_a_slope_of_one_record_each_by_hand():
    """Forty people: the sum of squares 80 less 39 times the error variance 20 / 39 leaves 60; products add up to 64."""
    exposure, outcome = np.tile([-2.0, -1, 0, 1, 2], 8), np.tile([1.0, 3, 2, 5, 4], 8)
    found = corrected_slopes(
        outcome, exposure, np.arange(40), np.empty((40, 0)), names=[], error=ErrorVariance(20 / 39)
    )
    assert found.parts == ("between",)
    assert found.interval({"between": 1.0})["estimate"] == pytest.approx(64 / 60)
    assert found.reliability("between")["estimate"] == pytest.approx(60 / 80)


def test_slopes_are_those_of_lavaan_with_the_error_variance_fixed():
    expected = pd.read_csv(REFERENCE / "lavaan.csv", index_col="term")["estimate"]
    people, visits = (pd.read_csv(REFERENCE / f"{name}.csv") for name in ("people", "visits"))
    nothing = np.empty((len(people), 0))
    one = corrected_slopes(
        people["pain"], people["tilt"], np.arange(len(people)), nothing, names=[], error=ErrorVariance(4)
    )
    assert one.interval({"between": 1.0})["estimate"] == pytest.approx(expected["people"], rel=1e-5)
    nothing = np.empty((len(visits), 0))
    several = corrected_slopes(
        visits["pain"], visits["tilt"], visits["person"], nothing, names=[], error=ErrorVariance(1)
    )
    for level in ("within", "between"):
        assert several.interval({level: 1.0})["estimate"] == pytest.approx(expected[level], rel=1e-5)


def test_without_error_the_slopes_are_those_of_the_mixed_model():
    of = drawn(np.random.default_rng(1))
    found = fit(of, ErrorVariance(0.0))
    plain = split_slopes(of["pain"], of["first"], of["group"], of["columns"], names=["a", "b"])
    for weights in ({"within": 1.0}, {"between": 1.0}, {"between": 1.0, "within": -1.0}):
        ours, theirs = found.interval(weights), plain.interval(weights, "CR2")
        assert ours["estimate"] == pytest.approx(theirs["estimate"], rel=1e-6)
        assert ours["std_error"] == pytest.approx(theirs["std_error"], rel=0.1)


def test_intervals_cover_the_true_slopes_where_those_of_the_measured_exposure_do_not():
    rng, covered = np.random.default_rng(2), {}
    for _ in range(80):
        of = drawn(rng)
        errors = {
            "known": ErrorVariance(ERROR**2),
            "pairs": error_from_pairs(of["first"], of["second"], of["group"]),
            "others": ErrorVariance(ERROR**2 * rng.chisquare(150) / 150, df=150),
            "ignored": ErrorVariance(0.0),
        }
        for name, error in errors.items():
            model = fit(of, error)
            for level, truth in (("within", WITHIN), ("between", BETWEEN)):
                found = model.interval({level: 1.0})
                at = (name, level)
                covered[at] = covered.get(at, 0) + (found["conf_low"] <= truth <= found["conf_high"])
    # 95 % of 80 with 2.6 standard errors.
    assert covered.pop(("ignored", "within")) < 55
    assert covered.pop(("ignored", "between")) > 65
    assert all(71 <= count <= 80 for count in covered.values()), covered


def test_simex_and_the_correction_of_moments_agree_on_the_truth():
    rng = np.random.default_rng(3)
    both = []
    for seed in range(15):
        of = drawn(rng, 200)
        moved = extrapolated_slopes(
            of["pain"],
            of["first"],
            of["group"],
            of["columns"],
            names=["a", "b"],
            error_variance=ERROR**2,
            seed=seed,
        )
        model = fit(of, ErrorVariance(ERROR**2))
        both.append(
            [
                [moved[level]["estimate"], model.interval({level: 1.0})["estimate"]]
                for level in ("within", "between")
            ]
        )
    means = np.mean(both, axis=0)
    np.testing.assert_allclose(means[:, 0], means[:, 1], atol=0.01)
    np.testing.assert_allclose(means[:, 0], [WITHIN, BETWEEN], atol=0.04)


def test_a_hyperbola_is_found_again_by_its_height_and_share():
    """By hand: 2 / (1 + 0.3 l) is 2 / 0.7 without error; a share between two of the grid's is found as well."""
    added = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    height, share = hyperbola(added, np.column_stack([2 / (1 + 0.3 * added), -1 / (1 + 0.1234 * added)]))
    # To a hundredth of the grid's step of 0.005.
    np.testing.assert_allclose(height, [2, -1], rtol=5e-5)
    np.testing.assert_allclose(share, [0.3, 0.1234], atol=5e-5)


def test_slopes_without_each_group_are_those_of_the_rows_without_it():
    """By hand: generalised least squares with the covariance of the rows that are left, written down and inverted."""
    rng = np.random.default_rng(11)
    codes = np.repeat(np.arange(6), [3, 2, 4, 1, 5, 3])
    x, y, others = rng.standard_normal((18, 2)), rng.standard_normal(18), rng.standard_normal((18, 1))
    others = np.column_stack([np.ones(18), others])
    covariance = np.eye(18) + 0.7 * (codes[:, None] == codes)
    found = weighted(y, others, codes, 0.7).fit_without_each(x)
    for row, left_out in enumerate([None, *range(6)]):
        kept = codes != left_out if left_out is not None else np.ones(18, dtype=bool)
        inverse = np.linalg.inv(covariance[np.ix_(kept, kept)])
        z = np.column_stack([x, others])[kept]
        expected = np.linalg.solve(z.T @ inverse @ z, z.T @ inverse @ y[kept])[:2]
        np.testing.assert_allclose(found[row], expected, rtol=1e-9)


def by_simex(of: dict[str, np.ndarray], variance: float, seed: int) -> dict[str, dict[str, float]]:
    return extrapolated_slopes(
        of["pain"], of["first"], of["group"], of["columns"], names=["a", "b"], error_variance=variance, seed=seed
    )  # fmt: skip


def test_intervals_by_simex_cover_the_true_slopes_and_are_as_wide_as_those_of_moments():
    rng, covered, errors = np.random.default_rng(21), {"within": 0, "between": 0}, []
    for seed in range(80):
        of = drawn(rng)
        moved, model = by_simex(of, ERROR**2, seed), fit(of, ErrorVariance(ERROR**2))
        for level, truth in (("within", WITHIN), ("between", BETWEEN)):
            covered[level] += moved[level]["conf_low"] <= truth <= moved[level]["conf_high"]
            errors.append(np.log(moved[level]["std_error"] / model.interval({level: 1.0})["std_error"]))
    # 95 % of 80 with 2.6 standard errors.
    assert all(71 <= count <= 80 for count in covered.values()), covered
    assert abs(np.mean(errors)) < 0.05


def test_simex_leaves_out_a_part_that_may_be_all_error():
    of = drawn(np.random.default_rng(12))
    people = np.unique(of["group"], return_inverse=True)[1]
    level = (np.bincount(people, of["true"]) / np.bincount(people))[people]
    of["first"] = level + np.random.default_rng(13).normal(0, ERROR, len(people))
    assert set(by_simex(of, ERROR**2, 1)) == {"between"}


def test_correction_makes_no_slope_out_of_nothing():
    """The interval excludes zero if and only if the slope on the measured exposure is significant."""
    rng, yes = np.random.default_rng(4), 0
    for _ in range(80):
        of = drawn(rng)
        of["pain"] = np.repeat(rng.normal(0, 1, 60), 4)[: len(of["pain"])] * 0 + rng.normal(
            0, 1, len(of["pain"])
        )
        found = fit(of, ErrorVariance(ERROR**2)).interval({"within": 1.0})
        excludes = not found["conf_low"] <= 0 <= found["conf_high"]
        assert excludes == (found["p_value"] < 0.05)
        yes += excludes
    assert yes <= 9


def test_slopes_by_a_modifier_are_recovered():
    rng = np.random.default_rng(5)
    covered = np.zeros(3)
    for _ in range(50):
        people, visits = 80, 5
        group = np.repeat(np.arange(people), visits)
        true = np.repeat(rng.normal(0, 3, people), visits) + rng.normal(0, 1.5, people * visits)
        moving = np.repeat(rng.normal(5, 1, people), visits) + rng.normal(0, 1, people * visits)
        mean = (np.bincount(group, true) / visits)[group]
        outcome = (
            (0.1 + 0.25 * moving) * (true - mean) + 0.3 * mean + moving + rng.normal(0, 1, people)[group]
        )
        outcome = outcome + rng.normal(0, 1, len(true))
        measured = true + rng.normal(0, ERROR, len(true))
        model = corrected_slopes(
            outcome,
            measured,
            group,
            np.empty((len(true), 0)),
            names=[],
            error=ErrorVariance(ERROR**2),
            modifier=moving,
        )
        for at, (weights, truth) in enumerate(
            [
                ({"within x modifier": 1.0}, 0.25),
                ({"within": 1.0, "within x modifier": 8.0}, 2.1),
                ({"between x modifier": 1.0}, 0.0),
            ]
        ):
            found = model.interval(weights)
            covered[at] += found["conf_low"] <= truth <= found["conf_high"]
    assert (covered >= 43).all(), covered


@pytest.mark.parametrize("zero", [-3.0, 5.0, 5.3, 20.0])
def test_slopes_by_a_modifier_do_not_depend_on_which_value_counts_as_0(zero: float):
    rng = np.random.default_rng(8)
    group = np.repeat(np.arange(40), 5)
    true = np.repeat(rng.normal(0, 3, 40), 5) + rng.normal(0, 1.5, 200)
    moving = rng.normal(5, 1, 200)
    # Measured with error, and the other columns take up a share of it.
    columns = np.tile(np.eye(5)[:, 1:], (40, 1))
    outcome = (0.1 + 0.25 * moving) * true + moving + rng.normal(0, 1, 200)
    measured = true + rng.normal(0, ERROR, 200)

    def model(modifier: np.ndarray) -> CorrectedSlopes:
        return corrected_slopes(
            outcome,
            measured,
            group,
            columns,
            names=list("abcd"),
            error=ErrorVariance(ERROR**2),
            modifier=modifier,
        )

    plain, moved = model(moving), model(moving - zero)
    for level in ("within", "between"):
        one = plain.interval({level: 1.0, f"{level} x modifier": 6.0})
        two = moved.interval({level: 1.0, f"{level} x modifier": 6.0 - zero})
        for name in ("estimate", "std_error", "conf_low", "conf_high"):
            assert two[name] == pytest.approx(one[name], rel=1e-6), (level, name)


def test_an_error_as_large_as_the_variation_cannot_be_told_from_it():
    of = drawn(np.random.default_rng(6))
    with pytest.raises(NotEstimable, match=r"variation \(within\) is not shown to be larger than its error"):
        fit(of, ErrorVariance(6.0)).interval({"within": 1.0})
    assert fit(of, ErrorVariance(6.0)).interval({"between": 1.0})["estimate"] < 0


@settings(max_examples=15)
@given(shift=st.floats(-1e3, 1e3), scale=st.sampled_from([0.2, 3.0]), seed=st.integers(0, 99))
def test_slopes_do_not_depend_on_origin_order_or_names(shift: float, scale: float, seed: int):
    of = drawn(np.random.default_rng(7), 20)
    plain = fit(of, error_from_pairs(of["first"], of["second"], of["group"]))
    order = np.random.default_rng(seed).permutation(len(of["pain"]))
    moved = {name: values[order] for name, values in of.items()}
    moved["group"] = np.array([f"<b>{99 - one}, é" for one in moved["group"]])
    for name in ("first", "second"):
        moved[name] = shift + scale * moved[name]
    other = fit(moved, error_from_pairs(moved["first"], moved["second"], moved["group"]))
    for level in ("within", "between"):
        one, two = plain.interval({level: 1.0}), other.interval({level: 1.0})
        for name in ("estimate", "conf_low", "conf_high"):
            assert scale * two[name] == pytest.approx(one[name], rel=1e-5)


def test_the_ends_of_a_ratios_interval_are_just_not_rejected():
    pair, covariance = np.array([2.0, 5.0]), np.array([[0.5, 0.1], [0.1, 0.8]])
    found = ratio_interval(pair, covariance, 20)
    for end in (found["conf_low"], found["conf_high"]):
        variance = covariance[0, 0] - 2 * end * covariance[0, 1] + end**2 * covariance[1, 1]
        assert abs(pair[0] - end * pair[1]) / variance**0.5 == pytest.approx(stats.t(20).ppf(0.975))
    assert found["p_value"] == pytest.approx(2 * stats.t(20).sf(2 / 0.5**0.5))
    with pytest.raises(NotEstimable, match="not shown to be above zero"):
        ratio_interval(np.array([2.0, 1.0]), covariance, 20)


@pytest.mark.parametrize("powers", [(500, 500), (-500, -500), (500, 0), (0, -500)])
def test_a_ratio_of_numbers_of_any_size_has_the_same_interval_in_its_unit(powers: tuple[int, int]):
    pair, covariance = np.array([2.0, 5.0]), np.array([[0.5, 0.1], [0.1, 0.8]])
    # Powers of two round nothing; 2 to the 500 is 3e150, of which the fourth power is no number.
    unit = np.array([2.0**one for one in powers])
    found = ratio_interval(unit * pair, unit[:, None] * covariance * unit, 20)
    plain = ratio_interval(pair, covariance, 20)
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert found[name] == plain[name] * (unit[0] / unit[1])
    assert found["p_value"] == plain["p_value"]


def test_a_ratio_that_no_number_holds_is_refused():
    none = np.zeros((2, 2))
    with pytest.raises(NotEstimable, match="larger than floating-point numbers go; choose another unit"):
        ratio_interval(np.array([1e300, 1e-300]), none, 20)
    with pytest.raises(NotEstimable, match="squares floating-point numbers do not hold"):
        ratio_interval(np.array([1e200, 1.0]), np.array([[np.inf, 0.0], [0.0, 0.01]]), 20)


def test_error_variances_that_are_none_are_refused():
    with pytest.raises(NotEstimable, match="an error variance of -1"):
        ErrorVariance(-1.0)
    with pytest.raises(NotEstimable, match="3 complete pairs"):
        error_from_pairs([1, 2], [2, 1], ["a", "b"])
    with pytest.raises(NotEstimable, match="do not differ"):
        error_from_pairs([1, 2, 3], [2, 3, 4], ["a", "b", "c"])
    with pytest.raises(NotEstimable, match="one person alone was measured twice"):
        error_from_pairs([1, 2, 3], [2, 1, 4], ["a", "a", "a"]).without_each(np.array(["a", "b"]))
