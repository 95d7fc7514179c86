"""Holds texts against what their study allows: each sentence that says more is named, with what could be said instead."""

from __future__ import annotations

from dataclasses import dataclass

from lowback.language.allowance import Allowance
from lowback.language.plain import Sentence, sentences
from lowback.language.reading import Use, uses
from lowback.language.words import Grade, word_list

ARM = "armname"
# Said in the same text, it lets a path be spoken of in moderate words.
CONDITION = "takes for granted that nothing unmeasured"


@dataclass(frozen=True)
class Overstatement:
    """A sentence that says more than the study allows, the word by which it does, and what could stand in its place."""

    sentence: str
    word: str
    grade: Grade
    allowed: Grade
    why: str
    instead: str

    def __str__(self) -> str:
        """The whole of it in words."""
        return (
            f"“{self.sentence}”: “{self.word}” is {self.grade.word} causal language; allowed here is {self.allowed.word} ({self.why}). "
            f"Write instead: “{self.instead}”"
        )


def overstatements(text: str, allowed: Allowance, *, markdown: bool = False) -> list[Overstatement]:
    """Every sentence of a text that links more strongly than allowed, in order; the names of arms are no words of a sentence.

    The text is English. German and Dutch sentences are read for what modest ones have (`together.py`) and for nothing else.
    """
    is_conditional = CONDITION in " ".join(text.split()).casefold()
    found = []
    for one in sentences(text, markdown=markdown):
        worst = _worst(one, allowed, is_conditional)
        if worst is not None:
            use, grade = worst
            found.append(
                Overstatement(
                    one.shown, _as_shown(one, use), use.claimed, grade, allowed.why, instead_of(use)
                )
            )
    return found


def instead_of(use: Use) -> str:
    """Words of an association for a word that is too strong."""
    listed = word_list().instead
    words = use.base.split()
    if use.base in listed or words[0] in listed:
        return listed.get(use.base) or listed[words[0]]
    if {"effect", "effects", "impact", "influence", "consequences", "benefit", "benefits"} & set(words):
        return "association of … with"
    return "goes with"


def _worst(sentence: Sentence, allowed: Allowance, is_conditional: bool) -> tuple[Use, Grade] | None:
    """The strongest word that is not allowed, and what is."""
    masked = sentence.plain
    if allowed.masked is not None:
        masked = allowed.masked.sub(ARM, masked)
    over = []
    for use in uses(Sentence(sentence.shown, masked)):
        grade = allowed.of(_subject(use), masked)
        if is_conditional:
            grade = max(grade, Grade.MODERATE)
        if use.claimed > grade:
            over.append((use, grade))
    return max(over, key=lambda one: one[0].claimed, default=None)


def _subject(use: Use) -> str:
    """The words that name what acts: before an active verb, after "of" or "by" of other phrases."""
    after_it = use.word.endswith((" by", " of", " to", " from")) or use.after.lstrip().startswith(
        ("by ", "of ")
    )
    return use.after[:60] if after_it else use.before[-60:]


def _as_shown(sentence: Sentence, use: Use) -> str:
    """The word with the letters that the sentence has."""
    place = sentence.shown.casefold().find(use.word)
    return sentence.shown[place : place + len(use.word)] if place >= 0 else use.word
