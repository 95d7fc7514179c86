"""Shares of a group in a public release, their intervals and differences: worked out from rounded counts, by hand."""

from __future__ import annotations

import math

import pytest
from test_public import RULES, levels, result, shown

from lowback.disclosure import Rules, memory_of, released
from lowback.result import Refusal


def share(estimate: float, people: int, **more: object) -> dict:
    """A row of a share of one group."""
    return {"estimate": estimate, "unit": "proportion", "n_participants": people, "std_error": 0.05, **more}


def test_a_share_is_worked_out_from_rounded_counts():
    # 31 of 80 are 30 or 35.
    found = released(result(share(31 / 80, 80)), RULES).estimates["estimate"].iloc[0]
    assert found in (30 / 80, float(f"{35 / 80:.4g}"))
    assert found == shown(released(levels(a=31, b=49), RULES))["a"] / 80


def test_a_share_that_leaves_fewer_than_ten_out_is_left_out():
    assert isinstance(released(result(share(91 / 100, 100)), RULES), Refusal)
    assert shown(released(result(share(90 / 100, 100)), RULES)) == {"t0": 0.9}


def test_a_share_of_as_many_as_a_count_that_is_left_out_goes_too():
    rows = [
        {"term": name, "estimate": count, "n_participants": 120, "variable": "v", "level": name, "arm": "all", "statistic": "count"}
        for name, count in (("a", 10), ("b", 0), ("c", 110))
    ]  # fmt: skip
    of_a = share(10 / 90, 90, term="share", variable="w", level="", arm="all", statistic="observed share")
    assert set(shown(released(result(*rows, of_a, analysis="table_one"), RULES))) == {"c"}


def test_a_share_stays_until_the_count_behind_it_has_clearly_moved():
    before = memory_of((released(result(share(20 / 100, 100)), RULES),), {})
    for inside, people, told in ((29, 104, 0.2), (11, 114, 0.2), (20, 120, 0.1667), (40, 100, 0.4)):
        again = released(result(share(inside / people, people)), Rules(key="next", earlier=before))
        assert shown(again) == {"t0": told}


def risk(arm: str, count: int, people: int, **more: object) -> dict:
    """The observed risk of an arm, with the error of a plain share."""
    spread = math.sqrt(count / people * (1 - count / people) / people)
    keys = {"arm": arm, "comparator": "", "weeks": 12.0, "statistic": "observed risk"}
    return {**share(count / people, people, term=arm), "std_error": spread, **keys, **more}


def difference(one: dict, other: dict, **more: object) -> dict:
    """The first risk less the other, with an interval and a p-value that would give both back."""
    found = one["estimate"] - other["estimate"]
    numbers = {
        "term": "difference",
        "estimate": found,
        "unit": "proportion",
        "n_participants": one["n_participants"] + other["n_participants"],
        "std_error": math.hypot(one["std_error"], other["std_error"]),
        "conf_low": found - 0.123456,
        "conf_high": found + 0.123456,
        "p_value": 0.234567,
    }
    keys = {
        "arm": one["arm"],
        "comparator": other["arm"],
        "weeks": 12.0,
        "statistic": "risk difference",
    }
    return {**numbers, **keys, **more}


def test_the_interval_of_a_share_is_that_of_the_numbers_shown():
    # Wilson's of 30 in 80 by hand: (0.375 + 3.8415/160 ± 1.96 sqrt(0.375 * 0.625 / 80 + 3.8415 / 25600)) / (1 + 3.8415/80).
    found = released(result(risk("x", 30, 80)), RULES).estimates.iloc[0]
    assert (found["estimate"], found["conf_low"], found["conf_high"]) == (0.375, 0.2769, 0.4845)


def test_the_exact_interval_and_p_value_of_a_share_of_people_change_nothing():
    plain = released(result(risk("x", 31, 83)), RULES).estimates
    told = risk("x", 31, 83, conf_low=0.27123, conf_high=0.47777, p_value=0.0371)
    assert released(result(told), RULES).estimates.equals(plain)


def test_a_share_known_less_well_has_a_wider_interval_and_one_of_no_people_keeps_its_own():
    def width(times: float, **more: object) -> float:
        row = risk("x", 30, 80, **more)
        found = released(result({**row, "std_error": times * row["std_error"]}), RULES).estimates.iloc[0]
        return found["conf_high"] - found["conf_low"]

    assert width(0.6) < width(0.8) < width(1) < width(1.3) == width(1.6) < width(2)
    assert width(1) == width(1.1)
    assert width(5, conf_low=-0.1, conf_high=0.85) == pytest.approx(1.0, abs=0.11)


def test_a_difference_of_shares_is_that_of_the_shares_shown_and_its_people_those_of_both():
    rows = [risk("x", 33, 83), risk("y", 52, 91)]
    found = released(result(*rows, difference(*rows), analysis="responders"), RULES).estimates
    x, y, less = (row for _, row in found.iterrows())
    assert less["estimate"] == pytest.approx(x["estimate"] - y["estimate"], abs=1e-3)
    assert less["n_participants"] == x["n_participants"] + y["n_participants"]
    # Newcombe's method 10, from the two intervals shown.
    below = math.hypot(x["estimate"] - x["conf_low"], y["conf_high"] - y["estimate"])
    assert less["conf_low"] == pytest.approx(less["estimate"] - below, abs=1e-3)
    changed = difference(*rows, conf_low=-0.9, conf_high=0.9, p_value=0.5)
    again = released(result(*rows, changed, analysis="responders"), RULES).estimates
    assert again.equals(found)


def test_a_difference_of_other_shares_keeps_its_own_numbers():
    rows = [risk("x", 33, 83), risk("y", 52, 91)]
    other = difference(*rows, estimate=-0.3, conf_low=-0.41, conf_high=-0.19)
    found = released(result(*rows, other, analysis="responders"), RULES).estimates
    assert found["estimate"].iloc[2] == -0.3
