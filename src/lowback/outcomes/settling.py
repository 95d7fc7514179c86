"""What is known of people at the moment they settle: the exposure as last measured, covariates, arm, and their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.measured_error import known_error
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array
from lowback.outcomes.spell_records import Flags
from lowback.outcomes.study_covariates import lacking_any, study_covariates, words_of
from lowback.screening import baseline_week
from lowback.study import Estimand, Study
from lowback.variables import Variable


@dataclass(frozen=True, eq=False)
class AtSettling:
    """The exposure by visit and what else is known of everybody, a row a person.

    `readings` has a column for each of `days` (since baseline), `columns` one for each of `names` (NaN where a covariate is missing);
    `errors` are the variances of the exposure's error and of each column's, 0 where nothing is known of it. `told` says where
    they come from, `adjusted_for` what the columns are.
    """

    exposure: Variable
    days: Array
    readings: Array
    columns: Array
    names: tuple[str, ...]
    errors: Array
    told: tuple[str, ...]
    adjusted_for: tuple[str, ...]

    def exposure_at(self, person: np.ndarray, day: Array) -> Array:
        """The last reading at or before each day; NaN where there is none yet."""
        latest = pd.DataFrame(self.readings).ffill(axis=1).to_numpy(float)
        place = np.searchsorted(self.days, day + 1e-9, side="right") - 1
        return np.where(place >= 0, latest[person, np.maximum(place, 0)], np.nan)

    @property
    def complete(self) -> Flags:
        """Who lacks no covariate."""
        return np.asarray(~np.isnan(self.columns).any(axis=1))


def at_settling(cohort: Cohort, study: Study, estimand: Estimand) -> AtSettling:
    """The exposure, covariates and arms of everybody in the cohort.

    A covariate recorded at several visits is the baseline's; its error, too, is what second readings or the data dictionary say.
    Raises `NotComparable` where the exposure is not measured at visits or a covariate is not recorded.
    """
    name = str(estimand.exposure)
    if cohort.visits is None or name not in cohort.visits:
        raise NotComparable(f"no column {name!r} at the visits of this cohort", f"{name} at visits")
    variable = cohort.variables[name]
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(
            f"{name} has no unit, so no hazard goes with it", "a measure with a unit in the data dictionary"
        )
    weeks = [one for one in cohort.weeks if not study.weeks or one in study.weeks]
    known = known_error(cohort, name, weeks)
    columns, names, errors, told, words = _beside(cohort, study, {name})
    return AtSettling(
        exposure=variable,
        days=7 * np.array(weeks),
        readings=known.readings,
        columns=columns,
        names=names,
        errors=np.array([known.variance, *errors]),
        told=(known.told, *told),
        adjusted_for=words,
    )


def _beside(
    cohort: Cohort, study: Study, own: set[str]
) -> tuple[Array, tuple[str, ...], list[float], list[str], tuple[str, ...]]:
    """Columns of covariates and arms of everybody, their names, the variances of their errors, and both in words."""
    people = len(cohort.participant_ids)
    values = study_covariates(cohort, study, own)
    lacking = lacking_any(values.values(), people)
    arm = _arms(cohort, study)
    if arm is not None:
        lacking |= arm == ""
        values["arm"] = arm
    kept = {name: one[~lacking] for name, one in values.items()}
    found, names, constant = centred_columns(kept, cohort.variables, int((~lacking).sum()))
    columns = np.full((people, len(names)), np.nan)
    columns[~lacking] = found
    errors, told = [], []
    for name in names:
        error, said = _error_of(cohort, study, name)
        errors.append(error)
        told += [said] if said else []
    return columns, names, errors, told, words_of(values, constant, cohort.variables)


def _arms(cohort: Cohort, study: Study) -> np.ndarray | None:
    """The arm of everybody, empty where it is none of the study's; None where there is one arm or none."""
    if len(study.arms) < 2 or cohort.participants is None or "arm" not in cohort.participants:
        return None
    arms = set(study.arms)
    return np.array(
        [one if one in arms else "" for one in cohort.participants["arm"].to_numpy(object)], dtype=object
    )


def _error_of(cohort: Cohort, study: Study, name: str) -> tuple[float, str]:
    """The variance of the error of a covariate that is a number recorded at baseline, and where it is from; 0 where nothing is known."""
    variable = cohort.variables.get(name)
    start = baseline_week(cohort, study)
    if (
        variable is None
        or not variable.is_numeric
        or cohort.visits is None
        or name not in cohort.visits
        or start is None
    ):
        return 0.0, ""
    known = known_error(cohort, name, [start])
    return known.variance, known.told
