"""Agreement with R at the polished optimum of lmer: lme4, lmerTest, pbkrtest and clubSandwich wrote lmm.csv."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lmm_cases import OWN, REFERENCE, SHARED, columns, fitted, own_fit, prt_fit, shared_fit, table

from lowback.estimators.lmm import LmmFit, likelihood_ratio_test

# Contrasts (positions from 0) that the R script tested jointly.
JOINT = {
    "trial": [2, 4],
    "trial_intercept": [2, 4],
    "trial_visits": [7, 8, 9, 10],
    "sites": [2, 4],
    "sites_intercept": [1, 4],
    "quadratic": [1, 2],
    "orthodont": [2, 3],
    "prt": [6, 7],
    "sciatica": [2, 3],
}
ERRORS = {
    "std_error": "satterthwaite",
    "kenward_roger_se": "kenward-roger",
    "CR0_se": "CR0",
    "CR2_se": "CR2",
    "CR3_se": "CR3",
}
FREEDOM = {
    "satterthwaite_df": "satterthwaite",
    "kenward_roger_df": "kenward-roger",
    "CR2_df": "CR2",
    "CR3_df": "CR3",
}


@pytest.mark.parametrize("name", OWN)
def test_agrees_with_r_on_the_data_beside_the_script(name: str) -> None:
    assert_agrees(own_fit(name), name)


@pytest.mark.parametrize("name", SHARED)
def test_agrees_with_r_on_real_data(name: str, shared_data: Path) -> None:
    assert_agrees(shared_fit(name, shared_data), name)


def test_the_published_tests_of_the_back_pain_trial_come_out(shared_data: Path) -> None:
    # Ashar et al. 2022, JAMA Psychiatry 79(1): t(137.63) = 6.06 and t(135.69) = 8.13.
    fit = prt_fit(shared_data)
    found = fit.contrast(np.eye(8)[6:], "satterthwaite")
    assert np.round(found.df, 2).tolist() == [137.63, 135.69]
    assert np.round(np.abs(found.statistic), 2).tolist() == [6.06, 8.13]


def test_the_printed_criterion_of_sleepstudy_comes_out(shared_data: Path) -> None:
    # Bates et al. 2015, J Stat Softw 67(1), p. 11: REML criterion 1743.628.
    assert round(shared_fit("sleepstudy", shared_data).objective, 3) == 1743.628


def test_dyestuff2_has_no_variance_between_batches() -> None:
    fit = own_fit("dyestuff2")
    assert fit.at_boundary
    assert fit.random_covariance[0, 0] == 0


def test_the_singular_trial_is_flagged_and_its_covariance_has_no_second_dimension() -> None:
    fit = own_fit("singular")
    assert fit.at_boundary
    values = np.linalg.eigvalsh(fit.random_covariance)
    assert abs(values[0]) <= 1e-14 * values[1]


def test_the_likelihood_ratio_of_nested_models_agrees_with_anova() -> None:
    slopes = likelihood_ratio_test(own_fit("trial_intercept"), own_fit("trial"))
    rows = table("trial")
    without = fitted(
        rows["y"], columns(1, rows["base"], rows["week"]), rows["id"], columns(1, rows["week"]), method="ML"
    )
    arm = likelihood_ratio_test(without, own_fit("trial_ml"))
    for found, name in ((slopes, "trial_slopes"), (arm, "trial_arm")):
        wanted = reference(name)["likelihood_ratio"]
        np.testing.assert_allclose([found.statistic, found.df, found.p_value], wanted, rtol=1e-6)


@pytest.mark.parametrize("name", OWN)
def test_predicted_effects_agree_with_ranef(name: str) -> None:
    fit = own_fit(name)
    rows = pd.read_csv(REFERENCE / "lmm.csv", dtype={"term": str})
    rows = rows[rows["data"] == name]
    kinds = {"random_effect": fit.random_effects(), "site_effect": fit.site_effects()}
    for quantity, (labels, effects) in kinds.items():
        part = rows[rows["quantity"] == quantity]
        if len(labels) == 0:
            assert part.empty
            continue
        flat = effects.reshape(len(labels), -1)
        wanted = part["value"].to_numpy().reshape(flat.shape[1], -1).T
        at = {str(label): k for k, label in enumerate(labels)}
        order = [at[label] for label in part["term"][: len(labels)]]
        np.testing.assert_allclose(flat[order], wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max() + 1e-12)


def reference(name: str) -> dict[str, np.ndarray]:
    """What R says of a model, by quantity."""
    rows = pd.read_csv(REFERENCE / "lmm.csv")
    parts = rows[rows["data"] == name].groupby("quantity", sort=False)["value"]
    return {str(quantity): part.to_numpy(float) for quantity, part in parts}


def assert_agrees(fit: LmmFit, name: str) -> None:
    """Objective to 1e-8 and never worse by 1e-5, estimates 1e-6, standard errors 1e-5, variances 1e-4, df 1e-3."""
    held = reference(name)
    np.testing.assert_allclose(fit.objective, held["objective"][0], rtol=1e-8)
    assert fit.objective <= held["objective"][0] + 1e-5
    np.testing.assert_allclose([fit.aic, fit.bic], held["aic_bic"], rtol=1e-8)
    np.testing.assert_allclose(fit.coefficients, held["estimate"], rtol=1e-6)
    np.testing.assert_allclose(fit.variance_residual, held["variance_residual"][0], rtol=1e-4)
    upper = fit.random_covariance[np.triu_indices(len(fit.random_covariance))]
    scale = np.abs(upper).max()
    np.testing.assert_allclose(upper, held["random_covariance"], rtol=1e-4, atol=1e-7 * scale + 1e-12)
    if "variance_site" in held:
        np.testing.assert_allclose(fit.variance_site, held["variance_site"][0], rtol=1e-4)
    each = np.eye(len(fit.names))
    for quantity, method in ERRORS.items():
        if quantity in held:
            ours = fit.contrast(each, method).std_error
            np.testing.assert_allclose(ours, held[quantity], rtol=1e-5, err_msg=quantity)
    for quantity, method in FREEDOM.items():
        if quantity in held:
            ours = fit.contrast(each, method).df
            np.testing.assert_allclose(ours, held[quantity], rtol=1e-3, err_msg=quantity)
    for method in ("satterthwaite", "kenward-roger"):
        wanted = held.get(f"{method.replace('-', '_')}_joint")
        if wanted is not None:
            joint = fit.joint_test(each[JOINT[name]], method)
            np.testing.assert_allclose([joint.statistic, joint.df_den], wanted, rtol=1e-3, err_msg=method)
