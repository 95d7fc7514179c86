"""Every score of the people of a comparison, visit by visit, with what they are adjusted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.outcomes.comparison import Comparison, NotComparable
from lowback.outcomes.covariates import centred_columns
from lowback.study import Study


@dataclass(frozen=True, eq=False)
class ScoredVisits:
    """One row a person and attended visit: score, position of the arm and of the week, and the person's covariates.

    `adjusted_for` names the covariates' columns, `constant` the covariates that are the same in everybody; `cells` are
    the positions of arm and week at which anybody has a score, arms slowest.
    """

    score: NDArray[np.float64]
    person: NDArray[np.intp]
    arm: NDArray[np.intp]
    week: NDArray[np.intp]
    covariates: NDArray[np.float64]
    arms: tuple[str, ...]
    weeks: tuple[float, ...]
    adjusted_for: tuple[str, ...]
    constant: tuple[str, ...]
    cells: tuple[tuple[int, int], ...]

    def people(self, arm: int, week: int | None = None) -> int:
        """How many people of an arm have a score, at any visit or at one."""
        rows = (self.arm == arm) & ((self.week == week) if week is not None else True)
        return len(np.unique(self.person[rows]))


def scored_visits(compared: Comparison, study: Study) -> tuple[ScoredVisits, pd.DataFrame]:
    """The scores at the study's visits of people with every covariate, and who lacks what.

    Raises `NotComparable` where an arm that is compared has no score at a visit that is, or nobody was seen twice.
    """
    weeks = compared.weeks_of(study)
    scores = compared.scores[list(weeks)]
    gaps = {compared.label(name): compared.covariates[name].isna() for name in compared.covariates}
    gaps[f"{compared.outcome.label} at every visit"] = scores.isna().all(axis=1)
    lacking = pd.DataFrame(gaps)
    kept = ~lacking.any(axis=1)
    arms = tuple(compared.people_in(kept))
    covariates, names, constant = centred_columns(compared.covariates[kept], compared.variables)
    values = scores[kept].to_numpy(float)
    person, week = np.nonzero(np.isfinite(values))
    position = {arm: at for at, arm in enumerate(arms)}
    arm = np.array([position[one] for one in compared.arm[kept]], dtype=np.intp)
    visits = ScoredVisits(
        score=values[person, week],
        person=person,
        arm=arm[person],
        week=week,
        covariates=covariates[person],
        arms=arms,
        weeks=weeks,
        adjusted_for=names,
        constant=constant,
        cells=tuple(sorted(set(zip(arm[person].tolist(), week.tolist(), strict=True)))),
    )
    _refuse_empty_cells(compared, visits)
    _refuse_single_visits(compared, visits)
    return visits, lacking


def _refuse_empty_cells(compared: Comparison, visits: ScoredVisits) -> None:
    """Refuse where an arm that is compared has no score at baseline or at the estimand's week."""
    for arm in (compared.comparator, *compared.treated):
        for week in (visits.weeks[0], compared.week):
            if (visits.arms.index(arm), visits.weeks.index(week)) not in visits.cells:
                raise NotComparable(
                    f"nobody in arm {arm!r} has {compared.outcome.label} at week {week:g}",
                    f"scores at week {week:g} in arm {arm!r}, or an estimand that does not compare it",
                )


def _refuse_single_visits(compared: Comparison, visits: ScoredVisits) -> None:
    people = len(np.unique(visits.person))
    if people == len(visits.person):
        raise NotComparable(
            f"none of {people} people has {compared.outcome.label} at two visits or more, so nobody's change is known",
            "people who were seen twice or more",
        )
