"""Phrases are looked for only where a word of theirs stands; none is missed by that."""

from __future__ import annotations

import pytest
from labelled import labelled

from lowback.language import reading
from lowback.language.needed import needed
from lowback.language.plain import sentences
from lowback.language.words import names_a_body, word_list


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("because of", {"because"}),
        ("(a|the) (strong )?causes? of", {"cause"}),
        ("(is|are) (also |not )?(good|bad) for", {"good", "bad"}),
        ("mediates|(is|are) (partly )?mediated by", {"mediates", "mediated"}),
        ("(?<!no )(works?|worked)(?! (on|with))", {"work", "worked"}),
        ("(pushe[sd]|pulls?) (the|a) * (in|on)", {"pushe", "pull"}),
        ("(pain|symptom)-(easing|killing)", {"pain", "symptom"}),
        ("(is|are) (to blame|responsible) for", {"blame", "responsible"}),
        ("(the|a) (of|in)", None),
        (r"\d+ of", None),
        ("(is|are|was) a?", None),
    ],
)
def test_what_a_pattern_cannot_do_without_is_told_from_it(pattern, words):
    assert needed(pattern) == (None if words is None else frozenset(words))


def test_every_phrase_is_found_where_it_is_found_by_looking_for_all_of_them():
    texts = [sentence.plain for one in labelled() for sentence in sentences(one.sentence)]
    for text in filter(names_a_body, texts):
        every = {
            (found.start(), found.group())
            for pattern, _ in word_list().phrases
            for found in pattern.finditer(text)
            if not reading.REASONS.fullmatch(found.group())
        }
        assert every <= {(start, text[start:end]) for start, end, _, _ in reading._phrases(text)}


def test_nearly_every_phrase_names_a_word_that_not_every_sentence_holds():
    assert sum(begins == ("",) for begins in word_list().needed) <= 1
