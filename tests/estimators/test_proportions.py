"""Intervals of shares: the worked examples of the papers that they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowback.estimators.proportions import newcombe, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Newcombe 1998, Stat Med 17:857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_printed_intervals(count: int, of: int, low: float, high: float) -> None:
    found = wilson(count, of)
    assert [round(found.conf_low, 4), round(found.conf_high, 4)] == [low, high]


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    # Newcombe 1998, Stat Med 17:873-890, table II, method 10.
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 20), 0.6791, 1.0)],
)
def test_newcombe_gives_the_printed_intervals(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = newcombe(*counts)
    assert [round(found.conf_low, 4), round(found.conf_high, 4)] == [low, high]


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_intervals_hold_their_estimate_and_turn_with_the_comparison(
    n: int, m: int, data: st.DataObject
) -> None:
    count, other = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    one, back = newcombe(count, n, other, m), newcombe(other, m, count, n)
    assert -1 - 1e-12 <= one.conf_low <= one.estimate <= one.conf_high <= 1 + 1e-12
    assert (one.conf_low, one.conf_high) == pytest.approx((-back.conf_high, -back.conf_low))
