"""Answers that can be worked out on paper: balanced data have the mixed model in their analysis of variance."""

from __future__ import annotations

import numpy as np
import pytest
from lmm_cases import columns, fitted

from lowback.estimators.lmm import LmmFit, fit_lmm

# Four persons at three visits; mean squares between and within are worked out below.
PERSON_BY_VISIT = np.array([[5.0, 6.0, 4.0], [9.0, 7.0, 8.0], [2.0, 4.0, 3.0], [6.0, 8.0, 10.0]])


def test_one_way_variances_are_those_of_the_mean_squares() -> None:
    # Person means 5, 8, 3, 8 around 6: between = 3 (1 + 4 + 9 + 4) / 3 = 18; within = (2 + 2 + 2 + 8) / 8 = 1.75.
    fit = fitted(PERSON_BY_VISIT.ravel(), np.ones((12, 1)), np.repeat(np.arange(4), 3))
    assert fit.coefficients == pytest.approx([6.0])
    assert fit.variance_residual == pytest.approx(1.75)
    assert fit.random_covariance[0, 0] == pytest.approx((18 - 1.75) / 3)
    assert fit.covariance[0, 0] == pytest.approx(18 / 12)
    for method in ("satterthwaite", "kenward-roger", "between-within", "CR2"):
        found = fit.contrast([1.0], method)
        assert found.df == pytest.approx([3.0]), method
        assert found.std_error == pytest.approx([1.5**0.5]), method
    assert not fit.at_boundary


def test_ml_variances_divide_by_the_number_of_persons() -> None:
    # By ML the sum of squares between is divided by the persons, not by one less: (54 / 4 - 1.75) / 3.
    fit = fitted(PERSON_BY_VISIT.ravel(), np.ones((12, 1)), np.repeat(np.arange(4), 3), method="ML")
    assert fit.variance_residual == pytest.approx(1.75)
    assert fit.random_covariance[0, 0] == pytest.approx((54 / 4 - 1.75) / 3)


def test_visits_are_tested_against_the_interaction_with_persons() -> None:
    # Visit means 5.5, 6.25, 6.25: sum of squares 4 (0.25 + 2 x 0.0625) = 1.5 on 2; left 14 - 1.5 = 12.5 on 6.
    fit = visits_fit()
    for method in ("satterthwaite", "kenward-roger", "between-within"):
        joint = fit.joint_test(np.eye(3)[1:], method)
        assert joint.statistic == pytest.approx((1.5 / 2) / (12.5 / 6)), method
        assert (joint.df_num, joint.df_den) == (2, pytest.approx(6)), method
    assert fit.variance_residual == pytest.approx(12.5 / 6)


def visits_fit() -> LmmFit:
    """Persons crossed with visits, the first visit as reference."""
    visit = np.tile(np.arange(3), 4)
    return fitted(PERSON_BY_VISIT.ravel(), columns(1, visit == 1, visit == 2), np.repeat(np.arange(4), 3))


def test_two_visits_are_the_paired_t_test() -> None:
    before, after = np.array([6.0, 5, 7, 4, 8]), np.array([4.0, 4, 6, 4, 5])
    fit = fitted(
        np.column_stack([before, after]).ravel(), columns(1, np.tile([0.0, 1], 5)), np.repeat(np.arange(5), 2)
    )
    found = fit.contrast([0, 1], "kenward-roger")
    change = after - before
    assert found.estimate == pytest.approx([change.mean()])
    assert found.std_error == pytest.approx([change.std(ddof=1) / 5**0.5])
    assert found.df == pytest.approx([4.0])


def test_persons_more_alike_than_chance_have_variance_zero_and_the_ordinary_fit() -> None:
    # Every person has the same mean, so the variance between persons is zero and the rest is least squares.
    y = np.array([1.0, 3, 5, 5, 3, 1, 1, 5, 3])
    fit = fitted(y, np.ones((9, 1)), np.repeat(np.arange(3), 3))
    assert fit.at_boundary
    assert fit.random_covariance[0, 0] == 0
    assert fit.variance_residual == pytest.approx(y.var(ddof=1))
    assert fit.contrast([1.0]).df == pytest.approx([8.0])


def test_predicted_effects_are_the_shrunken_deviations() -> None:
    fit = fitted(PERSON_BY_VISIT.ravel(), np.ones((12, 1)), np.repeat(["a", "b", "c", "d"], 3))
    labels, effects = fit.random_effects()
    kept = 1 - 1.75 / 18
    assert labels.tolist() == ["a", "b", "c", "d"]
    np.testing.assert_allclose(effects[:, 0], kept * (np.array([5.0, 8, 3, 8]) - 6))
    np.testing.assert_allclose(fit.predict([[1.0], [1.0]], groups=["b", "new"]), [6 + 2 * kept, 6])
    assert fit.residuals()[0] == pytest.approx(5 - 6 + kept)
    assert fit.residuals(conditional=False)[0] == pytest.approx(-1)


def test_robust_errors_of_a_mean_of_persons_are_those_of_their_means() -> None:
    # For one mean of equal persons: CR0 divides the squares of their means by n, CR2 by n - 1, CR3 by (n - 1)^2 / n.
    fit = fitted(PERSON_BY_VISIT.ravel(), np.ones((12, 1)), np.repeat(np.arange(4), 3))
    squares = ((np.array([5.0, 8, 3, 8]) - 6) ** 2).sum()
    for kind, below in (("CR0", 4.0), ("CR2", 3.0), ("CR3", 9 / 4)):
        assert fit.contrast([1.0], kind).std_error == pytest.approx([(squares / below / 4) ** 0.5]), kind


def test_a_joint_test_of_one_contrast_is_its_t_test() -> None:
    fit = visits_fit()
    for method in ("satterthwaite", "kenward-roger", "residual", "normal", "CR2"):
        one, joint = fit.contrast([0, 1, -1], method), fit.joint_test([[0, 1, -1], [0, 2, -2]], method)
        assert joint.statistic == pytest.approx(one.statistic.item() ** 2), method
        assert joint.p_value == pytest.approx(one.p_value.item()), method


def test_errors_robust_over_long_groups_are_those_of_all_their_rows():
    """Weights of one take the rows as they are; without weights long groups are condensed to what their columns span."""
    rng = np.random.default_rng(11)
    group = np.repeat(np.arange(9), 25)
    x = np.column_stack([np.ones(225), rng.normal(size=225), np.repeat(rng.normal(size=9), 25)])
    y = x @ [1.0, 0.5, -0.3] + rng.normal(size=9)[group] + rng.normal(size=225)
    short, whole = (fit_lmm(y, x, group, names=["a", "b", "c"], weights=one) for one in (None, np.ones(225)))
    for kind in ("CR0", "CR2", "CR3"):
        found, expected = (fit.contrast(np.eye(3), kind) for fit in (short, whole))
        np.testing.assert_allclose(found.std_error, expected.std_error, rtol=1e-6)
        np.testing.assert_allclose(found.df, expected.df, rtol=1e-6)
