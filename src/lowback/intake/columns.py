"""Which column of a sheet feeds which variable of which table, and what forbids it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass

import pandas as pd

from lowback.checked_yaml import unknown_name
from lowback.intake.cells import CellRules
from lowback.intake.findings import NOTE, REFUSED, findings
from lowback.intake.mapping import WEEK_PLACE, ColumnRules, FileRules, Mapping
from lowback.intake.sheet import Sheet
from lowback.intake.units import factor, unit_fault
from lowback.variables import Variable

MOMENTS = {"weeks": "visits", "days": "checkins"}
_IDENTITY = "participant_id"
_RADIOGRAPHIC = (
    "; radiographic pelvic tilt grows as the pelvis turns backwards, clinical anterior tilt the other way"
)


@dataclass(frozen=True)
class Use:
    """One source column in use: the variable that it feeds, in which table, and at which week if it is a wide column."""

    column: str
    variable: Variable
    table: str
    week: float | None
    cells: CellRules

    @property
    def is_key(self) -> bool:
        """Whether the column tells whose row it is, or when."""
        return self.variable.name == _IDENTITY or self.variable.name in MOMENTS


@dataclass(frozen=True)
class Plan:
    """Every column in use of one file entry; `table` is where a row of the file stands."""

    uses: tuple[Use, ...]
    table: str
    found: tuple[pd.DataFrame, ...]

    def key(self, name: str) -> Use | None:
        """The column that holds a key, if the file has one."""
        return next((use for use in self.uses if use.variable.name == name), None)


def plan(mapping: Mapping, entry: FileRules, sheet: Sheet, known: MappingType[str, Variable]) -> Plan:
    """What the entry makes of the sheet's columns; a column with a fault is found and not in use."""
    named = list(_named(entry, sheet, known))
    moments = {rules.to for _, rules, _ in named if rules.to in MOMENTS} | (
        {"weeks"} if entry.week is not None else set()
    )
    table = MOMENTS[moments.copy().pop()] if len(moments) == 1 else "participants"
    found = [
        *_file_faults(entry, sheet, named, moments),
        *_absent(entry, sheet),
        *_unused(entry, sheet, named),
    ]
    uses = []
    for column, rules, week in named:
        variable = known[rules.to]
        target = _table(variable, table, week)
        faults = [*_faults(rules, variable, entry.canonical_names and column not in entry.columns)]
        if target is None:
            faults.append(_no_place(variable, table, week))
        found += [
            findings(REFUSED, sheet.name, fault, rows=[1], column=column, value=rules.to) for fault in faults
        ]
        if target and not faults:
            cells = _cell_rules(mapping, entry, sheet, column, rules, variable)
            uses.append(Use(column, variable, target, week, cells))
    found += [*_double(uses, sheet), *_sign_notes(entry, sheet, uses)]
    return Plan(tuple(uses), table, tuple(found))


def _named(
    entry: FileRules, sheet: Sheet, known: MappingType[str, Variable]
) -> Iterator[tuple[str, ColumnRules, float | None]]:
    """Each present column with its rules and week; a column named outright outranks a pattern."""
    for column in sheet.columns:
        if column in entry.columns:
            yield column, entry.columns[column], entry.columns[column].week
        elif hit := next(filter(None, (_matched(column, one) for one in entry.columns)), None):
            yield column, entry.columns[hit[0]], hit[1]
        elif entry.canonical_names and column in known and column not in entry.ignore:
            yield column, ColumnRules(to=column, unit=known[column].unit), None


def _matched(column: str, pattern: str) -> tuple[str, float] | None:
    if WEEK_PLACE not in pattern:
        return None
    before, after = map(re.escape, pattern.split(WEEK_PLACE))
    found = re.fullmatch(rf"{before}([0-9]+(?:\.[0-9]+)?){after}", column)
    return (pattern, float(found[1])) if found else None


def _table(variable: Variable, table: str, week: float | None) -> str | None:
    """Where a value goes: the wide column's visit, else the file's own table, else the person."""
    if variable.name == _IDENTITY:
        return table
    wanted = ("visits",) if week is not None else (table, "participants")
    return next((one for one in wanted if one in variable.tables), None)


def _no_place(variable: Variable, table: str, week: float | None) -> str:
    belongs = " or ".join(variable.tables)
    if week is not None:
        return f"{variable.name} belongs to {belongs} and has no week; remove it"
    if table == "participants":
        return f"{variable.name} belongs to {belongs}: map a column to weeks or days, or give the column its week"
    return f"{variable.name} belongs to {belongs}, and this file's rows are {table}"


def _faults(rules: ColumnRules, variable: Variable, canonical: bool) -> Iterator[str]:
    """What the declared unit, sign and scale lack."""
    told_by_values = bool(rules.recode) or rules.scale is not None or variable.name in MOMENTS
    fault = unit_fault(variable, rules.unit)
    if fault and not (rules.unit is None and told_by_values):
        yield fault
    if rules.scale and rules.unit not in (None, variable.unit):
        yield f"a scale leads to {variable.unit}; remove unit: {rules.unit}"
    if variable.kind != "flag" and any(isinstance(one, bool) for one in rules.recode.values()):
        yield "YAML reads unquoted yes, no, on and off as truth values; put the recoded words in quotes"
    if (rules.scale or rules.sign) and not variable.is_numeric:
        yield f"{variable.name} is no number; remove scale and sign"
    written = " or ".join(f"sign: {one}" for one in variable.signs)
    if variable.signs and rules.sign is None and not canonical:
        hint = _RADIOGRAPHIC if variable.name == "pelvic_tilt_deg" else ""
        yield (
            f"declare the direction of {variable.name}, which sources record in opposite ways{hint}; "
            f"write {written} (lowback's own: {variable.sign})"
        )
    elif rules.sign is not None and rules.sign not in variable.signs:
        yield (
            f"sign {rules.sign!r}; write {written}"
            if written
            else f"{variable.name} has one direction; remove sign"
        )


def _cell_rules(
    mapping: Mapping, entry: FileRules, sheet: Sheet, column: str, rules: ColumnRules, variable: Variable
) -> CellRules:
    converted = factor(rules.unit, variable.unit) if rules.unit and variable.unit else None
    direction = variable.signs[rules.sign] if rules.sign else 1
    return CellRules(
        variable=variable,
        decimal="." if column in sheet.native else rules.decimal or mapping.told(entry, "decimal"),
        missing={**mapping.missing, **entry.missing, **rules.missing},
        recode={code: _recoded(value) for code, value in rules.recode.items()},
        scale=rules.scale,
        factor=direction * (1.0 if converted is None else converted),
        date_format=rules.date_format or mapping.told(entry, "date_format"),
    )


def _recoded(value: str | bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _file_faults(
    entry: FileRules, sheet: Sheet, named: list[tuple[str, ColumnRules, float | None]], moments: set[str]
) -> Iterator[pd.DataFrame]:
    ids = [column for column, rules, _ in named if rules.to == _IDENTITY]
    if not ids and not entry.id_from_row:
        rule = f"no column is mapped to {_IDENTITY}; columns are {', '.join(map(repr, sheet.columns))}"
        yield findings(REFUSED, sheet.name, rule, rows=[1], column=_IDENTITY)
    if ids and entry.id_from_row:
        rule = f"id_from_row and a column for {_IDENTITY}; keep one of them"
        yield findings(REFUSED, sheet.name, rule, rows=[1], column=ids[0])
    if len(moments) > 1:
        yield findings(
            REFUSED, sheet.name, "a file has weeks (visits) or days (check-ins), not both", rows=[1]
        )
    weeks = [column for column, rules, _ in named if rules.to == "weeks"]
    if weeks and entry.week is not None:
        yield findings(REFUSED, sheet.name, "the whole file's week is told twice", rows=[1], column=weeks[0])


def _absent(entry: FileRules, sheet: Sheet) -> Iterator[pd.DataFrame]:
    """Columns that the mapping names and the file lacks."""
    told = [*entry.columns, *(rule.column for rule in (*entry.rows, *filter(None, [entry.only])))]
    told += [] if entry.ignore == "all others" else entry.ignore
    for column in dict.fromkeys(told):
        present = column in sheet.columns or any(_matched(one, column) for one in sheet.columns)
        if not present:
            rule = f"no such column in the file; {unknown_name(column, list(sheet.columns))}"
            severity = NOTE if column in entry.ignore and column not in entry.columns else REFUSED
            yield findings(severity, sheet.name, rule, rows=[1], column=column)


def _unused(
    entry: FileRules, sheet: Sheet, named: list[tuple[str, ColumnRules, float | None]]
) -> Iterator[pd.DataFrame]:
    if entry.ignore == "all others":
        return
    used = {column for column, _, _ in named} | {*entry.ignore} | {rule.column for rule in entry.rows}
    used |= {entry.only.column} if entry.only else set()
    for column in sheet.columns:
        if column not in used:
            rule = "the column is not mapped and was not read"
            yield findings(NOTE, sheet.name, rule, rows=[1], column=column, value=column)


def _double(uses: list[Use], sheet: Sheet) -> Iterator[pd.DataFrame]:
    seen: dict[tuple[str, str, float | None], str] = {}
    for use in uses:
        place = (use.variable.name, use.table, use.week)
        first = seen.setdefault(place, use.column)
        if first != use.column:
            week = f" at week {use.week:g}" if use.week is not None else ""
            rule = f"{use.variable.name}{week} is already read from column {first!r}"
            yield findings(REFUSED, sheet.name, rule, rows=[1], column=use.column, value=use.variable.name)


def _sign_notes(entry: FileRules, sheet: Sheet, uses: list[Use]) -> Iterator[pd.DataFrame]:
    for use in uses:
        if use.variable.signs and use.column not in entry.columns:
            rule = f"taken in lowback's own direction: {use.variable.sign}"
            yield findings(NOTE, sheet.name, rule, rows=[1], column=use.column, value=use.variable.name)
