"""Outcome and exposure as they were recorded together, occasion by occasion, for an estimand on an exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.covariates import Values, centred_columns
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array, Positions, positions
from lowback.outcomes.study_covariates import lacking_any, study_covariates
from lowback.study import Estimand, Study
from lowback.variables import Variable

# More moments than this are a course of time, not visits that can each have a level of their own.
MOST_VISITS = 12


@dataclass(frozen=True, eq=False)
class Occasions:
    """Everything that one slope rests on.

    `person`, `moment` (weeks or days), `scores` (of the outcome) and `exposures` have one value an occasion, none missing;
    `person` is a position in everybody's order, in which `arm` (where the study names arms) and `covariates` are given. `kind` says
    what an occasion is, `measured_by` how the exposure was measured (empty if not said), `left_out` how many people lack a covariate,
    `unused` which covariates are the outcome or the exposure itself.
    """

    outcome: Variable
    exposure: Variable
    person: Positions
    moment: Array
    scores: Array
    exposures: Array
    arm: Values | None
    covariates: Mapping[str, Values]
    variables: Mapping[str, Variable]
    kind: str
    measured_by: str
    left_out: int
    unused: tuple[str, ...]

    @property
    def signs(self) -> str:
        """Which direction of the exposure and of the outcome is positive, in words; empty where the data dictionary names none."""
        clauses = {
            one.label: one.sign.partition("(")[0].partition(";")[0].strip()
            for one in (self.exposure, self.outcome)
        }
        said = [f"{label}: {clause}" for label, clause in clauses.items() if clause.startswith("positive is")]
        return f"Signs are those of this software, whatever a source uses ({'; '.join(said)})" if said else ""

    @cached_property
    def adjustments(self) -> tuple[Array, list[str], list[str]]:
        """Columns of time, arm and covariates, a row an occasion; their names; the same in words, one an adjustment."""
        time, time_names, words = self._time_and_arm()
        values = {name: column[self.person] for name, column in self.covariates.items()}
        columns, names, constant = centred_columns(values, self.variables, len(self.person))
        words += [self.variables[name].label for name in values if name not in constant]
        return np.column_stack([time, columns]), [*time_names, *names], words

    def _time_and_arm(self) -> tuple[Array, list[str], list[str]]:
        """Each visit in each arm has a level of its own, or, with many moments, each arm a straight line."""
        moments, when = np.unique(self.moment, return_inverse=True)
        of_rows = np.full(len(when), "", dtype=object) if self.arm is None else self.arm[self.person]
        arms = sorted(set(of_rows))
        arm = np.array([arms.index(one) for one in of_rows], dtype=np.intp)
        words = [self.kind] * (len(moments) > 1) + ["arm"] * (len(arms) > 1)
        words += ["their interaction"] * (len(words) > 1)
        if len(moments) > MOST_VISITS:
            return *_lines(self.moment, arm, arms), [one.replace(self.kind, "time") for one in words]
        # A level for each pair that occurs, less the first, is visit, arm and interaction in one, of full rank.
        cell = when * len(arms) + arm
        cells = np.unique(cell)[1:]
        names = [
            f"{self.kind} {moments[one // len(arms)]:g} {arms[one % len(arms)]}".strip() for one in cells
        ]
        return (cell[:, None] == cells).astype(float), names, words


def occasions(cohort: Cohort, study: Study, estimand: Estimand) -> Occasions:
    """The occasions on which the estimand's outcome and exposure were both recorded, at the study's visits.

    Visits are used where they hold both, else check-ins, else what is recorded once a person. People
    without one of the study's covariates, or without an arm of the study, are left out. Raises `NotComparable` where
    nothing is left, or where the estimand asks for a strategy that records as they are do not follow.
    """
    outcome, exposure = (_measure(cohort, name) for name in (estimand.outcome, str(estimand.exposure)))
    refuse_other_strategies(estimand)
    own = {outcome.name, exposure.name, f"baseline_{outcome.name}", f"baseline_{exposure.name}"}
    covariates = study_covariates(cohort, study, own)
    _refuse_unknown_arms(cohort, study)
    kind, person, (moment, scores, exposures) = _first_recorded(cohort, study, outcome, exposure)
    arm = _arms(cohort) if study.arms else None
    is_in = np.isin(np.arange(len(cohort.participant_ids)), person)
    if arm is not None:
        is_in &= np.array([one in study.arms for one in arm])
    lacking = lacking_any(covariates.values(), len(is_in))
    kept = (is_in & ~lacking)[person]
    if not kept.any():
        raise NotComparable(
            f"nobody with {outcome.name} and {exposure.name} has an arm of the study and every covariate "
            f"({', '.join(study.covariates) or 'none declared'})",
            "people with complete records",
        )
    return Occasions(
        outcome=outcome,
        exposure=exposure,
        person=person[kept],
        moment=moment[kept],
        scores=scores[kept],
        exposures=exposures[kept],
        arm=arm,
        covariates=covariates,
        variables=cohort.variables,
        kind=kind,
        measured_by=cohort.measured_by.get(exposure.name, ""),
        left_out=int((is_in & lacking).sum()),
        unused=tuple(name for name in study.covariates if name in own),
    )


def _first_recorded(
    cohort: Cohort, study: Study, outcome: Variable, exposure: Variable
) -> tuple[str, Positions, Array]:
    """The occasions of the first table that holds complete pairs; refused where none does."""
    for kind, person, values in _recorded(cohort, study, outcome, exposure):
        if len(person):
            return kind, person, values
    raise NotComparable(
        f"no visit or check-in records both {outcome.name} and {exposure.name}",
        f"{outcome.name} and {exposure.name} on the same occasions",
    )


def _refuse_unknown_arms(cohort: Cohort, study: Study) -> None:
    if study.arms and "arm" not in cohort.columns:
        raise NotComparable(
            "no column 'arm' in this cohort", "the arm of each participant, or a study without arms"
        )


def _measure(cohort: Cohort, name: str) -> Variable:
    """The variable, if it is a number of some unit that this cohort records."""
    variable = cohort.variables.get(name)
    if variable is None or name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in {cohort.name!r}", f"a cohort that records {name}")
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(
            f"{name} has no unit, so it has no slope", "a measure with a unit in the data dictionary"
        )
    return variable


def _recorded(
    cohort: Cohort, study: Study, outcome: Variable, exposure: Variable
) -> Iterator[tuple[str, Positions, Array]]:
    """What an occasion is, whose it was, and moment, outcome and exposure, from each table that holds complete pairs."""
    people = cohort.participants
    tables = (("visit", cohort.visits, "weeks"), ("day", cohort.checkins, "days"), ("person", people, None))
    for kind, table, moment in tables:
        if table is None or outcome.name not in table:
            continue
        person = positions(cohort, table)
        if exposure.name in table:
            exposures = _numbers(table, exposure.name)
        elif people is not None and exposure.name in people:
            exposures = _numbers(people, exposure.name)[person]
        else:
            continue
        moments = table[moment].to_numpy(float) if moment else np.zeros(len(table))
        values = np.stack([moments, _numbers(table, outcome.name), exposures])
        kept = ~np.isnan(values).any(axis=0)
        if kind == "visit" and study.weeks:
            kept &= np.isin(moments, study.weeks)
        yield kind, person[kept], values[:, kept]


def _numbers(table: pd.DataFrame, name: str) -> Array:
    return np.asarray(table[name].to_numpy(float, na_value=np.nan))


def _arms(cohort: Cohort) -> Values:
    """The arm of everybody; None where it is not recorded."""
    if cohort.participants is None or "arm" not in cohort.participants:
        return np.full(len(cohort.participant_ids), None)
    return cohort.participants["arm"].to_numpy(object)


def _lines(moment: Array, arm: Positions, arms: list[str]) -> tuple[Array, list[str]]:
    """A straight line over time in each arm."""
    time = moment - moment.mean()
    columns, names = [time], ["time"]
    for at, one in enumerate(arms[1:], 1):
        here = (arm == at).astype(float)
        columns += [here, here * time]
        names += [f"arm {one}", f"arm {one} by time"]
    return np.column_stack(columns), names
