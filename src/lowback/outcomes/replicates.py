"""The same thing measured or judged twice: the column of the second time, and the pairs that a cohort holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions, positions
from lowback.variables import Variable

RATERS = ("rater_id", "second_rater_id")


@dataclass(frozen=True, eq=False)
class Replicates:
    """Complete pairs of a variable and its second measurement, in order of person and moment.

    `person` is a position in `cohort.participant_ids`, `kind` says what a pair was taken at ("visit", "day" or "person"). `raters` is how many
    raters took the first measurements, 0 where nobody says who; `are_others` whether the second one was always another's.
    """

    variable: Variable
    second_name: str
    kind: str
    person: Positions
    moment: Array
    first: NDArray[Any]
    second: NDArray[Any]
    raters: int
    are_others: bool

    @property
    def one_a_person(self) -> Replicates:
        """Everybody's first pair."""
        _, at = np.unique(self.person, return_index=True)
        fields = {name: getattr(self, name)[at] for name in ("person", "moment", "first", "second")}
        return Replicates(
            variable=self.variable,
            second_name=self.second_name,
            kind=self.kind,
            raters=self.raters,
            are_others=self.are_others,
            **fields,
        )


def second_names(name: str) -> Iterator[str]:
    """What the column of a second measurement may be called: `pelvic_tilt_second_deg`, `..._second_rater`, `..._second`."""
    if "first" in name:
        yield name.replace("first", "second")
    head, _, unit = name.rpartition("_")
    if head:
        yield f"{head}_second_{unit}"
    yield f"{name}_second"


def replicates(cohort: Cohort, name: str, weeks: Iterable[float] = ()) -> Replicates:
    """All complete pairs of a variable and its second measurement: at these visits (all where none is named), else check-ins, else of people.

    Raises `NotComparable` where the cohort has no second measurement, or nobody both.
    """
    if name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in {cohort.name!r}", f"a cohort that records {name}")
    second = next((one for one in second_names(name) if one in cohort.columns), None)
    if second is None:
        called = " or ".join(repr(one) for one in second_names(name))
        raise NotComparable(
            f"{name} was not measured twice: no column {called} in {cohort.name!r}",
            "a second measurement or rating of the same people",
        )
    tables = (
        ("visit", cohort.visits, "weeks"),
        ("day", cohort.checkins, "days"),
        ("person", cohort.participants, None),
    )
    for kind, table, moment in tables:
        if table is None or name not in table or second not in table:
            continue
        kept = table[name].notna() & table[second].notna()
        if kind == "visit" and (asked := list(weeks)):
            kept &= table["weeks"].isin(asked)
        if kept.any():
            return _pairs(cohort, table[kept.to_numpy()], kind, moment, (name, second))
    raise NotComparable(f"nobody has both {name} and {second}", "people measured twice")


def _pairs(
    cohort: Cohort, table: pd.DataFrame, kind: str, moment: str | None, names: tuple[str, str]
) -> Replicates:
    variable = cohort.variables[names[0]]
    values = [table[one].to_numpy(float if variable.is_numeric else object) for one in names]
    person = positions(cohort, table)
    moments = table[moment].to_numpy(float) if moment else np.zeros(len(table))
    order = np.lexsort((moments, person))
    known = [table[one].astype(str) for one in RATERS if one in table and table[one].notna().all()]
    return Replicates(
        variable=variable,
        second_name=names[1],
        kind=kind,
        person=person[order],
        moment=moments[order],
        first=values[0][order],
        second=values[1][order],
        raters=known[0].nunique() if known else 0,
        are_others=len(known) == len(RATERS) and bool((known[0] != known[1]).all()),
    )
