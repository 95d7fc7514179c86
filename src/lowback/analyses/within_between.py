"""Does the exposure go with the outcome? Slopes within and between persons, adjusted and unadjusted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.inference import DfMethod
from lowback.estimators.linear import LinearFit
from lowback.estimators.random_intercept import RandomIntercept
from lowback.estimators.split_slopes import SplitSlopes, split_slopes
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import estimand_on
from lowback.outcomes.clusters import told_of_clusters
from lowback.outcomes.occasions import Occasions, occasions
from lowback.result import Refusal, Result, estimates_frame
from lowback.screening import NobodyEligible, eligible
from lowback.study import Estimand, Study

SOURCES = (
    "Mundlak 1978, Econometrica 46:69-85, doi:10.2307/1913646",
    "Neuhaus & Kalbfleisch 1998, Biometrics 54:638-645, doi:10.2307/3109770",
    "Bell, Fairbrother & Jones 2019, Qual Quant 53:1051-1074, doi:10.1007/s11135-018-0802-x",
    "Kuznetsova et al. 2017, J Stat Softw 82(13), doi:10.18637/jss.v082.i13 (Satterthwaite degrees of freedom)",
)
ROBUST = (
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181 (errors under unequal variances, with their degrees of freedom)",
    "Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683, doi:10.1080/07350015.2016.1247004 (the same for groups of rows)",
)


def within_between(cohort: Cohort, study: Study) -> Result | Refusal:
    """How much the outcome differs per `estimand.per` units of exposure, within a person and between persons.

    The exposure is split into the person's mean and each occasion's deviation from it; both slopes are in outcome units per
    `per` exposure units, positive where more exposure goes with a higher outcome. "Adjusted" is for visit, arm, their interaction and the
    study's covariates. Where each person has one occasion, or nobody's exposure changes, there is only the slope between persons;
    where all have the same mean, only the one within. Intervals of one record a person hold under unequal variances, those of check-ins
    whatever the covariance of a person's days is. Never causal: nobody is assigned an exposure.

    Mundlak 1978, Econometrica 46:69-85; Neuhaus & Kalbfleisch 1998, Biometrics 54:638-645; Bell, Fairbrother & Jones 2019.
    """
    estimand = study.estimand("slope")
    if estimand is None:
        asked = study.exposure_asked
        question = f"Does {_label(cohort, asked) if asked else 'the exposure'} go with the outcome?"
        exposure = f", with the exposure asked for (`exposure: {asked}`)" if asked else ""
        return Refusal("within_between", "", question, study.why_no_slope, (estimand_on("slope") + exposure,))
    question = _question(cohort, estimand)
    try:
        found = occasions(eligible(cohort, study), study, estimand)
        fits = _fits(found, float(estimand.per or 1.0))
    except NotComparable as refused:
        return Refusal("within_between", estimand.name, question, str(refused), refused.needs)
    except NobodyEligible as refused:
        return Refusal("within_between", estimand.name, question, str(refused), ("eligible participants",))
    except NotEstimable as refused:
        pair = f"{_label(cohort, estimand.outcome)} on {_label(cohort, str(estimand.exposure))}"
        reason = f"the model of {pair} cannot be fitted: {refused}"
        needs = (
            "outcome and exposure that vary, covariates that are no combination of each other, and more people",
        )
        return Refusal("within_between", estimand.name, question, reason, needs)
    return told_of_clusters(_result(found, fits, estimand, question), cohort, study)


def _fits(found: Occasions, per: float) -> dict[str, SplitSlopes]:
    """The adjusted model, where there is anything to adjust for, and the unadjusted one, on the same rows."""
    outcome, exposure, person = found.scores, found.exposures / per, found.person
    columns, names, _ = found.adjustments
    fits = {"adjusted": split_slopes(outcome, exposure, person, columns, names=names)} if names else {}
    return {**fits, "unadjusted": split_slopes(outcome, exposure, person, columns[:, :0], names=[])}


def _errors(found: Occasions) -> DfMethod:
    """Days of one person follow each other too closely for residuals to be independent; visits stand far apart."""
    return "CR2" if found.kind == "day" else "satterthwaite"


def _is_robust(found: Occasions, fits: dict[str, SplitSlopes]) -> bool:
    return isinstance(fits["unadjusted"].fit, LinearFit) or _errors(found) == "CR2"


def _result(found: Occasions, fits: dict[str, SplitSlopes], estimand: Estimand, question: str) -> Result:
    counts = _people(found)
    rows, keys = _rows(
        found, fits, counts, f"{found.outcome.unit} per {estimand.per:g} {found.exposure.unit}"
    )
    return Result(
        analysis="within_between",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys),
        method=_method(found, fits, counts),
        assumptions=_assumptions(found, fits),
        sources=SOURCES + (ROBUST if _is_robust(found, fits) else ()),
        causal=False,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _rows(
    found: Occasions, fits: dict[str, SplitSlopes], counts: dict[str, int], unit: str
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The slopes of each model and, where it has both, their difference, with their keys."""
    rows: list[dict[str, object]] = []
    keys: list[dict[str, object]] = []
    measures = {
        "exposure": found.exposure.name,
        "exposure_label": found.exposure.label,
        "outcome": found.outcome.name,
        "outcome_label": found.outcome.label,
    }
    for adjustment, slopes in fits.items():
        contrasts = {level: {level: 1.0} for level in slopes.levels}
        if len(contrasts) == 2:
            contrasts["between minus within"] = {"between": 1.0, "within": -1.0}
        for level, weights in contrasts.items():
            name = f"{level} persons" if level in slopes.levels else level
            people = counts["within"] if level == "within" else counts["all"]
            named = {"term": f"{name}, {adjustment}", "unit": unit, "n_participants": people}
            rows.append({**named, **slopes.interval(weights, _errors(found))})
            keys.append({**measures, "level": level, "adjustment": adjustment})
    return rows, keys


def _people(found: Occasions) -> dict[str, int]:
    """Everybody, and those whose exposure changes from one occasion to another."""
    _, first, person = np.unique(found.person, return_index=True, return_inverse=True)
    changes = found.exposures != found.exposures[first][person]
    return {"all": len(first), "within": len(np.unique(person[changes]))}


def _method(found: Occasions, fits: dict[str, SplitSlopes], counts: dict[str, int]) -> str:
    """The sentences that the report prints under "Method"."""
    occasion = {"day": "check-in", "person": "record"}.get(found.kind, found.kind)
    slopes = fits["unadjusted"]
    several = isinstance(slopes.fit, RandomIntercept)
    sentences = [
        _model(found, slopes, counts, occasion),
        _which_slopes(slopes, counts, occasion),
        _adjusted_for(found, fits),
        "95 % intervals and p-values from Student's t" + _which_errors(found, several),
        *filter(None, [_measurement_error(found, slopes.levels), found.signs]),
        "The exposure was observed, not assigned: the slopes describe an association and do not say what changing the exposure would do",
    ]
    if any(one.at_boundary for one in fits.values()):
        sentences.append(
            "A variance was estimated as zero (persons do not differ beyond what the model explains, or nothing is left over); "
            "degrees of freedom between persons are then limited by the number of persons"
        )
    return ". ".join(filter(None, sentences)) + "."


def _which_errors(found: Occasions, several: bool) -> str:
    if not several:
        return (
            " with errors that hold under unequal variances (HC2) and Bell and McCaffrey's degrees of freedom"
        )
    if _errors(found) == "CR2":
        return " with cluster-robust errors (CR2, for days of one person hang together) and Bell and McCaffrey's degrees of freedom"
    return " with Satterthwaite degrees of freedom (restricted maximum likelihood)"


def _model(found: Occasions, slopes: SplitSlopes, counts: dict[str, int], occasion: str) -> str:
    pair = f"{found.outcome.label} on {found.exposure.label}"
    if isinstance(slopes.fit, LinearFit):
        return f"Least squares of {pair}, from {counts['all']} people with one {occasion} each that has both"
    split = f", split into each person's mean and the deviation of each {occasion} from it,"
    return (
        f"Linear mixed model of {pair}{split if len(slopes.levels) == 2 else ''} with a random intercept for each person, from "
        f"{counts['all']} people with {len(found.person)} {occasion}s that have both"
    )


def _which_slopes(slopes: SplitSlopes, counts: dict[str, int], occasion: str) -> str:
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


def _adjusted_for(found: Occasions, fits: dict[str, SplitSlopes]) -> str:
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


def _measurement_error(found: Occasions, levels: tuple[str, ...]) -> str:
    exposure = found.exposure
    known = f"How reliably {exposure.label} is measured is not recorded in the data dictionary"
    if exposure.reliability_icc is not None:
        source = f" (source: {exposure.source})" if exposure.source else ""
        icc = f"{exposure.reliability_icc:g}"
        known = (
            f"One measurement of {exposure.label} has a reliability (intraclass correlation) of {icc}{source}"
        )
    known += f"; here it was measured by {found.measured_by}" if found.measured_by else ""
    if len(levels) < 2:
        return f"{known}; measurement error pulls the slope towards zero"
    return (
        f"{known}; measurement error pulls both slopes towards zero, the one within persons most, because a person's own values lie closer "
        "together than those of different persons"
    )


def _assumptions(found: Occasions, fits: dict[str, SplitSlopes]) -> tuple[str, ...]:
    several, robust = isinstance(fits["unadjusted"].fit, RandomIntercept), _is_robust(found, fits)
    repeated = (
        "The slope within persons is the same in everybody"
        + ("." if robust else ", and a person's scores hang together through one level of that person."),
        "Whether a score is missing does not depend on its value, given the exposure, the adjustments and the person's other scores.",
    )
    return (
        "The outcome rises or falls in a straight line with the exposure.",
        *(repeated if several else ()),
        "People are independent of each other" + ("." if robust else ", and residuals have one variance."),
    )


def _question(cohort: Cohort, estimand: Estimand) -> str:
    return f"Does {_label(cohort, str(estimand.exposure))} go with {_label(cohort, estimand.outcome)}?"


def _label(cohort: Cohort, name: str) -> str:
    return cohort.variables[name].label if name in cohort.variables else name
