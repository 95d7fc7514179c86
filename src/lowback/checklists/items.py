"""The lists as they ship: each item in our own words, and how it comes to be known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lowback.checked_yaml import ConfigurationError, checked, read_yaml, spoken_keys, unknown_name

HERE = Path(__file__).parent
Known = Literal["filled", "checked", "asked for"]
NAMES = ("consort", "strobe", "ich-e9-r1", "immpact", "agrema")


class ChecklistPart(BaseModel):
    """A part of a checklist's file, in which an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Item(ChecklistPart):
    """One item: what is asked, and whether results fill it (`by` which rule), a rule checks it, or a person is asked."""

    item: Annotated[str, Field(min_length=1)]
    known: Known
    asks: Annotated[str, Field(min_length=1)]
    by: str = ""

    @model_validator(mode="after")
    def _says_by_what(self) -> Item:
        if (self.known == "asked for") == bool(self.by):
            raise ValueError(
                f"item {self.item!r}: 'by' belongs to what is filled or checked, and only to that"
            )
        return self


class Section(ChecklistPart):
    """Items under one heading."""

    section: str
    items: Annotated[tuple[Item, ...], Field(min_length=1)]


class Checklist(ChecklistPart):
    """One list: its name, what it is about, and where it was published; the wording is ours."""

    name: str
    about: str
    source: str
    doi: str
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @property
    def items(self) -> dict[str, tuple[str, Item]]:
        """Every item by its number, with its section."""
        return {one.item: (part.section, one) for part in self.sections for one in part.items}


Answers = Annotated[
    Mapping[str, Mapping[str, Annotated[str, Field(min_length=1)]]], BeforeValidator(spoken_keys)
]
"""What people answer, by list and item, as in `consort: {2: NCT01234567}`."""


@cache
def checklists() -> Mapping[str, Checklist]:
    """Every list that ships, by its short name."""
    files = {name: HERE / f"{name}.yml" for name in NAMES}
    return {name: checked(read_yaml(file), Checklist, str(file)) for name, file in files.items()}


def refuse_unknown_in(study: Path) -> None:
    """The same for the answers in a study file, before anything runs; what else is wrong with the file is not said here."""
    try:
        content = read_yaml(study)
    except ConfigurationError:
        return
    given = spoken_keys(content.get("checklist")) if isinstance(content, dict) else None
    if isinstance(given, dict) and all(isinstance(one, dict) for one in given.values()):
        refuse_unknown(given, str(study))


def refuse_unknown(answers: Mapping[str, Mapping[str, str]], where: str) -> None:
    """Refuse an answer to a list or an item that there is not, with the nearest that there is."""
    known = checklists()
    for name, given in answers.items():
        if name not in known:
            raise ConfigurationError(
                f"{where}: checklist: no list {name!r}; {unknown_name(name, list(known))}"
            )
        for item in given:
            if item not in known[name].items:
                allowed = unknown_name(item, list(known[name].items))
                raise ConfigurationError(f"{where}: checklist: {name}: no item {item!r}; {allowed}")
