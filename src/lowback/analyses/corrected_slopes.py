"""Does the exposure go with the outcome, once the error of its measurement is taken off? Slopes within and between persons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.inference import DfMethod
from lowback.estimators.linear import LinearFit
from lowback.estimators.measurement_error import (
    LEAST_RELIABILITY,
    CorrectedSlopes,
    ErrorVariance,
    extrapolated_slopes,
)
from lowback.estimators.measurement_error import corrected_slopes as freed_of_error
from lowback.estimators.split_slopes import SplitSlopes, split_slopes
from lowback.outcomes import cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.measured import Measured, measured_with
from lowback.outcomes.occasions import Occasions, occasions
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "corrected_slopes",
    "slope",
    "Does {exposure}, freed of its error of measurement, go with {label}?",
    "Does the exposure, freed of its error of measurement, go with the outcome?",
)
SEED = 1994
AS_MEASURED, LESS_RATERS = "as measured", "as measured, less raters"
SOURCES = (
    "Carroll, Ruppert, Stefanski & Crainiceanu 2006, Measurement error in nonlinear models, 2nd ed., ch. 3-5 (regression calibration, SIMEX)",
    "Fuller 1987, Measurement error models, ch. 2; Buonaccorsi 2010, Measurement error, ch. 11 (repeated measures)",
    "Fieller 1954, J R Stat Soc B 16:175-185 (intervals)",
    "Cook & Stefanski 1994, J Am Stat Assoc 89:1314-1328, doi:10.2307/2290994 (SIMEX)",
)


def corrected_slopes(cohort: Cohort, study: Study) -> Result | Refusal:
    """How much the outcome differs per `estimand.per` units of exposure as it truly is, within a person and between persons, beside the same as measured.

    Slopes are adjusted for visit, arm, their interaction and the study's covariates, in outcome units per `per` exposure units. The error comes from second
    measurements in the cohort, else from the data dictionary; where it may be all by which the exposure varies, the slope as measured stands
    alone and the method says why. An error in the exposure only; error in the outcome costs precision. Never causal.

    Carroll et al. 2006, Measurement error in nonlinear models, 2nd ed., ch. 3-5.
    """
    return answered_of_people(cohort, study, ASKING, _slopes)


def _slopes(cohort: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    found = occasions(cohort, study, estimand)
    measured = measured_with(cohort, study, found)
    columns, names, _ = found.adjustments
    per = float(estimand.per or 1.0)
    try:
        plain = split_slopes(found.scores, found.exposures, found.person, columns, names=names)
        fit = None if measured.error is None else _fit(found, measured, measured.error)
        columns, names = _columns(found, measured)
        alike = split_slopes(found.scores, found.exposures, found.person, columns, names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{found.outcome.label} on {found.exposure.label}", refused) from refused
    refusals: dict[str, str] = {}
    rows = list(_as_measured(found, plain, per, AS_MEASURED))
    rows += [
        *(_as_measured(found, alike, per, LESS_RATERS) if measured.names else ()),
        *(_corrected(fit, per, refusals) if fit else ()),
    ]
    if fit is not None:
        rows += [*_by_simex(found, measured, fit, per), *_reliabilities(found, fit)]
    estimates, keys = framed([_named(found, row, estimand) for row in rows])
    return Result(
        analysis="corrected_slopes",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(found, plain, measured, refusals),
        assumptions=_assumptions(found),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _fit(found: Occasions, measured: Measured, error: ErrorVariance) -> CorrectedSlopes:
    columns, names = _columns(found, measured)
    return freed_of_error(found.scores, found.exposures, found.person, columns, names=names, error=error)


def _columns(found: Occasions, measured: Measured) -> tuple[np.ndarray, list[str]]:
    columns, names, _ = found.adjustments
    return np.column_stack([columns, measured.raters]), [*names, *measured.names]


def _contrasts(levels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    found = {level: {level: 1.0} for level in levels}
    return {**found, "between minus within": {"between": 1.0, "within": -1.0}} if len(levels) == 2 else found


def _as_measured(found: Occasions, plain: SplitSlopes, per: float, adjustment: str) -> Iterator[Row]:
    """The slopes of `within_between`, with errors that are robust for check-ins and for one record each."""
    errors: DfMethod = "CR2" if found.kind == "day" else "satterthwaite"
    for level, weights in _contrasts(plain.levels).items():
        numbers = plain.interval(weights, errors)
        yield {"term": f"{_level(level)}, {adjustment}", **_times(numbers, per)}, _key(level, adjustment)


def _corrected(fit: CorrectedSlopes, per: float, refusals: dict[str, str]) -> Iterator[Row]:
    """The corrected slopes that can be told from error; the others' reasons go into `refusals`."""
    for level, weights in _contrasts(fit.parts).items():
        try:
            numbers = fit.interval(weights)
        except NotEstimable as refused:
            refusals[level] = str(refused)
            continue
        yield {"term": f"{_level(level)}, corrected", **_times(numbers, per)}, _key(level, "corrected")


def _by_simex(found: Occasions, measured: Measured, fit: CorrectedSlopes, per: float) -> Iterator[Row]:
    """The same by adding error and extrapolating to none, where most of the variation is told from error."""
    columns, names = _columns(found, measured)
    moved = extrapolated_slopes(
        found.scores,
        found.exposures,
        found.person,
        columns,
        names=names,
        error_variance=fit.error.value,
        seed=SEED,
    )
    for level, numbers in moved.items():
        if fit.reliability(level)["conf_low"] > LEAST_RELIABILITY:
            yield {"term": f"{_level(level)}, SIMEX", **_times(numbers, per)}, _key(level, "SIMEX")


def _reliabilities(found: Occasions, fit: CorrectedSlopes) -> Iterator[Row]:
    for level in fit.parts:
        row = {
            "term": f"reliability of {found.exposure.label} {_level(level)}",
            "unit": "share of variance",
            **fit.reliability(level),
        }
        yield row, _key(f"reliability {level} persons", AS_MEASURED)


def _level(level: str) -> str:
    return f"{level} persons" if level in ("within", "between") else level


def _times(numbers: dict[str, float], per: float) -> dict[str, float]:
    scaled = {name: per * numbers[name] for name in ("estimate", "std_error", "conf_low", "conf_high")}
    return {**numbers, **scaled}


def _key(level: str, adjustment: str) -> dict[str, object]:
    return {"level": level, "adjustment": adjustment}


def _named(found: Occasions, row: Row, estimand: Estimand) -> Row:
    """The row with unit and people, its key with what was measured."""
    numbers, key = row
    _, first, person = np.unique(found.person, return_index=True, return_inverse=True)
    changing = np.unique(person[found.exposures != found.exposures[first][person]])
    people = len(changing) if key["level"] == "within" else len(first)
    unit = f"{found.outcome.unit} per {estimand.per:g} {found.exposure.unit}"
    measures = {
        "exposure": found.exposure.name,
        "exposure_label": found.exposure.label,
        "outcome": found.outcome.name,
        "outcome_label": found.outcome.label,
    }
    return {"unit": unit, "n_participants": people, **numbers}, {**measures, **key}


def _method(found: Occasions, plain: SplitSlopes, measured: Measured, refusals: dict[str, str]) -> str:
    """The sentences that the report prints under "Method"."""
    words = found.adjustments[2]
    people, rows = len(np.unique(found.person)), len(found.person)
    occasion = {"day": "check-in", "person": "record"}.get(found.kind, found.kind)
    model = (
        "least squares"
        if isinstance(plain.fit, LinearFit)
        else "a linear mixed model with a random intercept for each person"
    )
    sentences = [
        f"Slopes of {found.outcome.label} on {found.exposure.label} as measured, by {model}, from {people} people with {rows} {occasion}s that have both",
        f"Adjusted for {', '.join(words)}" if words else "",
        f"{measured.words[:1].upper()}{measured.words[1:]}"
        + ("" if measured.error else ", so the slopes stand as measured, pulled towards zero by it"),
    ]
    if measured.error:
        sentences += [
            "Corrected slopes take what that error adds to the exposure's variation out of the same model's equations (regression calibration); "
            "their errors are robust, by leaving each person out, their intervals Fieller's: they exclude zero if and only if the slope as "
            "measured does by the same errors",
            "SIMEX adds more error, and extrapolates to none by a hyperbola; it is a second way to the same slope, with the error taken as known "
            "and its interval found like the first's, the extrapolation made anew without each person",
            *(
                f"No corrected slope {_level(level)}: these data cannot tell, for {reason}"
                for level, reason in refusals.items()
            ),
            "Reliability is the share of the exposure's variation, adjusted likewise, that is not error; a slope as measured is that share of the "
            "true one",
        ]
    sentences += [
        found.signs,
        "The exposure was observed, not assigned: the slopes describe an association and do not say what changing the exposure would do",
    ]
    return ". ".join(filter(None, sentences)) + "."


def _assumptions(found: Occasions) -> tuple[str, ...]:
    pair = f"{found.exposure.label} and {found.outcome.label}"
    adjusted = ", ".join(found.adjustments[2]) or "nothing"
    return (
        f"Rests on: no common cause of {pair} other than {adjusted}, and within persons none that changes; that {found.outcome.label} does not act back "
        f"on {found.exposure.label}; and that people were not taken in by something that both bring about (such as pain at enrolment), which bends "
        "slopes between persons.",
        "The outcome rises or falls in a straight line with the exposure.",
        f"Errors of {found.exposure.label} are independent of its true value, of each other and of the error of {found.outcome.label}; what one rater or "
        "device adds to all of a person's readings would break that.",
        "Second measurements and published figures were taken at one moment: what truly changes from hour to hour is no error here.",
        "Covariates are measured without error.",
    )
