"""Markdown, HTML and printed text as plain sentences, however they are spaced, hyphenated or marked up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from textwrap import wrap

# What looks like a Latin letter and is none, so that a word cannot hide behind it.
LOOKALIKES = str.maketrans("аеорсухіјѕԁһαοντкмт", "aeopcyxijsdhaovtkmt")
HYPHENS = re.compile(r"[\u2010\u2011\u2012\ufe63\uff0d]")
QUOTES = str.maketrans("‘’‛`´", "'''''")
FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
MATHS = re.compile(r"\$\$.+?\$\$|\$(?=\S)[^$\n]+?(?<=\S)\$", re.DOTALL)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
ADDRESS = re.compile(r"\bhttps?://\S+|\bdoi:\s*\S+")
CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
ONLY_WORDS = re.compile(r"[A-Za-z\s'-]+")
MARKS = re.compile(r"\*+|~~|(?<!\w)_+|_+(?!\w)")
BLOCK = re.compile(r"^\s*(?:#{1,6}\s+|[-+*]\s+|\d+[.)]\s+)", re.MULTILINE)
# What is longer is no word.
LONGEST_WORD = 80
LONGEST_SENTENCE = 1_500
# One word or two in quotes are said all the same.
SCARE_QUOTES = re.compile(r"[“\"]([^“”\"\s]+(?: [^“”\"\s]+)?)[”\"]")
# A row of a table that names a claim by its number quotes it.
CLAIM_ROW = re.compile(r"^\s*\|?\s*C\d\d\s*\|", re.IGNORECASE)
END = re.compile(r"[.!?]+[\"”’)\]]*(?=\s|$)")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|vs|cf|approx|ca|resp|fig|tab|dr|prof|no|al|st)|(?:^|\s)\w)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Sentence:
    """A sentence as it is read (`plain`: lower case, one space, plain hyphens) and as it is shown in a message (`shown`)."""

    shown: str
    plain: str

    @property
    def is_question(self) -> bool:
        """Whether it asks."""
        return self.plain.rstrip('"”’)] ').endswith("?")


def sentences(text: str, *, markdown: bool = True) -> list[Sentence]:
    """The sentences of a text, code and formulas left out; headings, list items and table cells stand by themselves.

    Lower and upper case, white space, line breaks, invisible letters, kinds of hyphen and emphasis make no difference.
    """
    return list(_sentences(text, markdown))


@lru_cache(maxsize=2_000)
def _sentences(text: str, markdown: bool) -> tuple[Sentence, ...]:
    """The same, kept, since the notebooks of a report repeat whole texts, such as their method."""
    visible = _visible(text)
    blocks = _markdown_blocks(visible) if markdown else re.split(r"\n\s*\n", visible)
    return tuple(
        Sentence(one, SCARE_QUOTES.sub(r"\1", one).casefold())
        for block in blocks
        for one in _split(_one_line(block))
        if one
    )


def plain(text: str) -> str:
    """A name or a phrase as sentences are read."""
    return _one_line(_visible(text)).casefold()


def _visible(text: str) -> str:
    """The text as it is seen: without invisible letters, with plain hyphens and quotes, lookalikes as what they look like."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", HYPHENS.sub("-", text))
    unseen = {ord(letter): None for letter in set(text) if unicodedata.category(letter) == "Cf"}
    text = text.translate(unseen)
    return _without_lookalikes(text).translate(QUOTES) if not text.isascii() else text


def _without_lookalikes(text: str) -> str:
    """Lookalikes replaced in words that hold Latin letters too; words of other scripts stay."""
    return re.sub(
        r"\w+",
        lambda word: (
            word.group().translate(LOOKALIKES) if re.search("[A-Za-z]", word.group()) else word.group()
        ),
        text,
    )


def _markdown_blocks(text: str) -> Iterator[str]:
    text = COMMENT.sub(" ", FENCE.sub("\n\n", text))
    text = MATHS.sub(" x ", LINK.sub(r"\1", text))
    text = CODE.sub(
        lambda found: found.group(2) if ONLY_WORDS.fullmatch(found.group(2)) else " (code) ", text
    )
    text = unescape(TAG.sub("", text))
    for paragraph in re.split(r"\n\s*\n", text):
        for block in _lines_apart(paragraph):
            yield MARKS.sub("", block)


def _lines_apart(paragraph: str) -> list[str]:
    """A paragraph's heading, list items and table cells; the lines of plain prose belong together."""
    if re.search(r"^\s*\|?\s*:?-{2,}:?\s*\|", paragraph, re.MULTILINE):
        return [
            cell for line in paragraph.split("\n") for cell in line.split("|") if not CLAIM_ROW.match(line)
        ]
    parts = re.split(r"\n(?=\s*(?:#{1,6}\s|[-+*]\s|\d+[.)]\s))|(?<=\n)(?=\s*>)", paragraph)
    apart: list[str] = []
    for part in parts:
        heading = re.match(r"\s*#{1,6}\s[^\n]*\n", part)
        apart += [heading.group(), part[heading.end() :]] if heading else [part]
    return [BLOCK.sub("", re.sub(r"^\s*>\s?", "", part, flags=re.MULTILINE)) for part in apart]


def _one_line(text: str) -> str:
    return " ".join(word[:LONGEST_WORD] for word in ADDRESS.sub("(doi)", text).split())


def _split(text: str) -> list[str]:
    found, start = [], 0
    for end in END.finditer(text):
        before = text[start : end.start()]
        if end.group().startswith(".") and ABBREVIATION.search(before) and text[end.end() :].strip():
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    return [piece for one in (*found, text[start:].strip()) for piece in _pieces(one)]


def _pieces(sentence: str) -> list[str]:
    """The sentence whole, or one that nobody would write in pieces, so that reading it takes no more time than its length."""
    return wrap(sentence, LONGEST_SENTENCE) if len(sentence) > LONGEST_SENTENCE else [sentence]
