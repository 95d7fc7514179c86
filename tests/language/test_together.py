"""What a sentence about a body lacks when it links without a word of a list, in three languages, and what is no such sentence."""

from __future__ import annotations

import pytest
from labelled import allowed

from lowback.language import overstatements


def found(text: str, about: str = "cohort") -> list[tuple[str, str]]:
    return [(one.word.strip(), one.grade.word) for one in overstatements(text, allowed(about), markdown=True)]


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Pain melts away under stretching.", "melts away under"),
        ("The pain gives way when the hip is stretched.", "gives way when the"),
        ("Dehnen macht den Rücken frei.", "macht den"),
        ("Rekoefeningen nemen de pijn weg.", "nemen de"),
    ],
)
def test_the_words_between_what_acts_and_a_complaint_are_named_as_moderate(sentence, word):
    assert found(sentence) == [(word, "moderate")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Stretching and pain were recorded every evening.",
        "Pain was higher in people who sat longer.",
        "Whether stretching chases the pain away is not known.",
        "Does stretching chase the pain away?",
        "Patients stretched although their backs hurt.",
        "Ob Dehnen den Rücken frei macht, ist offen.",
        "Zitten en rugpijn hingen niet samen.",
    ],
)
def test_one_word_of_record_comparison_doubt_or_people_is_enough(sentence):
    assert found(sentence) == []


@pytest.mark.parametrize(
    "label", ["back pain and sitting", "hip extension per hour of sitting, pain at night"]
)
def test_a_label_is_no_sentence(label):
    assert found(label) == []


def test_a_list_under_a_head_is_read_whole():
    assert found("Arrows: Steps to Sitting; Steps to Back pain; Activity level to Back pain.") == []


def test_where_chance_assigned_the_arms_such_a_sentence_is_fine():
    assert found("Stretching chases the pain away.", "trial") == []


@pytest.mark.parametrize(
    "sentence",
    ["More cores shorten the run.", "The lock keeps a second run from starting.", "A patch reduces crashes."],
)
def test_a_verb_of_the_lists_needs_a_body(sentence):
    assert found(sentence) == []
