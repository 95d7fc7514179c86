"""From the pieces of all files to the three tables of a cohort, with every contradiction named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from lowback.cohort import KEYS
from lowback.intake.findings import REFUSED, findings
from lowback.intake.pieces import Contribution, Piece
from lowback.variables import Variable

_SHOWN = 4


def tables(
    pieces: Sequence[Piece], known: Mapping[str, Variable]
) -> tuple[dict[str, pd.DataFrame], list[pd.DataFrame]]:
    """The cohort's tables, keys first and variables in the dictionary's order, and the contradictions met."""
    made, found = {}, []
    for table in KEYS:
        own = [piece for piece in pieces if piece.table == table]
        if table == "participants":
            own += [_people(piece) for piece in pieces if piece.table != table]
        if any(len(piece.keys) for piece in own):
            made[table], contradictions = _table(table, own, known)
            found += contradictions
    return made, found


def strangers(contributions: Sequence[Contribution]) -> Iterator[pd.DataFrame]:
    """Rows of people whom no list of participants names, where there is such a list."""
    lists = [piece for one in contributions if one.is_roster for piece in one.pieces]
    if not lists:
        return
    listed = pd.concat([piece.keys["participant_id"] for piece in lists]).unique()
    files = ", ".join(dict.fromkeys(piece.file for piece in lists))
    for one in contributions:
        if not one.is_roster:
            for piece in one.pieces:
                unknown = ~piece.keys["participant_id"].isin(listed).to_numpy()
                if unknown.any():
                    yield _stranger_rows(piece, unknown, files)


def _stranger_rows(piece: Piece, unknown: np.ndarray, files: str) -> pd.DataFrame:
    people = list(piece.keys["participant_id"][unknown])
    rules = [f"participant {person} is not among the participants in {files}" for person in people]
    column = piece.columns.get("participant_id", "")
    return findings(REFUSED, piece.file, rules, rows=piece.rows[unknown], column=column, value=people)


def missing_reasons(parts: Sequence[pd.DataFrame], made: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Why values are missing, once each, without those that another row or file supplies."""
    if not parts:
        return None
    whole = pd.concat(parts, ignore_index=True).drop_duplicates()
    whole = whole.astype(
        {"table": "str", "participant_id": "str", "variable": "str", "reason": "str", "moment": float}
    )
    kept = [
        rows[~_is_recorded(made[str(table)], rows, str(table), str(variable))]
        for (table, variable), rows in whole.groupby(["table", "variable"])
        if str(table) in made
    ]
    order = ["table", "participant_id", "variable", "moment", "reason"]
    return pd.concat([whole.iloc[:0], *kept]).sort_values(order).reset_index(drop=True)


def _is_recorded(frame: pd.DataFrame, rows: pd.DataFrame, table: str, variable: str) -> pd.Series:
    recorded = frame[frame[variable].notna()]
    person = rows["participant_id"]
    if table == "participants":
        return person.isin(recorded["participant_id"])
    moment = KEYS[table][1]
    places = pd.MultiIndex.from_frame(recorded[["participant_id", moment]])
    return pd.Series(pd.MultiIndex.from_arrays([person, rows["moment"]]).isin(places), index=rows.index)


def _people(piece: Piece) -> Piece:
    """Everyone in a piece, so that nobody lacks a row among the participants."""
    first = ~piece.keys["participant_id"].duplicated()
    keys = piece.keys.loc[first, ["participant_id"]].reset_index(drop=True)
    return Piece("participants", piece.file, piece.rows[first], keys, {}, {})


def _table(
    table: str, pieces: Sequence[Piece], known: Mapping[str, Variable]
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    names = {name for piece in pieces for name in piece.measured}
    ordered = [name for name in known if name in names]
    if len(pieces) == 1 and not pieces[0].keys.duplicated().any():
        return pieces[0].keys.assign(**{name: pieces[0].measured[name] for name in ordered}), []
    keys = list(KEYS[table])
    frame = pd.concat([piece.keys for piece in pieces], ignore_index=True).drop_duplicates(ignore_index=True)
    found: list[pd.DataFrame] = []
    alone = _told_once(pieces)
    for name in ordered:
        if name in alone:
            continue
        told = _told(pieces, name, keys)
        found += _contradictions(table, name, told, keys)
        first = told.drop_duplicates(keys)[[*keys, "value"]].rename(columns={"value": name})
        frame = frame.merge(first, on=keys, how="left", validate="one_to_one")
    for piece in {id(one): one for one in alone.values()}.values():
        own = {name: piece.measured[name] for name in ordered if alone.get(name) is piece}
        frame = frame.merge(piece.keys.assign(**own), on=keys, how="left", validate="one_to_one")
    return frame[[*keys, *ordered]], found


def _told_once(pieces: Sequence[Piece]) -> dict[str, Piece]:
    """The variables that one piece alone measures, at no moment twice, so that nothing can contradict it."""
    measured_in: dict[str, list[Piece]] = {}
    for piece in pieces:
        for name in piece.measured:
            measured_in.setdefault(name, []).append(piece)
    fresh = {id(piece) for piece in pieces if piece.measured and not piece.keys.duplicated().any()}
    return {name: own[0] for name, own in measured_in.items() if len(own) == 1 and id(own[0]) in fresh}


def _told(pieces: Sequence[Piece], name: str, keys: list[str]) -> pd.DataFrame:
    """Each different value that the files give for a person (and moment), with file and row."""
    parts = [
        piece.keys.assign(
            value=piece.measured[name], file=piece.file, row=piece.rows, column=piece.columns[name]
        )
        for piece in pieces
        if name in piece.measured
    ]
    whole = pd.concat([part[part["value"].notna()] for part in parts], ignore_index=True)
    if whole.empty:
        whole = whole.astype({"value": parts[0]["value"].dtype})
    return whole.drop_duplicates([*keys, "value"])


def _contradictions(table: str, name: str, told: pd.DataFrame, keys: list[str]) -> Iterator[pd.DataFrame]:
    """Each of the values that one person (at one moment) cannot have together."""
    clash = told[told.duplicated(keys, keep=False)]
    rules = pd.Series("", index=clash.index, dtype=object)
    for key, rows in clash.groupby(keys, sort=False):
        at = f" at {keys[1].removesuffix('s')} {key[1]:g}" if table != "participants" else ""
        said = [f"{_shown(one.value)} in row {one.row} of {one.file}" for one in rows.itertuples()]
        more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
        rules[rows.index] = (
            f"{name} of participant {key[0]}{at} contradicts itself: {', '.join(said[:_SHOWN])}{more}"
        )
    for (file, column), rows in clash.groupby(["file", "column"]):
        yield findings(
            REFUSED,
            str(file),
            list(rules[rows.index]),
            rows=rows["row"].to_numpy(),
            column=str(column),
            value=[_shown(value) for value in rows["value"]],
        )


def _shown(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
