"""The attack on public releases, on a few tables; the whole of it is `attacker.py`, run by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import reader
from attacker import attack_pair, attack_pairs, attack_sites, attack_table, attack_tables

from lowback.disclosure import holes, public, rounding


def test_no_count_under_ten_is_recovered_from_a_release():
    found = attack_tables(12)
    assert found.attacked > 100
    assert found.recovered == 0


def test_no_count_under_ten_is_recovered_from_two_weekly_releases():
    found = attack_pairs(3)
    assert found.attacked > 100
    assert found.recovered == 0


def test_without_rounding_secondary_suppression_or_memory_counts_are_recovered():
    rounded_less = attack_tables(4, base=1)
    assert rounded_less.recovered > 0
    assert attack_tables(4, base=1, secondary=False).exact > 10 * rounded_less.exact
    assert attack_pairs(3, remembers=False).recovered > 0


@pytest.mark.parametrize("seed", [58, 133])
def test_a_share_beside_counts_that_wait_tells_nothing_of_who_came(seed):
    assert attack_pair(seed).recovered == 0


def test_everybody_is_shown_near_the_sum_of_the_arms_which_else_would_narrow_both(monkeypatch):
    assert attack_pair(4039).recovered == 0
    monkeypatch.setattr(rounding, "_of_everybody", lambda *_: {})
    assert attack_pair(4039).recovered > 0


def test_a_share_takes_the_number_of_the_count_beside_it():
    assert attack_sites(7066).recovered == 0


def test_a_share_of_a_count_left_out_would_give_its_neighbours_back(monkeypatch):
    assert attack_table(814).recovered == 0
    monkeypatch.setattr(holes, "_same_as_out", lambda rows, _: np.zeros(len(rows), dtype=bool))
    assert attack_table(814).recovered > 0


def test_an_exact_interval_of_a_share_would_tell_who_is_not_in_it(monkeypatch):
    def exact(rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
        low, high = (pick(rows[name], rows["estimate"]).where(rows[name].notna())
                     for name, pick in (("conf_low", np.minimum), ("conf_high", np.maximum)))  # fmt: skip
        return rows.assign(conf_low=low, conf_high=high)

    assert attack_table(1039).recovered == 0
    for module in (public, reader):
        monkeypatch.setattr(module, "with_plain_intervals", exact)
    reader.shown_intervals.cache_clear()
    assert attack_table(1039).recovered == 4
    reader.shown_intervals.cache_clear()
