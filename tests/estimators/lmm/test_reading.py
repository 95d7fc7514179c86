"""Rows are read once: from a matrix or from a design, whatever their order, however many different patterns there are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lmm_cases import fitted

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import LmmFit, fit_lmm
from lowback.estimators.lmm.patterns import same_grams
from lowback.estimators.terms import Design, design, spline

TERMS = ["arm", "week", "arm:week", "sex", spline("age", 3)]


def cohort(people: int, seed: int) -> pd.DataFrame:
    """Three arms, text and whole numbers among the columns, random intercepts and slopes; rows in no order."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), 5)
    week = np.tile([0, 2, 4, 8, 12], people)
    effects = rng.normal(0, 1, (people, 2)) * [1.2, 0.2]
    pain = 5 + effects[person, 0] + (effects[person, 1] - 0.1) * week + rng.normal(0, 1, len(week))
    arm = np.array(["usual care", "stretch, daily", "«pose»"])[person % 3]
    who = {"sex": person % 2 == 0, "age": rng.normal(45, 12, people)[person]}
    rows = pd.DataFrame({"id": person, "week": week, "pain": pain, "arm": arm, **who})
    return rows.sample(frac=0.9, random_state=seed)


def differing(ours: LmmFit, theirs: LmmFit, rtol: float = 1e-9) -> list[str]:
    """Which of objective, coefficients, standard errors and degrees of freedom two fits do not have in common."""
    one, other = (fit.contrast(np.eye(len(fit.names)), "kenward-roger") for fit in (ours, theirs))
    alike = {
        "objective": ours.objective == pytest.approx(theirs.objective, rel=1e-12),
        "estimate": one.estimate == pytest.approx(other.estimate, rel=rtol, abs=rtol),
        "standard error": one.std_error == pytest.approx(other.std_error, rel=rtol),
        "df": one.df == pytest.approx(other.df, rel=1e3 * rtol),
    }
    return [name for name, is_alike in alike.items() if not is_alike]


def from_designs(rows: pd.DataFrame) -> tuple[LmmFit, Design, Design]:
    fixed, random = design(rows, TERMS), design(rows, ["week"])
    return fit_lmm(rows["pain"], fixed, rows["id"], random), fixed, random


def test_a_design_gives_the_fit_of_its_matrix_which_is_never_made() -> None:
    rows = cohort(60, 1)
    fit, fixed, random = from_designs(rows)
    assert "matrix" not in vars(fixed)
    assert "matrix" not in vars(random)
    plain = fit_lmm(rows["pain"], fixed.matrix, rows["id"], random.matrix, names=fixed.names)
    assert not differing(fit, plain)
    assert (fit.names, fit.random_names) == (fixed.names, ("intercept", "week"))
    np.testing.assert_allclose(fit.residuals(), plain.residuals(), atol=1e-9)
    np.testing.assert_allclose(fit.random_effects()[1], plain.random_effects()[1], atol=1e-9)


def test_a_design_without_an_intercept_gives_the_same_likelihood() -> None:
    rows = cohort(40, 2)
    one = fit_lmm(rows["pain"], design(rows, ["arm", "week"]), rows["id"], method="ML")
    other = fit_lmm(rows["pain"], design(rows, ["arm", "week"], intercept=False), rows["id"], method="ML")
    assert other.objective == pytest.approx(one.objective, rel=1e-12)


def test_rows_read_in_many_short_stretches_have_the_fit_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = cohort(60, 3)
    whole, _, _ = from_designs(rows)
    monkeypatch.setattr("lowback.estimators.lmm.group_sums.ROWS", 7)
    pieces, _, _ = from_designs(rows)
    assert not differing(pieces, whole)


def test_names_of_another_number_than_the_columns_of_a_design_are_refused() -> None:
    rows = cohort(20, 4)
    with pytest.raises(NotEstimable, match=r"columns have shape \(90, 2\) for 1 names; they must agree"):
        fit_lmm(rows["pain"], design(rows, ["week"]), rows["id"], names=["week"])


def test_patterns_are_those_that_comparing_every_entry_finds() -> None:
    # So many that hashes of 16 digits agree for different ones.
    rng = np.random.default_rng(5)
    kinds = rng.normal(0, 10, (3, 4000))
    entries = kinds[:, rng.integers(0, 4000, 20_000)]
    first, of = same_grams(entries)
    known, position = np.unique(entries, axis=1, return_inverse=True)
    assert len(first) == known.shape[1]
    np.testing.assert_array_equal(entries[:, first][:, of], entries)
    assert len(set(zip(of.tolist(), position.ravel().tolist(), strict=True))) == len(first)


def test_for_balanced_rows_one_scoring_step_ends_at_the_optimum() -> None:
    # MIVQUE of balanced rows is restricted maximum likelihood, whatever it starts from: Newton has nothing left to do.
    rng = np.random.default_rng(6)
    person = np.repeat(np.arange(50), 6)
    week = np.tile(np.arange(6.0), 50)
    y = rng.normal(0, 1, 50)[person] + rng.normal(0, 0.3, 50)[person] * week + rng.normal(0, 1, 300)
    columns = np.column_stack([np.ones(300), week])
    steps = []
    for kept in (slice(None), rng.random(300) > 0.3):
        fit = fitted(y[kept], columns[kept], person[kept], columns[kept])
        steps.append(fit.proof.evaluations)
    assert steps[0] <= 5 + 2 < steps[1]
