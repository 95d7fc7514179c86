"""What happened to each person, beside an exposure at baseline and what is adjusted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.covariates import Values, centred_columns, covariate
from lowback.outcomes.refusals import NotComparable, check_covariate
from lowback.outcomes.scores import Array
from lowback.outcomes.spell_records import yes
from lowback.screening import baseline_values
from lowback.study import Estimand, Study
from lowback.variables import Variable

FEWEST = 5


@dataclass(frozen=True, eq=False)
class Known:
    """One row a person with exposure and covariates; `outcome` is NaN where it was not looked for."""

    variable: Variable
    exposure: Variable
    outcome: Array
    exposures: Array
    covariates: Array
    names: tuple[str, ...]
    adjusted_for: tuple[str, ...]
    per: float

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whose outcome is known."""
        return np.asarray(np.isfinite(self.outcome))

    @property
    def by(self) -> str:
        """Per how much of the exposure."""
        return f"per {self.per:g} {self.exposure.unit}"


def known_events(people: Cohort, study: Study, estimand: Estimand) -> Known:
    """Everybody with exposure and covariates at baseline; raises `NotComparable` where too few events are known."""
    variable, outcome = _outcome(people, estimand)
    exposure = _exposure(people, estimand)
    exposures = baseline_values(people, study, exposure.name).to_numpy(float, na_value=np.nan)
    covariates = _covariates(people, study, exposure.name)
    kept = np.isfinite(exposures)
    for column in covariates.values():
        kept &= ~np.asarray(pd.isna(column))
    inside, names, constant = centred_columns(
        {name: one[kept] for name, one in covariates.items()}, people.variables, int(kept.sum())
    )
    words = tuple(
        "arm" if one == "arm" else people.variables[one].label for one in covariates if one not in constant
    )
    events = np.nansum(outcome[kept]) if kept.any() else 0.0
    if events < FEWEST:
        raise NotComparable(
            f"{events:g} events of {variable.label} are known with {exposure.label}",
            f"{FEWEST} events or more",
        )
    return Known(
        variable, exposure, outcome[kept], exposures[kept], inside, names, words, float(estimand.per or 1)
    )


def _outcome(people: Cohort, estimand: Estimand) -> tuple[Variable, Array]:
    """What may have happened, and how often it did to each participant; NaN where it was not looked for."""
    variable, table = people.variables.get(estimand.outcome), people.participants
    if (
        variable is None
        or table is None
        or variable.name not in table
        or variable.kind not in ("flag", "integer")
    ):
        raise NotComparable(
            f"no yes/no or count {estimand.outcome!r} of each participant",
            f"{estimand.outcome} of each participant",
        )
    values = table[variable.name]
    if variable.kind == "flag":
        return variable, values.astype(object).map(yes).to_numpy(float)
    return variable, values.to_numpy(float, na_value=np.nan)


def _exposure(people: Cohort, estimand: Estimand) -> Variable:
    """What was measured at baseline, with its unit."""
    exposure = people.variables.get(str(estimand.exposure))
    if (
        exposure is None
        or exposure.name not in people.columns
        or not exposure.is_numeric
        or exposure.unit is None
    ):
        raise NotComparable(
            f"no measured {str(estimand.exposure)!r} at baseline", "an exposure with a unit, at baseline"
        )
    return exposure


def _covariates(people: Cohort, study: Study, exposure: str) -> dict[str, Values]:
    """The study's covariates but the exposure itself, and the arm where there are several."""
    found = {}
    for name in study.covariates:
        check_covariate(people, name)
        if name != exposure:
            found[name] = covariate(baseline_values(people, study, name), people.variables.get(name))
    if len(study.arms) > 1 and people.participants is not None and "arm" in people.participants:
        found["arm"] = people.participants["arm"].to_numpy(object)
    return found
