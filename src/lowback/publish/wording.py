"""Long answers laid out for reading: clauses as a list, the basis as a head that opens. No word is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lowback.publish.harvest import Answer

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z\s])")


@dataclass(frozen=True)
class Finding:
    """An answer as the summary shows it: one sentence or a list of clauses, a closing remark, and what it rests on.

    `people` is the start of the basis, always in sight; `basis` the rest of it, which opens.
    """

    notebook: str
    question: str
    clauses: tuple[str, ...]
    remark: str
    people: str
    basis: str


def laid_out(answer: Answer) -> Finding:
    """The answer with its first sentence as a list where that holds several clauses."""
    first, *more = SENTENCE_END.split(answer.answer.strip(), maxsplit=1)
    clauses = split_outside_brackets(first)
    if len(clauses) == 1:
        first, more = answer.answer.strip(), []
        clauses = [first]
    people, *rest = answer.basis.strip().split("; ", maxsplit=1)
    return Finding(
        notebook=answer.notebook,
        question=answer.question,
        clauses=tuple(_sentence(one) for one in clauses),
        remark=more[0] if more else "",
        people=people,
        basis=_sentence(rest[0]) if rest else "",
    )


def split_outside_brackets(text: str) -> list[str]:
    """The text at each semicolon that stands outside round brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth = max(0, depth + (letter == "(") - (letter == ")"))
        if depth == 0 and text.startswith("; ", place):
            parts.append(text[start:place])
            start = place + 2
    return [*parts, text[start:]]


def _sentence(words: str) -> str:
    words = words.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")
