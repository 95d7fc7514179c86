"""Which people belong to a part of the data, told from their rows before any other value is checked.

So a wrong value in a row of another part stops nothing here, and no row of another part is named among this part's findings.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lowback.checked_yaml import ConfigurationError
from lowback.intake.cells import read_cells
from lowback.intake.columns import Plan, Use, plan
from lowback.intake.findings import REFUSED, findings
from lowback.intake.mapping import FileRules
from lowback.intake.selection import meets
from lowback.intake.sheet import Reading, Sheet
from lowback.intake.sources import Source

MONTH_OF = ("randomised_on", "time_zero")
"""The date that a person's month is read from: the first of these that a file has."""
_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Said:
    """What each row says of one thing: `codes` points each row at one of `meanings`, None where the row does not say."""

    codes: np.ndarray
    meanings: np.ndarray

    def rows(self) -> np.ndarray:
        """What every row says."""
        return self.meanings[self.codes]

    def is_among(self, wanted: Container[str]) -> np.ndarray:
        """Which rows say one of these."""
        return np.array([one in wanted for one in self.meanings], dtype=bool)[self.codes]

    def is_silent(self) -> np.ndarray:
        """Which rows do not say."""
        return np.array([one is None for one in self.meanings], dtype=bool)[self.codes]


@dataclass(frozen=True, eq=False)
class Told:
    """What the rows of one mapping entry say of people and of one variable; `asked`: the rows that the entry takes."""

    sheet: Sheet
    use: Use | None
    id_use: Use | None
    person: Said
    value: Said
    asked: np.ndarray

    def pairs(self) -> pd.DataFrame:
        """Each person with each value that the rows of the entry give, once: columns `person` and `value`."""
        coded = pd.DataFrame({"person": self.person.codes, "value": self.value.codes})[self.asked]
        once = coded.drop_duplicates()
        named = {"person": self.person.meanings[once["person"]], "value": self.value.meanings[once["value"]]}
        return pd.DataFrame(named, dtype=object).dropna()


def of_part(
    source: Source, readings: Sequence[Reading], part: MappingType[str, str]
) -> tuple[list[Reading], list[pd.DataFrame]]:
    """The readings with the rows of the part's people only, and a refusal where there are none."""
    found: list[pd.DataFrame] = []
    for variable, wanted in _wanted(part):
        told = told_by(source, readings, variable)
        if all(one.use is None for one in told):
            if any(reading.sheet is None for reading in readings):
                break
            raise ConfigurationError(no_column(source, variable))
        readings = _restricted(readings, told, wanted)
        found += _nobody(told, variable, wanted)
    return list(readings), found


def told_by(source: Source, readings: Sequence[Reading], variable: str) -> list[Told]:
    """What each readable entry says of `variable` ("site_id", "arm" or "month")."""
    planned = [
        (entry, reading.sheet, plan(source.mapping, entry, reading.sheet, source.known))
        for entry, reading in zip(source.mapping.files, readings, strict=True)
        if reading.sheet is not None
    ]
    column = _column(variable, [one for _, _, one in planned])
    return [
        _told(source, entry, sheet, columns.key("participant_id"), columns.key(column))
        for entry, sheet, columns in planned
    ]


def no_column(source: Source, variable: str) -> str:
    """That no file tells the variable, in words."""
    files = ", ".join(dict.fromkeys(entry.file for entry in source.mapping.files))
    wanted = " or ".join(MONTH_OF) if variable == "month" else variable
    return f"{files}: no column is read as {wanted}, so nobody's {variable} is known; map a column to it"


def _wanted(part: MappingType[str, str]) -> list[tuple[str, set[str]]]:
    """The variables that tell people apart, each with the values that the part holds."""
    wanted = [(key, {part[key]}) for key in ("site_id", "month") if key in part]
    return [*wanted, *([("arm", {part["arm"], part["control_arm"]})] if "arm" in part else [])]


def _column(variable: str, plans: Sequence[Plan]) -> str:
    if variable != "month":
        return variable
    return next((name for name in MONTH_OF if any(one.key(name) for one in plans)), MONTH_OF[0])


def _told(source: Source, entry: FileRules, sheet: Sheet, id_use: Use | None, use: Use | None) -> Told:
    person = _said(sheet, id_use)
    if entry.id_from_row:
        person = Said(np.arange(len(sheet.rows)), sheet.rows.astype(str).astype(object))
    asked = np.ones(len(sheet.rows), dtype=bool)
    if entry.only is not None and entry.only.column in sheet.columns:
        asked = meets(entry.only, sheet, {**source.mapping.missing, **entry.missing})
    return Told(sheet, use, id_use, person, _said(sheet, use), asked)


def _said(sheet: Sheet, use: Use | None) -> Said:
    if use is None:
        return Said(np.zeros(len(sheet.rows), dtype=int), np.array([None], dtype=object))
    column = sheet.columns[use.column]
    return Said(column.codes, _read(column.texts, use).to_numpy())


def _read(texts: np.ndarray, use: Use) -> pd.Series:
    """Each text's value as text: a date as its month, an arm however it is spelt elsewhere in the column."""
    variable = use.variable
    if variable.kind == "category":
        # A category is refused where two spellings of it are alike, which rows of another part would decide.
        variable = variable.model_copy(update={"kind": "identifier"})
    parsed = read_cells(texts, replace(use.cells, variable=variable)).parsed
    if variable.kind == "date":
        parsed = parsed.dt.strftime("%Y-%m")
    return parsed.astype(object).where(parsed.notna(), None)


def _restricted(readings: Sequence[Reading], told: Sequence[Told], wanted: set[str]) -> list[Reading]:
    """Each reading once, entries of one file sharing it still."""
    values_of: dict[str, set[str]] = {}
    for one in told:
        for person, value in one.pairs().itertuples(index=False):
            values_of.setdefault(person, set()).add(value)
    members = {person for person, values in values_of.items() if values & wanted}
    made: dict[int, Reading] = {}
    for reading in readings:
        if id(reading) not in made:
            own = [one for one in told if one.sheet is reading.sheet]
            made[id(reading)] = _narrowed(reading, own, members, values_of, wanted) if own else reading
    return [made[id(reading)] for reading in readings]


def _narrowed(
    reading: Reading,
    own: Sequence[Told],
    members: set[str],
    values_of: MappingType[str, set[str]],
    wanted: set[str],
) -> Reading:
    sheet = own[0].sheet
    mine = np.array([_belongs(one, members, wanted) for one in own])
    asked = np.array([one.asked for one in own])
    # A row that no entry asks for is refused where its person belongs.
    keep = (mine & asked).any(axis=0) | (mine.any(axis=0) & ~asked.any(axis=0))
    known = {value for values in values_of.values() for value in values}
    broken = {
        row: text
        for row, text in reading.broken.items()
        if _may_belong(text, own, members, values_of, wanted, known)
    }
    rows = {*sheet.rows[keep].tolist(), *broken}
    found = [part[part["row"].isna() | (part["row"] <= 1) | part["row"].isin(rows)] for part in reading.found]
    return Reading(reading.name, sheet.taken(keep), found, broken)


def _belongs(told: Told, members: set[str], wanted: set[str]) -> np.ndarray:
    """Which rows are of the part's people, or of nobody but with a value of the part."""
    return told.person.is_among(members) | (told.person.is_silent() & told.value.is_among(wanted))


def _may_belong(
    text: str,
    own: Sequence[Told],
    members: set[str],
    values_of: MappingType[str, set[str]],
    wanted: set[str],
    known: Container[str],
) -> bool:
    """Whether a row that does not fit the header may be of the part: by its person, else its value, else it may."""
    held = json.loads(text)
    cells = list(held.values()) if isinstance(held, dict) else held
    for one in own:
        names = list(one.sheet.columns)
        if cells == names:
            return False
        person = _cell(cells, names, one.id_use)
        if person in values_of:
            return person in members
        value = _cell(cells, names, one.use)
        if value is not None and value in known:
            return value in wanted
    return True


def _cell(cells: Sequence[str], names: Sequence[str], use: Use | None) -> str | None:
    if use is None or names.index(use.column) >= len(cells):
        return None
    return _read(np.array([cells[names.index(use.column)]], dtype=object), use).iloc[0]


def _nobody(told: Sequence[Told], variable: str, wanted: set[str]) -> list[pd.DataFrame]:
    """A refusal for each value that no row holds."""
    held = {value for one in told for value in one.value.meanings[np.unique(one.value.codes[one.asked])]} - {
        None
    }
    place = next(one for one in told if one.use is not None)
    column = place.use.column if place.use else variable
    shown = ", ".join(map(repr, sorted(held)[:_SHOWN])) + (" ..." if len(held) > _SHOWN else "")
    rule = f"no row has this {variable}; found: {shown or 'none'}"
    return [
        findings(REFUSED, place.sheet.name, rule, column=column, value=value)
        for value in sorted(wanted - held)
    ]
