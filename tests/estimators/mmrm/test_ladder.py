"""The declared ladder: where a fit stands and what every rung before it gave."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import LADDER, fit_ladder

from .trials import simulated


def test_the_first_rung_is_taken_where_it_holds() -> None:
    rows = simulated(60, 4, seed=1)
    ladder = fit_ladder(rows.outcome, rows.design, rows.subjects, rows.visits, names=rows.names)
    assert (ladder.rung, ladder.covariance, ladder.declared) == (1, "unstructured", LADDER)
    assert ladder.fit.objective == rows.fit().objective
    assert ladder.told == "unstructured covariance, number 1 of 6 declared"


def test_the_next_rung_is_taken_where_nobody_shares_a_pair_of_visits() -> None:
    rows = simulated(60, 4, seed=2, dropout=0)
    there = np.where(rows.subjects % 4 < 2, rows.visits != 3, rows.visits != 0)
    ladder = fit_ladder(
        rows.outcome[there], rows.design[there], rows.subjects[there], rows.visits[there],
        names=rows.names, covariances=["unstructured", "ante-dependence", "compound symmetry"],
    )  # fmt: skip
    assert (ladder.rung, ladder.covariance) == (2, "ante-dependence")
    assert [rung.covariance for rung in ladder.rungs] == ["unstructured", "ante-dependence"]
    assert ladder.rungs[0].fit is None
    assert "no person has both visits 0 and 3" in ladder.rungs[0].reason
    assert ladder.told.startswith(
        "ante-dependence covariance, number 2 of 3 declared (no person has both visits"
    )
    assert ladder.fit is ladder.rungs[1].fit


def test_too_few_persons_climb_down_to_what_they_can_carry() -> None:
    rows = simulated(6, 6, seed=3, dropout=0)
    design = np.column_stack([np.ones(36), rows.visits])
    ladder = fit_ladder(rows.outcome, design, rows.subjects, rows.visits, names=["intercept", "visit"])
    assert ladder.rung > 1
    assert "21 parameters, too many for 6 persons" in ladder.rungs[0].reason
    assert ladder.fit.proof.proven


def test_no_rung_is_a_refusal_with_every_reason() -> None:
    person, visit = np.divmod(np.arange(40), 2)
    outcome = np.random.default_rng(3).normal(size=20)[person]
    with pytest.raises(
        NotEstimable, match=r"no declared covariance .*: unstructured .*; compound symmetry .*"
    ):
        fit_ladder(
            outcome, np.ones((40, 1)), person, visit, names=["intercept"],
            covariances=["unstructured", "compound symmetry"],
        )  # fmt: skip


def test_rows_that_nothing_can_be_fitted_to_are_refused_at_once() -> None:
    rows = simulated(60, 4, seed=1)
    visits = rows.visits.copy()
    visits[1] = visits[0]
    with pytest.raises(NotEstimable, match="^person 0 has visit 0 2 times"):
        fit_ladder(rows.outcome, rows.design, rows.subjects, visits, names=rows.names)


def test_the_ladder_must_be_declared_in_known_words() -> None:
    rows = simulated(60, 4, seed=1)
    arguments = (rows.outcome, rows.design, rows.subjects, rows.visits)
    with pytest.raises(NotEstimable, match="no covariance is declared"):
        fit_ladder(*arguments, names=rows.names, covariances=[])
    with pytest.raises(NotEstimable, match="covariance 'diagonal' is not known"):
        fit_ladder(*arguments, names=rows.names, covariances=["unstructured", "diagonal"])  # type: ignore[list-item]
