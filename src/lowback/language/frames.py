"""Finds turns of a sentence that link what happens in a body with what is done to it, whatever words fill them.

"Lordosis is shaped by the hip flexors", "pain is a product of lifting" and "relief came through stretching" link two things by how they are
built. A turn counts where something of the body stands in the place of its effect and what acts on bodies in that of its cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lowback.language.turns import Turn, turns
from lowback.language.words import Grade, word_list

WORDS_AFTER, WORDS_BEFORE = 7, 3
CLAUSE = re.compile(r"[.;:?!]")
CANNOT = re.compile(r"\b(?:cannot|can not|could not|can't)(?: \w+){0,2} ?$")


def frames_in(text: str, whole: str) -> Iterator[tuple[int, int, str, Grade]]:
    """Where such turns stand in a plain sentence, from which words of method were taken that `whole` still has."""
    for turn in turns():
        for found in turn.pattern.finditer(text):
            before = CLAUSE.split(whole[: found.start()])[-1]
            after = " ".join(CLAUSE.split(whole[found.end() :])[0].split()[:WORDS_AFTER])
            if _is_of_method(found, before, after) or CANNOT.search(before):
                continue
            if _acts(turn, found, before, after) and _is_of_the_body(turn, found, before, after):
                yield found.start(), found.end(), found.group(), turn.grade


def _acts(turn: Turn, found: re.Match[str], before: str, after: str) -> bool:
    """Whether what acts on bodies stands where the turn has its cause."""
    between = found.groupdict().get("cause", "")
    # "Exercise-related" is one word, of which the first half is before.
    joined = "-" if found.group().startswith("-") else ""
    cause = [
        before + joined if "cause" in turn.before else "",
        between,
        after if "cause" in turn.after else "",
    ]
    return word_list().acting_on_bodies.search(" ".join(cause)) is not None


def _is_of_the_body(turn: Turn, found: re.Match[str], before: str, after: str) -> bool:
    """Whether something of the body stands where the turn has its effect, its own words included."""
    if "effect" not in turn.needs:
        return True
    # Where the cause stands before it too, the effect is what stands next.
    near = " ".join(before.split()[-WORDS_BEFORE:]) if "cause" in turn.before else before
    effect = [
        near if "effect" in turn.before else "",
        found.group(),
        after if "effect" in turn.after else "",
    ]
    return word_list().of_the_body.search(" ".join(effect)) is not None


def _is_of_method(found: re.Match[str], before: str, after: str) -> bool:
    """Whether the participle among the words is one of association or of record, or the analysis stands beside them."""
    known = word_list()
    beside = f"{before} {found.groupdict().get('cause', '')} {after}"
    is_of_record = any(known.neutral.match(word) for word in found.group().split() if word.endswith("ed"))
    return is_of_record or not known.acting.isdisjoint(beside.split())
