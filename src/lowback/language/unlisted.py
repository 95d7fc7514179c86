"""Verbs that no list holds: what is done to a body or happens in it, as the subject of whatever is said to act upon a body.

"Long commutes feed low back pain" links the two, whatever "feed" means elsewhere. Such a verb counts as moderate: it is told by where it
stands and not by what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from lowback.language.grammar import (
    ADVERBS,
    BE,
    DETERMINERS,
    HAVE,
    HELP,
    NO_OBJECT,
    PEOPLE,
    PREPOSITIONS,
    words_of,
)
from lowback.language.verbs import Token, has_plural_head
from lowback.language.words import word_list

LONGEST_SUBJECT, LONGEST_OBJECT = 7, 7
PAST = words_of(
    "made kept took left gave held fed paid bought set cut drove broke built fought beat sent cost let got won did shook put wore tore threw "
    "brought drew drove rid bred lent taught swept ate dealt forbade sank led freed bent wound woke laid stole froze bore bound shot hit shut split struck stuck saw found caught sold told"
)
NO_VERB = (
    BE
    | HAVE
    | HELP
    | DETERMINERS
    | NO_OBJECT
    | PREPOSITIONS
    | ADVERBS
    | PEOPLE
    | words_of("than not no that it half less more fewer")
)
ENDS = frozenset(".;:()?!,–—")


def unlisted_verbs(tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Where such a verb begins and ends, and itself."""
    if not any(_acts(token.word) for token in tokens):
        return
    for first in _starts(tokens):
        place = _verb_after(tokens, first)
        if place is not None and _acts_on_a_body(tokens, place):
            yield tokens[place].start, tokens[place].end, tokens[place].word


def _starts(tokens: Sequence[Token]) -> Iterator[int]:
    """Where a clause may begin: at the start, and after a mark or a word that joins clauses."""
    yield 0
    for place, token in enumerate(tokens[:-1]):
        if token.word in ENDS or token.word in ("that", "and", "but"):
            yield place + 1


def _verb_after(tokens: Sequence[Token], first: int) -> int | None:
    """The verb after a subject whose last word names what is done to a body or happens in it; none where it is a neutral one."""
    for place in range(first + 1, min(first + LONGEST_SUBJECT, len(tokens) - 1)):
        head, word = tokens[place - 1].word, tokens[place].word
        if word in ENDS or head in ENDS:
            return None
        if word in NO_VERB or word.endswith("ly"):
            if word in BE | HAVE | HELP:
                return None
            continue
        if not _acts(head):
            continue
        after, earlier = tokens[place + 1].word, [one.word for one in tokens[first:place]]
        if _is_finite(word, earlier) and not _is_finite(after, [word]) and after not in BE | HAVE | HELP:
            return None if word_list().neutral.match(word) else place
    return None


@lru_cache(maxsize=10_000)
def _acts(word: str) -> bool:
    """Whether a word names what is done to a body or happens in it."""
    return word_list().acting_on_bodies.match(word) is not None


def _is_finite(word: str, subject: list[str]) -> bool:
    """Whether a word has the form of a verb that a subject can have: plural ones have the plain form."""
    if not word.isalpha() or word in NO_VERB:
        return False
    if word in PAST or (word.endswith("ed") and len(word) > 4):
        return True
    if has_plural_head(subject):
        return not word.endswith("s")
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))


def _acts_on_a_body(tokens: Sequence[Token], place: int) -> bool:
    """Whether something of a body comes after the verb, in the same clause, and not merely by a preposition."""
    if tokens[place + 1].word in NO_OBJECT:
        return False
    for token in tokens[place + 1 : place + 1 + LONGEST_OBJECT]:
        if token.word in ENDS:
            return False
        if word_list().of_the_body.search(token.word):
            return True
    return False
