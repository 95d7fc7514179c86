"""The random-intercept model: by hand, against lme4 and statsmodels, at both ends of the variance ratio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from lowback.estimators import NotEstimable
from lowback.estimators.linear import least_squares
from lowback.estimators.random_intercept import RandomIntercept, random_intercept

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def test_balanced_groups_give_the_estimates_of_the_analysis_of_variance() -> None:
    # Three groups of two: mean squares 12 between and 0.5 within, so the variance between is (12 - 0.5) / 2.
    y = np.array([1.5, 2.5, 3.5, 4.5, 5.5, 6.5])
    fit = random_intercept(y, np.ones((6, 1)), [1, 1, 2, 2, 3, 3], names=["mean"])
    between, within = 2 * ((2 - 4) ** 2 + 0 + (6 - 4) ** 2) / 2, 0.5
    assert fit.fit.coefficients == pytest.approx([4.0])
    assert fit.variance_residual == pytest.approx(within)
    assert fit.variance_between == pytest.approx((between - within) / 2)
    assert fit.fit.covariance[0, 0] == pytest.approx(between / 6)
    assert fit.contrast([1.0]).df == pytest.approx([2])
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
    assert round(fit.fit.coefficients[1], 4) == -5.8132
    assert round(fit.fit.covariance[1, 1] ** 0.5, 4) == 0.3422
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
    np.testing.assert_allclose(ours.fit.coefficients, theirs.fe_params, rtol=1e-3)
    np.testing.assert_allclose(np.diag(ours.fit.covariance) ** 0.5, theirs.bse_fe, rtol=1e-2)
    variances = float(np.asarray(theirs.cov_re).item()), float(theirs.scale)
    assert ours.fit.log_likelihood >= restricted_log_likelihood(y, design, groups, *variances) - 1e-9


def test_is_right_at_a_variance_of_zero() -> None:
    rows = pd.read_csv(REFERENCE / "mixed_boundary.csv")
    y, groups = rows["y"].to_numpy(), rows["group"].to_numpy()
    design = np.column_stack([np.ones(len(rows)), rows["x"]])
    best = restricted_log_likelihood(
        y, design, groups, 0.0, least_squares(y, design, names=["a", "b"]).residual_sd ** 2
    )
    fit = random_intercept(y, design, groups, names=["a", "b"])
    assert fit.fit.log_likelihood == pytest.approx(best)


def test_no_other_variance_ratio_is_more_likely() -> None:
    y, design, groups = simulated(8)
    fit = random_intercept(y, design, groups, names=["intercept", "weeks"])
    best = restricted_log_likelihood(y, design, groups, fit.variance_between, fit.variance_residual)
    assert fit.fit.log_likelihood == pytest.approx(best, abs=1e-8)
    for factor in (0.0, 0.5, 0.99, 1.01, 2.0, 50.0):
        for scale in (0.98, 1.0, 1.02):
            other = (fit.variance_between * factor, fit.variance_residual * scale)
            assert restricted_log_likelihood(y, design, groups, *other) <= best + 1e-9


def test_groups_that_leave_no_remainder_have_the_slopes_of_their_lines_and_are_flagged() -> None:
    # Each group lies exactly on a line of slope -0.5, at levels that differ, also between kinds of group.
    groups = np.repeat([0, 1, 2, 3, 4, 5], [2, 3, 2, 3, 2, 2])
    weeks = np.concatenate([np.arange(float(size)) for size in (2, 3, 2, 3, 2, 2)])
    kind = (groups > 2).astype(float)
    levels = np.array([4.0, 5.0, 6.0, 1.0, 2.0, 3.0])[groups]
    fit = random_intercept(
        levels - 0.5 * weeks, np.column_stack([1 - kind, kind, weeks]), groups, names=list("abc")
    )
    assert fit.at_boundary
    assert fit.variance_residual == 0
    assert fit.contrast(np.eye(3)).estimate == pytest.approx([5, 2, -0.5])
    assert fit.contrast([0, 0, 1]).std_error == pytest.approx([0], abs=1e-4)
    # Levels 1 apart: sum of squares 4 over 14 rows less 3 coefficients.
    assert fit.variance_between == pytest.approx(4 / 11)
    assert fit.contrast([[1, -1, 0]]).df == pytest.approx([11])


def test_a_remainder_however_small_is_no_such_limit() -> None:
    y, design, groups = simulated(11)
    lines = 5 * groups + design[:, 1]
    tiny = random_intercept(lines + 1e-2 * y, design, groups, names=["intercept", "weeks"])
    assert 0 < tiny.variance_residual < 1e-3
    assert not tiny.at_boundary


def test_what_the_engine_refuses_is_not_taken_for_the_limit() -> None:
    y, design, groups = simulated(1)
    names = ["intercept", "weeks"]
    with pytest.raises(NotEstimable, match="has one row"):
        random_intercept(y, design, np.arange(len(y)), names=names)
    with pytest.raises(NotEstimable, match="3 in every row"):
        random_intercept(np.full(len(y), 3.0), design, groups, names=names)
    with pytest.raises(NotEstimable, match="column weeks has missing"):
        random_intercept(y, np.where(design == 12, np.nan, design), groups, names=names)
    dummies = (groups[:, None] == np.unique(groups)).astype(float)
    named = [f"person {n}" for n in range(dummies.shape[1])]
    with pytest.raises(NotEstimable, match="cannot tell the variances"):
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


def assert_agrees(fit: RandomIntercept, data: str) -> None:
    """The same as lmerTest: estimates to 1e-6, df (numerical derivatives there) to 1e-3."""
    rows = pd.read_csv(REFERENCE / "mixed_fits.csv")
    rows = rows[rows["data"] == data]
    np.testing.assert_allclose(fit.fit.coefficients, rows["estimate"], rtol=1e-6)
    np.testing.assert_allclose(np.diag(fit.fit.covariance) ** 0.5, rows["std_error"], rtol=1e-6)
    np.testing.assert_allclose(fit.variance_between, rows["variance_between"].iloc[0], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(fit.variance_residual, rows["variance_residual"].iloc[0], rtol=1e-6)
    np.testing.assert_allclose(fit.fit.log_likelihood, rows["restricted_log_likelihood"].iloc[0], rtol=1e-9)
    np.testing.assert_allclose(fit.contrast(np.eye(len(rows))).df, rows["df"], rtol=1e-3)
