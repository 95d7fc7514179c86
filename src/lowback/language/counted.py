"""What a number in a sentence counts or measures, by the words beside it: people, weeks, a share, points of a scale, rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

PEOPLE = frozenset(
    {
        "people",
        "person",
        "persons",
        "participant",
        "participants",
        "patient",
        "patients",
        "adult",
        "adults",
        "men",
        "women",
        "subjects",
        "volunteers",
    }
)
WEEKS = frozenset({"week", "weeks"})
SHARE = frozenset({"%", "percent", "percentage", "per-cent"})
ARMS = frozenset({"arm", "arms", "group", "groups"})
ROWS = frozenset(
    {
        "comparison",
        "comparisons",
        "definition",
        "definitions",
        "model",
        "models",
        "diagram",
        "diagrams",
        "claim",
        "claims",
        "estimate",
        "estimates",
    }
)
OWN_NOUNS = frozenset(
    {
        "visit",
        "visits",
        "check-in",
        "check-ins",
        "moment",
        "moments",
        "row",
        "rows",
        "record",
        "records",
        "reading",
        "readings",
        "site",
        "sites",
        "step",
        "steps",
    }
)
MEASURES = frozenset({"point", "points", "degree", "degrees", "°", "nrs", "odi", "mm", "cm", "h/day"})
INTERVAL = frozenset({"ci", "interval", "±"})
# Between a number and what it counts may stand an adjective or two, but none of these.
BETWEEN = frozenset(
    {
        "of",
        "in",
        "on",
        "at",
        "to",
        "and",
        "or",
        "with",
        "for",
        "per",
        "by",
        "from",
        "the",
        "a",
        "an",
        "is",
        "are",
        "was",
        "were",
        "than",
        "that",
        "which",
        "who",
        "had",
        "have",
        "after",
        "before",
        "over",
    }
)
# Numbers in a row that share what they count are all whole: 3 and 0.53 points are two things.
CHAIN = r"(?:\s*(?:,|–|-|\bto\b|\bof\b|\band\b|\bor\b|\bthe\b)+\s*(?:the\s+)?[-−+±]?\d[\d,\u202f]*(?!\.?\d)(?:\s?%)?)*"
AFTER = re.compile(
    CHAIN
    + r"(?:\s+of\s+(?:the|these|those|all|our)\b)?[\s\u202f]*-?[\s\u202f]*((?:[^\W\d]|[°%/-])+|%)?\s*((?:[^\W\d]|[°/-])+)?\s*((?:[^\W\d]|[°/-])+)?"
)
BEFORE = re.compile(
    r"((?:[^\W\d]|[%/±-])+|±)?[\s(]*(?:[-−+±]?\d[\d.,\u202f]*(?:\s*(?:,|–|-|to|of|and|or)\s*)+)*[-−+±]?$"
)
LOOK_BACK = 80


@dataclass(frozen=True)
class Place:
    """Where a number stands: what it counts (`kind`, empty where nothing tells), the word before it and the word after it."""

    kind: str
    before: str
    after: str


def place_of(text: str, start: int, end: int) -> Place:
    """What the number from `start` to `end` counts; numbers in a row ("57 to 60 participants", "weeks 0, 4 and 8") share it."""
    following = [(one or "").casefold().strip("-") for one in AFTER.match(text, end).groups()]  # type: ignore[union-attr]
    found = BEFORE.search(text[max(0, start - LOOK_BACK) : start])
    before = ((found.group(1) if found else None) or "").casefold().strip("-")
    return Place(_kind(before, following), before, following[0])


def _kind(before: str, following: list[str]) -> str:
    if before in WEEKS or before in INTERVAL:
        return "weeks" if before in WEEKS else "interval"
    for word in following:
        for kind, nouns in NOUNS.items():
            if word in nouns:
                return kind
        if word in BETWEEN or not word:
            break
    return ""


NOUNS = {
    "people": PEOPLE,
    "weeks": WEEKS,
    "share": SHARE,
    "arms": ARMS,
    "rows": ROWS,
    "own": OWN_NOUNS,
    "measure": MEASURES,
}
