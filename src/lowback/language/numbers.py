"""The numbers of a text, and whether each is among what may stand there: as it would be printed, and as what it counts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lowback.language.counted import BETWEEN, Place, place_of

# No part of a word or of another number; a sign counts where no word or number stands before it.
TOKEN = re.compile(
    r"(?<![\w.,])(?<![A-Za-z][-−])(?P<sign>(?<![\w)])[-−+±])?(?P<digits>\d{1,3}(?:[,\u202f]\d{3})+(?!\d)|\d+)(?P<more>\.\d+)?"
    r"(?P<power>e[-−+]?\d+)?(?![A-Za-z_]|\.\d|,\d)"
)
LEVEL = re.compile(r"\s?%(?:\s|$)")
# Of the intervals by which analyses, tests of equivalence and the ledger judge.
LEVELS = (90.0, 95.0, 99.0)
# Zero, which intervals hold or leave out, and one, which is no difference between rates.
CONSTANTS = (0.0, 1.0)
DIGITS_KEPT = (2, 3, 4)
NOWHERE = Place("", "", "")
# What a whole number may be where nothing tells what it counts: an estimate only where it is too uncertain for decimals.
UNTOLD = ("people", "weeks", "arms", "rows", "own", "rounded", "")
OTHERS = {"own": ("own", ""), "rows": ("rows", "arms")}
# Points of a scale are printed without decimals from here on, unless they are whole.
FEWEST_ROUNDED = 10.0
# Before the two ends of a range, of which one may have no sign.
RANGE = ("from", "between")
SIGNED = ("measure", "share", "interval", "")


@dataclass(frozen=True)
class Printed:
    """A number as it stands in a text: its value, how many decimals it shows, and whether it is said to be negative."""

    text: str
    value: float
    places: int
    is_negative: bool
    is_level: bool
    place: Place = NOWHERE

    @property
    def plain(self) -> str:
        """Its digits as they stand, without a sign."""
        return self.text.lstrip("+-−±")

    @property
    def is_whole(self) -> bool:
        """Whether it is printed without decimals, so that small ones are met by chance among counts of other things."""
        return self.places <= 0

    def shows(self, value: float) -> bool:
        """Whether `value` would be printed so: rounded to the same decimals, or to a few digits in all."""
        if not math.isfinite(value) or (self.is_negative and value > 0 and self.value > 0):
            return False
        size = abs(value)
        if abs(size - self.value) <= 0.5 * 10.0**-self.places + 1e-9 * max(1.0, size):
            return True
        # Large numbers are printed by their first digits, such as 12,300 for 12,345.
        return size >= 1000 and any(
            math.isclose(float(f"{size:.{digits}g}"), self.value) for digits in DIGITS_KEPT
        )


@lru_cache(maxsize=5_000)
def printed_numbers(text: str) -> tuple[Printed, ...]:
    """The numbers of a text in order; digits that are part of a name ("PHQ-9", "C04", "L5") are none."""
    found = []
    for one in TOKEN.finditer(text):
        digits = re.sub(r"[,\u202f]", "", one["digits"])
        number = f"{digits}{one['more'] or ''}{(one['power'] or '').replace('−', '-')}"
        is_level = float(number) in LEVELS and bool(LEVEL.match(text, one.end()))
        power = int((one["power"] or "e0")[1:].replace("−", "-"))
        places = len(one["more"] or ".") - 1 - power
        is_negative = one["sign"] in ("-", "−") if one["sign"] else False
        place = place_of(text, one.start(), one.end())
        found.append(Printed(one.group(), float(number), places, is_negative, is_level, place))
    return tuple(found)


@dataclass(frozen=True)
class Facts:
    """What a text may take its numbers from: values by what they count or measure, and numbers in names, with the words beside them.

    `beside` are pairs of a number and the word before or after it; `words` are such numbers by themselves. `units` are the first words of
    the units of what is measured.
    """

    values: Mapping[str, frozenset[float]]
    words: frozenset[str]
    beside: frozenset[tuple[str, str]]
    units: frozenset[str] = frozenset()

    def hold(self, number: Printed) -> bool:
        """Whether the number is one of them; a whole one only as what it is said to count."""
        if number.is_level or number.value in CONSTANTS:
            return True
        if not number.is_whole:
            return number.plain in self.words or self._show(number, tuple(self.values))
        if self.beside & set(pairs_of(number)):
            return True
        told = number.place.kind
        if number.place.after in self.units and self._measure(number):
            return True
        if not told:
            kinds = UNTOLD if number.text == number.plain else SIGNED
            return self._show(number, (*kinds, *SIGNED) if number.place.before in RANGE else kinds)
        return self._measure(number) if told == "measure" else self._show(number, OTHERS.get(told, (told,)))

    def _measure(self, number: Printed) -> bool:
        """Whether the whole number is a measured value: a small one only where it was whole, or too uncertain for decimals."""
        if number.value >= FEWEST_ROUNDED:
            return self._show(number, ("measure",))
        return self._show(number, ("rounded",)) or number.value in map(abs, self.values.get("measure", ()))

    def _show(self, number: Printed, kinds: tuple[str, ...]) -> bool:
        return any(number.shows(value) for kind in kinds for value in self.values.get(kind, ()))


def pairs_of(number: Printed) -> list[tuple[str, str]]:
    """The number with the word before it and the word after it, where they say anything."""
    place = number.place
    return [
        pair
        for word, pair in (
            (place.before, (place.before, number.plain)),
            (place.after, (number.plain, place.after)),
        )
        if word and word not in BETWEEN
    ]


def unfounded(text: str, facts: Facts, *, told: bool = False) -> list[str]:
    """The numbers of a text that the facts do not hold, each once, as they stand there; with `told` those alone whose noun is known."""
    found = [one for one in printed_numbers(text) if one.place.kind or not told]
    return list(dict.fromkeys(one.text for one in found if not facts.hold(one)))
