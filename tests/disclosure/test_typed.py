"""What people typed is counted together in a public release, nobody is lost, and dates are months."""

from __future__ import annotations

from test_public import RULES, levels, result, shown

from lowback.disclosure import Rules, released
from lowback.disclosure.words import coarse_dates, in_known_words, without_counts


def test_what_people_typed_becomes_other_and_is_added_up():
    rows = [
        {
            "term": f"lost: {why}",
            "estimate": count,
            "n_participants": count,
            "stage": "lost",
            "arm": "all",
            "reason": why,
        }
        for why, count in (("moved to Leeds", 14), ("fell out with Dr Hart", 21), ("withdrew", 35))
    ]
    rules = Rules(key="secret", texts=frozenset({"moved to Leeds", "fell out with Dr Hart"}))
    found = released(result(*rows), rules)
    assert shown(found) == {"lost: other": 35, "lost: withdrew": 35}
    assert set(found.keys["reason"]) == {"other", "withdrew"}


def test_a_variable_of_typed_levels_alone_stays_as_one_line_and_the_method_says_so():
    found = released(
        levels(miner=30, clerk=42, a=31), Rules(key="secret", texts=frozenset({"miner", "clerk"}))
    )
    assert set(found.keys["level"]) == {"other", "a"}
    known = released(levels(miner=30, clerk=42), Rules(key="secret", texts=frozenset({"miner", "clerk"})))
    assert known.keys["level"].tolist() == ["other"]
    # 30 and 42 are 72 together, shown as the people are.
    assert known.estimates["estimate"].tolist() == known.estimates["n_participants"].tolist()
    assert "does not declare are counted together as “other”" in known.method
    assert "other" not in released(levels(a=30, b=42), RULES).method.split("other estimates")[1]


def test_words_of_our_own_stay_whatever_people_typed():
    row = {
        "term": "slope",
        "estimate": 1.2,
        "std_error": 0.4,
        "unit": "NRS points",
        "at": "low",
        "statistic": "mean",
        "level": "low",
    }
    keys = released(result(row), Rules(key="secret", texts=frozenset({"low", "mean"}))).keys.iloc[0]
    assert (keys["at"], keys["statistic"], keys["level"]) == ("low", "mean", "other")


def test_no_level_that_somebody_typed_is_lost_from_the_count():
    typed = frozenset({"miner", "clerk", "few"})
    found = shown(released(levels(miner=30, clerk=42, few=3, a=35), Rules(key="secret", texts=typed)))
    assert found == {"other": 75, "a": 35}


def test_words_and_dates_are_made_coarse():
    assert in_known_words("arm Dr Hart is apart", {"Dr Hart"}) == "arm Dr Hart is apart"
    assert in_known_words("arm “Dr Hart” is apart", {"Dr Hart"}) == "arm “other” is apart"
    assert in_known_words("she said Dr Hart left, again", {"Dr Hart left"}) == "she said other, again"
    assert coarse_dates("on 2026-03-14, 14.3.2026, 14 March 2026") == "on 2026-03, 2026-3, March 2026"
    assert without_counts("By least squares; 34 of 155 people are left out; 95 % intervals.") == (
        "By least squares; 95 % intervals. How many people each step rests on is left out of this text."
    )
