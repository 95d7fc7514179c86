"""Participants, visits and check-ins of one study; a cohort exists only if it is valid."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.variables import Variable, dictionary

KEYS: Mapping[str, tuple[str, ...]] = {
    "participants": ("participant_id",),
    "visits": ("participant_id", "weeks"),
    "checkins": ("participant_id", "days"),
}


class CohortError(ValueError):
    """Tables that are no cohort; the message names every fault with participant, moment and what is allowed."""


NO_SET_ASIDE = pd.DataFrame({"reason": [], "participants": [], "rows": []}).astype(
    {"reason": str, "participants": int, "rows": int}
)
NO_MISSING_REASONS = pd.DataFrame(
    {"table": [], "participant_id": [], "variable": [], "reason": [], "moment": []}
).astype({"table": str, "participant_id": str, "variable": str, "reason": str, "moment": float})


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
    set_aside: pd.DataFrame = field(default_factory=NO_SET_ASIDE.copy)
    missing_reasons: pd.DataFrame = field(default_factory=NO_MISSING_REASONS.copy)
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
                object.__setattr__(self, table, _ordered(frame, KEYS[table]).reset_index(drop=True))

    def __getstate__(self) -> dict[str, object]:
        """What travels to another process: everything but the data dictionary, which is there already."""
        known = dictionary()
        own = {name: one for name, one in self.variables.items() if known.get(name) is not one}
        return {**vars(self), "variables": own}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Put the data dictionary back in its place."""
        own = cast(Mapping[str, Variable], state["variables"])
        vars(self).update(state, variables={**dictionary(), **own})

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

    @property
    def recorded(self) -> set[str]:
        """The variables of which anybody has a value; a column may be there and empty."""
        frames = [frame for frame in (getattr(self, table) for table in KEYS) if frame is not None]
        return {str(column) for frame in frames for column in frame if frame[column].notna().any()}

    def restricted_to(self, participant_ids: pd.Index) -> Cohort:
        """The same cohort with these people only; a table in which none of them stands is left out."""
        wanted, kept = set(participant_ids.tolist()), copy(self)
        for table in KEYS:
            if (frame := getattr(self, table)) is not None:
                rows = frame.take(np.flatnonzero(_among(frame["participant_id"], wanted)))
                rows.index = pd.RangeIndex(len(rows))
                # Some rows of a valid table, in their order, need no second look.
                object.__setattr__(kept, table, None if rows.empty else rows)
        if all(getattr(kept, table) is None for table in KEYS):
            raise CohortError(f"none of the {len(wanted)} participants asked for is in {self.name!r}")
        return kept

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
        repeated = frame.duplicated(keys).to_numpy()
        if repeated.any():
            first = frame[repeated].iloc[0]
            yield f"{table}: {_person(table, first)} stands twice (rows repeated: {repeated.sum()})"
        if (
            table != "participants"
            and self.participants is not None
            and "participant_id" in self.participants
        ):
            strangers = ~_among(frame["participant_id"], set(self.participants["participant_id"].tolist()))
            if strangers.any():
                first = frame[strangers].iloc[0]
                yield f"{table}: {_person(table, first)} is not among the participants (rows: {strangers.sum()})"

    def _column_problems(self, table: str, frame: pd.DataFrame, column: str) -> Iterator[str]:
        variable = self.variables.get(column)
        if variable is None:
            yield f"{table}: unknown column {column!r}; the data dictionary or the mapping must describe it"
        elif table not in variable.tables:
            yield f"{table}: {column} belongs to {' or '.join(variable.tables)}"
        elif variable.is_numeric and not pd.api.types.is_numeric_dtype(frame[column]):
            yield f"{table}: {column} holds {frame[column].dtype}, not numbers"
        else:
            refused = _outside(frame[column], variable)
            if refused.any():
                row = frame[refused].iloc[0]
                yield (
                    f"{column} = {_shown(row[column])} for {_person(table, row)}: "
                    f"allowed {variable.allowed} (values refused: {refused.sum()})"
                )


def out_of_range(values: pd.Series, variable: Variable) -> pd.Series:
    """Which values lie outside what the variable allows; a missing value does not."""
    return pd.Series(_outside(values, variable), index=values.index)


def _outside(values: pd.Series, variable: Variable) -> NDArray[np.bool_]:
    if variable.levels:
        return ~_among(values, variable.levels)
    if not variable.is_numeric:
        return np.zeros(len(values), dtype=bool)
    numbers = values.to_numpy(float, na_value=np.nan)
    outside = np.isinf(numbers)
    if variable.low is not None:
        outside |= numbers < variable.low
    if variable.high is not None:
        outside |= numbers > variable.high
    if variable.kind == "integer":
        outside |= np.isfinite(numbers) & (np.trunc(numbers) != numbers)
    return outside


def _among(values: pd.Series, wanted: Collection[object]) -> NDArray[np.bool_]:
    """Which values are among those wanted; a missing one counts as such."""
    codes, distinct = pd.factorize(values)
    return np.array([*(one in wanted for one in distinct.tolist()), True])[codes]


def _ordered(frame: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """The rows by person and moment."""
    person = pd.factorize(frame["participant_id"], sort=True)[0]
    moments = [frame[key].to_numpy() for key in keys[1:]]
    order = np.lexsort((*moments, person))
    return frame if (np.diff(order) == 1).all() else frame.take(order)


def _person(table: str, row: pd.Series) -> str:
    moment = {"visits": "weeks", "checkins": "days"}.get(table)
    at = f" at {moment.removesuffix('s')} {_shown(row[moment])}" if moment else ""
    return f"participant {row['participant_id']}{at}"


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
