"""Two series at evenly spaced moments, a row a person, for the question which of them foretells the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.occasions import MOST_VISITS
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array, Positions, positions
from lowback.study import Estimand, Study
from lowback.variables import Variable

FEWEST_WAVES = 3
# Two weeks of days are enough for lags of a day, and time grows with more than the square of the waves.
MOST_MOMENTS = 14


@dataclass(frozen=True, eq=False)
class PairedWaves:
    """Outcome and exposure (person, wave), NaN where missing, of people with some score of either.

    `apart` is the time between neighbouring waves in `unit` (weeks or days); `kind` is what a wave is. `arm` is a position in
    `arms` for each person, who are all in one where the study names none. `left_out` people have no arm of the study, and
    `waves_unused` later moments are not read. `at_visits` names what visits record, whatever the waves are.
    """

    outcome: Variable
    exposure: Variable
    outcomes: Array
    exposures: Array
    kind: Literal["visit", "check-in"]
    unit: Literal["weeks", "days"]
    moments: tuple[float, ...]
    apart: float
    arm: Positions
    arms: tuple[str, ...]
    left_out: int
    waves_unused: int
    at_visits: frozenset[str]

    @property
    def interval(self) -> str:
        """How far neighbouring waves lie apart, in words: "4 weeks", "1 day"."""
        return f"{self.apart:g} {self.unit if self.apart != 1 else self.unit.removesuffix('s')}"


def paired_waves(cohort: Cohort, study: Study, estimand: Estimand) -> PairedWaves:
    """The estimand's outcome and exposure at the study's visits, or at check-ins where visits do not record both.

    Raises `NotComparable` where they are not recorded together, at fewer than three moments, or at moments that are not
    evenly spaced, for which a model in continuous time is due.
    """
    refuse_other_strategies(estimand)
    outcome, exposure = (measured(cohort, name) for name in (estimand.outcome, str(estimand.exposure)))
    kind, table = _table(cohort, study, outcome.name, exposure.name)
    at_visits = kind == "visit"
    moment = table["weeks" if at_visits else "days"].to_numpy(float)
    numbers = [table[one.name].to_numpy(float, na_value=np.nan) for one in (outcome, exposure)]
    moments, apart = _evenly_spaced(
        np.unique(moment), "weeks" if at_visits else "days", MOST_VISITS if at_visits else MOST_MOMENTS
    )
    place = np.rint((moment - moments[0]) / apart).astype(int)
    kept = place < len(moments)
    person, (arm, arms, is_in) = positions(cohort, table), _arms(cohort, study)
    wide = [np.full((len(is_in), len(moments)), np.nan) for _ in numbers]
    for one, values in zip(wide, numbers, strict=True):
        one[person[kept], place[kept]] = values[kept]
    has_any = ~np.isnan(np.hstack(wide)).all(axis=1)
    rows = is_in & has_any
    if not rows.any():
        raise NotComparable(
            "nobody with these scores is in an arm of the study", "people in the study's arms"
        )
    return PairedWaves(
        outcome=outcome,
        exposure=exposure,
        outcomes=wide[0][rows],
        exposures=wide[1][rows],
        kind="visit" if at_visits else "check-in",
        unit="weeks" if at_visits else "days",
        moments=tuple(moments.tolist()),
        apart=apart,
        arm=arm[rows],
        arms=arms,
        left_out=int((has_any & ~is_in).sum()),
        waves_unused=len(np.unique(place[~kept])),
        at_visits=frozenset() if cohort.visits is None else frozenset(map(str, cohort.visits)),
    )  # fmt: skip


def measured(cohort: Cohort, name: str) -> Variable:
    """The variable, if it is a number with a unit that this cohort records."""
    variable = cohort.variables.get(name)
    if variable is None or name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in {cohort.name!r}", f"a cohort that records {name}")
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(f"{name} has no unit, so its ups and downs have no size", "a measure with a unit")
    return variable


def _table(cohort: Cohort, study: Study, outcome: str, exposure: str) -> tuple[str, pd.DataFrame]:
    """The first table that records both series at three moments or more, with the rows of the study's visits."""
    found = []
    for kind, table, moment in (("visit", cohort.visits, "weeks"), ("check-in", cohort.checkins, "days")):
        if table is None or outcome not in table or exposure not in table:
            continue
        rows = table[table[[outcome, exposure]].notna().any(axis=1)]
        if kind == "visit" and study.weeks:
            rows = rows[rows["weeks"].isin(study.weeks)]
        if rows[moment].nunique() >= FEWEST_WAVES:
            return kind, rows
        found.append(f"{rows[moment].nunique()} {kind}s")
    recorded = f"only {' and '.join(found)} record" if found else "no visit or check-in records"
    raise NotComparable(
        f"{recorded} both {outcome} and {exposure}; lags within persons need three moments",
        f"{outcome} and {exposure} at three evenly spaced moments or more",
    )


def _evenly_spaced(moments: Array, unit: str, most: int) -> tuple[Array, float]:
    """The first moments, of which none may be left out but those that nobody answered, and their distance."""
    apart = float(np.diff(moments).min())
    steps = (moments - moments[0]) / apart
    waves = round(float(steps[-1])) + 1
    if np.abs(steps - np.rint(steps)).max() > 1e-6 or len(moments) < waves:
        shown = ", ".join(f"{one:g}" for one in moments[:12]) + (" and so on" if len(moments) > 12 else "")
        raise NotComparable(
            f"the waves are not evenly spaced ({unit} {shown}), so that a lag from one to the next means a different time each time",
            "evenly spaced waves, or the analysis in continuous time (`lead`), which takes any spacing",
        )
    return moments[:most], apart


def _arms(cohort: Cohort, study: Study) -> tuple[Positions, tuple[str, ...], np.ndarray]:
    """Each person's arm among those of the study that have people, and who has one."""
    people = len(cohort.participant_ids)
    if not study.arms or cohort.participants is None or "arm" not in cohort.participants:
        return np.zeros(people, dtype=np.intp), ("",), np.full(people, True)
    given = cohort.participants["arm"].to_numpy(object)
    arms = tuple(one for one in study.arms if (given == one).any())
    arm = np.array([arms.index(one) if one in arms else -1 for one in given], dtype=np.intp)
    return arm, arms, arm >= 0
