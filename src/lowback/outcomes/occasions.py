"""Outcome and exposure as they were recorded together, occasion by occasion, for an estimand on an exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.comparison import NotComparable, check_covariate
from lowback.outcomes.covariates import centred_columns
from lowback.study import Estimand, Study
from lowback.variables import Variable

# More moments than this are a course of time, not visits that can each have a level of their own.
MOST_VISITS = 12


@dataclass(frozen=True, eq=False)
class Occasions:
    """Everything that one slope rests on.

    `rows` has one row an occasion with `participant_id`, `moment` (weeks or days), `outcome` and `exposure`, none missing;
    `people` one row a person (index `participant_id`) with the covariates and, where the study has arms, `arm`. `kind` says what an
    occasion is, `measured_by` how the exposure was measured (empty if not said), `left_out` how many people lack a covariate, `unused` which covariates are the outcome or the exposure itself.
    """

    outcome: Variable
    exposure: Variable
    rows: pd.DataFrame
    people: pd.DataFrame
    variables: Mapping[str, Variable]
    kind: str
    measured_by: str
    left_out: int
    unused: tuple[str, ...]

    @property
    def adjustments(self) -> tuple[NDArray[np.float64], list[str], list[str]]:
        """Columns of time, arm and covariates, a row an occasion; their names; the same in words, one an adjustment."""
        time, time_names, words = self._time_and_arm()
        values = self.people.drop(columns="arm", errors="ignore").reindex(self.rows["participant_id"])
        covariates, names, constant = centred_columns(values.reset_index(drop=True), self.variables)
        words += [self.variables[name].label for name in values if name not in constant]
        return np.column_stack([time, covariates]), [*time_names, *names], words

    def _time_and_arm(self) -> tuple[NDArray[np.float64], list[str], list[str]]:
        """Each visit in each arm has a level of its own, or, with many moments, each arm a straight line."""
        moment = self.rows["moment"].to_numpy(float)
        nobody = pd.Series("", index=self.people.index)
        arm = self.people.get("arm", nobody).reindex(self.rows["participant_id"]).to_numpy(object)
        moments, arms = np.unique(moment), sorted(set(arm))
        words = [self.kind] * (len(moments) > 1) + ["arm"] * (len(arms) > 1)
        words += ["their interaction"] * (len(words) > 1)
        if len(moments) > MOST_VISITS:
            return *_lines(moment, arm, arms), [one.replace(self.kind, "time") for one in words]
        # A level for each pair that occurs, less the first, is visit, arm and interaction in one, of full rank.
        labels = list(zip(moment, arm, strict=True))
        cells = sorted(set(labels))[1:]
        columns = [np.array([label == cell for label in labels], dtype=float) for cell in cells]
        names = [f"{self.kind} {week:g} {one}".strip() for week, one in cells]
        return np.column_stack([np.empty((len(moment), 0)), *columns]), names, words


def occasions(
    cohort: Cohort, study: Study, estimand: Estimand, covariates: Mapping[str, pd.Series]
) -> Occasions:
    """The occasions on which the estimand's outcome and exposure were both recorded, at the study's visits.

    Visits are used where they hold both, else check-ins, else what is recorded once a person. `covariates` has one value a person
    (index `participant_id`); people without one of them, or without an arm of the study, are left out. Raises `NotComparable` where nothing is left, or where the estimand asks for a
    strategy that records as they are do not follow.
    """
    outcome, exposure = (_measure(cohort, name) for name in (estimand.outcome, str(estimand.exposure)))
    for event, strategy in estimand.intercurrent_events.items():
        if strategy != "treatment policy":
            raise NotComparable(
                f"estimand {estimand.name!r} asks for the strategy {strategy!r} for {event!r}; "
                "this analysis can only follow 'treatment policy'",
                f"'treatment policy' for {event!r}",
            )
    for name in covariates:
        check_covariate(cohort, name)
    if study.arms and "arm" not in cohort.columns:
        raise NotComparable(
            "no column 'arm' in this cohort", "the arm of each participant, or a study without arms"
        )
    found = next((one for one in _recorded(cohort, study, outcome, exposure) if len(one[1])), None)
    if found is None:
        raise NotComparable(
            f"no visit or check-in records both {outcome.name} and {exposure.name}",
            f"{outcome.name} and {exposure.name} on the same occasions",
        )
    kind, rows = found
    unused = {outcome.name, exposure.name, f"baseline_{outcome.name}", f"baseline_{exposure.name}"}
    people = _people(cohort, study, {name: covariates[name] for name in covariates if name not in unused})
    in_study = people[people.index.isin(rows["participant_id"].unique().astype(object))]
    complete = in_study.dropna()
    rows = rows[rows["participant_id"].isin(complete.index.to_numpy(object))].reset_index(drop=True)
    if rows.empty:
        raise NotComparable(
            f"nobody with {outcome.name} and {exposure.name} has an arm of the study and every covariate "
            f"({', '.join(covariates) or 'none declared'})",
            "people with complete records",
        )
    return Occasions(
        outcome=outcome,
        exposure=exposure,
        rows=rows,
        people=complete,
        variables=cohort.variables,
        kind=kind,
        measured_by=cohort.measured_by.get(exposure.name, ""),
        left_out=len(in_study) - len(complete),
        unused=tuple(name for name in covariates if name in unused),
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
) -> Iterator[tuple[str, pd.DataFrame]]:
    """What an occasion is and its complete pairs, from each table or pair of tables that holds both variables."""
    people = cohort.participants
    tables = (("visit", cohort.visits, "weeks"), ("day", cohort.checkins, "days"), ("person", people, None))
    for kind, table, moment in tables:
        if table is None or outcome.name not in table:
            continue
        frame = table
        if exposure.name not in table and people is not None and exposure.name in people:
            frame = table.merge(people[["participant_id", exposure.name]], on="participant_id")
        if exposure.name not in frame:
            continue
        rows = pd.DataFrame(
            {
                "participant_id": frame["participant_id"],
                "moment": frame[moment] if moment else 0.0,
                "outcome": frame[outcome.name].astype(float),
                "exposure": frame[exposure.name].astype(float),
            }
        ).dropna()
        yield kind, rows[rows["moment"].isin(study.weeks)] if kind == "visit" and study.weeks else rows


def _people(cohort: Cohort, study: Study, covariates: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Arm and covariates of everybody; of those in an arm of the study, where it names arms."""
    index = pd.Index(cohort.participant_ids, name="participant_id")
    people = pd.DataFrame(covariates, index=index)
    if study.arms:
        people["arm"] = None
        if cohort.participants is not None and "arm" in cohort.participants:
            people["arm"] = cohort.participants.set_index("participant_id")["arm"].astype(object)
        people = people[people["arm"].isin(study.arms)]
    return people


def _lines(
    moment: NDArray[np.float64], arm: NDArray[np.object_], arms: list[str]
) -> tuple[NDArray[np.float64], list[str]]:
    """A straight line over time in each arm."""
    time = moment - moment.mean()
    columns, names = [time], ["time"]
    for one in arms[1:]:
        here = (arm == one).astype(float)
        columns += [here, here * time]
        names += [f"arm {one}", f"arm {one} by time"]
    return np.column_stack(columns), names
