"""Records that follow one another closely enough to tell what lay between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions, positions
from lowback.study import Estimand, Study

# Check-ins further apart than this tell nothing of what lay between.
LONGEST_GAP_DAYS = 2.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Records:
    """Answered records by person and time: `person` a position among everybody, `day` since baseline, `score` and `flag` (NaN: none).

    `begins` is where a person's record follows no other closely enough to know what lay between.
    """

    person: Positions
    day: Array
    score: Array
    begins: Flags
    of_visits: bool
    table: pd.DataFrame


def spell_records(cohort: Cohort, study: Study, estimand: Estimand) -> Records:
    """The records from which spells are read: check-ins where they hold the outcome, else the study's visits.

    A gap is not a calm day: check-ins more than two days apart, and visits with one of the study's between them missed, are not
    joined; the person is out of sight from the earlier record to the later, and has to be seen calm anew.
    Raises `NotComparable` where the outcome is recorded at most once a person.
    """
    for table, moment, days in ((cohort.checkins, "days", 1.0), (cohort.visits, "weeks", 7.0)):
        if table is None or estimand.outcome not in table:
            continue
        table = _as_followed(table[table[estimand.outcome].notna()], estimand)
        of_visits = moment == "weeks"
        if of_visits and study.weeks:
            table = table[np.isin(table["weeks"], study.weeks)]
        person, day = positions(cohort, table), table[moment].to_numpy(float) * days
        if not (np.diff(person) == 0).any():
            continue
        # Two days apart at a fraction of a day, such as 6.3 and 8.3, may come out a hair further apart.
        near = np.diff(day) <= LONGEST_GAP_DAYS + 1e-9
        if of_visits:
            weeks = np.array(study.weeks or sorted(table["weeks"].unique()))
            near = np.diff(np.searchsorted(weeks, table["weeks"].to_numpy(float))) == 1
        begins = np.concatenate([[True], (np.diff(person) != 0) | ~near])
        score = _numbers(table[estimand.outcome])
        return Records(person, day, score, begins, of_visits, table)
    raise NotComparable(
        f"{estimand.outcome} is not recorded twice of anybody, at check-ins or visits",
        f"check-ins or visits with {estimand.outcome}",
    )


def _numbers(values: pd.Series) -> Array:
    """The scores, or 1 and 0 where a yes/no is recorded."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.to_numpy(float, na_value=np.nan)
    return values.astype(object).map(yes).to_numpy(float)


def _as_followed(table: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """The records that the estimand's strategies follow: all of them, or those before an event that is a yes/no of the same table."""
    for event, strategy in estimand.intercurrent_events.items():
        if strategy == "treatment policy":
            continue
        if strategy != "while on treatment" or event not in table:
            raise NotComparable(
                f"estimand {estimand.name!r} asks for the strategy {strategy!r} for {event!r}; this analysis can follow 'treatment "
                "policy', and 'while on treatment' where the event is a column beside the outcome",
                f"'treatment policy' for {event!r}",
            )
        came = table[event].astype(object).map(yes).fillna(0)
        table = table[came.groupby(table["participant_id"]).cummax() == 0]
    return table


def yes(value: object) -> float:
    """1 for a yes, 0 for a no, NaN where neither is said."""
    if value is None or value is pd.NA or value != value:
        return float("nan")
    return float(str(value).strip().lower() in ("true", "1", "1.0", "yes"))
