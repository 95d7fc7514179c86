"""What must not matter: the order of rows, names, units, origins, and how often the same cohort is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.estimators.mmrm import COVARIANCES, MmrmFit, fit_mmrm

from .trials import Rows, simulated

seeds = st.integers(0, 10_000)
covariances = st.sampled_from(COVARIANCES)
TRIALS = [simulated(45, 4, seed, dropout=0.1, gaps=0.05) for seed in (21, 22, 23)]
trials = st.sampled_from(TRIALS)


def fitted(rows: Rows, covariance: str, **changes: Any) -> MmrmFit:
    arguments: dict[str, Any] = {
        "outcome": rows.outcome, "design": rows.design, "subjects": rows.subjects, "visits": rows.visits,
        "names": rows.names, "times": rows.times,
    } | changes  # fmt: skip
    return fit_mmrm(**arguments, covariance=covariance)  # type: ignore[arg-type]


def differing(one: MmrmFit, other: MmrmFit) -> list[str]:
    """What two fits do not have in common."""
    alike = {
        "objective": other.objective == pytest.approx(one.objective, rel=1e-10),
        "parameters": other.parameters == pytest.approx(one.parameters, rel=1e-6, abs=1e-9),
    }
    for method in ("kenward-roger", "CR2"):
        mine, theirs = (fit.contrast(np.eye(len(fit.names)), method) for fit in (one, other))  # type: ignore[arg-type]
        alike |= {
            f"estimate, {method}": theirs.estimate == pytest.approx(mine.estimate, rel=1e-7, abs=1e-9),
            f"standard error, {method}": theirs.std_error == pytest.approx(mine.std_error, rel=1e-7),
            f"df, {method}": theirs.df == pytest.approx(mine.df, rel=1e-6),
        }
    return [name for name, is_alike in alike.items() if not is_alike]


def test_another_trial_has_another_fit() -> None:  # negative control
    one, other = (fitted(rows, "unstructured") for rows in TRIALS[:2])
    assert "objective" in differing(one, other)
    assert "standard error, CR2" in differing(one, other)


@settings(max_examples=15)
@given(seed=seeds, covariance=covariances, rows=trials)
def test_the_order_of_rows_does_not_matter(seed: int, covariance: str, rows: Rows) -> None:
    order = np.random.default_rng(seed).permutation(len(rows.outcome))
    moved = {
        name: getattr(rows, name)[order] for name in ("outcome", "design", "subjects", "visits", "times")
    }
    assert not differing(fitted(rows, covariance), fitted(rows, covariance, **moved))


@settings(max_examples=10)
@given(seed=seeds, covariance=covariances, rows=trials)
def test_what_persons_and_visits_are_called_does_not_matter(seed: int, covariance: str, rows: Rows) -> None:
    random = np.random.default_rng(seed)
    person = np.array([f"{n:03}, 'x' ü" for n in random.permutation(1000)])[rows.subjects]
    visit = np.sort(random.uniform(0, 100, 4))[rows.visits]
    assert not differing(fitted(rows, covariance), fitted(rows, covariance, subjects=person, visits=visit))


@settings(max_examples=10)
@given(seed=seeds, covariance=covariances, rows=trials)
def test_the_order_of_columns_does_not_matter(seed: int, covariance: str, rows: Rows) -> None:
    order = np.random.default_rng(seed).permutation(len(rows.names))
    one, other = (
        fitted(rows, covariance),
        fitted(rows, covariance, design=rows.design[:, order], names=[rows.names[at] for at in order]),
    )
    assert other.objective == pytest.approx(one.objective, rel=1e-10)
    assert other.coefficients == pytest.approx(one.coefficients[order], rel=1e-7, abs=1e-9)


@settings(max_examples=15)
@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-1e5, 1e5), covariance=covariances, rows=trials)
def test_the_outcome_may_have_any_unit_and_origin(
    scale: float, shift: float, covariance: str, rows: Rows
) -> None:
    one, other = fitted(rows, covariance), fitted(rows, covariance, outcome=scale * (rows.outcome + shift))
    n, p = rows.design.shape
    assert other.objective == pytest.approx(one.objective + 2 * (n - p) * np.log(scale), rel=1e-8, abs=1e-6)
    assert other.coefficients[1:] == pytest.approx(scale * one.coefficients[1:], rel=1e-6, abs=1e-7 * scale)
    assert other.coefficients[0] == pytest.approx(scale * (one.coefficients[0] + shift), rel=1e-6)
    for df in ("kenward-roger", "CR2"):
        mine, theirs = (fit.contrast(np.eye(p), df) for fit in (one, other))  # type: ignore[arg-type]
        assert theirs.std_error == pytest.approx(scale * mine.std_error, rel=1e-6)
        assert theirs.df == pytest.approx(mine.df, rel=1e-5)


@settings(max_examples=10)
@given(days=st.floats(1, 45_000), covariance=covariances, rows=trials)
def test_a_covariate_may_have_any_origin(days: float, covariance: str, rows: Rows) -> None:
    design = rows.design.copy()
    design[:, 1] += days
    one, other = fitted(rows, covariance), fitted(rows, covariance, design=design)
    assert other.objective == pytest.approx(one.objective, rel=1e-9)
    assert other.coefficients[1:] == pytest.approx(one.coefficients[1:], rel=1e-6, abs=1e-8)
    mine, theirs = (fit.contrast(np.eye(len(rows.names))[1:], "kenward-roger") for fit in (one, other))
    assert theirs.std_error == pytest.approx(mine.std_error, rel=1e-7)
    assert theirs.df == pytest.approx(mine.df, rel=1e-5)


@settings(max_examples=10)
@given(scale=st.floats(1e-7, 1e7), origin=st.floats(-45_000, 45_000), rows=trials)
def test_time_may_have_any_unit_and_origin(scale: float, origin: float, rows: Rows) -> None:
    # Whole weeks, so that the shift itself is exact to the rounding of a double.
    times = scale * (rows.times + np.round(origin))
    one, other = fitted(rows, "spatial exponential"), fitted(rows, "spatial exponential", times=times)
    assert other.objective == pytest.approx(one.objective, rel=1e-9)
    assert other.parameters[1] == pytest.approx(scale * one.parameters[1], rel=1e-5)
    assert other.coefficients == pytest.approx(one.coefficients, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_cohort_counted_twice_has_the_same_estimates_and_half_the_variance(covariance: str) -> None:
    rows = TRIALS[0]
    twice = {
        name: np.concatenate([getattr(rows, name)] * 2) for name in ("outcome", "design", "visits", "times")
    }
    subjects = np.concatenate([rows.subjects, rows.subjects + 1000])
    one = fit_mmrm(
        rows.outcome, rows.design, rows.subjects, rows.visits, names=rows.names, times=rows.times,
        covariance=covariance, method="ML",  # type: ignore[arg-type]
    )  # fmt: skip
    two = fit_mmrm(**twice, subjects=subjects, names=rows.names, covariance=covariance, method="ML")  # type: ignore[arg-type]
    assert two.objective == pytest.approx(2 * one.objective, rel=1e-10)
    assert two.coefficients == pytest.approx(one.coefficients, rel=1e-6, abs=1e-8)
    assert two.covariance == pytest.approx(one.covariance / 2, rel=1e-6, abs=1e-9)


def test_swapping_the_arms_turns_the_sign_of_the_effect_only() -> None:
    rows = TRIALS[1]
    design = rows.design.copy()
    other = 1 - rows.arm
    for at in range(4):
        design[:, 5 + at] = (rows.visits == at) * other
    one, swapped = fitted(rows, "unstructured"), fitted(rows, "unstructured", design=design)
    effect, turned = (fit.contrast(np.eye(9)[5:], "kenward-roger") for fit in (one, swapped))
    assert turned.estimate == pytest.approx(-effect.estimate, rel=1e-8)
    assert turned.std_error == pytest.approx(effect.std_error, rel=1e-9)


def test_a_fit_costs_by_patterns_and_not_by_persons() -> None:
    few, many = simulated(100, 4, 31, dropout=0.2), simulated(3000, 4, 31, dropout=0.2)
    sizes = [rows.fit().point.parts[0].stratum.cross.size for rows in (few, many)]
    assert sizes[0] == sizes[1]


def test_a_design_of_nearly_dependent_columns_keeps_its_digits() -> None:
    rows = TRIALS[2]
    design = rows.design.copy()
    # The baseline again, moved by one part in a hundred thousand of noise: still estimable.
    design = np.column_stack(
        [design, design[:, 1] + 1e-5 * np.random.default_rng(1).normal(size=len(design))]
    )
    turn = np.eye(10)
    turn[1, 9] = -1
    # The same space with well-conditioned columns.
    clear = design.copy()
    clear[:, 9] = (design[:, 9] - design[:, 1]) * 1e5
    names = (*rows.names, "again")
    one, other = (fit_mmrm(rows.outcome, x, rows.subjects, rows.visits, names=names) for x in (design, clear))
    assert other.coefficients[9] * 1e5 == pytest.approx(one.coefficients[9], rel=1e-6)
    assert other.objective == pytest.approx(one.objective + 2 * np.log(1e5), rel=1e-8)
