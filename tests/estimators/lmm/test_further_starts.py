"""Starts beside the first: what stopping them early may not change."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import LmmFit, fit_lmm, search


def at_the_boundary(seed: int, people: int) -> LmmFit | None:
    """A trial without variance between the slopes of people; None where it cannot be fitted."""
    random = np.random.default_rng(seed)
    person, week = np.repeat(np.arange(people), 4), np.tile([0.0, 4.0, 12.0, 26.0], people)
    seen = random.random(len(week)) > 0.15
    effects = np.column_stack([np.ones(len(week)), week])
    arm = (person % 2).astype(float)
    outcome = 5 - 0.05 * week + random.normal(0, 1.5, people)[person] + random.normal(size=len(week))
    design = np.column_stack([effects, arm, arm * week])[seen]
    try:
        return fit_lmm(outcome[seen], design, person[seen], effects[seen], names=list("abcd"))
    except NotEstimable:
        return None


@pytest.mark.parametrize("people", [5, 12, 60])
def test_starts_that_are_followed_to_their_end_find_nothing_better(
    monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    short = [at_the_boundary(seed, people) for seed in range(25)]
    monkeypatch.setattr(search, "_leads_to", lambda *_: False)
    long = [at_the_boundary(seed, people) for seed in range(25)]
    assert [one is None for one in short] == [one is None for one in long]
    both = [(one, other) for one, other in zip(short, long, strict=True) if one and other]
    assert sum(one.proof.starts > 1 for one, _ in both) >= 5
    for one, other in both:
        assert one.objective <= other.objective + 1e-9 * (1 + abs(other.objective))
        assert one.proof.starts == other.proof.starts
    spent, full = (sum(pair[k].proof.evaluations for pair in both) for k in (0, 1))
    assert spent < 0.9 * full


def test_a_lower_value_is_never_taken_for_the_known_optimum() -> None:
    fit = next(one for one in (at_the_boundary(seed, 60) for seed in range(25)) if one and one.at_boundary)
    known = fit.inside.best
    assert search._leads_to(known, known.factor, known.value)
    assert not search._leads_to(known, known.factor, known.value - 1e-6)
    assert not search._leads_to(known, known.factor, known.value + 0.01)
    elsewhere = search.factor_of(known.factor.ratios + 0.05 * np.eye(2), 2, None)
    assert not search._leads_to(known, elsewhere, known.value)
