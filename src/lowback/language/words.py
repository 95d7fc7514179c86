"""The list of words that link one thing with another, by the strength with which they say that it brings it about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lowback.checked_yaml import checked, read_yaml
from lowback.language.forms import Forms, forms
from lowback.language.needed import needed

WORDS_FILE = Path(__file__).with_name("words.yml")
Strength = Literal["none", "weak", "moderate", "strong"]
Kind = Literal["acts", "acts or happens", "acts or names"]
# What stands for a body that an earlier sentence named, and what is measured of one.
OF_SOMEBODY = re.compile(
    r"\b(?:it|this|these|those|they|them|armname|scores?|points?|odds|risks?|harm\w*|outcomes?|arms?|body|bodies|discomfort|slept|sick leave|return to work|(?:bad|good|better|worse) (?:days|nights)|age|weight|patients?|incidence)\b|#"
)
# Words of the two lists that are said of much else.
OF_ANYTHING = re.compile(
    r"\b(?:days?|hours?|cores?|steps|breaks?|load|apps?|program|work(?:s|ed)?|releases?|shifts?)\b"
)
# `*` in a pattern: up to six words that end no clause.
ANY_WORDS = r"(?:[^\s.;:?!]+\s+){0,6}?"


class Grade(IntEnum):
    """How strongly a word says that one thing brings another about (Haber et al. 2022, doi:10.1093/aje/kwac137)."""

    NONE = 0
    WEAK = 1
    MODERATE = 2
    STRONG = 3

    @property
    def word(self) -> str:
        """The grade in a sentence."""
        return self.name.lower()


class Verbs(BaseModel):
    """Verbs of the file by how they take an object, each kind by strength."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    acts: Mapping[Strength, str]
    acts_or_happens: Mapping[Strength, str] = Field(alias="acts or happens")
    acts_or_names: Mapping[Strength, str] = Field(alias="acts or names")
    by_particle: Mapping[Strength, tuple[tuple[str, ...], ...]] = Field(alias="with")


class WordsFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verbs: Verbs
    irregular: Mapping[str, tuple[str, ...]]
    phrases: Mapping[Strength, tuple[str, ...]]
    not_links: tuple[tuple[str, ...], ...] = Field(alias="not links")
    one_thing: tuple[str, ...] = Field(alias="one thing")
    acting: str = Field(alias="acted by the analysis")
    acted_upon: str = Field(alias="done to the analysis")
    analysis_phrases: tuple[str, ...] = Field(alias="phrases of the analysis")
    of_the_body: str = Field(alias="of the body")
    acts_on_bodies: str = Field(alias="acts on bodies")
    neutral: str
    instead: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Verb:
    """One verb with its forms and the particles that must follow."""

    forms: Forms
    grade: Grade
    kind: Kind
    particles: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordList:
    """The list, ready to be looked up: verbs by form, phrases as patterns.

    Of phrases only those are held that some design forbids. `claiming` are the forms of such verbs, `needed` holds, for
    each phrase, beginnings of words of which it has one ("" where none can be told): a sentence with neither needs no reading.
    """

    verbs: Mapping[str, tuple[Verb, ...]]
    claiming: frozenset[str]
    phrases: tuple[tuple[re.Pattern[str], Grade], ...]
    needed: tuple[tuple[str, ...], ...]
    not_links: re.Pattern[str]
    one_thing: re.Pattern[str]
    acting: frozenset[str]
    acted_upon: frozenset[str]
    analysis_phrases: re.Pattern[str]
    of_the_body: re.Pattern[str]
    acting_on_bodies: re.Pattern[str]
    neutral: re.Pattern[str]
    instead: Mapping[str, str]


@cache
def word_list() -> WordList:
    """The words that ship."""
    content = checked(read_yaml(WORDS_FILE), WordsFile, str(WORDS_FILE))
    known: dict[str, list[Verb]] = {}
    for verb in _verbs(content):
        for form in verb.forms.all:
            known.setdefault(form, []).append(verb)
    listed = [
        (phrase, _grade(strength))
        for strength, phrases in content.phrases.items()
        for phrase in phrases
        if _grade(strength) > Grade.WEAK
    ]
    return WordList(
        {form: tuple(verbs) for form, verbs in known.items()},
        frozenset(form for form, verbs in known.items() if max(one.grade for one in verbs) > Grade.WEAK),
        tuple((_pattern(phrase), grade) for phrase, grade in listed),
        tuple(tuple(needed(phrase) or [""]) for phrase, _ in listed),
        _pattern("|".join(f"(?:{one[0]})" for one in content.not_links)),
        _pattern("|".join(content.one_thing)),
        frozenset(content.acting.split()),
        frozenset(content.acted_upon.split()),
        _pattern("|".join(content.analysis_phrases)),
        re.compile(rf"\b(?:{'|'.join(content.of_the_body.split())})"),
        re.compile(rf"\b(?:{'|'.join(content.acts_on_bodies.split())})"),
        re.compile(rf"\b(?:{'|'.join(content.neutral.split())})"),
        {
            word: phrase
            for phrase, words in content.instead.items()
            for word in (words.split() if isinstance(words, str) else words)
        },
    )


def names_a_body(text: str) -> bool:
    """Whether a sentence holds any word of a body, of what acts on one, or of what is measured: a lock that prevents two runs is no link."""
    known = word_list()
    text = OF_ANYTHING.sub(" ", text)
    found = (one.search(text) for one in (known.of_the_body, known.acting_on_bodies, OF_SOMEBODY))
    return any(one is not None for one in found)


def _verbs(content: WordsFile) -> list[Verb]:
    kinds: tuple[tuple[Kind, Mapping[Strength, str]], ...] = (
        ("acts", content.verbs.acts),
        ("acts or happens", content.verbs.acts_or_happens),
        ("acts or names", content.verbs.acts_or_names),
    )
    plain = [
        Verb(forms(base, content.irregular.get(base, ())), _grade(strength), kind)
        for kind, by_strength in kinds
        for strength, listed in by_strength.items()
        for base in listed.split()
    ]
    with_particles = [
        Verb(forms(base, content.irregular.get(base, ())), _grade(strength), "acts", tuple(particles))
        for strength, listed in content.verbs.by_particle.items()
        for base, *particles in listed
    ]
    return [*with_particles, *plain]


def _grade(strength: Strength) -> Grade:
    return Grade[strength.upper()]


def _pattern(phrase: str) -> re.Pattern[str]:
    loose = phrase.replace(" * ?", f" {ANY_WORDS}").replace(" * ", f" {ANY_WORDS}")
    return re.compile(rf"(?<![\w-])(?:{loose})(?![\w-])")
