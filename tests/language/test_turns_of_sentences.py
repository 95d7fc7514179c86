"""Every turn of a sentence finds what it was written for, and nothing where no body or nothing that acts on one is spoken of."""

from __future__ import annotations

import re

import pytest
from labelled import allowed

from lowback.language import overstatements
from lowback.language.frames import frames_in
from lowback.language.turns import Turn, turns
from lowback.language.words import word_list

TURNS = pytest.mark.parametrize("turn", turns(), ids=lambda turn: turn.example)


def found_by(turn: Turn, text: str) -> list[str]:
    """The words of a sentence that this turn finds there."""
    starts = {(one.start(), one.end()) for one in turn.pattern.finditer(text)}
    return [words for start, end, words, _ in frames_in(text, text) if (start, end) in starts]


def without(named: re.Pattern[str], text: str) -> str:
    """The sentence with every word of a kind replaced by one of plain life."""
    return re.sub(r"[a-z]+", lambda word: "weather" if named.match(word.group()) else word.group(), text)


@TURNS
def test_a_turn_finds_the_sentence_that_stands_beside_it(turn):
    assert found_by(turn, turn.example.casefold())


@TURNS
def test_a_sentence_of_a_turn_is_refused_in_a_cohort(turn):
    assert overstatements(turn.example, allowed("cohort"))


@TURNS
def test_a_turn_finds_nothing_where_nothing_acts_on_a_body(turn):
    assert not found_by(turn, without(word_list().acting_on_bodies, turn.example.casefold()))


@pytest.mark.parametrize(
    "sentence",
    [
        "Pain is a product of two scores.",
        "Pelvic tilt was measured by two raters with the feet on a line.",
        "Hip extension is defined by the angle of the thigh.",
        "Whether pain is a product of lifting is not known.",
        "The estimate was pulled down by missing visits.",
    ],
)
def test_a_turn_in_a_sentence_of_method_claims_nothing(sentence):
    assert overstatements(sentence, allowed("cohort")) == []
