"""Kappa: by hand, against psych, its interval over every possible table, and what is refused."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.reliability import kappa

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "reliability"


def rated(both: int, first_only: int, second_only: int, neither: int) -> tuple[list[bool], list[bool]]:
    """The ratings of a table of two raters."""
    pairs = [(True, True)] * both + [(True, False)] * first_only + [(False, True)] * second_only
    pairs += [(False, False)] * neither
    return [one for one, _ in pairs], [other for _, other in pairs]


def test_a_table_by_hand():
    """20 both, 5 and 10 one of them, 15 neither: 0.7 equal, 0.5 by chance (Cohen 1960)."""
    found = kappa(*rated(20, 5, 10, 15))
    assert found.observed.estimate == pytest.approx(0.7)
    assert found.by_chance == pytest.approx(0.5 * 0.6 + 0.5 * 0.4)
    assert found.kappa.estimate == pytest.approx(0.4)
    assert found.categories == (False, True)
    assert found.shares.tolist() == pytest.approx(np.array([[0.5, 0.5], [0.4, 0.6]]))


def test_agrees_with_psych_on_three_categories():
    ratings = pd.read_csv(REFERENCE / "ratings.csv")
    found, expected = (
        kappa(list(ratings["first"]), list(ratings["second"])),
        pd.read_csv(REFERENCE / "kappa.csv"),
    )
    assert found.kappa.estimate == pytest.approx(expected["kappa"].item())
    assert found.std_error == pytest.approx(expected["std_error"].item())
    # In sixty people the interval is near the normal one.
    assert found.kappa.conf_low == pytest.approx(found.kappa.estimate - 1.96 * found.std_error, abs=0.04)


def test_full_agreement_and_full_disagreement_are_the_ends():
    assert kappa(*rated(7, 0, 0, 6)).kappa.estimate == pytest.approx(1)
    assert kappa(*rated(7, 0, 0, 6)).kappa.conf_low < 0.9
    assert kappa(*rated(0, 5, 5, 0)).kappa.estimate == pytest.approx(-1)


def coverage(people: int, share: float, agreement: float) -> tuple[float, float]:
    """Exact coverage of our interval and of the usual normal one, over every table of so many people."""
    both = share**2 + agreement * share * (1 - share)
    cells = np.array([both, share - both, share - both, 1 - 2 * share + both])
    ours = usual = total = 0.0
    for table in product(range(people + 1), repeat=3):
        counts = np.array([*table, people - sum(table)])
        if counts[3] < 0:
            continue
        log_chance = special.gammaln(people + 1) - special.gammaln(counts + 1).sum()
        chance = float(np.exp(log_chance + special.xlogy(counts, cells).sum()))
        if chance < 1e-4 or max(counts[0], counts[3]) == people:
            continue
        found = kappa(*rated(*counts))
        total += chance
        ours += chance * (found.kappa.conf_low <= agreement <= found.kappa.conf_high)
        usual += chance * (abs(found.kappa.estimate - agreement) <= 1.96 * found.std_error)
    return ours / total, usual / total


def test_the_interval_covers_in_fifteen_people_where_the_normal_one_does_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lowback.estimators.reliability.categories.DRAWS", 1500)
    for share, agreement in ((0.4, 0.6), (0.8, 0.0)):
        ours, usual = coverage(15, share, agreement)
        assert 0.93 <= ours <= 0.985, (share, agreement, ours)
        assert usual < 0.92


def test_ratings_in_another_order_or_by_raters_exchanged_agree_as_much():
    first, second = rated(20, 5, 10, 15)
    order = np.random.default_rng(1).permutation(50)
    found = kappa(first, second).kappa
    assert kappa([first[one] for one in order], [second[one] for one in order]).kappa == found
    exchanged = kappa(second, first).kappa
    assert exchanged.estimate == pytest.approx(found.estimate)
    assert exchanged.conf_low == pytest.approx(found.conf_low, abs=0.02)


def test_raters_who_say_the_same_of_everybody_are_refused():
    with pytest.raises(NotEstimable, match="both raters say True of everybody"):
        kappa([True] * 9, [True] * 9)
    with pytest.raises(NotEstimable, match="two people or more"):
        kappa(["a"], ["a"])
