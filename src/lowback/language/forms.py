"""The forms of English verbs: third person, past, participle and the form in -ing."""

from __future__ import annotations

from dataclasses import dataclass

VOWELS = "aeiou"
# Stressed on the last syllable, which doubles its consonant.
DOUBLED = ("stop", "cut", "get", "set", "spur", "spin", "sap", "beget", "rob")


@dataclass(frozen=True)
class Forms:
    """The forms of one verb."""

    base: str
    third: str
    past: tuple[str, ...]
    ing: str

    @property
    def all(self) -> tuple[str, ...]:
        """Every form once."""
        return tuple(dict.fromkeys((self.base, self.third, *self.past, self.ing)))


def forms(base: str, irregular: tuple[str, ...] = ()) -> Forms:
    """The forms of a verb; `irregular` are its past and its participle."""
    return Forms(base, _third(base), irregular or (_past(base),), _ing(base))


def _third(base: str) -> str:
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return f"{base}es"
    return f"{base[:-1]}ies" if _ends_in_consonant_y(base) else f"{base}s"


def _past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    if base in DOUBLED:
        return f"{base}{base[-1]}ed"
    return f"{base[:-1]}ied" if _ends_in_consonant_y(base) else f"{base}ed"


def _ing(base: str) -> str:
    if base.endswith("ie"):
        return f"{base[:-2]}ying"
    if base.endswith("e") and not base.endswith("ee"):
        return f"{base[:-1]}ing"
    return f"{base}{base[-1]}ing" if base in DOUBLED else f"{base}ing"


def _ends_in_consonant_y(base: str) -> bool:
    return base.endswith("y") and base[-2] not in VOWELS
