"""Scores times rotations are the columns of a design at each visit, and as few as differ there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowback.estimators.mmrm import fit_mmrm
from lowback.estimators.mmrm.slot_columns import Columns, rows_by_slot

ROWS, SLOTS = 60, 4


def visits(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The visit of each row, an arm and a score that vary between rows."""
    rng = np.random.default_rng(seed)
    slot = np.concatenate([np.arange(SLOTS), rng.integers(0, SLOTS, ROWS - SLOTS)])
    return slot, rng.integers(0, 2, ROWS).astype(float), rng.normal(50, 12, ROWS)


def trial_design(seed: int, origin: float = 0.0) -> np.ndarray:
    """Intercept, score, arm, visits, arm by visit, score by number of visit."""
    slot, arm, score = visits(seed)
    at = (slot[:, None] == np.arange(1, SLOTS)).astype(float)
    return np.column_stack(
        [np.ones(ROWS), score + origin, arm, at, arm[:, None] * at, (score + origin) * slot]
    )


@given(
    seed=st.integers(0, 10_000), origin=st.sampled_from([0.0, -3.0, 45_000.0]), order=st.sampled_from("CF")
)
def test_scores_times_rotations_are_the_columns(seed: int, origin: float, order: str) -> None:
    slot = visits(seed)[0]
    design = np.asarray(trial_design(seed, origin), order=order)
    means, units = design.mean(axis=0), np.abs(design).max(axis=0)
    columns = Columns(design, means, means, units)
    placed = columns.by_slot(rows_by_slot(slot, SLOTS))
    coefficients = np.random.default_rng(seed).normal(size=design.shape[1])
    wanted = (design - means) / units
    np.testing.assert_allclose(placed.combined(coefficients), wanted @ coefficients, atol=1e-11)
    np.testing.assert_allclose(placed.cross(), wanted.T @ wanted, atol=1e-10)
    np.testing.assert_allclose(
        placed.times(design[:, 1]), wanted.T @ design[:, 1], atol=1e-6 + 1e-10 * origin
    )


def test_a_visit_has_a_score_for_one_the_arm_and_the_baseline() -> None:
    slot, _, _ = visits(1)
    design = trial_design(1)[:, :9]
    columns = Columns(design, design.mean(axis=0), design.mean(axis=0), np.abs(design).max(axis=0))
    assert [len(one) for one in columns.by_slot(rows_by_slot(slot, SLOTS)).scores] == [3] * SLOTS


def test_columns_that_differ_at_a_visit_are_not_merged() -> None:  # negative control
    slot, arm, score = visits(2)
    design = np.column_stack([np.ones(ROWS), arm, np.where(np.arange(ROWS) == ROWS - 1, 1 - arm, arm), score])
    columns = Columns(design, np.zeros(4), np.zeros(4), np.ones(4))
    placed = columns.by_slot(rows_by_slot(slot, SLOTS))
    assert len(placed.scores[slot[-1]]) == 4
    np.testing.assert_allclose(placed.combined(np.array([0.0, 0.0, 1.0, 0.0])), design[:, 2])


def test_nearly_dependent_columns_and_more_visits_than_fit_have_the_same_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    person, visit = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
    score = rng.normal(size=120)
    near = score + 1e-4 * rng.normal(size=120)
    outcome = score + np.repeat(rng.normal(size=40), 3) + rng.normal(size=120)
    names = ["intercept", "week", "score", "near"]
    design = np.column_stack([np.ones(120), visit, score, near])
    plain = fit_mmrm(outcome, design, person, visit, names=names)
    # The same model in columns far from dependent.
    apart = np.column_stack([design[:, :3], (near - score) * 1e4])
    turned = fit_mmrm(outcome, apart, person, visit, names=names)
    assert plain.coefficients[3] == pytest.approx(1e4 * turned.coefficients[3], rel=1e-7)
    monkeypatch.setattr("lowback.estimators.mmrm.frame.MOST_SLOTS", 2)
    once = fit_mmrm(outcome, apart, person, visit, names=names)
    assert once.objective == pytest.approx(turned.objective, rel=1e-12)
    np.testing.assert_allclose(once.coefficients, turned.coefficients, rtol=1e-9)
