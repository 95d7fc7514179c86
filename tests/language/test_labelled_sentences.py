"""The gate on sentences labelled by hand (sentences.csv; the labels are ours), with a floor under both rates."""

from __future__ import annotations

import pytest
from labelled import IDIOMS, KEPT_APART, PARTS, labelled, shares

FLOOR = 0.95


def test_there_are_at_least_two_hundred_sentences_about_half_of_them_violations():
    sentences = labelled()
    assert len({one.sentence for one in sentences}) == len(sentences) >= 400
    assert 0.4 < sum(one.is_violation for one in sentences) / len(sentences) < 0.6
    assert {one.label for one in sentences} == {"violation", "fine"}
    assert all(one.reason for one in sentences)


@pytest.mark.parametrize("part", PARTS)
def test_violations_are_named_and_fine_sentences_pass(part):
    flagged, bad, passed, good = shares(one for one in labelled() if one.part == part)
    assert flagged >= FLOOR * bad
    assert passed >= FLOOR * good


def test_idioms_are_found_and_fine_sentences_pass_as_often_as_the_docs_say():
    flagged, bad, passed, good = shares(one for one in labelled() if one.part == IDIOMS)
    assert (bad, good) == (30, 30)
    assert flagged >= 28
    assert passed >= 29


def test_sentences_that_nothing_was_mended_by_are_found_as_often_as_the_docs_say():
    flagged, bad, passed, good = shares(one for one in labelled() if one.part == KEPT_APART)
    assert (bad, good) == (30, 30)
    assert flagged >= 15
    assert passed >= 29
