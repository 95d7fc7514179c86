"""What a `mapping.yml` may say: which column is which variable, in which unit, sign and code."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from lowback.checked_yaml import ConfigurationError, Number, read_checked, unknown_name
from lowback.intake.measurement_error import MeasurementError, with_errors
from lowback.variables import Variable, dictionary, read_variables

WEEK_PLACE = "{week}"


def _code(key: object) -> str:
    if isinstance(key, bool) or not isinstance(key, (str, int, float)):
        raise ValueError(f"the code {key!r} is what YAML makes of unquoted text; put it in quotes")
    return key if isinstance(key, str) else repr(key)


def _codes(given: object) -> object:
    return {_code(key): value for key, value in given.items()} if isinstance(given, dict) else given


def _code_list(given: object) -> object:
    return tuple(_code(one) for one in (given if isinstance(given, list) else [given]))


def _encoding_exists(given: object) -> object:
    try:
        "".encode(given if isinstance(given, str) else "utf-8")
    except LookupError:
        raise ValueError(
            "no such encoding; allowed are names such as utf-8, latin-1, cp1252, utf-16"
        ) from None
    return given


def _date_format_tells_dates(given: object) -> object:
    if "%z" in str(given).lower():
        raise ValueError(
            "takes a time zone, which may be another day where the person lives; write local dates, and a format without %z"
        )
    day = datetime(2023, 11, 22)
    try:
        told = datetime.strptime(day.strftime(str(given)), str(given))
    except ValueError:
        told = None
    if told != day:
        raise ValueError("tells no year, month and day; allowed are formats such as %d.%m.%Y or %m/%d/%y")
    return given


Code = Annotated[str, BeforeValidator(_code)]
Codes = Annotated[dict[str, str], BeforeValidator(_codes)]
Recodes = Annotated[dict[str, str | bool | int | float], BeforeValidator(_codes)]
CodeList = Annotated[tuple[str, ...], BeforeValidator(_code_list)]
Encoding = Annotated[str | None, BeforeValidator(_encoding_exists)]
DateFormat = Annotated[str, AfterValidator(_date_format_tells_dates)]
Separator = Literal[",", ";", "\t", "|"]
Span = tuple[Number, Number]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Scale(_Model):
    """A straight line from one range of scores to another, such as 0-100 to 0-10."""

    source: Span = Field(alias="from")
    target: Span = Field(alias="to")

    @model_validator(mode="after")
    def _has_width(self) -> Scale:
        if self.source[0] >= self.source[1] or self.target[0] == self.target[1]:
            raise ValueError(
                "a scale runs from the lower to the higher end, as in {from: [0, 100], to: [0, 10]}"
            )
        return self


class ColumnRules(_Model):
    """How one source column becomes one variable.

    `unit` is the source's unit and `sign` its direction (one of the variable's `signs`); `week` is the visit of a wide
    column; `missing` adds codes to the mapping's own; `measured_by` names the method behind the values.
    """

    to: str
    unit: str | None = None
    sign: str | None = None
    scale: Scale | None = None
    recode: Recodes = Field(default_factory=dict)
    missing: Codes = Field(default_factory=dict)
    decimal: Literal[".", ","] | None = None
    date_format: DateFormat | None = None
    week: Annotated[Number, Field(ge=0)] | None = None
    measured_by: str | None = None


class RowRule(_Model):
    """Rows told by one column: those equal to a code (or one of several), or those where it is missing."""

    column: str
    equals: CodeList | None = None
    is_missing: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_test(self) -> RowRule:
        if (self.equals is None) == (self.is_missing is None):
            raise ValueError("give exactly one of 'equals' and 'is_missing: true'")
        return self


class LeftOut(RowRule):
    """Rows that are deliberately not read, and why."""

    reason: Annotated[str, Field(min_length=1)]


class FileRules(_Model):
    """How one file is read; what is not said here is taken from the mapping.

    `only` restricts the entry to some rows, so that one file may be listed twice; rows that no entry takes are refused.
    `id_from_row` makes the spreadsheet row the participant's id; `week` places the whole file at one visit;
    `canonical_names` reads columns that bear a variable's own name in that variable's own unit and sign.
    """

    file: str
    only: RowRule | None = None
    rows: tuple[LeftOut, ...] = ()
    columns: dict[str, ColumnRules] = Field(default_factory=dict)
    ignore: tuple[str, ...] | Literal["all others"] = ()
    canonical_names: bool = False
    id_from_row: bool = False
    week: Annotated[Number, Field(ge=0)] | None = None
    encoding: Encoding = None
    decimal: Literal[".", ","] | None = None
    separator: Separator | None = None
    date_format: DateFormat | None = None
    missing: Codes = Field(default_factory=dict)
    impossible_values: Literal["refuse", "set aside"] | None = None

    @model_validator(mode="after")
    def _patterns_have_no_week(self) -> FileRules:
        for column, rules in self.columns.items():
            if column.count(WEEK_PLACE) > 1 or (WEEK_PLACE in column and rules.week is not None):
                raise ValueError(f"columns.{column}: the week is told once, by {WEEK_PLACE} or by 'week'")
        return self


class Mapping(_Model):
    """A data set's files and how their columns, codes and units become a cohort."""

    cohort: Annotated[str, Field(min_length=1)]
    encoding: Encoding = None
    decimal: Literal[".", ","] = "."
    separator: Separator | None = None
    date_format: DateFormat | None = None
    missing: Codes = Field(default_factory=dict)
    impossible_values: Literal["refuse", "set aside"] = "refuse"
    variables: dict[str, dict[str, Any]] = Field(default_factory=dict)
    errors: dict[str, MeasurementError] = Field(default_factory=dict)
    files: Annotated[tuple[FileRules, ...], Field(min_length=1)]

    @field_validator("variables", mode="before")
    @classmethod
    def _own_variables_are_new(cls, given: object) -> object:
        for name in given if isinstance(given, dict) else ():
            if name in dictionary():
                raise ValueError(f"{name!r} is in the data dictionary and may not be described anew")
        return given

    @model_validator(mode="after")
    def _row_ids_need_one_file(self) -> Mapping:
        if any(one.id_from_row for one in self.files) and len({one.file for one in self.files}) > 1:
            raise ValueError("'id_from_row' names people by their row, which two files do not share")
        return self

    def told(self, entry: FileRules, key: str) -> Any:
        """What the file entry says under `key`, or else what the mapping says."""
        own = getattr(entry, key)
        return getattr(self, key) if own is None else own


def read_mapping(path: Path) -> tuple[Mapping, MappingType[str, Variable]]:
    """A mapping file and the variables it may name; every fault is a `ConfigurationError`."""
    mapping = read_checked(path, Mapping)
    own = read_variables(mapping.variables, f"{path}: variables")
    described = {**dictionary(), **own}
    known = MappingProxyType({**described, **with_errors(mapping.errors, described)})
    faults = [f"{path}: errors.{name}: {_near(name, known)}" for name in mapping.errors if name not in known]
    faults += [
        f"{path}: errors.{name}: {name!r} is not measured on a number line, so it has no error of measurement"
        for name in mapping.errors
        if name in known and not known[name].is_numeric
    ]
    faults += [
        f"{path}: files[{place}].columns.{column}.to = {rules.to!r}; {_near(rules.to, known)}"
        for place, entry in enumerate(mapping.files)
        for column, rules in entry.columns.items()
        if rules.to not in known
    ]
    if faults:
        raise ConfigurationError("\n".join(faults))
    return mapping, known


def _near(name: str, known: MappingType[str, Variable]) -> str:
    """What is allowed in place of an unknown variable, the nearest spellings rather than the whole dictionary."""
    near = get_close_matches(name, known, n=4, cutoff=0.5)
    if not near:
        return f"unknown variable; {unknown_name(name, sorted(known))}"
    nearest = ", ".join(repr(one) for one in near)
    return f"unknown variable; did you mean {nearest}? Allowed: the data dictionary's names and those under 'variables'"
