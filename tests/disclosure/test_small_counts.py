"""Small counts and identifiers: what is taken out, what would give it back, and what stays."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.disclosure import disclosed, identifiers_in, suppress_small_counts
from lowback.result import COLUMNS, Refusal, Result, estimates_frame


def rows(*found: dict) -> pd.DataFrame:
    filled = [
        {"term": f"t{n}", "unit": "participants", "n_participants": 100, **one} for n, one in enumerate(found)
    ]
    frame = estimates_frame([{key: one[key] for key in COLUMNS if key in one} for one in filled])
    keys = pd.DataFrame([{key: value for key, value in one.items() if key not in COLUMNS} for one in filled])
    frame.insert(0, "analysis", "flow")
    frame.insert(1, "estimand", "description")
    return pd.concat([frame, keys], axis=1)


def counts(*numbers: int, people: int = 100) -> pd.DataFrame:
    return rows(*[{"estimate": one, "n_participants": people} for one in numbers])


def test_one_to_four_people_are_taken_out_and_nobody_stays():
    kept = suppress_small_counts(counts(0, 1, 4, 5, 90), 5)
    assert kept["estimate"].isna().tolist() == [False, True, True, False, False]
    assert kept["unit"].tolist() == [
        "participants",
        "fewer than 5",
        "fewer than 5",
        "participants",
        "participants",
    ]
    assert kept["estimate"].iloc[0] == 0


def test_a_lone_gap_takes_the_next_smallest_with_it():
    kept = suppress_small_counts(counts(3, 27, 70), 5)
    assert kept["estimate"].isna().tolist() == [True, True, False]
    assert kept["unit"].tolist() == ["fewer than 5", "suppressed", "participants"]


def test_two_gaps_protect_each_other():
    kept = suppress_small_counts(counts(3, 4, 27, 66), 5)
    assert kept["estimate"].isna().tolist() == [True, True, False, False]


def test_counts_large_enough_are_left_as_they_are():
    found = counts(5, 30, 65)
    pd.testing.assert_frame_equal(
        suppress_small_counts(found, 5)[["estimate", "unit"]], found[["estimate", "unit"]]
    )


def test_percentages_and_risks_of_a_small_count_go_with_it():
    found = rows(
        {"estimate": 3},
        {"estimate": 97},
        {"estimate": 3.0, "unit": "%"},
        {"estimate": 0.97, "unit": "proportion", "conf_low": 0.9, "conf_high": 0.99},
        {"estimate": 0.5, "unit": "proportion"},
        {"estimate": 3.0, "unit": "NRS points"},
    )
    kept = suppress_small_counts(found, 5)
    assert kept["estimate"].isna().tolist() == [True, True, True, True, False, False]
    assert math.isnan(kept["conf_low"].iloc[3])


def test_estimates_resting_on_few_people_lose_numbers_and_people():
    found = rows(
        {"estimate": 4.2, "unit": "NRS points", "n_participants": 3}, {"estimate": 4.2, "unit": "NRS points"}
    )
    kept = suppress_small_counts(found, 5)
    assert pd.isna(kept["n_participants"].iloc[0])
    assert pd.isna(kept["estimate"].iloc[0])
    assert kept["n_participants"].iloc[1] == 100


def test_keys_say_which_counts_share_a_total():
    cells = {("a", "x"): 2, ("a", "y"): 48, ("b", "x"): 20, ("b", "y"): 30, ("c", "x"): 26, ("c", "y"): 24}
    found = rows(*[{"arm": arm, "level": level, "estimate": count} for (arm, level), count in cells.items()])
    hidden = dict(zip(cells, suppress_small_counts(found, 5)["estimate"].isna(), strict=True))
    assert {cell for cell, is_hidden in hidden.items() if is_hidden} == {
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
    }


def test_other_analyses_are_not_touched_by_a_small_count():
    found = pd.concat([counts(3, 97), counts(50, 50).assign(analysis="attendance")])
    kept = suppress_small_counts(found, 5)
    assert kept["estimate"].isna().tolist() == [True, True, False, False]
    assert kept.index.tolist() == found.index.tolist()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=12), st.integers(2, 11))
def test_no_small_count_is_left_and_none_can_be_computed_back(numbers, smallest):
    found = counts(*numbers, people=max(sum(numbers), smallest))
    kept = suppress_small_counts(found, smallest)
    shown = kept["estimate"].dropna()
    assert not shown.between(1, smallest - 1).any()
    assert kept["estimate"].isna().sum() != 1
    untouched = found.loc[shown.index, "estimate"]
    assert (shown == untouched).all()
    assert kept["term"].tolist() == found["term"].tolist()
    twice = suppress_small_counts(kept, smallest)
    assert twice["estimate"].isna().sum() >= kept["estimate"].isna().sum()


def test_a_wrong_threshold_or_table_is_refused():
    with pytest.raises(ValueError, match="smallest = 0: allowed 1 or more"):
        suppress_small_counts(counts(1), 0)
    with pytest.raises(ValueError, match="lack the columns"):
        suppress_small_counts(pd.DataFrame({"estimate": [1.0]}), 5)


def test_identifiers_are_found_as_whole_words_only():
    text = "Row of P014, p-value 0.014; P0145 withdrew; Müller-7 came."
    assert identifiers_in(text, ["P014", "P015", "Müller-7", "P014"]) == ["P014", "Müller-7"]
    assert identifiers_in("seen: p014.", ["P014"]) == ["P014"]
    assert identifiers_in("P0145", ["P014"]) == []


def test_identifiers_that_look_like_numbers_or_are_short_are_skipped():
    assert identifiers_in("007 and 12345 and AB1 and 12.50", ["007", "12345", "AB1", "12.50"]) == []


@given(st.text("aB1- _ß.é", max_size=80), st.lists(st.text("aB1- _ß.é", min_size=1, max_size=6), max_size=20))
def test_every_identifier_is_found_that_a_search_for_each_by_itself_finds(text, identifiers):
    alone = [one for one in dict.fromkeys(map(str.strip, identifiers)) if identifiers_in(text, [one])]
    stands = [
        one
        for one in dict.fromkeys(map(str.strip, identifiers))
        if len(one) >= 4
        and not re.fullmatch(r"[\d\s.,+-]+", one)
        and re.search(rf"(?<!\w){re.escape(one.casefold())}(?!\w)", text.casefold())
    ]
    assert identifiers_in(text, identifiers) == alone == stands


@settings(max_examples=60)
@given(st.from_regex(r"[A-Z][A-Za-z0-9_.*+?()\[\]-]{3,12}", fullmatch=True))
def test_an_identifier_between_spaces_is_always_found(identifier):
    assert identifiers_in(f"before {identifier} after", [identifier]) == [identifier]


def flow_result(*numbers: int) -> Result:
    found = counts(*numbers)
    keys = pd.DataFrame({"stage": "left", "arm": "a", "reason": [f"reason {n}" for n in range(len(found))]})
    return Result("flow", "description", "Who is in it?", found[list(COLUMNS)], "Counted.", keys=keys)


def test_a_result_loses_its_small_counts_with_their_keys_and_says_so():
    kept = disclosed(flow_result(2, 3, 40, 60), 5)
    assert kept.estimates["estimate"].tolist() == [40, 60]
    assert kept.keys["reason"].tolist() == ["reason 2", "reason 3"]
    assert kept.method == "Counted. Left out, since they would tell of fewer than 5 people: 2 rows."


def test_a_lone_small_count_takes_the_next_smallest_with_it():
    assert disclosed(flow_result(2, 40, 60), 5).estimates["estimate"].tolist() == [60]


def test_a_result_of_small_counts_only_becomes_a_refusal():
    refusal = disclosed(flow_result(1, 2), 5)
    assert isinstance(refusal, Refusal)
    assert "fewer than 5 people" in refusal.reason


def test_nothing_is_left_out_where_nothing_is_asked():
    result = flow_result(1, 2, 3)
    assert disclosed(result, 0) is result
    assert disclosed(flow_result(50, 60), 5).estimates["estimate"].tolist() == [50, 60]
