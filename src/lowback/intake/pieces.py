"""What one file contributes: values with their keys, reasons for missing values, and findings."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import KEYS
from lowback.intake.cells import Cells, plain_spelling, read_cells, told_apart
from lowback.intake.columns import Plan, Use
from lowback.intake.findings import NOTE, REFUSED, SET_ASIDE, findings
from lowback.intake.mapping import FileRules, Mapping
from lowback.intake.selection import Selection
from lowback.intake.sheet import Sheet

SET_ASIDE_REASON = "impossible value set aside"


@dataclass(frozen=True)
class Piece:
    """Values for one table from one file: `keys` aligned with `measured` and with the spreadsheet `rows`.

    `columns` tells the source column of each variable and of the participant's id.
    """

    table: str
    file: str
    rows: np.ndarray
    keys: pd.DataFrame
    measured: MappingType[str, pd.Series]
    columns: MappingType[str, str]


@dataclass(frozen=True)
class Contribution:
    """All that one file entry gives to the cohort; `is_roster` when it lists people and nothing of any visit."""

    pieces: tuple[Piece, ...]
    missing: tuple[pd.DataFrame, ...]
    left_out: pd.DataFrame
    found: tuple[pd.DataFrame, ...]
    is_roster: bool


@dataclass(frozen=True)
class _Column:
    """One column in use, spread over the rows: values, reasons for missing ones, and which cells have which fate.

    A cell is `explained` when it is missing for a reason other than being empty, and `faulty` when it met a rule.
    """

    use: Use
    series: pd.Series
    reasons: np.ndarray
    explained: np.ndarray
    faulty: np.ndarray


def contribution(mapping: Mapping, entry: FileRules, plan: Plan, selection: Selection) -> Contribution:
    """The entry's pieces, after the plan's columns have been read from the selected rows."""
    sheet, found = selection.sheet, [*plan.found, *selection.found]
    aside = mapping.told(entry, "impossible_values") == "set aside"
    columns = []
    for use in plan.uses:
        cells = read_cells(sheet.columns[use.column].texts, use.cells)
        found += _cell_findings(sheet, use, cells, aside)
        columns.append(_spread(sheet, use, cells))
        if use.variable.name == "participant_id":
            found += _alike_people(sheet, use, cells)
    keys = _keys(entry, plan, sheet, columns)
    twice = _stands_twice(keys, plan)
    found += [*_key_findings(sheet, columns), *_repeated(plan, sheet, keys, twice)]
    pieces: tuple[Piece, ...] = ()
    missing: tuple[pd.DataFrame, ...] = ()
    if "participant_id" in keys:
        # A repeated row is refused already; its values would only be named again as contradictions.
        pieces = tuple(_pieces(plan, sheet, keys, columns, ~twice))
        missing = tuple(_missing(plan, keys, columns, keys.notna().all(axis=1).to_numpy()))
    is_roster = plan.table == "participants" and all(use.week is None for use in plan.uses)
    return Contribution(pieces, missing, selection.left_out, tuple(found), is_roster)


def _cell_findings(sheet: Sheet, use: Use, cells: Cells, aside: bool) -> Iterator[pd.DataFrame]:
    column = sheet.columns[use.column]
    faulty = np.array([one is not None for one in cells.faults], dtype=bool)
    if faulty.any():
        hit = faulty[column.codes]
        # A code without a recode is a gap in the mapping, and a key cannot be missing: neither is set aside.
        severity = SET_ASIDE if aside and not use.is_key and not use.cells.recode else REFUSED
        yield findings(
            severity,
            sheet.name,
            cells.faults[column.codes[hit]],
            rows=sheet.rows[hit],
            column=use.column,
            value=column.rows()[hit],
        )
    if cells.trimmed.any():
        hit = cells.trimmed[column.codes]
        rule = f"blanks around the value were removed ({hit.sum()} cells)"
        first = int(np.flatnonzero(hit)[0])
        value = str(column.texts[column.codes[first]])
        yield findings(NOTE, sheet.name, rule, rows=[sheet.rows[first]], column=use.column, value=value)
    if len(column.codes) and cells.parsed.isna().all() and not faulty.any() and not use.is_key:
        yield findings(
            NOTE, sheet.name, f"every value of {use.variable.name} is missing", rows=[1], column=use.column
        )


def _alike_people(sheet: Sheet, use: Use, cells: Cells) -> Iterator[pd.DataFrame]:
    """A note for identifiers that may be two spellings of one person, such as 007, 7 and 7.0; they stay two people."""
    ids = pd.Series(cells.parsed.dropna().unique(), dtype=object)
    kernel = ids.map(plain_spelling).str.lstrip("0").str.replace(r"\.0+$", "", regex=True)
    for _, alike in ids[kernel.duplicated(keep=False)].groupby(kernel):
        rows = [int(sheet.rows[_first(sheet, use, cells, one)]) for one in alike]
        rule = f"identifiers that differ only in zeros, case or invisible characters: {told_apart(alike)} (rows {', '.join(map(str, rows))}); read as different people"
        yield findings(NOTE, sheet.name, rule, rows=[rows[-1]], column=use.column, value=str(alike.iloc[-1]))


def _first(sheet: Sheet, use: Use, cells: Cells, person: str) -> int:
    texts = np.flatnonzero((cells.parsed == person).fillna(False).to_numpy(dtype=bool))
    return int(np.flatnonzero(np.isin(sheet.columns[use.column].codes, texts))[0])


def _spread(sheet: Sheet, use: Use, cells: Cells) -> _Column:
    codes = sheet.columns[use.column].codes
    faulty = np.array([one is not None for one in cells.faults], dtype=bool)
    reasons = np.where(faulty, SET_ASIDE_REASON, cells.reasons)
    explained = np.array([bool(one) for one in reasons], dtype=bool)
    series = cells.parsed.take(codes).reset_index(drop=True)
    return _Column(use, series, reasons[codes], explained[codes], faulty[codes])


def _keys(entry: FileRules, plan: Plan, sheet: Sheet, columns: list[_Column]) -> pd.DataFrame:
    """Whose row it is and when, in the columns of the file's own table."""
    own = {column.use.variable.name: column.series for column in columns if column.use.is_key}
    if entry.id_from_row:
        own["participant_id"] = pd.Series(sheet.rows.astype(str), dtype="str")
    if entry.week is not None:
        own["weeks"] = pd.Series(np.full(len(sheet.rows), float(entry.week)))
    return pd.DataFrame({key: own[key] for key in KEYS[plan.table] if key in own})


def _key_findings(sheet: Sheet, columns: list[_Column]) -> Iterator[pd.DataFrame]:
    for column in columns:
        name = column.use.variable.name
        absent = column.series.isna().to_numpy() & ~column.faulty
        if column.use.is_key and absent.any():
            rule = f"the row has no {name.removesuffix('s').replace('_', ' ')}, so it belongs nowhere"
            source = column.use.column
            value = sheet.columns[source].rows()[absent]
            yield findings(REFUSED, sheet.name, rule, rows=sheet.rows[absent], column=source, value=value)


def _stands_twice(keys: pd.DataFrame, plan: Plan) -> np.ndarray:
    """Which rows share their whole key with another row."""
    if list(keys) != list(KEYS[plan.table]):
        return np.zeros(len(keys), dtype=bool)
    coded = keys.assign(participant_id=pd.factorize(keys["participant_id"])[0])
    return (coded.duplicated(keep=False) & keys.notna().all(axis=1)).to_numpy()


def _repeated(plan: Plan, sheet: Sheet, keys: pd.DataFrame, twice: np.ndarray) -> Iterator[pd.DataFrame]:
    """Each row whose person (and moment) stands in another row too."""
    if not twice.any():
        return
    hit = keys[twice].assign(row=sheet.rows[twice])
    alike = hit.groupby(list(keys), sort=False)["row"].transform(lambda rows: " and ".join(map(str, rows)))
    moment = next((name for name in keys if name != "participant_id"), None)
    when = (
        [f" at {moment.removesuffix('s')} {value:g}" for value in hit[moment]] if moment else [""] * len(hit)
    )
    rules = [
        f"participant {person}{at} stands in rows {rows}"
        for person, at, rows in zip(hit["participant_id"], when, alike, strict=True)
    ]
    id_use = plan.key("participant_id")
    yield findings(
        REFUSED,
        sheet.name,
        rules,
        rows=hit["row"].to_numpy(),
        column=id_use.column if id_use else "",
        value=list(hit["participant_id"]),
    )


def _pieces(
    plan: Plan, sheet: Sheet, keys: pd.DataFrame, columns: list[_Column], fresh: np.ndarray
) -> Iterator[Piece]:
    """One piece for the file's own table, one for the persons, one for each week of wide columns."""
    people = keys[["participant_id"]]
    everyone = people["participant_id"].notna().to_numpy() & fresh
    id_use = plan.key("participant_id")
    id_column = {"participant_id": id_use.column} if id_use else {}

    def piece(table: str, own_keys: pd.DataFrame, own: list[_Column], keep: np.ndarray) -> Piece:
        measured = {one.use.variable.name: one.series[keep].reset_index(drop=True) for one in own}
        names = id_column | {one.use.variable.name: one.use.column for one in own}
        return Piece(
            table, sheet.name, sheet.rows[keep], own_keys[keep].reset_index(drop=True), measured, names
        )

    data = [column for column in columns if not column.use.is_key]
    persons = [one for one in data if one.use.table == "participants"]
    yield piece("participants", people, persons, everyone)
    if plan.table != "participants" and list(keys) == list(KEYS[plan.table]):
        own = [one for one in data if one.use.table == plan.table and one.use.week is None]
        yield piece(plan.table, keys, own, fresh & keys.notna().all(axis=1).to_numpy())
    for week in sorted({one.use.week for one in data if one.use.week is not None}):
        wide = [one for one in data if one.use.week == week]
        recorded = np.logical_or.reduce([one.series.notna().to_numpy() | one.explained for one in wide])
        yield piece("visits", people.assign(weeks=week), wide, everyone & recorded)


def _missing(
    plan: Plan, keys: pd.DataFrame, columns: list[_Column], valid: np.ndarray
) -> Iterator[pd.DataFrame]:
    """Each value that is missing for a stated reason."""
    moment = next((name for name in KEYS[plan.table] if name in ("weeks", "days")), None)
    for column in columns:
        use = column.use
        hit = column.explained & valid
        if use.is_key or not hit.any():
            continue
        own_moment = keys[moment][hit] if moment in keys and use.table == plan.table else np.nan
        yield pd.DataFrame(
            {
                "table": use.table,
                "participant_id": keys["participant_id"][hit],
                "variable": use.variable.name,
                "reason": column.reasons[hit],
                "moment": own_moment if use.week is None else use.week,
            }
        )
