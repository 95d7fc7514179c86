"""Numbers in names of rows: few digits where these tell them apart, more where they would not."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from lowback.outcomes.low_and_high import ends_told, named_ends
from lowback.outcomes.wording import told_apart


def test_three_digits_are_enough_near_0_and_nine_far_from_it():
    assert told_apart((4.0, 6.25), 3) == {4.0: "4", 6.25: "6.25"}
    assert named_ends(500_000_004.0, 500_000_006.0) == ("500000004", "500000006")
    assert "0.333 and 12, a quarter of the check-ins" in ends_told(1 / 3, 12.0, "check-ins")


@given(
    values=st.lists(
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200),
        min_size=1,
        max_size=6,
    )
)
def test_any_values_keep_names_of_their_own_in_their_order(values: list[float]):
    named = told_apart(values, 3)
    told = [float(named[one]) for one in sorted(set(values))]
    assert len(set(named.values())) == len(set(values))
    assert told == sorted(told)
    assert all(math.isclose(float(name), one, rel_tol=0.005, abs_tol=1e-320) for one, name in named.items())
