"""Standard errors and degrees of freedom against their definitions with every matrix written out, and in simulation."""

from __future__ import annotations

import numpy as np
import pytest
from lmm_cases import columns, fitted
from scipy.linalg import block_diag, sqrtm

from lowback.estimators.linear import least_squares
from lowback.estimators.lmm import LmmFit


def weighted_fit() -> LmmFit:
    """Fourteen persons in four sites with unequal weights and visits, random intercept and slope."""
    rng = np.random.default_rng(21)
    person = np.repeat(np.arange(14), rng.integers(2, 7, 14))
    week = rng.choice(np.arange(7.0), len(person)) + rng.choice([0, 0.25], len(person))
    arm = (person % 2).astype(float)
    effects = rng.normal(0, 1, (14, 2)) * [1.5, 0.5]
    y = 4 + effects[person, 0] + effects[person, 1] * week + rng.normal(0, 1.5, 4)[person % 4]
    y = y + rng.normal(0, 1, len(y))
    design = columns(1, arm, week, arm * week)
    weights = rng.uniform(0.5, 2, len(y))
    return fitted(y, design, person, columns(1, week), weights=weights, sites=person % 4)


def components(fit: LmmFit) -> tuple[list[np.ndarray], np.ndarray]:
    """The derivatives of the covariance of all rows in each variance parameter, and that covariance."""
    z, person = fit.rows.random, fit.rows.grouping.of_rows()
    same = person[:, None] == person
    site = person % 4
    one, two = z[:, :1], z[:, 1:]
    parts = [
        np.diag(1 / fit.rows.weights),
        same * (one @ one.T),
        same * (one @ two.T + two @ one.T),
        same * (two @ two.T),
        (site[:, None] == site).astype(float),
    ]
    g = fit.random_covariance
    values = [fit.variance_residual, g[0, 0], g[0, 1], g[1, 1], fit.variance_site]
    return parts, sum(value * part for value, part in zip(values, parts, strict=True))


def test_kenward_roger_is_its_definition() -> None:
    # Kenward & Roger 1997, Biometrics 53:983-997, eq. (1)-(5), with n by n matrices.
    fit = weighted_fit()
    parts, v = components(fit)
    x, inverse = fit.rows.design, np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    p = [-x.T @ inverse @ part @ inverse @ x for part in parts]
    q = [[x.T @ inverse @ a @ inverse @ b @ inverse @ x for b in parts] for a in parts]
    project = inverse - inverse @ x @ phi @ x.T @ inverse
    information = np.array([[np.trace(project @ a @ project @ b) / 2 for b in parts] for a in parts])
    w = np.linalg.inv(information)
    inside = sum(w[i, j] * (q[i][j] - p[i] @ phi @ p[j]) for i in range(5) for j in range(5))
    adjusted = phi + 2 * phi @ inside @ phi
    np.testing.assert_allclose(fit.covariance, phi, rtol=1e-6)
    for contrast in (np.array([0, 0, 0, 1.0]), np.array([1.0, 1, 6, 6])):
        found = fit.contrast(contrast, "kenward-roger")
        assert found.std_error.item() == pytest.approx((contrast @ adjusted @ contrast) ** 0.5, rel=1e-6)
        slope = np.array([contrast @ phi @ one @ phi @ contrast for one in p])
        df = 2 * (contrast @ phi @ contrast) ** 2 / (slope @ w @ slope)
        assert found.df.item() == pytest.approx(df, rel=1e-5)


def test_satterthwaite_is_its_definition() -> None:
    # The same variance of a variance, from the observed curvature of the restricted likelihood by finite differences.
    fit = weighted_fit()
    parts, _ = components(fit)
    x, y = fit.rows.design, fit.rows.outcome
    g = fit.random_covariance
    at = np.array([fit.variance_residual, g[0, 0], g[0, 1], g[1, 1], fit.variance_site])

    def deviance(values: np.ndarray) -> float:
        v = sum(value * part for value, part in zip(values, parts, strict=True))
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        left = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
        return float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + left @ inverse @ left)

    steps = np.eye(5) * 1e-3 * np.array([at[0], at[1], (at[1] * at[3]) ** 0.5, at[3], at[4]])
    hessian = np.array([[
        (deviance(at + a + b) - deviance(at + a - b) - deviance(at - a + b) + deviance(at - a - b))
        / (4 * a.max() * b.max()) for b in steps] for a in steps])  # fmt: skip
    v = sum(value * part for value, part in zip(at, parts, strict=True))
    inverse = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    contrast = np.array([0.0, 0, 0, 1])
    slope = np.array([contrast @ phi @ x.T @ inverse @ part @ inverse @ x @ phi @ contrast for part in parts])
    df = 2 * (contrast @ phi @ contrast) ** 2 / (slope @ (2 * np.linalg.inv(hessian)) @ slope)
    assert not fit.at_boundary
    assert fit.contrast(contrast, "satterthwaite").df.item() == pytest.approx(df, rel=1e-3)


def test_robust_errors_are_their_definition() -> None:
    # Bell & McCaffrey 2002; Pustejovsky & Tipton 2018: over sites, with the model's covariance as working model.
    fit = weighted_fit()
    v = components(fit)[1]
    x, residual = fit.rows.design, fit.residuals(conditional=False)
    site = fit.rows.grouping.of_rows() % 4
    order = np.argsort(site, kind="stable")
    v, x, residual, site = v[np.ix_(order, order)], x[order], residual[order], site[order]
    inverse = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    hat = np.eye(len(x)) - x @ phi @ x.T @ inverse
    blocks = [np.flatnonzero(site == k) for k in range(4)]
    adjust = []
    for at in blocks:
        root = np.real(sqrtm(v[np.ix_(at, at)]))
        left = v[np.ix_(at, at)] - x[at] @ phi @ x[at].T
        values, vectors = np.linalg.eigh(root @ left @ root)
        keep = values > 1e-12 * values.max()
        power = np.where(keep, np.abs(values) ** -0.5, 0)
        adjust.append(root @ (vectors * power) @ vectors.T @ root)
    whole = block_diag(*adjust)
    weights = [phi @ x[at].T @ inverse[np.ix_(at, at)] @ whole[np.ix_(at, at)] for at in blocks]
    contrast = np.array([0.0, 0, 0, 1])
    scores = [contrast @ w @ residual[at] for w, at in zip(weights, blocks, strict=True)]
    found = fit.contrast(contrast, "CR2")
    assert found.std_error.item() == pytest.approx(np.sum(np.square(scores)) ** 0.5, rel=1e-6)
    rows = np.array([(contrast @ w) @ hat[at] for w, at in zip(weights, blocks, strict=True)])
    crossed = rows @ v @ rows.T
    assert found.df.item() == pytest.approx(np.trace(crossed) ** 2 / np.trace(crossed @ crossed), rel=1e-5)


def test_between_within_counts_persons_for_arms_and_rows_for_weeks() -> None:
    person = np.repeat(np.arange(10), 4)
    week, arm = np.tile(np.arange(4.0), 10), (person % 2).astype(float)
    y = np.random.default_rng(4).normal(0, 1, 10)[person] + np.random.default_rng(5).normal(0, 1, 40)
    fit = fitted(y, columns(1, arm, week, arm * week), person)
    found = fit.contrast(np.vstack([np.eye(4), [0, 1, 0, 3]]), "between-within")
    assert found.df.tolist() == [8, 8, 28, 28, 8]
    assert fit.contrast([0, 1, 0, 0], "residual").df.tolist() == [36]
    assert fit.contrast([0, 1, 0, 0], "normal").df.tolist() == [np.inf]


def test_small_sample_intervals_cover_and_normal_ones_and_least_squares_do_not() -> None:
    # 200 trials of 3 + 3 persons at 4 visits: 95 % intervals miss 10 (SE 3.1), normal ones with 4 df should miss 24.
    misses = dict.fromkeys(["satterthwaite", "kenward-roger", "normal", "least squares"], 0)
    for seed in range(200):
        y, design, person = small_trial(seed)
        fit = fitted(y, design, person, design[:, [0, 2]])
        contrast = np.array([0.0, 1, 0, 3])
        for method in ("satterthwaite", "kenward-roger", "normal"):
            found = fit.contrast(contrast, method)
            misses[method] += not found.conf_low.item() <= TRUE_DIFFERENCE <= found.conf_high.item()
        ordinary = least_squares(y, design, names=list("abcd"))
        error = (contrast @ ordinary.covariance @ contrast) ** 0.5
        misses["least squares"] += abs(contrast @ ordinary.coefficients - TRUE_DIFFERENCE) > 2.09 * error
    assert 2 <= misses["kenward-roger"] <= 18
    assert 2 <= misses["satterthwaite"] <= 18
    assert misses["normal"] > misses["kenward-roger"] + 6
    assert misses["least squares"] > 30


TRUE_DIFFERENCE = -1.2


def small_trial(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three persons an arm, four visits: outcome, design, person; the arms differ by -1.2 at the last visit."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(6), 4)
    week, arm = np.tile(np.arange(4.0), 6), (person % 2).astype(float)
    effects = rng.normal(0, 1, (6, 2)) * [1, 0.4]
    y = 6 - 0.4 * arm * week + effects[person, 0] + effects[person, 1] * week + rng.normal(0, 0.5, 24)
    return y, columns(1, arm, week, arm * week), person
