"""Cases whose answer is known without a program for mixed models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from lowback.estimators.linear import least_squares
from lowback.estimators.lmm import fit_lmm
from lowback.estimators.mmrm import COVARIANCES, fit_mmrm, likelihood_ratio_test

from .trials import REFERENCE, Array, Rows, antidepressant, framed, r_trial, simulated


def balanced(persons: int, visits: int, seed: int) -> tuple[Array, NDArray[np.intp], Rows]:
    """Complete data of two arms: outcomes (persons, visits), arms, and the rows with a mean for each arm and visit."""
    random = np.random.default_rng(seed)
    arm = np.arange(persons) % 2
    y = random.normal(size=(persons, 1)) + random.normal(size=(persons, visits)) * np.arange(1, visits + 1)
    person, visit = np.divmod(np.arange(persons * visits), visits)
    cell = arm[person] * visits + visit
    columns = {f"arm {one // visits} visit {one % visits}": cell == one for one in range(2 * visits)}
    frame = pd.DataFrame({"y": y.ravel(), "person": person, "visit": visit, "arm": arm[person]})
    return y, arm, framed(columns, frame, "y", "person", "visit", "arm", visit)


def test_complete_data_give_the_residual_cross_products_as_covariance() -> None:
    y, arm, rows = balanced(14, 3, 1)
    centred = y - np.stack([y[arm == one].mean(axis=0) for one in arm])
    products = centred.T @ centred
    reml, ml = rows.fit(), rows.fit(method="ML")
    assert reml.visit_covariances is not None
    assert ml.visit_covariances is not None
    assert reml.visit_covariances[0] == pytest.approx(products / (14 - 2), rel=1e-9)
    assert ml.visit_covariances[0] == pytest.approx(products / 14, rel=1e-9)
    assert reml.coefficients == pytest.approx(np.concatenate([y[arm == one].mean(axis=0) for one in (0, 1)]))


def test_a_difference_at_one_visit_of_complete_data_is_student_s_t_test() -> None:
    y, arm, rows = balanced(14, 3, 2)
    contrast = np.zeros(6)
    contrast[[5, 2]] = 1, -1
    t, p = stats.ttest_ind(y[arm == 1, 2], y[arm == 0, 2])
    for df in ("satterthwaite", "kenward-roger", "kenward-roger-linear"):
        answer = rows.fit().contrast(contrast, df)
        assert answer.statistic[0] == pytest.approx(t, rel=1e-8)
        assert answer.df[0] == pytest.approx(12, rel=1e-8)
        assert answer.p_value[0] == pytest.approx(p, rel=1e-8)


def test_no_effect_at_any_visit_of_complete_data_is_hotelling_s_test() -> None:
    y, arm, rows = balanced(20, 3, 3)
    difference = y[arm == 1].mean(axis=0) - y[arm == 0].mean(axis=0)
    pooled = sum(np.cov(y[arm == one].T) * 9 for one in (0, 1)) / 18
    t_squared = 5 * difference @ np.linalg.solve(pooled, difference)
    f = t_squared * (18 - 3 + 1) / (18 * 3)
    test = rows.fit().joint_test(np.hstack([-np.eye(3), np.eye(3)]), "kenward-roger")
    # Kenward & Roger chose their moments so that this case is exact.
    assert test.statistic == pytest.approx(f, rel=1e-8)
    assert (test.df_num, test.df_den) == (3, pytest.approx(16, rel=1e-8))
    assert test.p_value == pytest.approx(stats.f.sf(f, 3, 16), rel=1e-7)


def test_compound_symmetry_of_complete_data_is_the_analysis_of_variance() -> None:
    y, arm, rows = balanced(16, 4, 4)
    means = np.stack([y[arm == one].mean(axis=0) for one in (0, 1)])
    rest = y - means[arm]
    between = 4 * (rest.mean(axis=1) ** 2).sum() / 14
    within = ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum() / (14 * 3)
    fit = rows.fit(covariance="compound symmetry")
    assert dict(zip(fit.parameter_names, fit.parameters, strict=True)) == pytest.approx(
        {"covariance": (between - within) / 4, "residual variance": within}
    )
    # The interaction of arm and visit, F on 3 and 42 degrees of freedom.
    effect = means - means.mean(axis=0) - means.mean(axis=1, keepdims=True) + means.mean()
    f = 8 * (effect**2).sum() / 3 / within
    differences = np.eye(4)[1:] - np.eye(4)[:1]
    test = fit.joint_test(np.hstack([-differences, differences]), "kenward-roger")
    assert test.statistic == pytest.approx(f, rel=1e-8)
    assert test.df_den == pytest.approx(42, rel=1e-6)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_one_visit_is_analysis_of_covariance(covariance: str) -> None:
    rows = simulated(30, 4, seed=8)
    there = rows.visits == 0
    design = rows.design[there][:, [0, 1, 5]]
    names = ("intercept", "baseline", "arm")
    fit = fit_mmrm(
        rows.outcome[there],
        design,
        rows.subjects[there],
        rows.visits[there],
        names=names,
        covariance=covariance,  # type: ignore[arg-type]
    )
    ordinary = least_squares(rows.outcome[there], design, names=names)
    assert fit.coefficients == pytest.approx(ordinary.coefficients, rel=1e-9)
    answer = fit.contrast(np.eye(3), "kenward-roger")
    rest = rows.outcome[there] - design @ ordinary.coefficients
    variance = rest @ rest / 27 * np.linalg.inv(design.T @ design)
    assert answer.std_error == pytest.approx(np.sqrt(np.diagonal(variance)), rel=1e-8)
    assert answer.df == pytest.approx(27.0, rel=1e-8)


@pytest.mark.parametrize("name", ["dropout", "gaps", "constant", "small"])
def test_compound_symmetry_is_a_random_intercept(name: str) -> None:
    rows = r_trial(name, "compound symmetry")
    fit = rows.fit(covariance="compound symmetry")
    mixed = fit_lmm(rows.outcome, rows.design, rows.subjects, names=rows.names)
    assert fit.log_likelihood == pytest.approx(mixed.log_likelihood, rel=1e-10)
    assert fit.coefficients == pytest.approx(mixed.coefficients, rel=1e-7)
    assert fit.covariance == pytest.approx(mixed.covariance, rel=1e-6, abs=1e-9)
    assert fit.parameters == pytest.approx(
        [float(mixed.random_covariance[0, 0]), mixed.variance_residual], rel=1e-5
    )


def test_arms_with_coefficients_and_covariances_of_their_own_are_separate_trials() -> None:
    random = np.random.default_rng(5)
    y, _, rows = balanced(40, 3, 6)
    kept = (random.uniform(size=120) > 0.15) | (rows.visits == 0)
    both = framed(
        dict(zip(rows.names, rows.design[kept].T, strict=True)),
        pd.DataFrame(
            {"y": y.ravel()[kept], "p": rows.subjects[kept], "v": rows.visits[kept], "a": rows.arm[kept]}
        ),
        "y", "p", "v", "a", rows.visits[kept],
    )  # fmt: skip
    fit = both.fit(by=both.arm)
    assert fit.groups == ("0", "1")
    separate = []
    for one in (0, 1):
        there = both.arm == one
        part = (both.outcome[there], both.design[there][:, 3 * one : 3 * one + 3])
        separate.append(fit_mmrm(*part, both.subjects[there], both.visits[there], names=["a", "b", "c"]))
    assert fit.objective == pytest.approx(sum(part.objective for part in separate), rel=1e-12)
    assert fit.visit_covariances is not None
    for at, part in enumerate(separate):
        assert part.visit_covariances is not None
        assert fit.visit_covariances[at] == pytest.approx(part.visit_covariances[0], rel=1e-7)
    contrast = np.eye(6)[5]
    whole, half = fit.contrast(contrast, "kenward-roger"), separate[1].contrast(contrast[3:], "kenward-roger")
    assert whole.std_error[0] == pytest.approx(half.std_error[0], rel=1e-8)
    assert whole.df[0] == pytest.approx(half.df[0], rel=1e-6)
    # The test that the arms share a covariance: 6 parameters more.
    test = likelihood_ratio_test(both.fit(), fit)
    assert test.df_num == 6
    assert test.statistic == pytest.approx((both.fit().objective - fit.objective) / 6)


def test_between_within_counts_persons_and_rows() -> None:
    rows = r_trial("dropout", "unstructured")
    persons, n = len(np.unique(rows.subjects)), len(rows.outcome)
    answer = rows.fit().contrast(np.eye(len(rows.names)), "between-within")
    between = [name in ("baseline", "arm_factor1") for name in rows.names]
    # Two columns vary only between persons, besides the intercept; six within.
    expected = np.where(between, persons - 1 - 2, n - persons - 6)
    assert answer.df.tolist() == expected.tolist()


def test_information_criteria_count_as_sas_does(shared_data) -> None:  # type: ignore[no-untyped-def]
    fit = antidepressant(shared_data).fit()
    # Ten variances and covariances, 172 patients.
    assert fit.aic == pytest.approx(fit.objective + 20)
    assert fit.bic == pytest.approx(fit.objective + 10 * np.log(172))
    assert fit.n_groups == 172
    assert fit.persons_by_visit.tolist() == [172, 158, 149, 129]


def test_spatial_exponential_at_equal_times_is_autoregression() -> None:
    rows = r_trial("autoregressive", "autoregressive")
    steps, times = (
        rows.fit(covariance="autoregressive"),
        rows.fit(covariance="spatial exponential", times=4.0 * rows.visits),
    )
    assert times.objective == pytest.approx(steps.objective, rel=1e-12)
    assert np.exp(-4 / times.parameters[1]) == pytest.approx(steps.parameters[1], rel=1e-7)


def test_reference_trials_were_written_by_the_versions_on_record() -> None:
    rows = pd.read_csv(REFERENCE / "mmrm.csv", keep_default_na=False).query("set == 'versions'")
    assert set(rows["name"]) == {"R", "nlme", "clubSandwich", "lme4", "lmerTest", "pbkrtest"}
