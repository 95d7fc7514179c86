"""Words of a public release: what people typed becomes "other", exact dates months, and no sentence counts people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

OTHER = "other"
SHORTEST_INSIDE = 4
"""Typed text shorter than this is only looked for as a whole value, not inside a sentence."""
LONG = 8
"""Letters from which typed text is looked for inside sentences."""
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
ISO_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d-(?:0[1-9]|1[0-2]))-(?:0[1-9]|[12]\d|3[01])(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?"
)
NUMBERED_DATE = re.compile(r"(?<!\d)\d{1,2}[./-](\d{1,2})[./-]((?:19|20)\d\d)(?!\d)")
NAMED_DATE = re.compile(rf"(?<!\d)\d{{1,2}}\.? ((?:{MONTHS})[a-z]*\.? (?:19|20)\d\d)")
AMERICAN_DATE = re.compile(rf"((?:{MONTHS})[a-z]*)\.? \d{{1,2}}, ((?:19|20)\d\d)")
CLAUSE = re.compile(r"(?<=[;.])\s+")
HARMLESS = re.compile(
    r"\d+(?:\.\d+)? ?%|\b(?:weeks?|days?|hours?|level|p =|ICC)\s*[-+]?\d[\d.,]*(?:(?:, | and | to )[-+]?\d[\d.,]*)*"
)
COUNTING = re.compile(
    r"people|persons?|participants|left out|missing|moments|rows|scores|check-ins|gaps|pairs|readings|analysed|counted|informs?",
    re.IGNORECASE,
)
# In a reason without a result they tell of nobody, of all, or of few, which is as much as a count.
COUNTING_IN_WORDS = re.compile(
    r"\b(?:nobody|no one|none|everybody|everyone|only|few|fewer|hardly|the same|var(?:y|ies)|returns?|flares?|onsets?|events?|clusters?|no side (?:in|has))\b",
    re.IGNORECASE,
)
LEFT_OUT = "How many people each step rests on is left out of this text."


def typed_texts(
    frames: Iterable[pd.DataFrame],
    kinds: Mapping[str, str],
    levels: Mapping[str, Sequence[str]],
    known: Iterable[str],
) -> frozenset[str]:
    """Every text in the frames that is no level which the data dictionary declares, nor one of the `known` words.

    `kinds` are the columns' kinds, `levels` their declared levels. Known are the words of the study file: arms, reasons.
    """
    declared = {one.casefold() for one in known}
    found: set[str] = set()
    for frame in frames:
        for column in frame:
            kind = kinds.get(str(column), "text")
            if kind not in ("identifier", "flag", "number", "integer"):
                allowed = declared | {one.casefold() for one in levels.get(str(column), ())}
                values = frame[column].dropna().astype(str).unique()
                found |= {one.strip() for one in values if one.strip().casefold() not in allowed}
    return frozenset(found - {""})


def coarse_dates(text: str) -> str:
    """The text with every date to its month."""
    text = ISO_DATE.sub(r"\1", text)
    text = NUMBERED_DATE.sub(r"\2-\1", text)
    text = NAMED_DATE.sub(r"\1", text)
    return AMERICAN_DATE.sub(r"\1 \2", text)


def in_known_words(text: str, texts: Iterable[str]) -> str:
    """The text with everything that somebody typed replaced by "other", and dates to the month.

    Short words are only replaced where they stand by themselves: as a part of the text, after a sign, in brackets.
    """
    typed = frozenset(texts)
    text = ": ".join(OTHER if one in typed else one for one in text.split(": "))
    said = [one for one in typed if len(one) >= SHORTEST_INSIDE and one in text]
    for one in sorted(said, key=len, reverse=True):
        begins, ends = (
            ("", "")
            if len(one) >= LONG
            else (r"(?:(?<=^)|(?<=[(=:,“\"'] )|(?<=[(“\"']))", r"(?=$|[),:;”\"'])")
        )
        text = re.sub(begins + r"(?<!\w)" + re.escape(one) + r"(?!\w)" + ends, OTHER, text)
    return coarse_dates(text)


def counts_in_words(text: str) -> bool:
    """Whether a reason tells of how many something was, in figures or in words: nobody counts as few, everybody as all."""
    return without_counts(text) != text or COUNTING_IN_WORDS.search(text) is not None


def without_counts(text: str) -> str:
    """The text without the clauses that say how many people, visits or readings there were."""
    clauses = CLAUSE.split(text)
    kept = [one for one in clauses if not _counts(one)]
    if len(kept) == len(clauses):
        return text
    joined = " ".join(kept).rstrip(" ;")
    return f"{joined}{'' if joined.endswith('.') or not joined else '.'} {LEFT_OUT}".strip()


def _counts(clause: str) -> bool:
    return bool(re.search(r"\d", HARMLESS.sub("", clause)) and COUNTING.search(clause))
