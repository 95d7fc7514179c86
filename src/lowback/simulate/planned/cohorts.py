"""Drawn trials as cohorts, for the very analysis that the report will use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.simulate.planned.draws import Draws
from lowback.variables import dictionary


def planned_cohorts(
    draws: Draws, arms: tuple[str, ...], outcome: str, exposure: str | None
) -> Iterator[Cohort]:
    """Every drawn trial as a cohort; `arms` in the order of the layout, none for a study without arms.

    Scores may leave the scale of the data dictionary, because what is drawn has no bounds unless the plan assumes some.
    """
    people = [f"P{number:05d}" for number in range(1, draws.layout.participants + 1)]
    participants = pd.DataFrame({"participant_id": people})
    if arms:
        participants["arm"] = np.array(arms, dtype=object)[draws.arm]
    if draws.layout.cluster_size is not None:
        participants["cluster_id"] = [f"C{number:04d}" for number in draws.layout.cluster + 1]
    known = dictionary()
    unbounded = {
        name: known[name].model_copy(
            update={"low": None, "high": None, "kind": "number", "tables": ("visits",)}
        )
        for name in (outcome, exposure)
        if name is not None
    }
    person = np.repeat(people, len(draws.layout.weeks))
    weeks = np.tile(draws.layout.weeks, len(people))
    for trial in range(len(draws.effects)):
        columns = {outcome: draws.scores[trial].ravel()}
        if exposure is not None and draws.exposure is not None:
            columns[exposure] = draws.exposure[trial].ravel()
        seen = np.isfinite(columns[outcome])
        visits = pd.DataFrame(
            {"participant_id": person[seen], "weeks": weeks[seen]}
            | {name: values[seen] for name, values in columns.items()}
        )
        yield Cohort(
            name="planned",
            participants=participants,
            visits=visits,
            variables={**known, **unbounded},
        )
