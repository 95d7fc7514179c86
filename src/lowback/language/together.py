"""Finds sentences that put what acts on bodies and a complaint together, and hold no word by which they only record, compare or suppose.

No list ends of the words by which people say that one thing brings another about ("melts the pain away", "is what keeps the back sore"). So
it is asked the other way round: what a modest sentence about both has, and this one has not. Such a link counts as moderate, since it is told by
what is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lowback.checked_yaml import checked, read_yaml
from lowback.language.contexts import BREAK
from lowback.language.words import Grade, word_list

FILE = Path(__file__).with_name("modest.yml")
# Names of columns, heads and labels have none.
IS_SENTENCE = re.compile(r"[.!][\"”’)\]]*$")
FEWEST_WORDS = 3
NEXT_WORD = re.compile(r"[\w-]* ?[\w-]*")
# "Pain fades once people stop sitting" is about no people.
WHEN_PEOPLE = re.compile(
    r"\b(?:as soon as|once|until|unless|since|because|after|makes?|made|making) (?:people|patients|they|we|women|men|workers)\b|"
    r"^the (?:more|less|fewer|\w+er) .*|\b(?:price|toll|harm|damage) (?:we|they|people|patients)\b|"
    r"^(?:in|for) (?:our|these|such|most|many|all) (?:people|patients|participants|women|men|workers)\b"
)
BY = re.compile(r"\b(?:by|through|durch|door)\b")
LIST = re.compile(r"[^:;.,]{1,40}: [^:]*;")
WORD_REST = re.compile(r"[\w-]*")
LISTED = "{of words.yml}"
FOLDED = re.compile(r"\| ")


class Language(BaseModel):
    """What acts, what is complained of, who people are, and words of modest sentences by kind, as patterns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    acts: str
    complaints: str
    people: str
    modest: Mapping[str, tuple[str, ...]]


class ModestFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    english: Language
    german: Language
    dutch: Language


@dataclass(frozen=True)
class Patterns:
    """One language, ready to be looked for."""

    acts: re.Pattern[str]
    complaints: re.Pattern[str]
    people: re.Pattern[str]
    modest: re.Pattern[str]


def links_untold(text: str) -> Iterator[tuple[int, int, str, Grade]]:
    """Where a plain sentence links what acts with a complaint, whatever words it does so by: the words between the two."""
    if not IS_SENTENCE.search(text):
        return
    for language in languages():
        for start, end in _clauses(text):
            found = _pair(language, text[start:end])
            if found is not None:
                first, last = start + found[0], start + found[1]
                yield first, last, text[first:last].strip() or text[start:end].strip(), Grade.MODERATE
                return


@cache
def languages() -> tuple[Patterns, ...]:
    """The languages that ship, English first."""
    content = checked(read_yaml(FILE), ModestFile, str(FILE))
    return tuple(_patterns(one) for one in (content.english, content.german, content.dutch))


def _patterns(one: Language) -> Patterns:
    acts = re.compile(_unfolded(one.acts).replace(LISTED, word_list().acting_on_bodies.pattern))
    modest = "|".join(pattern for listed in one.modest.values() for pattern in listed)
    return Patterns(acts, *(re.compile(_unfolded(each)) for each in (one.complaints, one.people, modest)))


def _unfolded(pattern: str) -> str:
    """A pattern over several lines of the file as one."""
    return FOLDED.sub("|", pattern)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Where each statement of a sentence begins and ends; a list under a head, as in "Arrows: steps to sitting; tilt to pain", is one."""
    if LIST.match(text):
        yield 0, len(text)
        return
    start = 0
    for found in BREAK.finditer(text):
        if found.group() == ": ":
            continue
        yield start, found.start()
        start = found.end()
    yield start, len(text)


def _pair(language: Patterns, clause: str) -> tuple[int, int] | None:
    """Where the words between what acts and the complaint begin and end; nothing where the clause is modest, or about what people do."""
    causes = list(language.acts.finditer(clause))
    effects = list(language.complaints.finditer(clause)) if causes else []
    pairs = ((one, other) for one in causes for other in effects if _apart(one, other))
    cause, effect = next(pairs, (None, None))
    if cause is None or effect is None or len(clause.split()) < FEWEST_WORDS:
        return None
    # Desk workers are people.
    named = NEXT_WORD.match(clause, cause.end())
    told_first = clause[: named.end() if named else cause.end()]
    is_about_people = language.people.search(WHEN_PEOPLE.sub(" ", told_first)) is not None
    # "We relieved their pain by stretching" tells by what.
    is_about_people &= BY.search(clause[effect.end() : cause.start()]) is None
    if is_about_people or language.modest.search(clause):
        return None
    first, last = sorted((cause, effect), key=lambda found: found.start())
    return _word_end(clause, first.end()), last.start()


def _apart(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two words are two: neither lies in the other, nor ends in the letter where the other begins."""
    return one.end() < other.start() or other.end() < one.start()


def _word_end(clause: str, place: int) -> int:
    """Where the word ends in which a place lies."""
    found = WORD_REST.match(clause, place)
    return found.end() if found else place
