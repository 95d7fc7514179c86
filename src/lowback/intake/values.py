"""How many people have each value of a variable that editions are made of, and who has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass

import pandas as pd

from lowback.intake.findings import REFUSED, SET_ASIDE, findings, together
from lowback.intake.parts import Told
from lowback.intake.quarantine import quarantined
from lowback.intake.sheet import Reading


@dataclass(frozen=True, eq=False)
class Values:
    """The number of people with each value, in order, and of those for whom no row tells one.

    People whom the mapping leaves out are not counted. `findings` (columns as in `Intake`) names the rows that belong to nobody with a value, so
    that no edition reads them, and `quarantine` holds these rows word for word.
    """

    variable: str
    people: MappingType[str, int]
    without: int
    findings: pd.DataFrame
    quarantine: pd.DataFrame

    def in_none_of(self, taken: Iterable[str]) -> int:
        """How many people belong to none of these values."""
        return self.without + sum(self.people[one] for one in set(self.people) - set(taken))


def counted(told: Sequence[Told], readings: Sequence[Reading], variable: str, left_out: set[str]) -> Values:
    """What the rows say, without the people who are left out."""
    rows = [_rows(one, left_out) for one in told]
    said = pd.concat(rows)
    pairs = said.dropna(subset=["person", "value"]).drop_duplicates(["person", "value"])
    people = {str(value): int(number) for value, number in pairs["value"].value_counts().items()}
    with_value = set(pairs["person"])
    without = said["person"].dropna().nunique() - len(with_value)
    found = [
        part[part["severity"] == REFUSED]
        for reading in {id(one): one for one in readings}.values()
        for part in reading.found
    ]
    for one, own in zip(told, rows, strict=True):
        found += _of_nobody(one, own[~own["person"].isin(with_value)], variable)
    every = together(found)
    rows_of = quarantined(every, {one.name: one for one in readings})
    return Values(variable, dict(sorted(people.items())), without, every, rows_of)


def _rows(told: Told, left_out: set[str]) -> pd.DataFrame:
    """The person and the value of each row that counts, missing where the row does not say."""
    frame = pd.DataFrame({"person": told.person.rows(), "value": told.value.rows()}, dtype=object)
    return frame[told.asked & ~told.person.is_among(left_out)]


def _of_nobody(told: Told, rows: pd.DataFrame, variable: str) -> Iterator[pd.DataFrame]:
    """The rows that no value's people hold, each where the file has the variable's column, else the first a person."""
    rows = rows[rows["value"].isna()]
    if told.use is None:
        rows = rows[~rows["person"].duplicated() | rows["person"].isna()]
    places = rows.index.to_numpy()
    if len(places):
        use = told.use or told.id_use
        column = use.column if use else ""
        value = list(told.sheet.columns[column].rows()[places]) if use else ""
        rule = f"tells no {variable} of a person, so no edition holds the row"
        yield findings(
            SET_ASIDE, told.sheet.name, rule, rows=told.sheet.rows[places], column=column, value=value
        )
