"""Which lists a study calls for, and each of their items: filled, checked, answered by a person, or open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from lowback.checklists import described, estimated, mediated
from lowback.checklists.facts import PROVENANCE, Facts, Filling
from lowback.checklists.items import Checklist, Item, checklists
from lowback.csv_text import rows_of

Status = Literal["filled", "passes", "fails", "answered", "open"]
STATUSES: tuple[Status, ...] = ("filled", "passes", "fails", "answered", "open")
COLUMNS = ("checklist", "item", "section", "asks", "known", "status", "value", "place", "source")
ON_PAGE = "report.html#"
ELSEWHERE = "the numbers stand there"

# What rules of several modules build upon.
SHARED = ("first_sentence", "main_rows", "of_results")
Filler = Callable[[Facts], Filling | None]
# By the words that stand in the files: a function of the same name.
FILLERS: Mapping[str, Filler] = {
    name.replace("_", " "): function
    for module in (described, estimated, mediated)
    for name, function in vars(module).items()
    if getattr(function, "__module__", "") == module.__name__
    and not name.startswith("_")
    and name not in SHARED
}


@dataclass(frozen=True)
class Ticked:
    """One item of a list in one report; `place` is the part of the page where it stands, empty where it stands nowhere."""

    item: str
    section: str
    asks: str
    known: str
    status: Status
    value: str = ""
    place: str = ""


@dataclass(frozen=True)
class Filled:
    """One list in one report."""

    short: str
    checklist: Checklist
    items: tuple[Ticked, ...]

    @property
    def counts(self) -> dict[Status, int]:
        """How many items are of each status, those of none left out."""
        found = Counter(one.status for one in self.items)
        return {status: found[status] for status in STATUSES if found[status]}

    @property
    def told(self) -> str:
        """The counts in words."""
        several = {"passes": "pass", "fails": "fail"}
        return ", ".join(
            f"{count} {status if count == 1 else several.get(status, status)}"
            for status, count in self.counts.items()
        )


def called_for(facts: Facts) -> tuple[str, ...]:
    """The lists that a study's design and estimands call for; none of a plan, which reports nothing yet."""
    if facts.is_plan:
        return ()
    named = []
    if facts.study.is_randomised:
        named += ["consort"]
        named += ["ich-e9-r1"] if facts.compared else []
        named += ["immpact"] if any("pain" in one.outcome for one in facts.compared) else []
    else:
        named += ["strobe"]
    return (*named, *(["agrema"] if facts.mediated else []))


def filled(facts: Facts, answers: Mapping[str, Mapping[str, str]]) -> tuple[Filled, ...]:
    """Every list that is called for; what a person answered stands where nothing fills it, and beside a check that fails."""
    return tuple(
        Filled(name, checklists()[name], _ticked(checklists()[name], facts, answers.get(name, {})))
        for name in called_for(facts)
    )


def table(lists: tuple[Filled, ...]) -> pd.DataFrame:
    """All items of all lists, a row each, as checklists.csv holds them."""
    rows = [
        {
            **vars(one),
            "checklist": each.checklist.name,
            "place": _address(one.place),
            "source": each.checklist.doi,
        }
        for each in lists
        for one in each.items
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def read_table(path: Path) -> tuple[Filled, ...]:
    """The lists as a report's checklists.csv holds them; none where a report has no such file."""
    if not path.exists():
        return ()
    rows = rows_of(path.read_bytes().decode())
    known = {one.name: (short, one) for short, one in checklists().items()}
    return tuple(
        Filled(*known[name], tuple(_read(row) for row in rows if row["checklist"] == name))
        for name in dict.fromkeys(row["checklist"] for row in rows)
    )


def _read(row: Mapping[str, Any]) -> Ticked:
    place = row["place"].removeprefix(ON_PAGE)
    return Ticked(row["item"], row["section"], row["asks"], row["known"], row["status"], row["value"], place)


def _ticked(checklist: Checklist, facts: Facts, answers: Mapping[str, str]) -> tuple[Ticked, ...]:
    return tuple(
        _tick(section, item, facts, answers.get(number, ""))
        for number, (section, item) in checklist.items.items()
    )


def _tick(section: str, item: Item, facts: Facts, answer: str) -> Ticked:
    common = {"item": item.item, "section": section, "asks": item.asks, "known": item.known}
    found = FILLERS[item.by](facts) if item.by else None
    if found is None:
        status: Status = "answered" if answer else "open"
        return Ticked(**common, status=status, value=answer)
    value, more = found.value, f". {answer}" if answer else ""
    if not facts.shows_numbers and found.place not in ("", PROVENANCE) and item.known == "filled":
        value = ELSEWHERE
    if item.known == "filled":
        return Ticked(**common, status="filled", value=f"{value}{more}", place=found.place)
    if not found.passes and answer:
        return Ticked(**common, status="answered", value=answer, place=found.place)
    return Ticked(
        **common, status="passes" if found.passes else "fails", value=f"{value}{more}", place=found.place
    )


def _address(place: str) -> str:
    return f"{ON_PAGE}{place}" if place else ""
