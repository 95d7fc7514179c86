"""Statistic by statistic: expected numbers by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_reports import ESTIMAND, row

from lowback.archive.comparison import (
    UNEXPLAINED,
    as_data,
    compare,
    printed_change,
    printed_notes,
    printed_statistic,
)
from lowback.archive.differences import differences
from lowback.archive.reading import Report, statistics

STUDY = {"estimands": [{"name": ESTIMAND, "smallest_worthwhile": 1.0}]}


def report(*rows, study=STUDY, **manifest):
    return Report("here", {"study": study, **manifest}, statistics(rows))


def only(before, after, **options):
    (found,) = differences(report(before, **options), report(after, **options))
    return found


def test_a_change_is_later_minus_earlier_in_the_unit_and_in_standard_errors():
    found = only(row(estimate=-1, std_error=0.3), row(estimate=-0.4, std_error=0.4, conf_low=-1.2, conf_high=0.4))  # fmt: skip
    assert found.state == "changed"
    assert found.change == pytest.approx(0.6)
    # By hand: sqrt((0.09 + 0.16) / 2) = 0.353553..., 0.6 over it.
    assert found.in_errors == pytest.approx(0.6 / math.sqrt(0.125))
    assert printed_change(found) == "+0.60 (+1.7 SE)"


def test_the_last_bit_counts():
    assert only(row(estimate=0.3), row(estimate=0.1 + 0.2)).state == "changed"
    assert only(row(estimate=0.3), row(estimate=0.30)).state == "same"
    assert printed_change(only(row(estimate=0.3), row(estimate=0.1 + 0.2))).startswith("+5.55e−17 ")


def test_a_change_of_endlessly_many_standard_errors_is_not_counted_in_them():
    found = only(row(std_error=5e-324), row(std_error=5e-324, estimate=-1.5))
    assert (found.change, found.in_errors) == (-0.5, None)


def test_a_missing_number_is_the_same_as_a_missing_number():
    count = row(std_error="", df="", conf_low="", conf_high="", p_value="", unit="participants", estimate=98)
    assert only(count, count).state == "same"
    assert only(count, {**count, "estimate": "99"}).in_errors is None


def test_an_interval_that_went_is_a_change():
    assert only(row(), row(conf_low="", conf_high="")).state == "changed"


def test_a_number_that_moved_beside_a_standing_estimate_is_named():
    found = only(row(), row(p_value=0.002))
    assert found.state == "changed"
    assert found.change == 0
    assert printed_notes(found) == "moved: p_value"


def test_other_people_are_told():
    assert "104 people, before 98" in printed_notes(only(row(), row(estimate=-1.1, n_participants=104)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((-1.1, -0.5, 0.1), (-1.3, -0.7, -0.1), ["interval now excludes no effect"]),
        ((-1.3, -0.7, -0.1), (-1.1, -0.5, 0.1), ["interval no longer excludes no effect"]),
        ((0.0, 0.5, 1.2), (0.1, 0.5, 1.2), ["interval now excludes no effect"]),
        ((-1.1, -0.2, 0.7), (-0.9, -0.2, 0.5), ["interval now lies within the margin"]),
        ((-1.8, -1.2, -0.6), (-1.8, -1.4, -1.1), ["interval now lies beyond the margin"]),
        ((-1.6, -1.0, -0.4), (-1.7, -1.1, -0.5), []),
    ],
)
def test_what_an_interval_came_to_say_is_told(before, after, said):
    old, new = (row(conf_low=low, estimate=middle, conf_high=high) for low, middle, high in (before, after))
    assert [str(turn) for turn in only(old, new).turns] == said


def test_no_effect_of_a_ratio_is_one_and_its_margin_goes_both_ways():
    old = row(unit="hazard ratio per 10 degrees", conf_low=0.9, estimate=1.2, conf_high=1.6)
    new = {**old, "conf_low": "1.05", "estimate": "1.3"}
    study = {"estimands": [{"name": ESTIMAND, "smallest_worthwhile": 1.5}]}
    assert [str(one) for one in only(old, new, study=study).turns] == ["interval now excludes no effect"]
    below = {**old, "conf_low": "0.3", "estimate": "0.5", "conf_high": "0.6"}
    assert "interval now lies beyond the margin" in map(str, only(old, below, study=study).turns)


def test_a_level_is_held_against_no_effect_by_nobody():
    key = [row()["analysis"], row()["estimand"], row()["term"]]
    old, new = row(conf_high=0.1), row(estimate=-1.2, conf_high=-0.1)
    assert only(old, new).turns
    assert not only(old, new, levels=[key]).turns
    assert only(old, new, levels=[7, "x"]).turns


def test_a_margin_that_moved_turns_an_interval_whose_numbers_did_not():
    narrow, wide = STUDY, {"estimands": [{"name": ESTIMAND, "smallest_worthwhile": 2.0}]}
    (found,) = differences(report(row(), study=narrow), report(row(), study=wide))
    assert found.state == "same"
    assert [str(one) for one in found.turns] == ["interval now lies within the margin"]


def test_another_unit_is_no_difference_that_can_be_subtracted():
    found = only(row(), row(unit="ODI points"))
    assert (found.state, found.change) == ("changed", None)
    assert printed_notes(found) == "the unit was NRS points"


def test_new_and_gone_are_found():
    found = compare(report(row(term="a"), row(term="b")), report(row(term="b"), row(term="c")))
    assert {one.key[2]: one.state for one in found.differences} == {"b": "same", "c": "new", "a": "gone"}
    assert printed_statistic(None) == "–"
    assert found.summary == "Statistics: 1 same, 1 new, 1 gone."


def test_what_matters_comes_first():
    before = [
        row(term="turned"),
        row(term="small"),
        row(term="large"),
        row(term="all", estimand="description"),
    ]
    after = [
        row(term="all", estimand="description", estimate=-1.5),
        row(term="large", estimate=-1.4),
        row(term="small", estimate=-1.1),
        row(term="new"),
        row(term="turned", estimate=-0.99, conf_high=0.2),
    ]
    found = compare(report(*before), report(*after)).told
    assert [one.key[2] for one in found] == ["turned", "large", "small", "all", "new"]


def test_numbers_that_moved_for_no_reason_on_record_are_called_that():
    found = compare(report(row()), report(row(estimate=-1.1)))
    assert found.explanation[0].said == (UNEXPLAINED,)


def test_a_program_gets_whole_numbers_and_null_for_what_is_missing():
    found = as_data(compare(report(row()), report(row(estimate=0.1 + 0.2, df="inf", std_error=""))))
    (one,) = found["differences"]
    assert one["after"]["estimate"] == 0.1 + 0.2
    assert (one["after"]["df"], one["after"]["std_error"]) == ("inf", None)
    assert found["same"] is False


numbers = st.floats(-1e6, 1e6).filter(lambda one: one == 0 or abs(one) > 1e-9)
units = st.sampled_from(["NRS points", "hazard ratio per 10 degrees", "proportion"])


@st.composite
def rows(draw):
    """Up to four rows with terms that may be alike, with and without interval and standard error."""
    made = []
    for term in draw(st.lists(st.sampled_from(["a", "b", "é, <b>"]), max_size=4)):
        ends = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
        low, high = (ends[0], ends[2]) if draw(st.booleans()) else ("", "")
        error = draw(st.one_of(st.just(""), st.floats(0, 1e3)))
        made.append(row(term=term, estimate=ends[1], conf_low=low, conf_high=high, std_error=error,
                        n_participants=draw(st.integers(0, 500)), unit=draw(units)))  # fmt: skip
    return made


@given(rows())
def test_a_report_does_not_differ_from_itself(some):
    found = compare(report(*some), report(*some))
    assert found.is_same
    assert found.told == ()
    assert found.explanation == ()


@given(rows(), rows())
def test_the_later_against_the_earlier_is_the_earlier_against_the_later_mirrored(some, others):
    def in_order(found):
        return sorted((one for one in found), key=lambda one: one.key)

    forth = in_order(differences(report(*some), report(*others)))
    back = in_order(differences(report(*others), report(*some)))
    for one, other in zip(forth, back, strict=True):
        mirrored = other.mirrored()
        assert (one.state, one.turns) == (mirrored.state, mirrored.turns)
        assert one.change == mirrored.change
        assert one.in_errors == mirrored.in_errors
