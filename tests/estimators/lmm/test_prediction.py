"""Predictions, residuals and simulated outcomes of a fitted mixed model."""

from __future__ import annotations

import numpy as np
import pytest
from lmm_cases import columns, fitted, own_fit, table

from lowback.estimators import NotEstimable


def test_predicted_effects_are_those_of_the_full_covariance() -> None:
    # b = G Z'V^-1 (y - X beta) with every row's covariance written out.
    fit, rows = own_fit("sites"), table("sites")
    z, person, site = fit.rows.random, rows["id"].to_numpy(), rows["site"].to_numpy()
    v = (person[:, None] == person) * (z @ fit.random_covariance @ z.T) + fit.variance_residual * np.eye(
        len(z)
    )
    v = v + fit.variance_site * (site[:, None] == site)
    pulled = np.linalg.solve(v, rows["y"].to_numpy() - fit.rows.design @ fit.coefficients)
    labels, effects = fit.random_effects()
    for k in (0, 7, 40):
        at = person == labels[k]
        np.testing.assert_allclose(effects[k], fit.random_covariance @ z[at].T @ pulled[at], rtol=1e-8)
    names, by_site = fit.site_effects()
    for name, effect in zip(names, by_site, strict=True):
        assert effect == pytest.approx(fit.variance_site * pulled[site == name].sum(), rel=1e-8)


def test_predictions_of_the_rows_are_the_fitted_values() -> None:
    fit, rows = own_fit("sites"), table("sites")
    found = fit.predict(fit.rows.design, rows["id"], fit.rows.random)
    np.testing.assert_allclose(found, fit.fitted_values(), rtol=1e-12)
    np.testing.assert_allclose(fit.predict(fit.rows.design), fit.fitted_values(conditional=False), rtol=1e-12)
    np.testing.assert_allclose(fit.residuals() + fit.fitted_values(), rows["y"], rtol=1e-12)


def test_an_unknown_person_in_a_known_site_has_the_effect_of_the_site() -> None:
    fit = own_fit("sites")
    names, by_site = fit.site_effects()
    row, z = fit.rows.design[:1], fit.rows.random[:1]
    found = fit.predict(row, groups=["nobody"], random=z, sites=[names[2]])
    assert found == pytest.approx(fit.predict(row) + by_site[2])


def test_columns_of_the_wrong_number_are_refused() -> None:
    fit = own_fit("sites")
    with pytest.raises(NotEstimable, match="the design has 2 columns; the model has 5"):
        fit.predict([[1.0, 2.0]])
    with pytest.raises(NotEstimable, match="allowed: 1 rows of"):
        fit.predict(fit.rows.design[:1], groups=[1])


def test_simulated_outcomes_follow_the_seed_and_the_model() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(400), 4)
    week = np.tile(np.arange(4.0), 400)
    y = 3 + rng.normal(0, 2, 400)[person] + rng.normal(0, 0.5, 400)[person] * week + rng.normal(0, 1, 1600)
    fit = fitted(y, columns(1, week), person, columns(1, week), sites=person % 20)
    assert np.array_equal(fit.simulate(7), fit.simulate(7))
    assert not np.array_equal(fit.simulate(7), fit.simulate(8))
    again = fitted(fit.simulate(7), columns(1, week), person, columns(1, week), sites=person % 20)
    assert again.variance_residual == pytest.approx(fit.variance_residual, rel=0.15)
    np.testing.assert_allclose(np.diag(again.random_covariance), np.diag(fit.random_covariance), rtol=0.3)
