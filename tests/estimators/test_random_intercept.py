"""The random-intercept model: by hand, against lme4 and statsmodels, and the cases in which engines fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM

from lowback.estimators import NotEstimable
from lowback.estimators.linear import least_squares
from lowback.estimators.mixed import MixedFit, random_intercept, satterthwaite_df

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def test_balanced_groups_give_the_estimates_of_the_analysis_of_variance() -> None:
    # Three groups of two: mean squares 12 between and 0.5 within, so the variance between is (12 - 0.5) / 2.
    y = np.array([1.5, 2.5, 3.5, 4.5, 5.5, 6.5])
    fit = random_intercept(y, np.ones((6, 1)), [1, 1, 2, 2, 3, 3], names=["mean"])
    between, within = 2 * ((2 - 4) ** 2 + 0 + (6 - 4) ** 2) / 2, 0.5
    assert fit.coefficients == pytest.approx([4.0])
    assert fit.variance_residual == pytest.approx(within)
    assert fit.variance_between == pytest.approx((between - within) / 2)
    assert fit.covariance[0, 0] == pytest.approx(between / 6)
    assert satterthwaite_df(fit, [1.0]) == pytest.approx(2)
    assert (fit.n_groups, fit.n_rows, fit.at_boundary) == (3, 6, False)


def test_agrees_with_lme4_on_the_simulated_trial() -> None:
    rows = pd.read_csv(REFERENCE / "effects_trial.csv")
    design = np.column_stack([np.ones(len(rows)), rows["weeks"], rows["age_years"]])
    assert_agrees(
        random_intercept(rows["pain_nrs"], design, rows["participant_id"], names=list("abc")), "effects_trial"
    )


def test_a_variance_of_zero_is_found_and_flagged() -> None:
    rows = pd.read_csv(REFERENCE / "mixed_boundary.csv")
    design = np.column_stack([np.ones(len(rows)), rows["x"]])
    fit = random_intercept(rows["y"], design, rows["group"], names=["intercept", "x"])
    assert fit.at_boundary
    assert fit.variance_between == 0
    assert_agrees(fit, "mixed_boundary")


def test_agrees_with_lme4_on_real_data(shared_data: Path) -> None:
    rows = pd.read_csv(shared_data / "sciatica-trial" / "sciatica_long.csv").dropna(subset="vas_back")
    design = np.column_stack(
        [np.ones(len(rows)), np.log1p(rows["planned_week"]), rows["age"], rows["sex"] == "male"]
    )
    fit = random_intercept(rows["vas_back"], design, rows["id"], names=list("abcd"))
    assert_agrees(fit, "sciatica")
    # The README of the data: slope -5.8132 (SE 0.3422), SDs 15.989 and 17.861.
    assert round(fit.coefficients[1], 4) == -5.8132
    assert round(fit.covariance[1, 1] ** 0.5, 4) == 0.3422
    assert [round(fit.variance_between**0.5, 3), round(fit.variance_residual**0.5, 3)] == [15.989, 17.861]


def test_agrees_with_lme4_on_the_classics(shared_data: Path) -> None:
    sleep = pd.read_csv(shared_data / "mixed-model-classics" / "sleepstudy.csv")
    design = np.column_stack([np.ones(len(sleep)), sleep["Days"]])
    assert_agrees(
        random_intercept(sleep["Reaction"], design, sleep["Subject"], names=["a", "b"]), "sleepstudy"
    )
    growth = pd.read_csv(shared_data / "mixed-model-classics" / "orthodont.csv")
    age, female = growth["age"] - 11, (growth["Sex"] == "Female").astype(float)
    design = np.column_stack([np.ones(len(growth)), age, female, age * female])
    assert_agrees(
        random_intercept(growth["distance"], design, growth["Subject"], names=list("abcd")), "orthodont"
    )


def test_is_never_below_statsmodels_likelihood() -> None:
    y, design, groups = simulated(7)
    ours = random_intercept(y, design, groups, names=["intercept", "weeks"])
    theirs = MixedLM(y, design, groups).fit(reml=True)
    np.testing.assert_allclose(ours.coefficients, theirs.fe_params, rtol=1e-3)
    np.testing.assert_allclose(np.diag(ours.covariance) ** 0.5, theirs.bse_fe, rtol=1e-2)
    variances = float(np.asarray(theirs.cov_re).item()), float(theirs.scale)
    assert ours.restricted_log_likelihood >= restricted_log_likelihood(y, design, groups, *variances) - 1e-9


def test_is_right_at_a_variance_of_zero() -> None:
    rows = pd.read_csv(REFERENCE / "mixed_boundary.csv")
    y, groups = rows["y"].to_numpy(), rows["group"].to_numpy()
    design = np.column_stack([np.ones(len(rows)), rows["x"]])
    best = restricted_log_likelihood(
        y, design, groups, 0.0, least_squares(y, design, names=["a", "b"]).residual_sd ** 2
    )
    assert random_intercept(y, design, groups, names=["a", "b"]).restricted_log_likelihood == pytest.approx(
        best
    )


def test_no_other_variance_ratio_is_more_likely() -> None:
    y, design, groups = simulated(8)
    fit = random_intercept(y, design, groups, names=["intercept", "weeks"])
    best = restricted_log_likelihood(y, design, groups, fit.variance_between, fit.variance_residual)
    assert fit.restricted_log_likelihood == pytest.approx(best, abs=1e-8)
    for factor in (0.0, 0.5, 0.99, 1.01, 2.0, 50.0):
        for scale in (0.98, 1.0, 1.02):
            other = (fit.variance_between * factor, fit.variance_residual * scale)
            assert restricted_log_likelihood(y, design, groups, *other) <= best + 1e-9


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    origin=st.sampled_from([0.0, 45_000.0, -1e6]),
    unit=st.sampled_from([1e-6, 1.0, 604_800.0]),
)
def test_neither_origin_nor_unit_of_a_covariate_changes_standard_errors(
    seed: int, origin: float, unit: float
) -> None:
    y, design, groups = simulated(seed)
    plain = random_intercept(y, design, groups, names=["intercept", "weeks"])
    moved = design.copy()
    moved[:, 1] = (moved[:, 1] + origin) * unit
    far = random_intercept(y, moved, groups, names=["intercept", "weeks"])
    np.testing.assert_allclose(far.coefficients[1] * unit, plain.coefficients[1], rtol=1e-6)
    np.testing.assert_allclose(far.covariance[1, 1] ** 0.5 * unit, plain.covariance[1, 1] ** 0.5, rtol=1e-7)
    np.testing.assert_allclose(far.variance_between, plain.variance_between, rtol=1e-6, atol=1e-9)
    assert satterthwaite_df(far, [0, 1]) == pytest.approx(satterthwaite_df(plain, [0, 1]), rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 100_000), scale=st.floats(1e-3, 1e3), shift=st.floats(-1e4, 1e4))
def test_follows_the_outcome_and_ignores_order_and_labels(seed: int, scale: float, shift: float) -> None:
    y, design, groups = simulated(seed)
    plain = random_intercept(y, design, groups, names=["intercept", "weeks"])
    order = np.random.default_rng(seed).permutation(len(y))
    labels = np.array([f"{99 - group:03d}" for group in groups])
    moved = random_intercept(
        scale * y[order] + shift, design[order], labels[order], names=["intercept", "weeks"]
    )
    np.testing.assert_allclose(moved.covariance, scale**2 * plain.covariance, rtol=1e-5)
    np.testing.assert_allclose(
        moved.coefficients[1], scale * plain.coefficients[1], rtol=1e-5, atol=1e-8 * scale
    )
    np.testing.assert_allclose(
        moved.coefficients[0], scale * plain.coefficients[0] + shift, rtol=1e-6, atol=1e-6
    )


def test_dates_in_seconds_since_1970_cost_nothing() -> None:
    y, design, groups = simulated(9)
    seconds = design * [1, 604_800] + [0, 1.6e9]
    plain = random_intercept(y, design, groups, names=["intercept", "weeks"])
    dated = random_intercept(y, seconds, groups, names=["intercept", "weeks"])
    assert dated.covariance[1, 1] ** 0.5 * 604_800 == pytest.approx(plain.covariance[1, 1] ** 0.5, rel=1e-8)


def test_a_far_origin_costs_nothing_without_an_intercept_column_either() -> None:
    y, design, groups = simulated(10)
    arm = groups % 2
    cells = np.column_stack([arm == 0, arm == 1, design[:, 1]]).astype(float)
    near, far = (
        random_intercept(y, cells + np.array([0, 0, away]), groups, names=list("abc")) for away in (0, 45_000)
    )
    assert far.covariance[2, 2] == pytest.approx(near.covariance[2, 2], rel=1e-8)
    assert far.coefficients[1] - far.coefficients[0] == pytest.approx(
        near.coefficients[1] - near.coefficients[0]
    )


def test_refuses_what_cannot_be_estimated_and_names_it() -> None:
    y, design, groups = simulated(1)
    names = ["intercept", "weeks"]
    with pytest.raises(NotEstimable, match="1 group; a random intercept needs two"):
        random_intercept(y, design, np.zeros(len(y)), names=names)
    with pytest.raises(NotEstimable, match="has one row"):
        random_intercept(y, design, np.arange(len(y)), names=names)
    with pytest.raises(NotEstimable, match="3 in every row"):
        random_intercept(np.full(len(y), 3.0), design, groups, names=names)
    both = np.column_stack([design, design[:, 1] / 4 + 2])
    with pytest.raises(NotEstimable, match="column months is a combination"):
        random_intercept(y, both, groups, names=[*names, "months"])
    with pytest.raises(NotEstimable, match="column one is constant"):
        random_intercept(y, np.column_stack([design, np.full(len(y), 7.3)]), groups, names=[*names, "one"])
    with pytest.raises(NotEstimable, match="column weeks has missing"):
        random_intercept(y, np.where(design == 12, np.nan, design), groups, names=names)
    with pytest.raises(NotEstimable, match="outcome is missing or infinite in 1 rows"):
        random_intercept(np.append(y[:-1], np.nan), design, groups, names=names)
    dummies = (groups[:, None] == np.unique(groups)).astype(float)
    named = [f"person {n}" for n in range(dummies.shape[1])]
    with pytest.raises(NotEstimable, match="explain every difference between"):
        random_intercept(y, dummies, groups, names=named)


def simulated(seed: int, people: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twenty people with two to four visits: outcome, design (intercept, weeks), person."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(people), rng.integers(2, 5, people))
    weeks = rng.choice([0.0, 4.0, 8.0, 12.0], len(groups))
    y = 5 - 0.1 * weeks + rng.normal(0, 1, people)[groups] + rng.normal(0, 1, len(groups))
    return y, np.column_stack([np.ones(len(groups)), weeks]), groups


def restricted_log_likelihood(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, between: float, residual: float
) -> float:
    """Straight from the definition, with the covariance of all rows written out."""
    v = residual * np.eye(len(y)) + between * (groups[:, None] == groups)
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    remainder = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return float(-(logs + remainder @ inverse @ remainder + (len(y) - x.shape[1]) * np.log(2 * np.pi)) / 2)


def assert_agrees(fit: MixedFit, data: str) -> None:
    """The same as lmerTest: estimates to 1e-6, df (numerical derivatives there) to 1e-3."""
    rows = pd.read_csv(REFERENCE / "mixed_fits.csv")
    rows = rows[rows["data"] == data]
    np.testing.assert_allclose(fit.coefficients, rows["estimate"], rtol=1e-6)
    np.testing.assert_allclose(np.diag(fit.covariance) ** 0.5, rows["std_error"], rtol=1e-6)
    np.testing.assert_allclose(fit.variance_between, rows["variance_between"].iloc[0], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(fit.variance_residual, rows["variance_residual"].iloc[0], rtol=1e-6)
    np.testing.assert_allclose(
        fit.restricted_log_likelihood, rows["restricted_log_likelihood"].iloc[0], rtol=1e-9
    )
    df = [satterthwaite_df(fit, one) for one in np.eye(len(rows))]
    np.testing.assert_allclose(df, rows["df"], rtol=1e-3)
