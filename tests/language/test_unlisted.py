"""Verbs of no list between what acts and a body, and that nothing is lost by looking for words before reading."""

from __future__ import annotations

import pytest
from labelled import allowed, labelled

from lowback.language import overstatements, reading


@pytest.mark.parametrize(
    ("sentence", "verb"),
    [
        ("Long desk hours grind the lower back down.", "grind"),
        ("A daily walk calms the back.", "calms"),
        ("The exercises freed patients of their pain.", "freed"),
        ("Pain was measured weekly, and stretching tamed the pain.", "tamed"),
    ],
)
def test_a_verb_of_no_list_links_by_where_it_stands(sentence, verb):
    [found] = overstatements(sentence, allowed("cohort"))
    assert (found.word, found.grade.word) == (verb, "moderate")


@pytest.mark.parametrize(
    "sentence",
    [
        "Whether a daily walk calms the back is not known.",
        "No study shows that a daily walk calms the back.",
        "Does a daily walk calm the back?",
        "By this account, the desk tames the back.",
        "Stretching sessions were held at the back of the clinic.",
        "Stretching sessions took an hour of training.",
        "The pelvic tilt was read by two raters with the back against a wall.",
        "Hip extension and sitting time moved together.",
        "Sitting hours ranged from 2 to 12, and back pain from 0 to 10.",
        "The stretching group had more back pain at the start.",
        "Patients with back pain walked for ten minutes.",
    ],
)
def test_what_claims_nothing_or_is_neutral_passes(sentence):
    assert overstatements(sentence, allowed("cohort")) == []


def test_where_chance_assigned_the_arms_such_a_verb_is_fine():
    assert overstatements("Stretching tamed the pain.", allowed("trial")) == []


def test_no_verdict_depends_on_the_quick_look_before_reading(monkeypatch):
    quick = [one.is_flagged for one in labelled()]
    reading.uses.cache_clear()
    monkeypatch.setattr(reading, "_may_link", lambda _: True)
    try:
        assert [one.is_flagged for one in labelled()] == quick
    finally:
        reading.uses.cache_clear()
