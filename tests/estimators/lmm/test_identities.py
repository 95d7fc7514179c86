"""What must not change an answer, and how answers must follow a change of units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lmm_cases import columns, fitted

from lowback.estimators.lmm import LmmFit

SEEDS = st.integers(0, 100_000)


def rows(seed: int, people: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two arms with random intercepts and slopes, three to six visits each: outcome, arm, week, person."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), rng.integers(3, 7, people))
    week = rng.choice([0.0, 2.0, 4.0, 8.0, 12.0], len(person)) + rng.choice([0.0, 0.5], len(person))
    arm = (person % 2).astype(float)
    effects = rng.normal(0, 1, (people, 2)) * [1.2, 0.2]
    y = 5 - 0.1 * week - 0.05 * arm * week + effects[person, 0] + effects[person, 1] * week
    return y + rng.normal(0, 1, len(y)), arm, week, person


def model(y: np.ndarray, arm: np.ndarray, week: np.ndarray, person: np.ndarray, **more: object) -> LmmFit:
    """Arm by week with random intercept and slope."""
    return fitted(y, columns(1, arm, week, arm * week), person, columns(1, week), **more)


def differing(ours: LmmFit, theirs: LmmFit, which: list[int], scale: float = 1.0) -> list[str]:
    """What two fits do not have in common for some coefficients: estimates and errors (times `scale`), degrees of freedom."""
    alike = {}
    for method in ("satterthwaite", "kenward-roger", "CR2"):
        one, other = (fit.contrast(np.eye(4)[which], method) for fit in (ours, theirs))
        near = 1e-6 * float(one.std_error.min())
        alike |= {
            f"estimate, {method}": one.estimate == pytest.approx(scale * other.estimate, rel=1e-6, abs=near),
            f"standard error, {method}": one.std_error == pytest.approx(scale * other.std_error, rel=1e-6),
            f"df, {method}": one.df == pytest.approx(other.df, rel=1e-4),
        }
    return [name for name, is_alike in alike.items() if not is_alike]


@settings(max_examples=12)
@given(seed=SEEDS)
def test_neither_order_nor_labels_of_rows_and_persons_matter(seed: int) -> None:
    y, arm, week, person = rows(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    labels = np.array([f"{99 - k:03d}, «{k}»" for k in person])
    plain, mixed = model(y, arm, week, person), model(y[order], arm[order], week[order], labels[order])
    assert mixed.objective == pytest.approx(plain.objective, rel=1e-9)
    assert not differing(mixed, plain, [0, 1, 2, 3])
    np.testing.assert_allclose(mixed.fitted_values(), plain.fitted_values()[order], rtol=1e-5)


@settings(max_examples=12)
@given(seed=SEEDS, days=st.integers(1, 45_000), unit=st.sampled_from([1.0, 1 / 52, 604_800.0]))
def test_neither_origin_nor_unit_of_time_matters(seed: int, days: int, unit: float) -> None:
    y, arm, week, person = rows(seed)
    plain, moved = model(y, arm, week, person), model(y, arm, (week + days / 7) * unit, person)
    # Two columns of the design are in the unit of time, which the restricted likelihood sees.
    assert moved.objective - 4 * np.log(unit) == pytest.approx(plain.objective, rel=1e-8)
    assert not differing(moved, plain, [2, 3], 1 / unit)
    assert moved.random_covariance[1, 1] * unit**2 == pytest.approx(
        plain.random_covariance[1, 1], rel=1e-4, abs=1e-9
    )


@settings(max_examples=12)
@given(seed=SEEDS, scale=st.floats(1e-3, 1e3), shift=st.floats(-1e4, 1e4))
def test_answers_follow_the_unit_and_origin_of_the_outcome(seed: int, scale: float, shift: float) -> None:
    y, arm, week, person = rows(seed)
    plain, moved = model(y, arm, week, person), model(scale * y + shift, arm, week, person)
    assert not differing(moved, plain, [1, 2, 3], scale)
    assert moved.coefficients[0] == pytest.approx(scale * plain.coefficients[0] + shift, rel=1e-6, abs=1e-6)
    np.testing.assert_allclose(
        moved.random_covariance, scale**2 * plain.random_covariance, rtol=1e-3, atol=1e-5 * scale**2
    )


@settings(max_examples=10)
@given(seed=SEEDS)
def test_a_cohort_twice_over_has_the_same_estimates_and_half_the_variance(seed: int) -> None:
    y, arm, week, person = rows(seed)
    once = model(y, arm, week, person, method="ML")
    both = (np.tile(one, 2) for one in (y, arm, week))
    twice = model(*both, np.concatenate([person, person + 1000]), method="ML")
    assert twice.objective == pytest.approx(2 * once.objective, rel=1e-9)
    np.testing.assert_allclose(twice.coefficients, once.coefficients, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(twice.covariance, once.covariance / 2, rtol=1e-5, atol=1e-9)


@settings(max_examples=10)
@given(seed=SEEDS, weight=st.floats(0.01, 100))
def test_a_common_weight_only_moves_the_residual_variance(seed: int, weight: float) -> None:
    y, arm, week, person = rows(seed)
    plain = model(y, arm, week, person)
    heavy = model(y, arm, week, person, weights=np.full(len(y), weight))
    assert heavy.objective == pytest.approx(plain.objective, rel=1e-9)
    assert heavy.variance_residual == pytest.approx(weight * plain.variance_residual, rel=1e-4)
    assert not differing(heavy, plain, [0, 1, 2, 3])


@settings(max_examples=10)
@given(seed=SEEDS)
def test_another_coding_of_the_same_design_has_the_same_fit(seed: int) -> None:
    # Cell columns (no intercept, none constant within persons) span what arm and week by arm span.
    y, arm, week, person = rows(seed)
    plain = model(y, arm, week, person)
    cells = fitted(
        y + 1e4, columns(1 - arm, arm, (1 - arm) * week, arm * week), person, columns(1, week), method="REML"
    )
    turn = np.array([[-1.0, 1, 0, 0], [0, 0, -1, 1]])
    ours, theirs = cells.contrast(turn, "kenward-roger"), plain.contrast(np.eye(4)[[1, 3]], "kenward-roger")
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.std_error, theirs.std_error, rtol=1e-6)
    np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-4)


def test_weekly_visits_of_many_persons_are_few_patterns_and_jittered_ones_are_not() -> None:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(3000), 5)
    week = np.tile([0.0, 2.0, 4.0, 8.0, 12.0], 3000)
    kept = rng.random(len(week)) > 0.2
    y = rng.normal(0, 1, 3000)[person] + rng.normal(0, 1, len(week))
    arm = (person % 2).astype(float)
    weekly = model(y[kept], arm[kept], week[kept], person[kept])
    assert len(weekly.inside.patterns.counts) <= 2**5
    late = week + rng.uniform(0, 0.5, len(week))
    jittered = model(y[kept], arm[kept], late[kept], person[kept])
    assert len(jittered.inside.patterns.counts) > 2900


def test_groups_with_their_own_times_have_the_answers_of_merged_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    y, arm, week, person = rows(5)
    site = np.arange(24)[person] % 4
    merged = model(y, arm, week, person, sites=site)
    monkeypatch.setattr("lowback.estimators.lmm.patterns.SHORT", 0)
    monkeypatch.setattr("lowback.estimators.lmm.patterns.ROOM", 0)
    own = model(y, arm, week, person, sites=site)
    assert own.inside.patterns.products is None
    assert own.objective == pytest.approx(merged.objective, rel=1e-10)
    assert not differing(own, merged, [0, 1, 2, 3])
