"""A share of events of which a person may have several: by hand, against R, and by simulated truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.clustered_share import clustered_share
from lowback.estimators.proportions import wilson

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def test_the_standard_error_between_people_by_hand() -> None:
    # 2 of 2, 0 of 2, 1 of 2: share 1/2, scores 1, -1, 0; variance 3/2 * 2 / 6^2 = 1/12.
    found = clustered_share([2, 0, 1], [2, 2, 2])
    assert found.estimate == 0.5
    assert found.std_error == pytest.approx(12**-0.5)


def test_where_all_events_are_of_one_kind_each_person_counts_as_one() -> None:
    # Clopper and Pearson for 4 of 4: the lower end is 0.025^(1/4).
    found = clustered_share([3, 1, 5, 2], [3, 1, 5, 2])
    assert (found.estimate, found.conf_low, found.conf_high) == pytest.approx((1, 0.025**0.25, 1))
    none = clustered_share([0, 0, 0, 0], [3, 1, 5, 2])
    assert (none.estimate, none.conf_low, none.conf_high) == pytest.approx((0, 0, 1 - 0.025**0.25))


def test_agrees_with_r() -> None:
    data = pd.read_csv(REFERENCE / "clustered_share_data.csv").groupby("person")["yes"].agg(["sum", "count"])
    expected = pd.read_csv(REFERENCE / "clustered_share.csv").set_index("name")["value"]
    found = clustered_share(data["sum"], data["count"])
    for name in expected.index:
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-9), name


def test_people_without_events_play_no_part_and_one_person_is_refused() -> None:
    assert clustered_share([2, 0, 1, 0], [2, 2, 2, 0]) == clustered_share([2, 0, 1], [2, 2, 2])
    with pytest.raises(NotEstimable, match="1 people with any"):
        clustered_share([2, 0], [3, 0])


@given(seed=st.integers(0, 10**6), people=st.integers(2, 30))
def test_the_interval_holds_the_share_and_turns_round_with_it(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    of = rng.integers(1, 6, people)
    some = rng.binomial(of, 0.7)
    one, other = clustered_share(some, of), clustered_share(of - some, of)
    assert 0 <= one.conf_low <= one.estimate <= one.conf_high <= 1
    assert (other.conf_low, other.conf_high) == pytest.approx((1 - one.conf_high, 1 - one.conf_low), abs=1e-9)


def drawn(rng: np.random.Generator, people: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Events of people whose own chances differ (beta, mean 0.75): the share over all events is 0.75."""
    of = rng.integers(1, 6, people)
    return rng.binomial(of, rng.beta(1.5, 0.5, people)), of


def test_the_interval_covers_a_simulated_share_where_one_that_takes_events_for_independent_does_not() -> None:
    rng = np.random.default_rng(8)
    held = naive = 0
    for _ in range(600):
        some, of = drawn(rng)
        found = clustered_share(some, of)
        held += found.conf_low <= 0.75 <= found.conf_high
        events = wilson(int(some.sum()), int(of.sum()))
        naive += events.conf_low <= 0.75 <= events.conf_high
    # 95 % of 600 trials, less 2.6 standard errors; the exact interval is rather wide than narrow.
    assert held >= 556
    assert naive < 540


def test_independent_events_have_the_exact_interval_of_so_many_at_most() -> None:
    exact = stats.binomtest(30, 40).proportion_ci(method="exact")
    found = clustered_share(np.r_[np.ones(30), np.zeros(10)], np.ones(40))
    assert found.conf_low <= exact.low + 1e-12
    assert found.conf_high >= exact.high - 1e-12
    assert found.conf_high - found.conf_low == pytest.approx(exact.high - exact.low, rel=0.02)
