"""The same thing measured or judged twice: the column of the second time, and the pairs that a cohort holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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

    `person` is a position in `cohort.participant_ids`, `kind` says what a pair was taken at ("visit", "day" or "person"). `first_rater` and
    `second_rater` took the measurements; empty where that is not recorded of all.
    """

    variable: Variable
    kind: str
    person: Positions
    moment: Array
    first: NDArray[Any]
    second: NDArray[Any]
    first_rater: NDArray[Any]
    second_rater: NDArray[Any]

    @property
    def raters(self) -> int:
        """How many raters took the first measurements; 0 where nobody says who."""
        return len(set(self.first_rater.tolist()))

    @property
    def are_others(self) -> bool:
        """Whether the second measurement is always known to be another rater's."""
        known = len(self.first_rater) > 0 and len(self.second_rater) > 0
        return known and bool((self.first_rater != self.second_rater).all())

    @property
    def one_a_person(self) -> Replicates:
        """Everybody's first pair."""
        _, at = np.unique(self.person, return_index=True)
        names = ("person", "moment", "first", "second", "first_rater", "second_rater")
        return replace(self, **{name: values[at] for name in names if len(values := getattr(self, name))})


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
    first_rater, second_rater = (
        _raters(table, name)[order] if _is_known(table, name) else np.zeros(0) for name in RATERS
    )
    return Replicates(
        variable=variable,
        kind=kind,
        person=person[order],
        moment=moments[order],
        first=values[0][order],
        second=values[1][order],
        first_rater=first_rater,
        second_rater=second_rater,
    )


def _is_known(table: pd.DataFrame, name: str) -> bool:
    return name in table and bool(table[name].notna().all())


def _raters(table: pd.DataFrame, name: str) -> NDArray[Any]:
    return table[name].astype(str).to_numpy(object)
