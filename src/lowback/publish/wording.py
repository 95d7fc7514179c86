"""Long answers laid out for reading: clauses as a list, the basis as a head that opens. No word is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lowback.publish.harvest import Answer

LONG = 120
"""Characters from which a sentence of several clauses is easier to read as a list."""
INTERVAL = "% CI"
BACKWARD = ("they ", "it ", "which ")
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
    """The answer as a list: of the sentences that hold an interval, or of the clauses of the only one that does, where that is long."""
    whole = answer.answer.strip()
    clauses, more = _listed(whole)
    people, *rest = split_outside_brackets(answer.basis.strip())
    return Finding(
        notebook=answer.notebook,
        question=answer.question,
        clauses=tuple(_sentence(one) for one in clauses),
        remark=_unbroken(more),
        people=_unbroken(people),
        basis=_sentence("; ".join(rest)) if rest else "",
    )


def _listed(whole: str) -> tuple[list[str], str]:
    """What stands in the list, and the remark below it: sentences after the last that holds an interval."""
    sentences = SENTENCE_END.split(whole)
    told = max((place for place, one in enumerate(sentences, 1) if INTERVAL in one), default=1)
    if told > 1 and len(whole) >= LONG:
        return sentences[:told], " ".join(sentences[told:])
    clauses = _clauses(sentences[0])
    if len(clauses) == 1 or len(sentences[0]) < LONG:
        return [whole], ""
    return clauses, " ".join(sentences[1:])


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence; one that speaks of the clause before it stays with that."""
    clauses: list[str] = []
    for part in split_outside_brackets(sentence):
        if clauses and part.startswith(BACKWARD):
            clauses[-1] += f"; {part}"
        else:
            clauses.append(part)
    return clauses


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
    words = _unbroken(words.strip())
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def _unbroken(words: str) -> str:
    """The words with a percentage and its level kept on one line."""
    return re.sub(r"(?<=\d) %( CI)?", lambda found: found.group().replace(" ", "\N{NO-BREAK SPACE}"), words)
