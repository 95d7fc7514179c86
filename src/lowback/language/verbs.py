"""Whether a form of a verb is a claim that something acts, or else a noun, an adjective, an aim or what happened by itself."""

from __future__ import annotations

import re
from typing import NamedTuple

from lowback.language.grammar import (
    ADVERBS,
    ADVISED,
    AMOUNTS,
    BE,
    CONFIRMED,
    DETERMINERS,
    HAVE,
    HELP,
    HOW_MUCH,
    NO_OBJECT,
    OPENING,
    PEOPLE,
    PREPOSITIONS,
    SUCCESSFUL,
    THUS,
    WHERE,
)
from lowback.language.words import Verb

TOKEN = re.compile(r"[a-z0-9à-ÿ]+(?:['-][a-z0-9à-ÿ]+)*|[^\s\w]")
AMOUNT = re.compile(
    r"\d|about|around|nearly|almost|roughly|approximately|half|a|an|one|two|three|up|more|less|at|so|over|only|some|as|much|this|that"
)


class Token(NamedTuple):
    """A word or a mark, and where it stands."""

    word: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words and marks of a plain sentence."""
    return [Token(found.group(), found.start(), found.end()) for found in TOKEN.finditer(text)]


def is_claimed(verb: Verb, tokens: list[Token], place: int, end: int) -> bool:
    """Whether the form at `place` (with particles up to `end`) says that its subject acts upon something."""
    word, forms = tokens[place].word, verb.forms
    before = _before(tokens, place)
    after = tokens[end + 1].word if end + 1 < len(tokens) else "."
    has_object = bool(verb.particles) or _is_object(after, tokens, end + 1)
    has_object |= verb.kind == "acts" and _object_went_before(tokens, place)
    if word == forms.ing:
        return has_object and _ing_claims(tokens, place, before)
    if word in forms.past and (before in BE or after == "by"):
        return _passive_claims(verb, tokens, end)
    if word == forms.base and word not in forms.past:
        return has_object and _base_claims(tokens, place, before)
    if not verb.particles and _people_do(tokens, place, before):
        return False
    is_open = (
        before in DETERMINERS | PREPOSITIONS | OPENING
        and before != "what"
        and not _closes_aside(tokens, place, before)
    )
    if word == forms.third:
        names = verb.kind != "acts" and is_open
        return (has_object or verb.kind == "acts") and not names and not (is_open and not has_object)
    return has_object and not is_open and before != "or"


def _object_went_before(tokens: list[Token], place: int) -> bool:
    """Whether a relative clause has its object in front: "the pain that sitting caused"."""
    return any(one.word in ("that", "which", "what") for one in tokens[max(0, place - 4) : max(0, place - 1)])


def _closes_aside(tokens: list[Token], place: int, before: str) -> bool:
    """Whether the comma before closes words set between two commas."""
    return before == "," and sum(one.word == "," for one in tokens[:place]) > 1


def _before(tokens: list[Token], place: int) -> str:
    """The word before, adverbs passed over; empty at the start."""
    at = place - 1
    while at >= 0 and (tokens[at].word in ADVERBS or tokens[at].word.endswith("ly")):
        at -= 1
    return tokens[at].word if at >= 0 else ""


def _people_do(tokens: list[Token], place: int, before: str) -> bool:
    """Whether people are the subject: what they change in their own lives, or had of old, is no link."""
    if before in HAVE:
        return _before(tokens, place - 1) in PEOPLE
    return before in PEOPLE


def _is_object(word: str, tokens: list[Token], place: int) -> bool:
    """Whether the word can begin what is acted upon."""
    if word.endswith("ly") and place + 1 < len(tokens):
        word = tokens[place + 1].word
    following = tokens[place + 1].word if place + 1 < len(tokens) else "."
    if (word, following) in (("most", "of"), ("much", "of")):
        return True
    if word in HOW_MUCH and (following in NO_OBJECT or not re.match(r"\w", following)):
        return False
    return bool(re.match(r"\w", word)) and word not in NO_OBJECT | WHERE and not word[0].isdigit()


def _passive_claims(verb: Verb, tokens: list[Token], end: int) -> bool:
    """Whether somebody or something is named by which it was done; an amount by which it changed is none."""
    if verb.particles and verb.particles[-1] in PREPOSITIONS:
        return True
    for at in range(end + 1, min(end + 6, len(tokens) - 1)):
        if tokens[at].word in ".;:":
            return False
        if tokens[at].word == "by":
            return not _is_amount(tokens, at + 1)
    return False


def _is_amount(tokens: list[Token], place: int) -> bool:
    words = [one.word for one in tokens[place : place + 3]]
    if words[0].isdigit() or re.fullmatch(r"\d.*", words[0]) or words[0] in ("−", "-", "±"):
        return True
    return bool(AMOUNT.fullmatch(words[0])) and any(one in AMOUNTS or one[0].isdigit() for one in words)


def _base_claims(tokens: list[Token], place: int, before: str) -> bool:
    """Whether the plain form is a finite verb or hangs on one that confirms it; aims and instructions are none."""
    if before in HELP:
        return not (before in ("should", "must") and _subject_is_people(tokens, place))
    if before == "to":
        earlier = [one.word for one in tokens[:place]]
        return bool(set(earlier[-4:]) & CONFIRMED) or bool(set(earlier) & ADVISED)
    if before in HAVE:
        return False
    if before in ("that", "which"):
        return place > 1 and _is_plural(tokens[place - 2].word)
    earlier = [one.word for one in tokens[max(0, place - 8) : place]]
    if before == "and":
        return "to" not in earlier and any(map(_is_plural, earlier))
    if before in PEOPLE | DETERMINERS | PREPOSITIONS | {"", ",", "or"}:
        return False
    return (
        has_plural_head(earlier) or "and" in earlier[-4:] or bool({"does", "do", "did"} & set(earlier[-4:]))
    )


def has_plural_head(earlier: list[str]) -> bool:
    """Whether the last of these words is plural, or the head of its phrase before "of", "in" or "per" is."""
    if _is_plural(earlier[-1]):
        return True
    places = [at for at, word in enumerate(earlier) if word in ("of", "in", "per", "at", "with")]
    return (
        bool(places)
        and places[-1] > 0
        and len(earlier) - places[-1] < 5
        and _is_plural(earlier[places[-1] - 1])
    )


def _is_plural(word: str) -> bool:
    return (
        word.endswith("s")
        and not word.endswith(("ss", "us", "is", "'s"))
        and word not in BE | HAVE | DETERMINERS
    )


def _subject_is_people(tokens: list[Token], place: int) -> bool:
    return any(one.word in PEOPLE for one in tokens[max(0, place - 4) : place])


def _ing_claims(tokens: list[Token], place: int, before: str) -> bool:
    """Whether the form in -ing says what the sentence's subject does: "thereby reducing", "effective in lowering", "is driving"."""
    earlier = [one.word for one in tokens[max(0, place - 4) : place]]
    if any(one in THUS for one in earlier[-1:]) or before in BE:
        return True
    if before == ",":
        return True
    if before == "by":
        return True
    return before in ("in", "at", "for") and any(one in SUCCESSFUL for one in earlier)
