"""Participants, visits and check-ins of one study; a cohort exists only if it is valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from lowback.variables import Variable, dictionary

KEYS: Mapping[str, tuple[str, ...]] = {
    "participants": ("participant_id",),
    "visits": ("participant_id", "weeks"),
    "checkins": ("participant_id", "days"),
}


class CohortError(ValueError):
    """Tables that are no cohort; the message names every fault with participant, moment and what is allowed."""


def _no_set_aside() -> pd.DataFrame:
    return pd.DataFrame(
        {"reason": pd.Series(dtype=str), "participants": pd.Series(dtype=int), "rows": pd.Series(dtype=int)}
    )


def _no_missing_reasons() -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series(dtype=str) for name in ("table", "participant_id", "variable", "reason")}
        | {"moment": pd.Series(dtype=float)}
    )


@dataclass(frozen=True, eq=False)
class Cohort:
    """Three tables that agree with the data dictionary and with each other.

    `participants` has one row a person; `visits` one a person and `weeks` since baseline; `checkins` one a person and
    `days` since baseline. A table may be absent. `set_aside` tells what intake left out (reason, participants, rows),
    `missing_reasons` why a value is missing where the source said so; `measured_by` names the method behind a variable.
    """

    name: str
    participants: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None
    checkins: pd.DataFrame | None = None
    variables: Mapping[str, Variable] = field(default_factory=dictionary)
    set_aside: pd.DataFrame = field(default_factory=_no_set_aside)
    missing_reasons: pd.DataFrame = field(default_factory=_no_missing_reasons)
    measured_by: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse to exist with an unknown column, a repeated key, a stranger or a value out of range."""
        problems = [problem for table in KEYS for problem in self._table_problems(table)]
        if all(getattr(self, table) is None for table in KEYS):
            problems.append("no table: a cohort needs participants, visits or check-ins")
        if problems:
            raise CohortError("\n".join(problems))
        for table in KEYS:
            frame = getattr(self, table)
            if frame is not None:
                ordered = frame.sort_values(list(KEYS[table]), kind="stable").reset_index(drop=True)
                object.__setattr__(self, table, ordered)

    @property
    def participant_ids(self) -> pd.Index:
        """Every person in the cohort, once."""
        if self.participants is not None:
            return pd.Index(self.participants["participant_id"].array)
        frames = [getattr(self, table) for table in KEYS]
        return pd.Index(
            pd.concat([frame["participant_id"] for frame in frames if frame is not None]).unique()
        )

    @property
    def weeks(self) -> list[float]:
        """The visits that the cohort has, in weeks since baseline."""
        return [] if self.visits is None else sorted(float(week) for week in self.visits["weeks"].unique())

    @property
    def arms(self) -> list[str]:
        """The arms that the cohort has, in alphabetical order."""
        if self.participants is None or "arm" not in self.participants:
            return []
        return sorted(self.participants["arm"].dropna().unique())

    @property
    def columns(self) -> set[str]:
        """The variables that any table records."""
        frames = [getattr(self, table) for table in KEYS]
        return {str(column) for frame in frames if frame is not None for column in frame}

    def restricted_to(self, participant_ids: pd.Index) -> Cohort:
        """The same cohort with these people only; a table in which none of them stands is left out."""
        kept = {
            table: frame[frame["participant_id"].isin(participant_ids.to_numpy(object))]
            for table in KEYS
            if (frame := getattr(self, table)) is not None
        }
        return Cohort(**{**vars(self), **{name: None if rows.empty else rows for name, rows in kept.items()}})

    def _table_problems(self, table: str) -> Iterator[str]:
        frame = getattr(self, table)
        if frame is None:
            return
        repeated = [str(column) for column in frame.columns[frame.columns.duplicated()]]
        if repeated:
            yield f"{table}: column {repeated[0]} stands twice"
            return
        absent = [key for key in KEYS[table] if key not in frame]
        if absent:
            yield f"{table}: no column {', '.join(absent)}; allowed only with {', '.join(KEYS[table])}"
            return
        if frame.empty:
            yield f"{table}: no rows; leave the table out instead"
            return
        yield from self._key_problems(table, frame)
        for column in frame:
            yield from self._column_problems(table, frame, str(column))

    def _key_problems(self, table: str, frame: pd.DataFrame) -> Iterator[str]:
        keys = list(KEYS[table])
        for key in keys:
            if frame[key].isna().any():
                yield f"{table}: {key} is missing in {frame[key].isna().sum()} rows"
        repeated = frame[frame.duplicated(keys)]
        if len(repeated):
            yield f"{table}: {_person(table, repeated.iloc[0])} stands twice (rows repeated: {len(repeated)})"
        if (
            table != "participants"
            and self.participants is not None
            and "participant_id" in self.participants
        ):
            strangers = frame[~frame["participant_id"].isin(self.participants["participant_id"])]
            if len(strangers):
                yield f"{table}: {_person(table, strangers.iloc[0])} is not among the participants (rows: {len(strangers)})"

    def _column_problems(self, table: str, frame: pd.DataFrame, column: str) -> Iterator[str]:
        variable = self.variables.get(column)
        if variable is None:
            yield f"{table}: unknown column {column!r}; the data dictionary or the mapping must describe it"
        elif table not in variable.tables:
            yield f"{table}: {column} belongs to {' or '.join(variable.tables)}"
        elif variable.is_numeric and not pd.api.types.is_numeric_dtype(frame[column]):
            yield f"{table}: {column} holds {frame[column].dtype}, not numbers"
        else:
            refused = frame[out_of_range(frame[column], variable)]
            if len(refused):
                row = refused.iloc[0]
                yield (
                    f"{column} = {_shown(row[column])} for {_person(table, row)}: "
                    f"allowed {variable.allowed} (values refused: {len(refused)})"
                )


def out_of_range(values: pd.Series, variable: Variable) -> pd.Series:
    """Which values lie outside what the variable allows; a missing value does not."""
    if variable.levels:
        return values.notna() & ~values.isin(variable.levels)
    if not variable.is_numeric:
        return pd.Series(False, index=values.index)
    outside = values.isin([float("inf"), float("-inf")])
    if variable.low is not None:
        outside |= values < variable.low
    if variable.high is not None:
        outside |= values > variable.high
    if variable.kind == "integer":
        outside |= values.notna() & (values % 1 != 0)
    return outside.fillna(False).astype(bool)


def _person(table: str, row: pd.Series) -> str:
    moment = {"visits": "weeks", "checkins": "days"}.get(table)
    at = f" at {moment.removesuffix('s')} {_shown(row[moment])}" if moment else ""
    return f"participant {row['participant_id']}{at}"


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
