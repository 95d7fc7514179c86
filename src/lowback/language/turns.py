"""The turns of a sentence that `turns.yml` lists, as patterns: what stands between a cause and what it does to a body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lowback.checked_yaml import checked, read_yaml
from lowback.language.words import Grade

TURNS_FILE = Path(__file__).with_name("turns.yml")
PLACE = re.compile(r"\{(cause|effect)(?: clause)?\}")
BEFORE = re.compile(r"(?:\{(?:cause|effect)\} ?)*")
AFTER = re.compile(r"(?: ?\{(?:cause|effect)\})*$")
PART = re.compile(r"\{([a-z][a-z ]*)\}")
WORDS_BETWEEN = r"[\w'-]+(?: [\w'-]+){0,3}?"
BETWEEN = {
    "cause": f"(?P<cause>{WORDS_BETWEEN})",
    "cause clause": r"(?P<cause>[^.;:?!]+?)",
    "effect": WORDS_BETWEEN,
}


class TurnsFile(BaseModel):
    """The whole file: parts by name, and turns by strength, each with a sentence that it finds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: Mapping[str, str]
    turns: Mapping[Literal["moderate", "strong"], tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Turn:
    """One turn: its own words, and which of cause and effect stand in the clause before, between and after them."""

    pattern: re.Pattern[str]
    grade: Grade
    before: frozenset[str]
    after: frozenset[str]
    needs: frozenset[str]
    example: str


@cache
def turns() -> tuple[Turn, ...]:
    """The turns that ship, the stronger first."""
    content = checked(read_yaml(TURNS_FILE), TurnsFile, str(TURNS_FILE))
    return tuple(
        _turn(written, example, Grade[strength.upper()], content.parts)
        for strength in ("strong", "moderate")
        for written, example in content.turns[strength]
    )


def _turn(written: str, example: str, grade: Grade, parts: Mapping[str, str]) -> Turn:
    """A turn as it is written, taken apart into its own words and the places at either end."""
    before, after = BEFORE.match(written), AFTER.search(written)
    begins, ends = before.end() if before else 0, after.start() if after else len(written)
    own = _filled(written[begins:ends], parts)
    joined = "" if own.startswith("-") else r"(?<![\w-])"
    return Turn(
        re.compile(rf"{joined}{own}\b"),
        grade,
        frozenset(PLACE.findall(written[:begins])),
        frozenset(PLACE.findall(written[ends:])),
        frozenset(PLACE.findall(written)),
        example,
    )


def _filled(text: str, parts: Mapping[str, str]) -> str:
    """The text with every part in its place, lines of a part joined; cause and effect between other words are some words."""
    known = {**parts, **BETWEEN}
    while PART.search(text):
        text = PART.sub(lambda found: f"(?:{known[found.group(1)].replace('| ', '|')})", text)
    return text
