"""Persons' own columns in place of cross-products of patterns, as for many visits with gaps, give the same fit."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators.mmrm import COVARIANCES, Covariance, MmrmFit, fit_mmrm, residuals

VISITS, PERSONS = 4, 60
BY_ARM: tuple[Covariance, ...] = ("unstructured", "heterogeneous toeplitz", "spatial exponential")
CASES = [*((one, False) for one in COVARIANCES), *((one, True) for one in BY_ARM)]


def fitted(covariance: Covariance, by_arm: bool) -> MmrmFit:
    """Sixty persons of whom some miss visits."""
    rng = np.random.default_rng(5)
    person, visit = np.nonzero((rng.random((PERSONS, VISITS)) < 0.8) | (np.arange(VISITS) == 0))
    arm = person % 2
    steps = np.cumsum(rng.normal(0, 0.6, (PERSONS, VISITS)), axis=1) + rng.normal(0, 1, (PERSONS, 1))
    outcome = 5 - 0.2 * arm * visit + steps[person, visit] + rng.normal(0, 0.5, len(person))
    at = (visit[:, None] == np.arange(1, VISITS)).astype(float)
    design = np.column_stack([np.ones(len(person)), arm, at, arm[:, None] * at])
    names = ["intercept", "arm", *(f"week {k}" for k in (1, 2, 3)), *(f"arm:week {k}" for k in (1, 2, 3))]
    by = arm if by_arm else None
    return fit_mmrm(outcome, design, person, visit, names=names, covariance=covariance, by=by)


@pytest.mark.parametrize(("covariance", "by_arm"), CASES)
def test_columns_of_persons_have_the_fit_of_patterns(
    covariance: Covariance, by_arm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = fitted(covariance, by_arm)
    monkeypatch.setattr("lowback.estimators.mmrm.sums.MOST_PRODUCTS", 0)
    gappy = fitted(covariance, by_arm)
    assert gappy.objective == pytest.approx(plain.objective, rel=1e-11)
    np.testing.assert_allclose(gappy.parameters, plain.parameters, rtol=1e-7)
    for method in ("kenward-roger", "kenward-roger-linear", "CR2"):
        ours, theirs = (fit.contrast(np.eye(8), method) for fit in (gappy, plain))
        np.testing.assert_allclose(ours.std_error, theirs.std_error, rtol=1e-7)
        np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-6)
    np.testing.assert_allclose(residuals(gappy, "normalised"), residuals(plain, "normalised"), atol=1e-7)
