"""Words that a phrase cannot do without, read off its pattern, so that a phrase is looked for only where one of them stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lowback.language.grammar import BE, DETERMINERS, HAVE, PREPOSITIONS, words_of

# They stand in nearly every sentence.
COMMON = BE | HAVE | DETERMINERS | PREPOSITIONS | words_of("and or not less more lower higher better worse")
LOOK_AROUND = ("(?!", "(?=", "(?<!", "(?<=")
MAY_BE_ABSENT = re.compile(r"\?|\*|\{0,\d+\}")
LITERAL = re.compile(r"[a-z]*")


def needed(pattern: str) -> frozenset[str] | None:
    """Beginnings of words of which one stands in whatever matches; nothing where none can be told."""
    found = [_of_one(one) for one in _split(pattern, "|")]
    if any(one is None for one in found):
        return None
    return frozenset(word for one in found if one is not None for word in one)


def _of_one(pattern: str) -> frozenset[str] | None:
    """The same of a pattern without alternatives of its own: the rarest of its words."""
    places = [words for one in _split(pattern, " ") if (words := _words(one)) and not words & COMMON]
    return max(places, key=lambda words: min(map(len, words)), default=None)


def _words(place: str) -> frozenset[str] | None:
    """How the word at one place begins, in each of its readings; nothing where that cannot be told."""
    place = place.lstrip("?")
    while place.startswith("("):
        group, rest = _group(place)
        absent = MAY_BE_ABSENT.match(rest)
        if place.startswith(LOOK_AROUND):
            place = rest
        elif absent:
            place = rest[absent.end() :]
        else:
            return needed(group)
    found = LITERAL.match(place)
    begins = found.group() if found else ""
    if place[len(begins) :].startswith("?"):
        begins = begins[:-1]
    return frozenset([begins]) if len(begins) > 1 else None


def _group(text: str) -> tuple[str, str]:
    """What stands in the bracket that the text opens with, and what comes after it."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:place].removeprefix("?:"), text[place + 1 :]
    raise ValueError(f"{text!r}: a bracket is not closed")


def _split(text: str, at: str) -> list[str]:
    """The parts between the marks that stand in no bracket."""
    return list(_parts(text, at))


def _parts(text: str, at: str) -> Iterator[str]:
    depth = start = 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == at and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]
