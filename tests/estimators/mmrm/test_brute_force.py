"""Against the same model written with one dense matrix, other parameters, numerical derivatives and scipy's optimiser."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lowback.estimators.mmrm.likelihood import Model

from .dense import derivative, kenward_roger, maps, maximised, objective, spread_out
from .trials import Array, Rows, simulated

COVARIANCES = ["toeplitz", "heterogeneous toeplitz", "ante-dependence", "heterogeneous autoregressive"]


@cache
def small_trial() -> Rows:
    return simulated(persons=24, visits=4, seed=5, dropout=0.1, gaps=0.05)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_reaches_the_optimum_of_a_general_optimiser(covariance: str, method: str) -> None:
    rows = small_trial()
    mapped, start = maps(4)[covariance]
    best = mapped(maximised(rows, mapped, start, method == "REML"))
    fit = rows.fit(covariance=covariance, method=method)
    value = objective(rows, best, method == "REML")
    assert fit.objective == pytest.approx(value, rel=1e-8)
    assert fit.objective <= value + 1e-7
    assert fit.visit_covariances is not None
    # The general optimiser's matrix is good to about the root of its gain; its objective to much more.
    assert fit.visit_covariances[0] == pytest.approx(best, abs=2e-3)
    # At the engine's own matrix the dense likelihood is the engine's.
    assert objective(rows, fit.visit_covariances[0], method == "REML") == pytest.approx(
        fit.objective, rel=1e-12
    )


@pytest.mark.parametrize("covariance", ["unstructured", *COVARIANCES])
def test_coefficients_are_generalised_least_squares_for_the_fitted_covariance(covariance: str) -> None:
    rows = small_trial()
    fit = rows.fit(covariance=covariance)
    assert fit.visit_covariances is not None
    inverse = np.linalg.inv(spread_out(rows, fit.visit_covariances[0]))
    phi = np.linalg.inv(rows.design.T @ inverse @ rows.design)
    assert fit.covariance == pytest.approx(phi, rel=1e-9, abs=1e-12)
    assert fit.coefficients == pytest.approx(phi @ rows.design.T @ inverse @ rows.outcome, rel=1e-9)


@pytest.mark.parametrize("df", ["kenward-roger", "kenward-roger-linear"])
@pytest.mark.parametrize(
    "covariance", ["unstructured", "toeplitz", "heterogeneous toeplitz", "ante-dependence"]
)
def test_kenward_roger_is_the_published_formula(covariance: str, df: Any) -> None:
    rows = small_trial()
    fit = rows.fit(covariance=covariance)
    contrast = np.zeros(len(rows.names))
    contrast[[-1, -3]] = 1, -0.5
    mapped, theta = sas_map(covariance, fit.parameters)
    error, freedom = kenward_roger(rows, mapped, theta, contrast, bent=df == "kenward-roger")
    answer = fit.contrast(contrast, df)
    assert answer.std_error[0] == pytest.approx(error, rel=1e-6)
    assert answer.df[0] == pytest.approx(freedom, rel=1e-5)
    # Satterthwaite's are Kenward and Roger's for a single contrast; its standard error is the unadjusted one.
    plain = fit.contrast(contrast, "satterthwaite")
    assert plain.df[0] == pytest.approx(answer.df[0], rel=1e-12)
    assert plain.std_error[0] < answer.std_error[0]


def test_the_linear_adjustment_does_not_depend_on_the_parameters_chosen() -> None:
    # By Cholesky factors instead of elements: without second derivatives the adjustment stays, with them it moves.
    rows = small_trial()
    fit = rows.fit()
    contrast = np.eye(len(rows.names))[-1]
    assert fit.visit_covariances is not None
    mapped = maps(4)["unstructured"][0]
    theta = np.linalg.cholesky(fit.visit_covariances[0])[np.tril_indices(4)]
    linear, _ = kenward_roger(rows, mapped, theta, contrast, bent=False)
    bent, _ = kenward_roger(rows, mapped, theta, contrast, bent=True)
    assert fit.contrast(contrast, "kenward-roger-linear").std_error[0] == pytest.approx(linear, rel=1e-6)
    assert fit.contrast(contrast, "kenward-roger").std_error[0] == pytest.approx(linear, rel=1e-6)
    assert abs(bent / linear - 1) > 1e-4


def test_joint_kenward_roger_of_one_contrast_is_the_square_of_its_t() -> None:
    fit = small_trial().fit()
    contrast = np.eye(len(fit.names))[-1]
    single, joint = fit.contrast(contrast, "kenward-roger"), fit.joint_test(contrast, "kenward-roger")
    assert joint.statistic == pytest.approx(single.statistic[0] ** 2)
    assert joint.df_den == pytest.approx(single.df[0])
    assert joint.p_value == pytest.approx(single.p_value[0])


@pytest.mark.parametrize(
    "covariance", ["unstructured", "heterogeneous toeplitz", "ante-dependence", "autoregressive"]
)
def test_gradient_and_curvature_are_those_of_the_likelihood(covariance: str) -> None:
    rows = simulated(persons=50, visits=4, seed=6, dropout=0.1, gaps=0.05)
    fit = rows.fit(covariance=covariance, by=rows.arm)
    model: Model = fit.point.model
    theta = fit.point.theta * (1 + 0.02 * np.cos(np.arange(len(fit.point.theta))))

    def value(at: Array) -> Array:
        point = model.at(at)
        assert point is not None
        return np.array(point.value)

    def gradient(at: Array) -> Array:
        point = model.at(at)
        assert point is not None
        return point.slopes.gradient

    point = model.at(theta)
    assert point is not None
    scale = np.abs(point.slopes.gradient).max()
    assert point.slopes.gradient == pytest.approx(derivative(value, theta), abs=1e-7 * scale)
    bend = derivative(gradient, theta)
    assert point.slopes.curvature == pytest.approx(bend, abs=1e-7 * np.abs(bend).max())


def test_joint_tests_are_wald_tests_with_their_own_degrees_of_freedom() -> None:
    fit = small_trial().fit()
    matrix = np.eye(len(fit.names))[-4:]
    estimate = matrix @ fit.coefficients
    wald = estimate @ np.linalg.solve(matrix @ fit.covariance @ matrix.T, estimate)
    normal = fit.joint_test(matrix, "normal")
    assert normal.statistic * 4 == pytest.approx(wald)
    assert normal.p_value == pytest.approx(stats.chi2.sf(wald, 4))
    for df in ("satterthwaite", "residual", "between-within"):
        test = fit.joint_test(matrix, df)
        assert test.statistic == pytest.approx(wald / 4)
        assert test.p_value == pytest.approx(stats.f.sf(wald / 4, 4, test.df_den))
    assert fit.joint_test(matrix, "residual").df_den == fit.n_rows - len(fit.names)


def sas_map(covariance: str, parameters: Array) -> tuple[Any, Array]:
    """The parameters of SAS, written out once more: elements, or variances followed by correlations."""
    visits = 4
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))

    def elements(at: Array) -> Array:
        matrix = np.zeros((visits, visits))
        matrix[np.tril_indices(visits)] = at
        return matrix + np.tril(matrix, -1).T

    def heterogeneous(at: Array) -> Array:
        deviations = np.sqrt(at[:visits])
        rho = at[visits:]
        if covariance == "ante-dependence":
            order = range(visits)
            correlation = np.array([[np.prod(rho[min(a, b) : max(a, b)]) for b in order] for a in order])
        else:
            correlation = np.append(1.0, rho)[lag]
        return correlation * np.outer(deviations, deviations)

    if covariance == "unstructured":
        return elements, parameters
    if covariance == "toeplitz":
        return (lambda at: at[lag]), parameters
    return heterogeneous, parameters
