"""The covariates that a study declares, of everybody in a cohort: who lacks one, and what they are called."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.covariates import Values, covariate
from lowback.outcomes.refusals import check_covariate
from lowback.screening import baseline_values
from lowback.study import Study
from lowback.variables import Variable


def study_covariates(cohort: Cohort, study: Study, own: Container[str]) -> dict[str, Values]:
    """One value a person of each covariate but those that are the question's `own`; refuses what is no covariate."""
    found = {}
    for name in study.covariates:
        check_covariate(cohort, name)
        if name not in own:
            found[name] = covariate(baseline_values(cohort, study, name), cohort.variables.get(name))
    return found


def with_arm(covariates: Mapping[str, Values], cohort: Cohort, study: Study) -> dict[str, Values]:
    """The same, and everybody's arm where the study has several."""
    if len(study.arms) > 1 and cohort.participants is not None and "arm" in cohort.participants:
        return {**covariates, "arm": cohort.participants["arm"].to_numpy(object)}
    return dict(covariates)


def lacking_any(covariates: Iterable[Values], people: int) -> NDArray[np.bool_]:
    """Whether each of so many people lacks one of the covariates."""
    lacking = np.zeros(people, dtype=bool)
    for values in covariates:
        lacking |= np.asarray(pd.isna(values))
    return lacking


def words_of(
    covariates: Iterable[str], constant: Container[str], variables: Mapping[str, Variable]
) -> tuple[str, ...]:
    """What is adjusted for in words: covariates that vary, and the arm."""
    return tuple(
        "arm" if name == "arm" else variables[name].label for name in covariates if name not in constant
    )
