"""Standardised risks: by hand, against statsmodels, against sampling, and where no maximum exists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

from lowback.estimators import NotEstimable
from lowback.estimators.logistic import refuse_separation
from lowback.estimators.standardised import standardised_risks

ARMS = ("usual care", "stretching")


def simulated(seed: int, people: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two arms, one strong covariate; the treated respond more."""
    rng = np.random.default_rng(seed)
    arm, x = rng.permutation(np.arange(people) % 2), rng.normal(0, 1, people)
    return (rng.random(people) < expit(-0.5 + arm + 1.5 * x)).astype(float), arm, x[:, None]


def test_without_covariates_the_risks_are_the_observed_shares() -> None:
    found = standardised_risks(
        [1, 0, 0, 0, 1, 1, 1, 0], [0] * 4 + [1] * 4, np.empty((8, 0)), arm_names=ARMS, names=[]
    )
    assert found.risks == pytest.approx([0.25, 0.75])
    # p (1 - p) / n, with each residual over one less its leverage of 1 / 4.
    assert np.diag(found.covariance) == pytest.approx([0.1875 / 4 / 0.75**2] * 2)
    assert found.covariance[0, 1] == pytest.approx(0, abs=1e-12)


def test_averages_the_predictions_of_statsmodels() -> None:
    y, arm, x = simulated(1)
    design = np.column_stack([np.ones(len(y)), arm, x])
    fit = Logit(y, design).fit(disp=False, tol=1e-12)
    moved = [np.column_stack([np.ones(len(y)), np.full(len(y), one), x]) for one in (0, 1)]
    expected = [fit.predict(one).mean() for one in moved]
    found = standardised_risks(y, arm, x, arm_names=ARMS, names=["x"])
    np.testing.assert_allclose(found.risks, expected, rtol=1e-7)


def test_standard_errors_are_those_of_repeated_sampling() -> None:
    draws = [standardised_risks(*simulated(seed), arm_names=ARMS, names=["x"]) for seed in range(400)]
    seen = np.cov(np.array([one.risks for one in draws]).T)
    said = np.mean([one.covariance for one in draws], axis=0)
    np.testing.assert_allclose(np.diag(said) ** 0.5, np.diag(seen) ** 0.5, rtol=0.1)
    weights = np.array([-1, 1])
    assert (weights @ said @ weights) ** 0.5 == pytest.approx((weights @ seen @ weights) ** 0.5, rel=0.1)


def test_a_far_origin_of_a_covariate_changes_nothing() -> None:
    y, arm, x = simulated(2)
    near, far = (standardised_risks(y, arm, one, arm_names=ARMS, names=["x"]) for one in (x, 1e5 + 100 * x))
    np.testing.assert_allclose(far.risks, near.risks, rtol=1e-8)
    np.testing.assert_allclose(far.covariance, near.covariance, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("event", "x"),
    [
        ([0, 0, 0, 0, 1, 0, 1, 1], [1, 2, 3, 4, 4, 3, 2, 1]),  # nobody in the first arm
        ([0, 0, 1, 1, 0, 0, 1, 1], [1, 2, 3, 4, 1, 2, 3, 4]),  # complete: x above 2.5
        ([0, 0, 1, 1, 0, 1, 1, 1], [1, 2, 2, 3, 1, 2, 3, 3]),  # quasi: mixed at x = 2 only
        ([1, 1, 1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 1, 2, 3, 4]),  # everybody
    ],
)
def test_separation_is_found_whatever_a_solver_says(event: list[int], x: list[int]) -> None:
    with pytest.raises(NotEstimable, match="without overlap"):
        standardised_risks(event, [0] * 4 + [1] * 4, np.array(x)[:, None], arm_names=ARMS, names=["x"])


def test_small_samples_are_refused_exactly_where_the_linear_programme_finds_separation() -> None:
    refused = 0
    for seed in range(300):
        y, arm, x = simulated(seed, people=10)
        design = np.linalg.qr(np.column_stack([np.ones(10), arm, x]))[0]
        try:
            refuse_separation(y, design)
        except NotEstimable:
            refused += 1
            with pytest.raises(NotEstimable, match="without overlap"):
                standardised_risks(y, arm, x, arm_names=ARMS, names=["x"])
        else:
            standardised_risks(y, arm, x, arm_names=ARMS, names=["x"])
    assert 60 < refused < 240


def test_a_score_that_proves_overlap_spares_the_programme(monkeypatch: pytest.MonkeyPatch) -> None:
    by_both = standardised_risks(*simulated(1), arm_names=ARMS, names=["x"])
    monkeypatch.setattr("lowback.estimators.logistic.linprog", None)
    by_score = standardised_risks(*simulated(1), arm_names=ARMS, names=["x"])
    assert (by_score.covariance == by_both.covariance).all()


def test_many_people_who_overlap_are_not_taken_for_separated() -> None:
    y, arm, x = simulated(4, people=20_000)
    found = standardised_risks(y, arm, x, arm_names=ARMS, names=["x"])
    assert (found.covariance.diagonal() > 0).all()


def test_refuses_a_covariate_that_repeats_the_arm() -> None:
    y, arm, _ = simulated(3)
    with pytest.raises(NotEstimable, match="column centre is a combination"):
        standardised_risks(y, arm, (1 - arm)[:, None], arm_names=ARMS, names=["centre"])
