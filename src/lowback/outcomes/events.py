"""What happened to each person, beside an exposure at baseline and what is adjusted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array
from lowback.outcomes.spell_records import yes
from lowback.outcomes.study_covariates import lacking_any, study_covariates, with_arm, words_of
from lowback.screening import baseline_values
from lowback.study import Estimand, Study
from lowback.variables import Variable

FEWEST = 5
# What people report themselves, knowing of their exposure.
RECALLED = "_reported"


@dataclass(frozen=True, eq=False)
class Known:
    """One row a person with exposure (1 or 0 of a yes/no) and covariates; `outcome` is NaN where it was not looked for."""

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
        """Per how much of the exposure, or with it against without it."""
        if self.of_two:
            return f"where yes less where no ({self.exposure.label})"
        return f"per {self.per:g} {self.exposure.unit}"

    @property
    def of_two(self) -> bool:
        """Whether the exposure is a yes or no."""
        return self.exposure.kind == "flag"

    @property
    def is_recalled(self) -> bool:
        """Whether the outcome is what people recalled themselves."""
        return self.variable.name.endswith(RECALLED)


def known_events(people: Cohort, study: Study, estimand: Estimand) -> Known:
    """Everybody with exposure and covariates at baseline; raises `NotComparable` where too few events are known."""
    variable, outcome = _outcome(people, estimand)
    exposure = _exposure(people, estimand)
    values = baseline_values(people, study, exposure.name)
    is_flag = exposure.kind == "flag"
    exposures = (values.astype(object).map(yes) if is_flag else values).to_numpy(float, na_value=np.nan)
    covariates = with_arm(study_covariates(people, study, (exposure.name,)), people, study)
    kept = np.isfinite(exposures) & ~lacking_any(covariates.values(), len(exposures))
    inside, names, constant = centred_columns(
        {name: one[kept] for name, one in covariates.items()}, people.variables, int(kept.sum())
    )
    words = words_of(covariates, constant, people.variables)
    if is_flag:
        _check_groups(exposure, exposures[kept], variable, outcome[kept], estimand)
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
    """What was measured at baseline, with its unit, or a yes/no."""
    exposure = people.variables.get(str(estimand.exposure))
    is_known = exposure is not None and exposure.name in people.columns
    if exposure is None or not is_known or not (
        exposure.kind == "flag" or (exposure.is_numeric and exposure.unit is not None)
    ):  # fmt: skip
        raise NotComparable(
            f"no measured {str(estimand.exposure)!r} at baseline",
            "an exposure with a unit, or a yes/no, at baseline",
        )
    return exposure


def _check_groups(
    exposure: Variable, exposures: Array, variable: Variable, outcome: Array, estimand: Estimand
) -> None:
    """Refuse a yes/no exposure of counts, one that nearly everybody shares, and one with a `per`."""
    if variable.kind != "flag":
        raise NotComparable(
            f"{variable.label} is a count and {exposure.label} a yes or no: rates are compared by a measured exposure only",
            "an exposure with a unit, or a yes/no outcome",
        )
    if estimand.per not in (None, 1):
        raise NotComparable(
            f"per = {estimand.per:g} has no meaning for {exposure.label}, which is a yes or no",
            "an estimand without 'per'",
        )
    seen = exposures[np.isfinite(outcome)]
    for value, word in ((1, "yes"), (0, "no")):
        if (seen == value).sum() < FEWEST:
            raise NotComparable(
                f"{int((seen == value).sum())} people of whom {variable.label} is known have {word} for {exposure.label}",
                f"{FEWEST} people or more with and without it",
            )
