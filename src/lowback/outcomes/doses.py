"""How much each person took between visits, beside the scores at the visits, for an estimand on a dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.refusals import (
    NotComparable,
    follow_up_week,
    measured_outcome,
    refuse_other_strategies,
)
from lowback.outcomes.scale_ends import up_to_the_ends
from lowback.outcomes.scores import Array, Positions, by_week, positions
from lowback.outcomes.spell_records import yes
from lowback.outcomes.study_covariates import lacking_any, study_covariates, words_of
from lowback.screening import baseline_week
from lowback.study import Estimand, Study
from lowback.variables import Variable


@dataclass(frozen=True, eq=False)
class Doses:
    """People who could take a dose: `scores` at baseline and at each later visit, `taken` before each of these (NaN: not recorded).

    `at_start` is what was taken before baseline, `arm` the place in `arms` (0 where there are none). `weeks` are the visits' from baseline on. `beside` holds covariates and arms, named by `names` and, in words, `adjusted_for`;
    `arms` are those in which anybody took a dose.
    """

    outcome: Variable
    exposure: Variable
    weeks: tuple[float, ...]
    scores: Array
    taken: Array
    beside: Array
    names: tuple[str, ...]
    adjusted_for: tuple[str, ...]
    arms: tuple[str, ...]
    at_start: Array
    arm: Positions

    @property
    def unit(self) -> str:
        """What is counted."""
        return self.exposure.unit or ("sessions" if "session" in self.exposure.label else "occasions")

    @property
    def totals(self) -> Array:
        """The whole dose by the last visit; NaN where a part of it is not recorded."""
        return np.asarray(self.taken.sum(axis=1))

    def level(self, mean: Mapping[str, float]) -> dict[str, float]:
        """A mean score, of which nothing is tested, with its interval up to the ends of the scale."""
        return {**up_to_the_ends(self.outcome, mean), "p_value": np.nan}

    def evenly(self, total: float, early: float = 1.0) -> Array:
        """A total spread over the visits in proportion to time, the first half of it `early` times as densely as on average."""
        edges = np.array(self.weeks) - self.weeks[0]
        half = edges[-1] / 2
        in_first = np.diff(np.minimum(edges, half))
        in_second = np.diff(edges) - in_first
        return np.asarray(total / edges[-1] * (early * in_first + (2 - early) * in_second))


def doses(cohort: Cohort, study: Study, estimand: Estimand) -> Doses:
    """Scores and doses of the people in arms in which anybody took a dose, up to the estimand's week.

    Raises `NotComparable` where the dose is not counted at visits or nobody's differs.
    """
    refuse_other_strategies(estimand)
    outcome = measured_outcome(cohort, estimand)
    name = str(estimand.exposure)
    all_weeks, (scores,) = by_week(cohort, [outcome.name])
    chosen = _visits(cohort, study, estimand, all_weeks)
    weeks = tuple(all_weeks[at] for at in chosen)
    variable, taken = _taken(cohort, name, all_weeks)
    at_start = taken[:, chosen[0]]
    scores, taken = scores[:, chosen], taken[:, chosen[1:]]
    arms = _arms(cohort, study, estimand, taken)
    is_in = (
        np.ones(len(scores), dtype=bool) if arms is None else np.array([one in arms[1] for one in arms[0]])
    )
    values = study_covariates(cohort, study, (outcome.name, name))
    if arms is not None and len(arms[1]) > 1:
        values["arm"] = arms[0]
    is_in &= ~lacking_any(values.values(), len(is_in))
    totals = taken[is_in].sum(axis=1)
    totals = totals[np.isfinite(totals)]
    if not (totals.size and np.ptp(totals) > 0):
        raise NotComparable(
            f"nobody's {variable.label} differs by week {weeks[-1]:g}", "people who took different doses"
        )
    kept = {one: column[is_in] for one, column in values.items()}
    beside, names, constant = centred_columns(kept, cohort.variables, int(is_in.sum()))
    return Doses(
        outcome=outcome,
        exposure=variable,
        weeks=weeks,
        scores=scores[is_in],
        taken=taken[is_in],
        beside=beside,
        names=names,
        adjusted_for=words_of(kept, constant, cohort.variables),
        arms=() if arms is None else arms[1],
        at_start=at_start[is_in],
        arm=np.zeros(int(is_in.sum()), dtype=np.intp) if arms is None else _places(arms[0][is_in], arms[1]),
    )


def _visits(cohort: Cohort, study: Study, estimand: Estimand, weeks: tuple[float, ...]) -> list[int]:
    """Places of the study's visits among the cohort's weeks, from baseline to the estimand's week."""
    start = baseline_week(cohort, study)
    week = follow_up_week(cohort, estimand, start)
    return [
        at
        for at, one in enumerate(weeks)
        if float(start or 0) <= one <= week and (not study.weeks or one in study.weeks)
    ]


def _places(arm: np.ndarray, arms: tuple[str, ...]) -> Positions:
    """The place of each person's arm among these."""
    return np.array([arms.index(one) for one in arm], dtype=np.intp)


def _taken(cohort: Cohort, name: str, weeks: tuple[float, ...]) -> tuple[Variable, Array]:
    """How often since the visit before (people, visits): as counted at visits, or from check-ins that say whether it was done.

    Check-ins count where at least half of those asked for were answered, scaled up for the others.
    """
    variable = cohort.variables.get(name)
    if variable is not None and cohort.visits is not None and name in cohort.visits and variable.is_numeric:
        return variable, by_week(cohort, [name])[1][0]
    table = cohort.checkins
    if variable is None or table is None or name not in table or variable.kind != "flag":
        raise NotComparable(
            f"no column {name!r} that counts since the last visit, at visits, or says at check-ins whether it was done",
            f"{name} since the last visit, at each visit",
        )
    said = table[name].astype(object).map(yes).to_numpy(float)
    person, day = positions(cohort, table), table["days"].to_numpy(float)
    # A dose taken on the day of a visit counts for the visit after it.
    period = np.searchsorted(7 * np.array(weeks), day, side="right")
    found = np.full((len(cohort.participant_ids), len(weeks)), np.nan)
    for visit in range(1, len(weeks)):
        here = (period == visit) & np.isfinite(said)
        asked = _asked(person[here], day[here])
        answered = np.bincount(person[here], minlength=len(found))
        done = np.bincount(person[here], said[here], minlength=len(found))
        enough = 2 * answered >= max(asked, 1)
        found[enough, visit] = done[enough] / answered[enough] * asked
    return variable, found


def _asked(person: Positions, day: Array) -> int:
    """How often everybody was asked: on each day as often as whoever answered most, at whatever hour of their own."""
    answers = pd.DataFrame({"person": person, "day": np.floor(day + 1e-9)}).value_counts(sort=False)
    return int(answers.groupby("day").max().sum())


def _arms(
    cohort: Cohort, study: Study, estimand: Estimand, taken: Array
) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """The arm of everybody, and those asked for or else those in which a dose was taken; None where the study has no arms."""
    if not study.arms or cohort.participants is None or "arm" not in cohort.participants:
        return None
    arm = cohort.participants["arm"].to_numpy(object)
    if estimand.arms:
        return arm, estimand.arms
    some = np.nansum(taken, axis=1) > 0
    return arm, tuple(one for one in study.arms if (some & (arm == one)).any())
