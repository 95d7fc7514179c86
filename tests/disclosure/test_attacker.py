"""The attack on public releases, on a few tables; the whole of it is `attacker.py`, run by itself."""

from __future__ import annotations

from attacker import attack_pairs, attack_tables


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
