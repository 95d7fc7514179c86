"""Residuals, expectations, simulated outcomes and the comparison of fits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import (
    expected_outcomes,
    fit_mmrm,
    fitted_values,
    likelihood_ratio_test,
    residuals,
    simulate,
)

from .dense import spread_out
from .trials import simulated

ROWS = simulated(60, 4, seed=41, dropout=0.1, gaps=0.05)
FIT = ROWS.fit()


def test_fitted_values_and_residuals_add_up_to_the_outcome() -> None:
    assert fitted_values(FIT) == pytest.approx(ROWS.design @ FIT.coefficients, rel=1e-10)
    assert fitted_values(FIT) + residuals(FIT) == pytest.approx(ROWS.outcome, rel=1e-12)


def test_pearson_residuals_are_over_the_standard_deviation_of_their_visit() -> None:
    assert FIT.visit_covariances is not None
    deviations = np.sqrt(np.diagonal(FIT.visit_covariances[0]))[ROWS.visits]
    assert residuals(FIT, "pearson") == pytest.approx(residuals(FIT) / deviations, rel=1e-9)


def test_normalised_residuals_have_the_quadratic_form_of_the_likelihood() -> None:
    assert FIT.visit_covariances is not None
    rest = residuals(FIT)
    expected = rest @ np.linalg.solve(spread_out(ROWS, FIT.visit_covariances[0]), rest)
    found = residuals(FIT, "normalised")
    assert found @ found == pytest.approx(expected, rel=1e-9)
    # Each person's first row is only divided by its standard deviation.
    first = np.flatnonzero(np.diff(ROWS.subjects, prepend=-1))
    assert found[first] == pytest.approx(residuals(FIT, "pearson")[first], rel=1e-9)


def test_a_missing_visit_is_expected_from_the_person_s_others() -> None:
    assert FIT.visit_covariances is not None
    covariance = FIT.visit_covariances[0]
    person = next(one for one in range(60) if set(ROWS.visits[ROWS.subjects == one]) == {0, 1, 2})
    design = ROWS.design[(ROWS.subjects != person) & (ROWS.visits == 3)][:1]
    rest = residuals(FIT)[ROWS.subjects == person]
    weights = np.linalg.solve(covariance[:3, :3], covariance[:3, 3])
    found = expected_outcomes(FIT, design, [person], [3])
    assert found.mean[0] == pytest.approx((design @ FIT.coefficients)[0] + weights @ rest)
    assert found.deviation[0] == pytest.approx(np.sqrt(covariance[3, 3] - weights @ covariance[:3, 3]))


def test_a_person_who_was_not_in_the_fit_is_expected_at_the_marginal_mean() -> None:
    assert FIT.visit_covariances is not None
    found = expected_outcomes(FIT, ROWS.design[:1], [9999], [0])
    assert found.mean[0] == pytest.approx(ROWS.design[0] @ FIT.coefficients)
    assert found.deviation[0] == pytest.approx(np.sqrt(FIT.visit_covariances[0][0, 0]))


def test_expectations_need_a_visit_that_was_fitted() -> None:
    with pytest.raises(NotEstimable, match="no visit 9; this fit has visits 0, 1, 2, 3"):
        expected_outcomes(FIT, ROWS.design[:1], [0], [9])
    spatial = ROWS.fit(covariance="spatial exponential", times=ROWS.times)
    with pytest.raises(NotEstimable, match="has no visits at which"):
        expected_outcomes(spatial, ROWS.design[:1], [0], [0])


def test_simulated_outcomes_have_the_fitted_mean_and_covariance_and_repeat_by_seed() -> None:
    assert FIT.visit_covariances is not None
    draws = simulate(FIT, seed=5, draws=4000)
    assert draws.shape == (4000, len(ROWS.outcome))
    assert np.array_equal(draws, simulate(FIT, seed=5, draws=4000))
    mean_error = np.sqrt(np.diagonal(spread_out(ROWS, FIT.visit_covariances[0])) / 4000)
    assert np.abs((draws.mean(axis=0) - fitted_values(FIT)) / mean_error).max() < 4.5
    complete = next(one for one in range(60) if (ROWS.subjects == one).sum() == 4)
    found = np.cov(draws[:, complete == ROWS.subjects].T)
    assert found == pytest.approx(FIT.visit_covariances[0], abs=0.2)


def test_likelihood_ratios_compare_covariances_by_reml() -> None:
    smaller = ROWS.fit(covariance="compound symmetry")
    test = likelihood_ratio_test(smaller, FIT)
    ratio = smaller.objective - FIT.objective
    assert (test.df_num, test.df_den) == (8, np.inf)
    assert test.statistic == pytest.approx(ratio / 8)
    assert test.p_value == pytest.approx(stats.chi2.sf(ratio, 8))


def test_likelihood_ratios_compare_coefficients_by_ml_only() -> None:
    fewer = {"design": ROWS.design[:, :5], "names": ROWS.names[:5]}

    def fit(method: str, **columns: object) -> object:
        arguments = {"design": ROWS.design, "names": ROWS.names} | columns
        return fit_mmrm(
            ROWS.outcome,
            subjects=ROWS.subjects,
            visits=ROWS.visits,
            method=method,
            **arguments,  # type: ignore[arg-type]
        )

    test = likelihood_ratio_test(fit("ML", **fewer), fit("ML"))  # type: ignore[arg-type]
    assert test.df_num == 4
    with pytest.raises(NotEstimable, match="different coefficients cannot be compared; fit both by ML"):
        likelihood_ratio_test(fit("REML", **fewer), FIT)  # type: ignore[arg-type]
    with pytest.raises(NotEstimable, match="one fit is by ML and the other by REML"):
        likelihood_ratio_test(fit("ML"), FIT)  # type: ignore[arg-type]
    with pytest.raises(NotEstimable, match="0 parameters more"):
        likelihood_ratio_test(FIT, FIT)
    with pytest.raises(NotEstimable, match="different rows"):
        likelihood_ratio_test(simulated(60, 4, seed=42).fit(covariance="compound symmetry"), FIT)
