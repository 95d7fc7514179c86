"""Texts of tables that a spreadsheet must not execute; guarded texts by hand, after OWASP's list of beginnings."""

from __future__ import annotations

import math
import random

import pandas as pd
import pytest

from lowback.csv_text import (
    GUARDED,
    NUMBER,
    TO_GUARD,
    columns_of,
    csv_of_rows,
    csv_text,
    guarded,
    rows_of,
    unguarded,
)

LETTERS = "=+-@\t\n ;\"',a1.\u00a0＝"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\tx", "'\tx"),
        (" =1+1", " '=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ('a;"=1+1', "a;\"'=1+1"),
        ("＝1+1", "'＝1+1"),
        # What somebody had guarded already comes back as it was.
        ("'=1+1", "''=1+1"),
    ],
)
def test_a_text_that_begins_a_formula_gets_an_apostrophe(text, safe):
    assert guarded(text) == safe
    assert unguarded(safe) == text


@pytest.mark.parametrize(
    "text",
    ["", "usual care", "'usual' care", "a - b = c", "a; - b", "-0.5", "+3", "-1e-05", "-inf", "5", "'"],
)
def test_other_texts_and_numbers_stay_as_they_are(text):
    assert guarded(text) == text == unguarded(text)


def test_any_text_comes_back():
    chance = random.Random(20260105)
    texts = ["".join(chance.choices(LETTERS, k=chance.randint(0, 9))) for _ in range(50_000)]
    assert [one for one in texts if unguarded(guarded(one)) != one] == []


def test_the_quick_look_for_marks_passes_over_no_text_that_must_be_guarded():
    chance = random.Random(20261122)
    texts = ["".join(chance.choices(LETTERS + "－\r＠", k=chance.randint(0, 9))) for _ in range(50_000)]
    slowly = [one if NUMBER.fullmatch(one) else TO_GUARD.sub(r"\1'", one) for one in texts]
    assert [guarded(one) for one in texts] == slowly
    assert sum(one != safe for one, safe in zip(texts, slowly, strict=True)) > 10_000
    assert [unguarded(one) for one in texts] == [GUARDED.sub(r"\1", one) for one in texts]


def test_a_table_keeps_its_numbers_and_its_missing_values():
    frame = pd.DataFrame(
        {
            "=term": ["=1", None],
            "estimate": [-0.5, math.nan],
            "conf_low": [-math.inf, 1.0],
            "people": pd.array([9, None], dtype="Int64"),
            "arm": pd.Categorical(["-a", "b"]),
            "mixed": ["+x", -2],
        }
    )
    text = csv_text(frame)
    assert text == "'=term,estimate,conf_low,people,arm,mixed\n'=1,-0.5,-inf,9,'-a,'+x\n,,1.0,,b,-2\n"
    assert columns_of(text)[0] == "=term"
    assert rows_of(text)[0]["=term"] == "=1"


def test_rows_come_back_as_they_were_written():
    rows = [{"term": '=a, "b"\nc', "estimate": "-0.30000000000000004"}, {"term": "", "estimate": ""}]
    assert rows_of(csv_of_rows(("term", "estimate"), rows)) == rows


def test_a_row_without_all_its_cells_is_refused():
    with pytest.raises(ValueError, match="row 3 has 1 cells; the columns are 2"):
        rows_of("term,estimate\na,1\nb\n")
    assert rows_of("") == []
