"""Does the exposure go with the outcome? Slopes within and between persons, adjusted and unadjusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.linear import LinearFit, least_squares
from lowback.estimators.mixed import MixedFit, random_intercept, satterthwaite_df
from lowback.outcomes import NotComparable
from lowback.outcomes.occasions import Occasions, occasions
from lowback.result import Refusal, Result, estimates_frame
from lowback.screening import NobodyEligible, eligible
from lowback.study import Estimand, Study

Array = NDArray[np.float64]
LEVELS = ("within", "between")


@dataclass(frozen=True, eq=False)
class Slopes:
    """One fitted model: which slopes it has, its coefficients (`names` begin with intercept and slopes) and what it adjusts for."""

    adjustment: str
    levels: tuple[str, ...]
    fit: MixedFit | LinearFit
    person_columns: int

    def row(self, weights: dict[str, float]) -> dict[str, float]:
        """A weighted sum of the slopes with its t interval."""
        vector = np.zeros(len(self.fit.names))
        for level, weight in weights.items():
            vector[1 + self.levels.index(level)] = weight
        found = contrast(self.fit.coefficients, self.fit.covariance, vector)
        return student_interval(*found, self._df(vector))

    def _df(self, weights: Array) -> float:
        if isinstance(self.fit, LinearFit):
            return self.fit.df
        df = satterthwaite_df(self.fit, weights)
        if self.fit.at_boundary and "between" in self.levels and weights[1 + self.levels.index("between")]:
            # Persons whose intercepts do not vary still are no more than so many persons.
            return max(1.0, min(df, float(self.fit.n_groups - self.person_columns)))
        return df


def within_between(cohort: Cohort, study: Study) -> Result | Refusal:
    """How much the outcome differs per `estimand.per` units of exposure, within a person and between persons.

    The exposure is split into the person's mean and each occasion's deviation from it; both slopes are in outcome units per
    `per` exposure units, positive where more exposure goes with a higher outcome. "Adjusted" is for visit, arm, their interaction and the
    study's covariates. Where each person has one occasion, or nobody's exposure changes, there is only the slope between persons;
    where all have the same mean, only the one within. Never causal: nobody is assigned an exposure.

    Mundlak 1978, Econometrica 46:69-85; Neuhaus & Kalbfleisch 1998, Biometrics 54:638-645; Bell, Fairbrother & Jones 2019,
    Qual Quant 53:1051-1074.
    """
    estimand = study.estimand("slope")
    if estimand is None:
        reason = f"{study.title!r} declares no estimand with the summary 'slope'"
        needs = ("an estimand with `summary: slope`",)
        return Refusal("within_between", "", "Does the exposure go with the outcome?", reason, needs)
    question = _question(cohort, estimand)
    try:
        found = occasions(eligible(cohort, study), study, estimand)
        fits = _fits(found, float(estimand.per or 1.0))
    except NotComparable as refused:
        return Refusal("within_between", estimand.name, question, str(refused), refused.needs)
    except (NobodyEligible, NotEstimable) as refused:
        needs = ("more people, or more occasions a person, on which the exposure differs",)
        return Refusal("within_between", estimand.name, question, str(refused), needs)
    return _result(found, fits, estimand, question)


def _fits(found: Occasions, per: float) -> list[Slopes]:
    """The adjusted model, where there is anything to adjust for, and the unadjusted one, on the same rows."""
    split = {"within": found.deviation / per, "between": found.persons_mean / per}
    exposures = {level: column for level, column in split.items() if np.ptp(column) > 0}
    if not exposures:
        raise NotEstimable(
            f"{found.exposure.name} is the same on every occasion; nothing varies that could go with anything"
        )
    columns, names, _ = found.adjustments
    nothing = np.empty((len(found.rows), 0))
    adjusted = [_fit(found, exposures, columns, names, "adjusted")] if names else []
    return [*adjusted, _fit(found, exposures, nothing, [], "unadjusted")]


def _fit(
    found: Occasions, exposures: dict[str, Array], columns: Array, names: list[str], adjustment: str
) -> Slopes:
    """The mixed model, or least squares where everybody has one occasion."""
    outcome = found.rows["outcome"].to_numpy(float)
    design = np.column_stack([np.ones(len(outcome)), *exposures.values(), columns])
    spelled = ["intercept", *(f"{found.exposure.name} {level} persons" for level in exposures), *names]
    fit: MixedFit | LinearFit
    if len(np.unique(found.person)) == len(outcome):
        fit = least_squares(outcome, design, names=spelled)
    else:
        fit = random_intercept(outcome, design, found.person, names=spelled)
    spread = pd.DataFrame(design).groupby(found.person).transform("std").fillna(0.0).to_numpy()
    person_columns = int((spread.max(axis=0) <= 1e-12 * np.abs(design).max(axis=0)).sum())
    return Slopes(adjustment, tuple(exposures), fit, person_columns)


def _result(found: Occasions, fits: list[Slopes], estimand: Estimand, question: str) -> Result:
    counts = _people(found)
    unit = f"{found.outcome.unit} per {estimand.per:g} {found.exposure.unit}"
    rows, keys = [], []
    for slopes in fits:
        contrasts = {f"{level} persons": (level, {level: 1.0}) for level in slopes.levels}
        if len(slopes.levels) == 2:
            contrasts["between minus within"] = ("between minus within", {"between": 1.0, "within": -1.0})
        for name, (level, weights) in contrasts.items():
            term = f"{name}, {slopes.adjustment}"
            people = counts["within"] if level == "within" else counts["all"]
            rows.append({"term": term, "unit": unit, "n_participants": people, **slopes.row(weights)})
            keys.append(
                {
                    "exposure": found.exposure.name,
                    "outcome": found.outcome.name,
                    "level": level,
                    "adjustment": slopes.adjustment,
                }
            )
    return Result(
        analysis="within_between",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys),
        method=_method(found, fits, counts),
        assumptions=_assumptions(fits),
        sources=(
            "Mundlak 1978, Econometrica 46:69-85, doi:10.2307/1913646",
            "Neuhaus & Kalbfleisch 1998, Biometrics 54:638-645, doi:10.2307/3109770",
            "Bell, Fairbrother & Jones 2019, Qual Quant 53:1051-1074, doi:10.1007/s11135-018-0802-x",
            "Kuznetsova et al. 2017, J Stat Softw 82(13), doi:10.18637/jss.v082.i13 (Satterthwaite degrees of freedom)",
        ),
        causal=False,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _people(found: Occasions) -> dict[str, int]:
    """Everybody, and those whose exposure changes from one occasion to another."""
    moves = pd.Series(found.deviation != 0).groupby(found.person).any()
    return {"all": len(moves), "within": int(moves.sum())}


def _method(found: Occasions, fits: list[Slopes], counts: dict[str, int]) -> str:
    """The sentences that the report prints under "Method"."""
    occasion = {"day": "check-in", "person": "record"}.get(found.kind, found.kind)
    several = isinstance(fits[0].fit, MixedFit)
    sentences = [
        f"{'Linear mixed model with a random intercept for each person' if several else 'Least squares'}: {found.outcome.label} on "
        f"{found.exposure.label}, split into each person's mean and the deviation of each {occasion} from it, from {counts['all']} "
        f"people with {len(found.rows)} {occasion}s that have both",
        _which_slopes(fits[0], counts, occasion),
        _adjusted_for(found, fits),
        "95 % intervals and p-values from Student's t"
        + (" with Satterthwaite degrees of freedom (restricted maximum likelihood)" if several else ""),
        _measurement_error(found),
        "The exposure was observed, not assigned: the slopes describe an association and do not say what changing the exposure would do",
    ]
    if any(isinstance(one.fit, MixedFit) and one.fit.at_boundary for one in fits):
        sentences.append(
            "A variance was estimated as zero (persons do not differ beyond what the model explains, or nothing is left over); "
            "degrees of freedom between persons are then limited by the number of persons"
        )
    return ". ".join(filter(None, sentences)) + "."


def _which_slopes(slopes: Slopes, counts: dict[str, int], occasion: str) -> str:
    if slopes.levels == ("between",):
        return (
            f"Nobody's exposure differs from one {occasion} to another, so the slope within persons, which speaks of change in a "
            "person, cannot be estimated; only the slope between persons is given"
        )
    if slopes.levels == ("within",):
        return "Every person has the same mean exposure, so only the slope within persons is given"
    return (
        f"The slope within persons rests on the {counts['within']} whose exposure differs from one {occasion} to another; anybody else "
        "informs the slope between persons only"
    )


def _adjusted_for(found: Occasions, fits: list[Slopes]) -> str:
    words = found.adjustments[2]
    said = (
        f"Adjusted for {', '.join(words)}"
        if words
        else "There is nothing to adjust for, so the slopes are unadjusted"
    )
    if len(fits) > 1:
        said += "; the unadjusted slopes come from the same rows"
    if found.left_out:
        several = "people without a covariate are" if found.left_out > 1 else "person without a covariate is"
        said += f"; {found.left_out} {several} left out"
    if found.unused:
        labels = ", ".join(found.unused)
        said += f"; not adjusted for {labels}, the outcome or exposure at baseline"
    return said


def _measurement_error(found: Occasions) -> str:
    exposure = found.exposure
    if exposure.reliability_icc is None:
        known = f"How reliably {exposure.label} is measured is not recorded in the data dictionary"
    else:
        known = f"One measurement of {exposure.label} has a reliability (intraclass correlation) of {exposure.reliability_icc:g}"
        known += f" ({exposure.source})" if exposure.source else ""
    return (
        f"{known}; measurement error pulls both slopes towards zero, the one within persons most, because a person's own values lie closer "
        "together than those of different persons"
    )


def _assumptions(fits: list[Slopes]) -> tuple[str, ...]:
    several = isinstance(fits[0].fit, MixedFit)
    repeated = (
        "A person's scores hang together through one level of that person; the slope within persons is the same in everybody.",
        "Whether a score is missing does not depend on its value, given the exposure, the adjustments and the person's other scores.",
    )
    return (
        "The outcome rises or falls in a straight line with the exposure.",
        *(repeated if several else ()),
        "People are independent of each other, and residuals have one variance.",
    )


def _question(cohort: Cohort, estimand: Estimand) -> str:
    labels = [
        cohort.variables[name].label if name in cohort.variables else name
        for name in (str(estimand.exposure), estimand.outcome)
    ]
    return f"Does {labels[0]} go with {labels[1]}?"
