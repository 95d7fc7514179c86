"""Scores at several visits as the rows that a model of repeated measures reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.outcomes.comparison import Comparison
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions
from lowback.outcomes.wording import Gaps, complete
from lowback.study import Study


@dataclass(frozen=True, eq=False)
class Repeated:
    """One row a person and attended visit, in the order of people and visits.

    `score` is the outcome, `baseline` the person's centred baseline score (empty where it is an outcome itself),
    `covariates` the person's, centred over people; `person`, `arm` and `week` are positions, the last two in `arms`
    and `weeks`; `moment` is the week at which the score was taken, that of the visit where no other is known. `cells` are the positions of arm and week at which anybody has a score, arms slowest; `constant` are
    covariates that are the same in everybody, `gaps` who of `everybody` lacks what.
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
    everybody: int
    gaps: Gaps

    def people(self, arm: int, week: int | None = None) -> int:
        """How many people of an arm have a score, at any visit or at one."""
        if week is None:
            return len(np.unique(self.person[self.arm == arm]))
        return int(((self.arm == arm) & (self.week == week)).sum())

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
    lacking = {compared.baseline_place: np.isnan(compared.baseline)}
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


def _read(compared: Comparison, weeks: tuple[float, ...], lacking: Gaps, without_any: str) -> Repeated:
    columns = [compared.weeks.index(week) for week in weeks]
    scores = compared.scores[:, columns]
    gaps: Gaps = {
        **lacking,
        **compared.covariate_gaps(),
        without_any: np.asarray(np.isnan(scores).all(axis=1)),
    }
    kept = complete(gaps)
    arms = tuple(compared.people_in(kept))
    values = {name: column[kept] for name, column in compared.covariates.items()}
    covariates, names, constant = centred_columns(values, compared.variables, int(kept.sum()))
    person, week = np.nonzero(np.isfinite(scores[kept]))
    place = np.array([arms.index(one) if one in arms else -1 for one in compared.arms])
    arm = place[compared.arm[kept]][person]
    baseline = compared.baseline[kept]
    return Repeated(
        score=scores[kept][person, week],
        baseline=(baseline - baseline.mean())[person] if lacking else np.empty(0),
        covariates=covariates[person],
        person=person,
        arm=arm,
        week=week,
        moment=_moments(compared, kept, weeks, columns)[person, week],
        arms=arms,
        weeks=weeks,
        adjusted_for=names,
        constant=constant,
        cells=tuple(sorted(set(zip(arm.tolist(), week.tolist(), strict=True)))),
        everybody=len(kept),
        gaps=gaps,
    )


def _moments(
    compared: Comparison, kept: NDArray[np.bool_], weeks: tuple[float, ...], columns: list[int]
) -> Array:
    """When each person was seen at each visit."""
    planned = np.broadcast_to(np.array(weeks), (int(kept.sum()), len(weeks)))
    if compared.moments is None:
        return planned
    actual = compared.moments[kept][:, columns]
    return np.where(np.isnan(actual), planned, actual)


def _refuse_empty_cells(compared: Comparison, read: Repeated, weeks: tuple[float, ...]) -> None:
    for arm in (compared.comparator, *compared.treated):
        for week in weeks:
            if (read.arms.index(arm), read.weeks.index(week)) not in read.cells:
                raise NotComparable(
                    f"nobody in arm {arm!r} has {compared.outcome.label} at week {week:g}",
                    f"scores at week {week:g} in arm {arm!r}, or an estimand that does not compare it",
                )
