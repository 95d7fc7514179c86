"""Who the participants are, as far as text may give it away: identifiers, what people typed, exact dates; and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from lowback.disclosure.decoding import PNG, Said, readings, turned
from lowback.disclosure.words import typed_texts

LONG = 6
"""An identifier of so many letters and digits is found inside longer words as well."""
SHORT = 4
SENTENCE = 24
"""Letters of a text from which an identifier shorter than `SHORT` is no chance find."""
FEWEST_LETTERS = 3
"""Letters from which an identifier is found inside longer words that are read backwards or by ROT13."""
LONG_NUMBER = 5
"""Digits from which a number by itself is taken for an identifier; shorter ones are only found in arrays."""
LONG_TEXT = 8
"""Letters from which what somebody typed is looked for; shorter words may be anybody's."""
FEWEST_IN_ARRAY = 3
MOST_OF_ARRAY = 2_000
"""Numbers from its start by which an array is judged."""
LISTED = re.compile(r"\b\d{4,9}(?:[\s,;\"']{1,12}\d{4,9}\b){2,}")
"""Three numbers or more of at least four digits in a row."""
NUMBERS = ("i8", "i4", "i2", "u8", "u4", "u2", "f8", "f4")
MOST_ODD = 0.05
"""Share of odd characters above which a decoded text is noise, in which a short identifier would stand by chance."""


@dataclass(frozen=True)
class Private:
    """What must not be published: `identifiers` of participants, `texts` that people typed, `dates` by day."""

    identifiers: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    seen: dict[tuple[type, int], bool] = field(default_factory=dict, repr=False, compare=False)

    def without(self, own: str) -> Private:
        """The same without the typed texts that stand in text of our own."""
        texts = {one.casefold(): one for one in self.texts if len(one) >= LONG_TEXT}
        ordinary = {one.group() for one in _any_of(texts).finditer(own.casefold())}
        return replace(self, texts=frozenset(self.texts - {texts[one] for one in ordinary}), seen={})

    def stands_in(self, content: Said) -> bool:
        """Whether any of it stands in the content, plain or in an encoding (see `lowback.disclosure.decoding`)."""
        return any(self._is_told(one) for one in readings(content))

    def _is_told(self, one: Said) -> bool:
        mark = (type(one), hash(one))
        if mark not in self.seen:
            self.seen[mark] = self._in_text(one) if isinstance(one, str) else self._in_array(one)
        return self.seen[mark]

    def _in_text(self, text: str) -> bool:
        said = text.casefold()
        if self._in_lists(text):
            return True
        if self._long.search(said) or any(self._is_disguised(one) for one in (said[::-1], turned(said))):
            return True
        if _is_noise(text):
            return False
        return bool(self._short.search(said)) or (len(text) >= SENTENCE and bool(self._shortest.search(text)))

    def _is_disguised(self, text: str) -> bool:
        """Whether it stands in text read backwards or by ROT13, where C00078 in a row of digits is a P00078 by chance."""
        return bool(self._lettered.search(text) or self._digital.search(text))

    def _in_lists(self, text: str) -> bool:
        """Whether numbers one after another, none of them short, are identifiers."""
        if not len(self._numbers):
            return False
        runs = (re.findall(r"\d+", one.group()) for one in LISTED.finditer(text))
        return any(self._are_identifiers(np.array(one[:MOST_OF_ARRAY], float)) for one in runs)

    def _in_array(self, content: bytes) -> bool:
        """Whether bytes are an array of which most numbers are identifiers, in any common type and byte order."""
        if content.startswith(PNG):
            return False
        if not len(self._numbers) or len(content) < FEWEST_IN_ARRAY * 2:
            return False
        return any(self._are_identifiers(values) for values in _arrays(content))

    def _are_identifiers(self, values: np.ndarray) -> bool:
        values = values[:MOST_OF_ARRAY]
        whole = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if len(whole) < FEWEST_IN_ARRAY or len(whole) < 0.9 * len(values):
            return False
        known = np.isin(whole.astype(float), self._numbers)
        return bool(known.mean() > 0.8) and len(np.unique(whole[known])) >= FEWEST_IN_ARRAY

    @cached_property
    def _numbers(self) -> np.ndarray:
        found = [
            re.sub(r"^\D*0*(?=\d)", "", one)
            for one in self.identifiers
            if re.fullmatch(r"\D{0,3}\d{1,15}", one)
        ]
        # Zeros fill up bytes of any kind, such as the description of a font.
        return np.array(sorted({float(one) for one in found if one} - {0.0}))

    @cached_property
    def _long(self) -> re.Pattern[str]:
        """What is found wherever it stands."""
        return _any_of(self._wherever)

    @cached_property
    def _wherever(self) -> frozenset[str]:
        long = {one for one in self._identifiers if len(_bare(one)) >= LONG and not one.isdigit()}
        typed = {one.casefold() for one in self.texts if len(one) >= LONG_TEXT}
        return frozenset({*long, *typed, *self.dates})

    @cached_property
    def _lettered(self) -> re.Pattern[str]:
        """Of what is found wherever it stands, that which is no identifier of digits with a letter or two."""
        return _any_of({one for one in self._wherever if not self._is_of_digits(one)})

    @cached_property
    def _digital(self) -> re.Pattern[str]:
        """The others, as whole words."""
        found = {one for one in self._wherever if self._is_of_digits(one)}
        return re.compile(rf"(?<!\w)(?:{_any_of(found).pattern})(?!\w)")

    def _is_of_digits(self, one: str) -> bool:
        return one in self._identifiers and sum(letter.isalpha() for letter in one) < FEWEST_LETTERS

    @cached_property
    def _short(self) -> re.Pattern[str]:
        """What is found as a whole word only: short identifiers with a letter, and long numbers."""
        short = {one for one in self._identifiers if SHORT <= len(_bare(one)) < LONG and not one.isdigit()}
        numbers = {one for one in self._identifiers if one.isdigit() and len(one) >= LONG_NUMBER}
        return re.compile(
            rf"(?<!\w)(?:{_any_of(short).pattern})(?!\w)|(?<![\w.]){_any_of(numbers).pattern}(?![\w]|\.\d)"
        )

    @cached_property
    def _shortest(self) -> re.Pattern[str]:
        """Identifiers of two or three letters and digits, as they are written."""
        found = {one.strip() for one in self.identifiers}
        words = {one for one in found if 1 < len(_bare(one)) < SHORT and not one.isdigit()}
        return re.compile(rf"(?<![\w+/])(?:{_any_of(words).pattern})(?![\w+/])")

    @cached_property
    def _identifiers(self) -> frozenset[str]:
        return frozenset(one.strip().casefold() for one in self.identifiers) - {""}


def private_of(
    tables: Iterable[pd.DataFrame | None], variables: Mapping[str, object], known: Sequence[str] = ()
) -> Private:
    """What the tables of a cohort hold that must not be published; `variables` is its data dictionary.

    `known` are the words of the study, which may be shown; so are the names of sites.
    """
    frames = [one for one in tables if one is not None]
    kinds = {name: str(getattr(one, "kind", "text")) for name, one in variables.items()}
    levels = {name: tuple(getattr(one, "levels", ())) for name, one in variables.items()}
    identifiers: set[str] = set()
    dates: set[str] = set()
    for frame in frames:
        for column in frame:
            kind = kinds.get(str(column))
            if kind == "identifier" and str(column) != "site_id":
                identifiers |= set(frame[column].dropna().astype(str))
            elif kind == "date":
                dates |= set(_days(frame[column]))
    texts = typed_texts(frames, kinds, levels, known)
    return Private(frozenset(identifiers), texts - dates, frozenset(dates))


def _days(values: pd.Series) -> Iterator[str]:
    """Each date as people write it."""
    for one in values.dropna().astype(str).unique():
        year, month, day = ([*one.strip()[:10].split("-"), "", ""])[:3]
        yield one.strip()[:10]
        if day:
            yield from (f"{day}{mark}{month}{mark}{year}" for mark in "./-")
            yield from (f"{month}{mark}{day}{mark}{year}" for mark in "/-")


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def _is_noise(text: str) -> bool:
    """Whether a text is what random bytes decode to."""
    sample = text[:4000]
    odd = sum(not (one.isprintable() or one in "\n\r\t") or "\x7f" <= one <= "\xff" for one in sample)
    return odd > MOST_ODD * len(sample)


def _arrays(content: bytes) -> Iterator[np.ndarray]:
    """The bytes as numbers of each common type in both byte orders; a header before them of up to 256 bytes is passed over."""
    starts = [0]
    if content.startswith(b"\x93NUMPY"):
        starts = [10 + int.from_bytes(content[8:10], "little")]
    for start in starts:
        for kind in NUMBERS:
            size = int(kind[1])
            usable = (len(content) - start) // size * size
            if usable // size >= FEWEST_IN_ARRAY:
                for order in "<>":
                    with np.errstate(all="ignore"):
                        yield np.frombuffer(content[start : start + usable], order + kind)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of any of the words, sharing their beginnings, so that many are found as quickly as few."""
    root: dict[str, dict] = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return re.compile(_pattern(root) if root else r"(?!)")


def _pattern(node: dict[str, dict]) -> str:
    ends = "" in node
    branches = [re.escape(letter) + _pattern(then) for letter, then in node.items() if letter]
    if not branches:
        return ""
    joined = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return joined + ("?" if ends else "")
