"""Scores at several visits as the rows that a model of repeated measures reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.outcomes.comparison import Comparison, NotComparable
from lowback.outcomes.covariates import centred_columns
from lowback.study import Study

Array = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Repeated:
    """One row a person and attended visit, in the order of people and visits.

    `score` is the outcome, `baseline` the person's centred baseline score (empty where it is an outcome itself),
    `covariates` the person's, centred over people; `person`, `arm` and `week` are positions, the last two in `arms`
    and `weeks`; `moment` is the week at which the score was taken, that of the visit where no other is known. `cells` are the positions of arm and week at which anybody has a score, arms slowest; `constant` are
    covariates that are the same in everybody, `gaps` who lacks what, a row a person.
    """

    score: Array
    baseline: Array
    covariates: Array
    person: Positions
    arm: Positions
    week: Positions
    moment: Array
    arms: tuple[str, ...]
    weeks: tuple[float, ...]
    adjusted_for: tuple[str, ...]
    constant: tuple[str, ...]
    cells: tuple[tuple[int, int], ...]
    gaps: pd.DataFrame

    def people(self, arm: int, week: int | None = None) -> int:
        """How many people of an arm have a score, at any visit or at one."""
        rows = (self.arm == arm) & ((self.week == week) if week is not None else True)
        return len(np.unique(self.person[rows]))

    @property
    def empty(self) -> list[str]:
        """The arms and weeks at which nobody has a score, in words."""
        return [
            f"{arm} at week {week:g}"
            for at, arm in enumerate(self.arms)
            for when, week in enumerate(self.weeks)
            if (at, when) not in self.cells
        ]


def follow_up_scores(compared: Comparison, study: Study) -> Repeated:
    """The scores after baseline of people with a baseline score, every covariate and one follow-up or more.

    Raises `NotComparable` where an arm that is compared has no score at the estimand's week.
    """
    weeks = tuple(week for week in compared.weeks_of(study) if week > compared.baseline_week)
    lacking = {compared.baseline_place: compared.scores[compared.baseline_week].isna()}
    read = _read(compared, weeks, lacking, f"{compared.outcome.label} at every later visit")
    _refuse_empty_cells(compared, read, (compared.week,))
    return read


def all_scores(compared: Comparison, study: Study) -> Repeated:
    """The scores at every visit, baseline among them, of people with every covariate and one score or more.

    Raises `NotComparable` where an arm that is compared has no score at baseline or at the estimand's week, or
    nobody was seen twice.
    """
    read = _read(compared, compared.weeks_of(study), {}, f"{compared.outcome.label} at every visit")
    _refuse_empty_cells(compared, read, (read.weeks[0], compared.week))
    people = len(np.unique(read.person))
    if people == len(read.person):
        raise NotComparable(
            f"none of {people} people has {compared.outcome.label} at two visits or more, so nobody's change is known",
            "people who were seen twice or more",
        )
    return read


def _read(
    compared: Comparison, weeks: tuple[float, ...], lacking: dict[str, pd.Series], without_any: str
) -> Repeated:
    scores = compared.scores[list(weeks)]
    gaps = dict(lacking)
    gaps |= {compared.label(name): compared.covariates[name].isna() for name in compared.covariates}
    gaps[without_any] = scores.isna().all(axis=1)
    table = pd.DataFrame(gaps)
    kept = ~table.any(axis=1)
    arms = tuple(compared.people_in(kept))
    covariates, names, constant = centred_columns(compared.covariates[kept], compared.variables)
    values = scores[kept].to_numpy(float)
    person, week = np.nonzero(np.isfinite(values))
    position = {arm: at for at, arm in enumerate(arms)}
    arm = np.array([position[one] for one in compared.arm[kept]], dtype=np.intp)
    return Repeated(
        score=values[person, week],
        baseline=_baseline(compared, kept)[person] if lacking else np.empty(0),
        covariates=covariates[person],
        person=person,
        arm=arm[person],
        week=week,
        moment=_moments(compared, kept, weeks)[person, week],
        arms=arms,
        weeks=weeks,
        adjusted_for=names,
        constant=constant,
        cells=tuple(sorted(set(zip(arm[person].tolist(), week.tolist(), strict=True)))),
        gaps=table,
    )


def _baseline(compared: Comparison, kept: pd.Series) -> Array:
    values = compared.scores[compared.baseline_week][kept].to_numpy(float)
    return np.asarray(values - values.mean())


def _moments(compared: Comparison, kept: pd.Series, weeks: tuple[float, ...]) -> Array:
    """When each person was seen at each visit."""
    planned = np.broadcast_to(np.array(weeks), (int(kept.sum()), len(weeks)))
    if compared.moments is None:
        return planned
    actual = compared.moments.loc[kept, list(weeks)].to_numpy(float)
    return np.where(np.isnan(actual), planned, actual)


def _refuse_empty_cells(compared: Comparison, read: Repeated, weeks: tuple[float, ...]) -> None:
    for arm in (compared.comparator, *compared.treated):
        for week in weeks:
            if (read.arms.index(arm), read.weeks.index(week)) not in read.cells:
                raise NotComparable(
                    f"nobody in arm {arm!r} has {compared.outcome.label} at week {week:g}",
                    f"scores at week {week:g} in arm {arm!r}, or an estimand that does not compare it",
                )
