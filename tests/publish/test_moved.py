"""The small pictures of how an estimate moved; places by hand."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from lowback.publish.moved import (
    MOST_TERMS,
    lines_of,
    margins_of,
    moved,
    moved_groups,
)
from lowback.publish.sparkline import FEWER_POINTS, MOST_POINTS, picture_of

MARGINS = {"pain": 1.0}


def row(day, estimate, **changes):
    told = {
        "run": f"{day}T06:00:00Z",
        "data_date": day,
        "key": f"k{day}",
        "analysis": "ancova",
        "estimand": "pain",
        "term": "a vs b",
        "estimate": str(estimate),
        "std_error": "0.3",
        "conf_low": str(estimate - 0.5),
        "conf_high": str(estimate + 0.5),
        "unit": "NRS points",
        "n_participants": "98",
    }
    return {**told, **changes}


def days(count):
    return [f"20{20 + number // 300:02d}-{1 + number // 25 % 12:02d}-{1 + number % 25:02d}" for number in range(count)]  # fmt: skip


def elements(svg):
    return {one.get("class"): one for one in ElementTree.fromstring(svg).iter() if one.get("class")}


def test_a_course_says_where_it_began_and_where_it_is():
    (one,) = moved(
        [row("2026-11-02", -0.5), row("2026-11-09", -1.5), row("2026-11-16", -1.0, conf_high="-0.52")], MARGINS
    )  # fmt: skip
    assert one.said == (
        "3 runs: from −0.50 (2026-11-02) to −1.00 NRS points (95 % CI −1.50 to −0.52), 2026-11-16; "
        "lowest −1.50, highest −0.50."
    )
    assert one.dates == "2026-11-02 to 2026-11-16"


def test_a_statistic_that_the_last_run_no_longer_has_is_not_drawn():
    rows = [row("2026-11-02", -0.5), row("2026-11-02", 2, term="old"), row("2026-11-09", -1.5)]
    assert [one.term for one in moved(rows, MARGINS)] == ["a vs b"]
    assert moved([], MARGINS) == []


def test_the_picture_has_its_band_line_dot_and_words():
    (one,) = moved([row("2026-11-02", -1.0), row("2026-11-09", 1.0)], {})
    drawn = elements(picture_of(one, "p1"))
    # From -1.5 at the bottom (74) to 1.5 at the top (8): 22 for each point; -1 is at 63, 1 at 19, no effect at 41.
    assert drawn["course"].get("points") == "10.0,63.0 310.0,19.0"
    assert drawn["band"].get("points") == "10.0,52.0 310.0,8.0 310.0,30.0 10.0,74.0"
    assert drawn["no-effect"].get("y1") == "41.0"
    assert (drawn["now"].get("cx"), drawn["now"].get("cy")) == ("310.0", "19.0")
    root = ElementTree.fromstring(picture_of(one, "p1"))
    assert root.get("aria-labelledby") == "p1-t p1-d"
    assert [part.text for part in root][:2] == ["a vs b: 2 runs", one.said]
    assert re.findall(r"<text.*?>(.*?)</text>", picture_of(one, "p1")) == [
        "2026-11-02",
        "2 runs",
        "2026-11-09",
    ]
    assert "<text" not in picture_of(one, "p1", small=True)


def test_one_run_is_a_bar_and_equal_numbers_are_a_flat_line():
    (one,) = moved([row("2026-11-02", 0.0, conf_low="0", conf_high="0")], {})
    assert "bar" in elements(picture_of(one, "p"))
    (flat,) = moved([row("2026-11-02", 5.0, conf_low="5", conf_high="5"), row("2026-11-09", 5.0, conf_low="5", conf_high="5")], {})  # fmt: skip
    assert "nan" not in picture_of(flat, "p")


def test_a_line_far_away_is_left_out():
    (one,) = moved([row("2026-11-02", 50.0), row("2026-11-09", 51.0)], MARGINS)
    assert not {"no-effect", "margin"} & elements(picture_of(one, "p")).keys()


def test_a_level_has_no_line_of_no_effect():
    rows = [row("2026-11-02", 0.1), row("2026-11-09", 0.2)]
    (one,) = moved(rows, MARGINS, {("ancova", "pain", "a vs b")})
    assert not {"no-effect", "margin"} & elements(picture_of(one, "p")).keys()


def test_many_runs_are_drawn_by_their_newest():
    (one,) = moved([row(day, number % 7) for number, day in enumerate(days(400))], {})
    places = elements(picture_of(one, "p"))["course"].get("points").split()
    assert len(places) == MOST_POINTS
    assert f"{MOST_POINTS} of 400 runs" in picture_of(one, "p")
    small = picture_of(one, "p", small=True)
    assert len(elements(small)["course"].get("points").split()) == FEWER_POINTS
    assert len(small) < 2500


def test_data_without_a_date_are_placed_by_the_day_of_their_run():
    (one,) = moved([row("2026-11-02", 1.0, data_date="data 0123456789ab"), row("2026-11-09", 1.0)], {})
    assert one.dates == "2026-11-02 to 2026-11-09"


@pytest.mark.parametrize("text", ["</title><script>alert(1)</script>", '" onload="x', "é & 股", "]]>"])
def test_no_name_can_leave_its_place(text):
    (one,) = moved([row("2026-11-02", 1.0, term=text, unit=text, data_date=text), row("2026-11-09", 1.0, term=text, unit=text)], {})  # fmt: skip
    root = ElementTree.fromstring(picture_of(one, "p"))
    allowed = {"svg", "title", "desc", "line", "polygon", "polyline", "circle", "text"}
    assert {element.tag for element in root.iter()} <= allowed
    assert root.find("title").text == f"{text}: 2 runs"


def test_no_effect_and_the_margin_depend_on_the_unit():
    assert lines_of("NRS points", 1.0) == (("no effect", 0.0), ("margin", 1.0), ("margin", -1.0))
    assert lines_of("hazard ratio per 10 degrees", 2.0) == (
        ("no effect", 1.0),
        ("margin", 2.0),
        ("margin", 0.5),
    )
    assert lines_of("NRS points", None) == (("no effect", 0.0),)
    found = {"estimands": [{"name": "a", "smallest_worthwhile": 1}, {"name": "b"}, {"name": "c", "smallest_worthwhile": "x"}]}  # fmt: skip
    assert margins_of(found) == {"a": 1.0}
    assert margins_of({}) == {}


def test_groups_follow_the_questions_and_are_cut_with_their_number():
    rows = [row("2026-11-02", 1.0, term=f"t{number}") for number in range(MOST_TERMS + 2)]
    rows += [row("2026-11-02", 1.0, analysis="mixed")]
    found = moved_groups(
        rows, MARGINS, {("mixed", "pain"): "Second?", ("ancova", "pain"): "First?", ("x", "y"): "None?"}
    )
    assert [(one.question, len(one.rows), one.more) for one in found] == [
        ("Second?", 1, 0),
        ("First?", MOST_TERMS, 2),
    ]
