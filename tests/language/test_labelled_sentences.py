"""The gate on sentences labelled by hand (sentences.csv; the labels are ours), with a floor under both rates."""

from __future__ import annotations

import pytest
from labelled import FINE, FREE, IDIOMS, KEPT_APART, PARTS, labelled, shares

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
    assert flagged >= 24
    assert passed >= 29


@pytest.mark.parametrize("part", FREE)
def test_freely_worded_violations_are_found_as_often_as_the_docs_say(part):
    flagged, bad, passed, good = shares(one for one in labelled() if one.part == part)
    assert bad == 150
    assert flagged >= FREE[part][0] * bad
    assert passed >= FREE[part][1] * good


def test_sentences_that_claim_nothing_pass():
    _, bad, passed, good = shares(one for one in labelled() if one.part == FINE)
    assert (bad, good) == (0, 324)
    assert passed >= 0.98 * good
