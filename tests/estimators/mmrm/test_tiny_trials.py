"""Trials with hardly more rows than coefficients are answered soberly or refused."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import COVARIANCES, MmrmFit, fit_ladder, fit_mmrm

from .trials import Rows, simulated

# Half-widths of intervals, in standard deviations of the outcome, and degrees of freedom of an answer.
WIDEST, FEWEST = 1e3, 0.5


def valley() -> Rows:
    """Seven persons and 13 coefficients: autoregressive covariances of one likelihood form a curve."""
    outcome = [5.9, 5.2, 6.6, 5.9, 7.0, 7.6, 7.1, 5.5, 3.3, 5.3, 6.2, 4.2, 4.4, 3.3, 5.8, 4.0, 1.4, 1.9, 0.6]
    person = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6])
    visit = np.array([0, 1, 2, 0, 1, 2, 0, 2, 0, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    arm = (person == 6).astype(float)
    baseline = np.array([1.4, 1.8, 0.5, 0.7, 1.3, -0.9, -4.5])[person]
    sex, manual, standing, flag = (
        np.isin(person, which).astype(float) for which in ([0, 1, 2, 4, 5], [1, 2, 6], [4], [3, 5])
    )
    at = np.eye(3)[visit]
    design = np.column_stack(
        [
            at * (1 - arm[:, None]),
            at * arm[:, None],
            at * baseline[:, None],
            sex,
            manual,
            standing,
            flag,
        ]
    )
    names = tuple(f"coefficient {j}" for j in range(13))
    return Rows(np.array(outcome), design, person, visit, names, arm, visit * 4.0)


def tiny(random: np.random.Generator) -> Rows | None:
    """A trial of 2 to 4 visits, 3 to 12 persons and up to 13 coefficients; None where rows are not 6 to 25."""
    visits, persons = int(random.integers(2, 5)), int(random.integers(3, 13))
    arm, baseline = np.zeros(persons), random.normal(0, 1.5, persons).round(1)
    arm[: max(1, int(random.integers(1, persons // 2 + 1)))] = 1
    others = random.integers(0, 2, (persons, 3))
    shared = random.uniform(0, 0.95)
    errors = np.sqrt(1 - shared) * random.normal(size=(persons, visits))
    errors += np.sqrt(shared) * random.normal(size=(persons, 1))
    seen = random.uniform(size=(persons, visits)) > random.uniform(0, 0.4)
    seen[np.arange(persons), random.integers(0, visits, persons)] = True
    person, visit = np.nonzero(seen)
    if not 6 <= len(person) <= 25:
        return None
    at, treated = np.eye(visits)[visit], arm[person]
    by_visit = random.uniform() < 0.6
    columns = [at * (1 - treated)[:, None], at * treated[:, None]] if by_visit else [at, treated[:, None]]
    columns.append(baseline[person][:, None] * (at if random.uniform() < 0.5 else 1.0))
    columns.append(others[person][:, random.uniform(size=3) < 0.5])
    design = np.hstack(columns)[:, :13]
    outcome = (0.5 * baseline[:, None] - arm[:, None] + errors)[person, visit].round(2)
    names = tuple(f"coefficient {j}" for j in range(design.shape[1]))
    return Rows(outcome, design, person, visit, names, treated, 2.0 * visit)


def test_a_valley_of_equal_likelihood_is_no_fit() -> None:
    rows = valley()
    with pytest.raises(NotEstimable, match="13 coefficients .* degrees of freedom|does not bend"):
        fit_ladder(rows.outcome, rows.design, rows.subjects, rows.visits, names=rows.names)


@pytest.mark.filterwarnings("error")
def test_no_interval_of_a_tiny_trial_is_absurd() -> None:
    random, answered = np.random.default_rng(2122), 0
    for _ in range(60):
        rows = tiny(random)
        if rows is None:
            continue
        for covariance in (*COVARIANCES[1:6], "compound symmetry"):
            try:
                fit = rows.fit(covariance=covariance)
                check_sober(fit, rows)
            except NotEstimable:
                continue
            answered += 1
    assert answered > 60


def check_sober(fit: MmrmFit, rows: Rows) -> None:
    """Every coefficient and difference of two has an interval that says something."""
    one = np.eye(len(fit.names))
    for df in ("satterthwaite", "kenward-roger"):
        found = fit.contrast(np.vstack([one, one[1:] - one[:-1]]), df)  # type: ignore[arg-type]
        assert (found.df >= FEWEST).all()
        assert (found.conf_high - found.conf_low <= 2 * WIDEST * rows.outcome.std()).all()


def test_no_contrast_falls_below_the_bound_on_degrees_of_freedom() -> None:
    random = np.random.default_rng(5)
    for covariance in ("unstructured", "ante-dependence", "heterogeneous compound symmetry"):
        fit = simulated(14, 3, 40, dropout=0.1).fit(covariance=covariance)
        weights = random.standard_normal((2000, len(fit.names)))
        exact = fit.uncertainty.least_df(np.inf)
        assert fit.contrast(weights, "satterthwaite").df.min() >= exact
        assert fit.uncertainty.least_df(0.0) <= exact


def test_ordinary_small_trials_are_answered() -> None:
    # Eight persons at two visits, and an arm of two persons: small, and still a trial.
    for seed in range(5):
        assert simulated(8, 2, seed, dropout=0.0).fit().proof.proven
    rows = simulated(12, 3, 3, dropout=0.0)
    fit = fit_mmrm(
        rows.outcome, rows.design[:, :4], rows.subjects, rows.visits, names=rows.names[:4],
        covariance="heterogeneous compound symmetry",
    )  # fmt: skip
    assert (fit.contrast(np.eye(4)).df > 3).all()


@pytest.mark.filterwarnings("error")
def test_a_visit_that_the_design_explains_tells_nothing() -> None:
    rows = simulated(8, 3, 2, dropout=0.0)
    earlier = rows.visits < 2
    own = (rows.subjects[:, None] == np.arange(7)) & ~earlier[:, None]
    design = np.column_stack([np.eye(3)[rows.visits], own])
    names = [f"coefficient {j}" for j in range(10)]
    for covariance in ("compound symmetry", "spatial exponential"):
        whole = fit_mmrm(
            rows.outcome, design, rows.subjects, rows.visits, names=names, covariance=covariance,
            times=rows.times,
        )  # fmt: skip
        without = fit_mmrm(
            rows.outcome[earlier], design[earlier, :2], rows.subjects[earlier], rows.visits[earlier],
            names=names[:2], covariance=covariance, times=rows.times[earlier],
        )  # fmt: skip
        np.testing.assert_allclose(whole.coefficients[:2], without.coefficients, rtol=1e-6)
        np.testing.assert_allclose(whole.covariance[:2, :2], without.covariance, rtol=1e-6)
    with pytest.raises(NotEstimable, match="no proven fit"):
        fit_mmrm(
            rows.outcome, design, rows.subjects, rows.visits, names=names,
            covariance="heterogeneous compound symmetry",
        )  # fmt: skip


def test_an_adjustment_that_makes_a_variance_negative_is_refused() -> None:
    fit = simulated(20, 3, 4, dropout=0.0).fit()
    fit.uncertainty.__dict__["adjusted"] = fit.uncertainty.phi - 2 * np.diag(np.diagonal(fit.uncertainty.phi))
    for asked in (fit.contrast, fit.joint_test):
        with pytest.raises(NotEstimable, match="Kenward-Roger's adjustment makes a variance negative"):
            asked(np.eye(len(fit.names))[:2], "kenward-roger")
    assert (fit.contrast(np.eye(len(fit.names)), "satterthwaite").std_error > 0).all()


@pytest.mark.filterwarnings("error")
def test_a_likelihood_without_bound_is_refused_without_a_warning() -> None:
    # By maximum likelihood a visit that the design explains has a variance that falls for ever.
    rows = simulated(8, 3, 2, dropout=0.0)
    own = (rows.subjects[:, None] == np.arange(7)) & (rows.visits == 2)[:, None]
    design = np.column_stack([np.eye(3)[rows.visits], own])
    names = [f"coefficient {j}" for j in range(10)]
    for covariance in ("ante-dependence", "heterogeneous autoregressive", "heterogeneous compound symmetry"):
        with pytest.raises(NotEstimable, match="no proven fit"):
            fit_mmrm(
                rows.outcome, design, rows.subjects, rows.visits, names=names, covariance=covariance,
                method="ML", times=rows.times,
            )  # fmt: skip
