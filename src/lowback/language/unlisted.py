"""Verbs that no list holds: what is done to a body or happens in it, as the subject of whatever is said to act upon a body.

"Long commutes feed low back pain" links the two, whatever "feed" means elsewhere. Such a verb counts as moderate: it is told by where it
stands and not by what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from lowback.language.grammar import (
    ADJECTIVES,
    ADVERBS,
    ARTICLES,
    BE,
    DETERMINERS,
    HAVE,
    HELP,
    NO_OBJECT,
    PEOPLE,
    PREPOSITIONS,
    ROUGHLY,
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
    | ADJECTIVES
    | PEOPLE
    | words_of("than not no that it half less more fewer")
)
BODY = words_of("pain back hip lumbar spine disability stiffness recovery discs facets muscles")
MODAL = HELP - words_of("do does did cannot")
AWAY = words_of("away down back up out in")
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
    subject = [tokens[first].word]
    for place in range(first + 1, min(first + LONGEST_SUBJECT, len(tokens) - 1)):
        word, after = tokens[place].word, tokens[place + 1].word
        if word in ENDS or subject[-1] in ENDS or word in BE | HAVE:
            return None
        if word in MODAL:
            has_cause = any(map(_acts, subject)) and PEOPLE.isdisjoint(subject)
            return _plain_verb(tokens, place + 1) if has_cause else None
        if word in ADVERBS or word.endswith("ly"):
            continue
        if (
            _names_what_acts(subject, after)
            and _is_finite(word, subject)
            and not _goes_on_as_subject(word, after)
        ):
            return _unless_neutral(tokens, place)
        subject.append(word)
    return None


def _plain_verb(tokens: Sequence[Token], first: int) -> int | None:
    """The verb after "would" or "must", adverbs passed over; none where it is a neutral one."""
    for place in range(first, len(tokens) - 1):
        word = tokens[place].word
        if not (word in ADVERBS or word.endswith("ly")):
            return None if word in NO_VERB else _unless_neutral(tokens, place)
    return None


def _unless_neutral(tokens: Sequence[Token], place: int) -> int | None:
    return None if word_list().neutral.match(tokens[place].word) else place


def _names_what_acts(subject: list[str], after: str) -> bool:
    """Whether a subject ends with what acts, or holds it before when or where: "stretching each morning settles the back"."""
    return _acts(subject[-1]) or (
        after in ARTICLES and subject[-1] not in PEOPLE and any(map(_acts, subject))
    )


def _goes_on_as_subject(word: str, after: str) -> bool:
    """Whether a verb comes next, so that the word before it is a noun; a plain noun of the body is what is acted upon."""
    return after in BE | HAVE | HELP or (_is_finite(after, [word]) and after not in BODY | AWAY)


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
    ends_in_s = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return not ends_in_s if has_plural_head(subject) else ends_in_s


def _acts_on_a_body(tokens: Sequence[Token], place: int) -> bool:
    """Whether something of a body comes after the verb, in the same clause, and not merely by a preposition."""
    following = [token.word for token in tokens[place + 1 : place + 3 + LONGEST_OBJECT]]
    # "Eats away at the back" acts on it; "about a degree" is how much.
    if following[0] in AWAY and following[1:2] and following[1] in ("at", "on"):
        following = following[2:]
    elif following[0] in ROUGHLY:
        following = following[1:]
    if not following or following[0] in NO_OBJECT:
        return False
    for word in following[:LONGEST_OBJECT]:
        if word in ENDS:
            return False
        if word_list().of_the_body.search(word):
            return True
    return False
