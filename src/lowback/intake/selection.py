"""Which rows of a sheet an entry takes, and which it deliberately leaves out."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.intake.findings import NOTE, findings
from lowback.intake.mapping import FileRules, Mapping, RowRule
from lowback.intake.sheet import Sheet, TextColumn

_SHOWN = 12


@dataclass(frozen=True)
class Selection:
    """The rows that are read, whether the entry asked for them, and who was left out for which reason.

    `left_out` has one row a row left out, with `reason`, `participant_id` and `row`.
    """

    sheet: Sheet
    asked_for: np.ndarray
    left_out: pd.DataFrame
    found: tuple[pd.DataFrame, ...]


def select(
    mapping: Mapping,
    entry: FileRules,
    sheet: Sheet,
    id_column: str | None,
    people_left_out: MappingType[str, str],
) -> Selection:
    """The sheet without rows that the entry leaves out by rule, or whose person was left out elsewhere."""
    codes = {**mapping.missing, **entry.missing}
    asked = np.ones(len(sheet.rows), dtype=bool)
    if entry.only is not None and entry.only.column in sheet.columns:
        asked = meets(entry.only, sheet, codes)
    open_, parts, found = asked.copy(), [], []
    for rule in entry.rows:
        if rule.column in sheet.columns:
            hit = open_ & meets(rule, sheet, codes)
            part = _left(sheet, hit, rule.reason, id_column)
            found.append(_told(sheet, part, rule.column, rule.reason))
            parts.append(part)
            open_ &= ~hit
    for reason in dict.fromkeys(people_left_out.values()) if id_column else ():
        hit = open_ & _belongs_to(sheet, str(id_column), people_left_out, reason)
        part = _left(sheet, hit, reason, id_column)
        found += [_told(sheet, part, str(id_column), f"{reason}, by another file")] if len(part) else []
        parts.append(part)
        open_ &= ~hit
    return Selection(sheet.taken(open_), asked, pd.concat([_nobody(), *parts]), tuple(found))


def meets(rule: RowRule, sheet: Sheet, missing: MappingType[str, str]) -> np.ndarray:
    """Which rows of the sheet the rule tells."""
    column = sheet.columns[rule.column]
    wanted = {"", *missing} if rule.is_missing else set(rule.equals or ())
    return _where(column, wanted)


def _where(column: TextColumn, wanted: set[str]) -> np.ndarray:
    return np.array([text.strip() in wanted for text in column.texts], dtype=bool)[column.codes]


def _belongs_to(sheet: Sheet, id_column: str, people: MappingType[str, str], reason: str) -> np.ndarray:
    return _where(sheet.columns[id_column], {person for person, why in people.items() if why == reason})


def _left(sheet: Sheet, hit: np.ndarray, reason: str, id_column: str | None) -> pd.DataFrame:
    rows = sheet.rows[hit]
    ids = sheet.columns[id_column].rows()[hit] if id_column else rows.astype(str)
    stripped = [str(one).strip() for one in ids]
    return pd.DataFrame({"reason": reason, "participant_id": stripped, "row": rows})


def _nobody() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "reason": pd.Series(dtype="str"),
            "participant_id": pd.Series(dtype="str"),
            "row": pd.Series(dtype=int),
        }
    )


def _told(sheet: Sheet, part: pd.DataFrame, column: str, reason: str) -> pd.DataFrame:
    """One note about all rows that a rule leaves out, naming them as ranges."""
    people = part["participant_id"].nunique()
    rule = f"left out: {reason} ({len(part)} rows of {people} participants{_ranges(part['row'])})"
    rows = [int(part["row"].iloc[0])] if len(part) else None
    return findings(NOTE, sheet.name, rule, rows=rows, column=column, value=f"{len(part)} rows")


def _ranges(rows: pd.Series) -> str:
    """Row numbers as ranges: rows 3-5, 9."""
    if rows.empty:
        return ""
    blocks = rows.groupby((rows.diff() != 1).cumsum()).agg(["min", "max"])
    shown = [str(low) if low == high else f"{low}-{high}" for low, high in blocks.itertuples(index=False)]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return f"; rows {', '.join(shown[:_SHOWN])}{more}"
