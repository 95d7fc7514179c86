"""How far arms lie apart by chance: by hand, against every way to divide a few people, and in a table, a figure and a public release."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from describe.small_trial import STRETCH, study, trial
from lowback.describe import table_one
from lowback.describe.balance import (
    difference_of_levels,
    difference_of_means,
    reach_of_levels,
    reach_of_means,
)
from lowback.disclosure.public import released
from lowback.disclosure.rules import Rules
from lowback.figures import balance_figure
from lowback.intake import read_cohort
from lowback.result import Result
from lowback.study import read_study
from lowback.tables import characteristics_table


def test_by_hand() -> None:
    # Ten and ten people: Student's t with 18 df is 2.101, times the root of a fifth.
    assert reach_of_means(10, 10) == pytest.approx(2.100922 * 0.2**0.5, rel=1e-6)
    # Two levels: chi-squared with 1 df is 3.841, its root 1.960; three levels: 5.991.
    assert reach_of_levels(2, 50, 50) == pytest.approx(1.959964 * 0.2, rel=1e-6)
    assert reach_of_levels(3, 50, 50) == pytest.approx((5.991465 * 0.04) ** 0.5, rel=1e-6)


def test_more_people_leave_less_to_chance() -> None:
    reaches = [reach_of_means(one, one) for one in (5, 20, 80, 320)]
    assert reaches == sorted(reaches, key=lambda one: -float(one or 0))
    assert float(reaches[3] or 0) == pytest.approx(float(reaches[2] or 0) / 2, rel=0.02)


def test_one_person_or_one_level_leaves_nothing_to_tell() -> None:
    assert reach_of_means(1, 40) is None
    assert reach_of_levels(1, 40, 40) is None
    assert reach_of_levels(3, 1, 40) is None


def test_of_every_way_to_divide_sixteen_people_95_in_100_lie_within() -> None:
    """All 12,870 allocations of sixteen scores to two arms of eight, written out."""
    scores = np.random.default_rng(3).normal(50, 10, 16)
    chosen = np.array(list(combinations(range(16), 8)))
    first = scores[chosen]
    rest = np.array([np.setdiff1d(np.arange(16), one) for one in chosen])
    second = scores[rest]
    spread = np.sqrt((first.var(axis=1, ddof=1) + second.var(axis=1, ddof=1)) / 2)
    apart = (first.mean(axis=1) - second.mean(axis=1)) / spread
    assert apart[7] == pytest.approx(difference_of_means(pd.Series(first[7]), pd.Series(second[7])))
    within = np.mean(np.abs(apart) <= float(reach_of_means(8, 8) or 0))
    assert within == pytest.approx(0.95, abs=0.01)
    # The negative control: the reach for four times as many people would hold far fewer.
    assert np.mean(np.abs(apart) <= float(reach_of_means(32, 32) or 0)) < 0.75


def test_of_random_divisions_of_a_category_95_in_100_lie_within() -> None:
    rng = np.random.default_rng(4)
    people = pd.Series(["low"] * 40 + ["moderate"] * 50 + ["high"] * 30)
    inside = []
    for _ in range(600):
        order = rng.permutation(120)
        apart = difference_of_levels(people.iloc[order[:60]], people.iloc[order[60:]])
        inside.append(float(apart or 0) <= float(reach_of_levels(3, 60, 60) or 0))
    low, high = stats.binom.ppf([0.005, 0.995], 600, 0.95)
    assert low <= sum(inside) <= high


def test_table_one_has_it_as_rows_which_figure_and_method_tell_and_the_table_does_not() -> None:
    result = table_one(trial(), study())
    assert isinstance(result, Result)
    assert result.keys is not None
    is_age = (result.keys[["variable", "arm", "statistic"]] == ["age_years", STRETCH, "reach by chance"]).all(
        axis=1
    )
    age = result.estimates[is_age]
    # Four people stretch, two of usual care have an age: t with 4 df.
    assert age["estimate"].item() == pytest.approx(2.776445 * (1 / 4 + 1 / 2) ** 0.5, rel=1e-6)
    assert age["n_participants"].item() == 6
    assert "by chance alone up to 2.40" in balance_figure(result).media["text/plain"]
    assert "by chance" not in characteristics_table(result).media["text/html"]
    assert "Their reach by chance is what 95 of 100 of them would lie within" in result.method


def test_a_public_release_leaves_out_what_would_tell_exact_counts() -> None:
    folder = Path(__file__).resolve().parents[2] / "data" / "example"
    result = table_one(read_cohort(folder / "mapping.yml"), read_study(folder / "study.yml"))
    public = released(result, Rules(key="a key of this test"))
    assert isinstance(result, Result)
    assert isinstance(public, Result)
    assert result.keys is not None
    assert public.keys is not None
    assert "reach by chance" in set(result.keys["statistic"])
    assert "reach by chance" not in set(public.keys["statistic"])
    assert "standardised difference" in set(public.keys["statistic"])
    assert "by chance alone" not in balance_figure(public).media["text/plain"]
