"""The whole way from a source to a cohort: read, select, parse, put together, refuse or hand over."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lowback.checked_yaml import ConfigurationError, unknown_name
from lowback.cohort import Cohort, CohortError
from lowback.intake.columns import Plan, plan
from lowback.intake.files import read_files, reading_findings
from lowback.intake.findings import REFUSED, findings, is_refused, together
from lowback.intake.parts import no_column, of_part, told_by
from lowback.intake.pieces import Contribution, contribution
from lowback.intake.quarantine import quarantined
from lowback.intake.remembered import remember, remembered
from lowback.intake.selection import Selection, select
from lowback.intake.sheet import Reading
from lowback.intake.sources import Source, find_source
from lowback.intake.sums import wrong_sums
from lowback.intake.tables import missing_reasons, strangers, tables
from lowback.intake.values import Values, counted
from lowback.part import checked_part

VALUES_OF = ("site_id", "arm", "month")
"""What people can be told apart by; the month is that of randomisation, or of the baseline where that stands nowhere."""
_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Intake:
    """What became of a source.

    `findings` has columns severity ("refused", "set aside", "note"), file, row, column, value, rule; `quarantine` has
    file, row, rule, source_row (JSON); rows are spreadsheet rows, the header is row 1. `cohort` is None when refused.
    """

    findings: pd.DataFrame
    quarantine: pd.DataFrame
    cohort: Cohort | None
    sources: tuple[Path, ...]


class CohortRefused(ValueError):  # noqa: N818
    """A source that gives no cohort; the message lists the findings, `intake` holds them all."""

    def __init__(self, intake: Intake, source: str | Path, data: str | Path | None = None) -> None:
        """Word the refusal of `source`, with its files in `data`, from its findings."""
        super().__init__(_refusal(intake.findings, str(source), data))
        self.intake = intake


@dataclass(frozen=True)
class _Entry:
    """One entry of the mapping on its way: its place, its file as text, its columns and its rows."""

    place: int
    reading: Reading
    plan: Plan
    selection: Selection


def take_in(
    source: str | Path, data: str | Path | None = None, part: Mapping[str, str] | None = None
) -> Intake:
    """Read a mapping file, a folder or one data file in canonical names; all findings come in one pass.

    `data` is the folder of the mapping's files (default: the mapping's own). `part`, such as `{"site_id": "Leiden"}`, takes these
    people only, as if no row of anybody else stood in the files. A mapping that cannot be used, or a part that no column tells, is
    a `ConfigurationError`; data that cannot are an `Intake` without a cohort.
    """
    told = find_source(source, data)
    readings, nobody = of_part(told, read_files(told), checked_part(part, str(source)))
    entries = _entries(told, readings)
    given = [
        contribution(told.mapping, told.mapping.files[one.place], one.plan, one.selection) for one in entries
    ]
    pieces = [piece for one in given for piece in one.pieces]
    made, contradictions = tables(pieces, told.known)
    parts = [
        *nobody,
        *reading_findings(readings),
        *_unclaimed(told, entries),
        *strangers(given),
        *contradictions,
        *wrong_sums(pieces, told.known),
    ]
    found = together([*parts, *(piece for one in given for piece in one.found)])
    cohort = None
    if not is_refused(found):
        cohort, last = _cohort(told, given, made)
        found = together([found, *last])
    if cohort is not None:
        remember(cohort, (source, data, part))
    rows = quarantined(found, {reading.name: reading for reading in readings})
    return Intake(found, rows, cohort, told.paths)


def read_cohort(
    mapping: str | Path, data: str | Path | None = None, part: Mapping[str, str] | None = None
) -> Cohort:
    """The cohort that a source gives, or a part of it; `CohortRefused` lists what stands in its way.

    While a report runs, each cohort is read from the copies of its files once, whichever notebook asks first.
    """
    if (known := remembered((mapping, data, part))) is not None:
        return known
    intake = take_in(mapping, data, part)
    if intake.cohort is None:
        raise CohortRefused(intake, mapping, data)
    return intake.cohort


def values_of(mapping: str | Path, data: str | Path | None, variable: str) -> Values:
    """How many people have each value of "site_id", "arm" or "month", without checking any other column.

    `ConfigurationError` where no column tells the variable, `CohortRefused` where a file cannot be read.
    """
    if variable not in VALUES_OF:
        raise ConfigurationError(
            f"{mapping}: values of {variable!r}; {unknown_name(variable, list(VALUES_OF))}"
        )
    source = find_source(mapping, data)
    readings = read_files(source)
    if any(reading.sheet is None for reading in readings):
        found = together(reading_findings(readings))
        raise CohortRefused(
            Intake(found, quarantined(found, {one.name: one for one in readings}), None, source.paths),
            mapping,
            data,
        )
    told = told_by(source, readings, variable)
    if all(one.use is None for one in told):
        raise ConfigurationError(f"{mapping}: {no_column(source, variable)}")
    people = [
        one.selection.left_out for one in _entries(source, readings) if one.plan.table == "participants"
    ]
    left_out = set(pd.concat(people)["participant_id"]) if people else set()
    return counted(told, readings, variable, left_out)


def source_files(mapping: str | Path, data: str | Path | None = None) -> tuple[Path, ...]:
    """The data files that will be read, each once."""
    return find_source(mapping, data).paths


def _entries(source: Source, readings: Sequence[Reading]) -> list[_Entry]:
    """Each readable entry with its columns and rows; who is left out of a list of people is left out everywhere."""
    mapping = source.mapping
    planned = [
        (place, reading, reading.sheet, plan(mapping, mapping.files[place], reading.sheet, source.known))
        for place, reading in enumerate(readings)
        if reading.sheet is not None
    ]
    left_out: dict[str, str] = {}
    entries = []
    for place, reading, sheet, columns in sorted(planned, key=lambda one: one[3].table != "participants"):
        id_use = columns.key("participant_id")
        chosen = select(mapping, mapping.files[place], sheet, id_use.column if id_use else None, left_out)
        if columns.table == "participants" and id_use is not None:
            left_out |= dict(zip(chosen.left_out["participant_id"], chosen.left_out["reason"], strict=True))
        entries.append(_Entry(place, reading, columns, chosen))
    return sorted(entries, key=lambda one: one.place)


def _unclaimed(source: Source, entries: Sequence[_Entry]) -> Iterator[pd.DataFrame]:
    """Rows of a file that none of its entries asks for."""
    for reading in {id(one.reading): one.reading for one in entries}.values():
        own = [one for one in entries if one.reading is reading]
        asked = np.logical_or.reduce([one.selection.asked_for for one in own])
        rules = [rule for one in own if (rule := source.mapping.files[one.place].only)]
        if asked.all() or reading.sheet is None or not rules:
            continue
        column = rules[0].column
        yield findings(
            REFUSED,
            reading.name,
            "no entry's 'only' takes this row; add an entry or a rule under rows",
            rows=reading.sheet.rows[~asked],
            column=column,
            value=reading.sheet.columns[column].rows()[~asked],
        )


def _cohort(
    source: Source, given: Sequence[Contribution], made: dict[str, pd.DataFrame]
) -> tuple[Cohort | None, list[pd.DataFrame]]:
    """The cohort, or what still forbids it."""
    files = ", ".join(dict.fromkeys(entry.file for entry in source.mapping.files))
    if not made:
        return None, [findings(REFUSED, files, "no row is left to read")]
    reasons = missing_reasons([part for one in given for part in one.missing], made)
    extra = {} if reasons is None else {"missing_reasons": reasons}
    try:
        cohort = Cohort(
            name=source.mapping.cohort,
            variables=source.known,
            set_aside=_set_aside(given),
            measured_by=_measured_by(source),
            **made,
            **extra,
        )
    except CohortError as error:
        return None, [findings(REFUSED, files, line) for line in str(error).splitlines()]
    return cohort, []


def _set_aside(given: Sequence[Contribution]) -> pd.DataFrame:
    """How many people and rows were deliberately left out, by reason."""
    whole = pd.concat([one.left_out for one in given], ignore_index=True)
    grouped = whole.groupby("reason", sort=False)
    counted = grouped.agg(participants=("participant_id", "nunique"), rows=("row", "size"))
    return counted.reset_index().astype({"reason": "str", "participants": int, "rows": int})


def _measured_by(source: Source) -> dict[str, str]:
    methods: dict[str, list[str]] = {}
    for entry in source.mapping.files:
        for rules in entry.columns.values():
            if rules.measured_by and rules.measured_by not in methods.setdefault(rules.to, []):
                methods[rules.to].append(rules.measured_by)
    return {variable: "; ".join(found) for variable, found in methods.items()}


def _refusal(found: pd.DataFrame, source: str, data: str | Path | None) -> str:
    """The refusals in words: how many and the first of them in the first line, the others a line each."""
    refused = found[found["severity"] == REFUSED]
    first, *others = [
        f"{one.file}{'' if pd.isna(one.row) else f' row {one.row}'}{f' {one.column}' if one.column else ''}"
        f"{f' = {one.value}' if one.value else ''}: {one.rule}"
        for one in refused.head(_SHOWN).itertuples(index=False)
    ]
    counted = "1 finding" if len(refused) == 1 else f"{len(refused)} findings"
    more = len(refused) - 1 - len(others)
    folder = f" --data {shlex.quote(str(data))}" if data else ""
    check = f"lowback check {shlex.quote(source)}{folder}"
    tail = [f"... and {more} more; {check} lists them all"] if more else []
    return "\n".join([f"{source}: the cohort is refused ({counted}): {first}", *others, *tail])
