"""Does the outcome go with the exposure more at some values of a modifier? Slopes at low and high values, and their difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error import (
    TIMES_MODIFIER,
    CorrectedSlopes,
    ErrorVariance,
    corrected_slopes,
)
from lowback.outcomes import NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.low_and_high import ends_told, named_ends
from lowback.outcomes.measured import Measured, Modified, measured_with, modified
from lowback.outcomes.occasions import occasions
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "slope_by_modifier",
    "slope",
    "Does {exposure} go with {label} more at some values of {modifier}?",
    "Does the exposure go with the outcome more at some values of a modifier?",
    by_modifier=True,
)
SOURCES = (
    "Knol & VanderWeele 2012, Int J Epidemiol 41:514-520, doi:10.1093/ije/dyr218 (what to report of an interaction)",
    "Carroll, Ruppert, Stefanski & Crainiceanu 2006, Measurement error in nonlinear models, 2nd ed., ch. 3-4 (regression calibration)",
    "Fieller 1954, J R Stat Soc B 16:175-185 (intervals)",
)


def slope_by_modifier(cohort: Cohort, study: Study) -> Result | Refusal:
    """How the slope of the outcome on the exposure differs between a low and a high value of the modifier, within and between persons.

    Slopes are in outcome units per `per` exposure units, as measured and freed of the exposure's error of measurement (as in `corrected_slopes`). The
    difference is on the additive scale, in the same unit: how much more of the outcome goes with the exposure at the high value. Low and high
    are quartiles of a number, no and yes of a flag; of a number also for each unit more, which does not hang on whom a cohort holds. Four cells then show the outcome at low and high values of both, against both low.

    Knol & VanderWeele 2012, Int J Epidemiol 41:514-520.
    """
    return answered_of_people(cohort, study, ASKING, _by_modifier)


@dataclass(frozen=True, eq=False)
class _Fits:
    """The model as measured and, where its error is known, corrected."""

    by: Modified
    per: float
    unit: str
    fits: dict[str, CorrectedSlopes]
    refusals: dict[str, str]


def _by_modifier(cohort: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    if estimand.modifier is None:
        raise NotComparable(
            f"estimand {estimand.name!r} names no modifier",
            "a column that the slope may differ by (in the study file, `modifier`)",
        )
    found = occasions(cohort, study, estimand)
    by = modified(cohort, found, estimand.modifier)
    measured = measured_with(cohort, study, by.found)
    per, exposure = float(estimand.per or 1.0), by.found.exposure
    unit = f"{by.found.outcome.unit} per {per:g} {exposure.unit}"
    try:
        model = _Fits(by, per, unit, dict(_fitted(by, measured)), {})
        rows = [row for level in _levels(model) for row in (*_slopes(model, level), *_cells(model, level))]
    except NotEstimable as refused:
        place = f"{by.found.outcome.label} on {exposure.label} by {by.label}"
        raise cannot_be_fitted(place, refused) from refused
    if not rows:
        raise NotComparable(
            f"{by.found.outcome.label} on {exposure.label} by {by.label}: {next(iter(model.refusals.values()))}",
            "an exposure and a modifier that vary together in more people",
        )
    estimates, keys = framed([_named(model, row) for row in rows])
    return Result(
        analysis="slope_by_modifier",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(model, measured),
        assumptions=_assumptions(by),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=by.found.outcome.higher_is,
    )


def _fitted(by: Modified, measured: Measured) -> Iterator[tuple[str, CorrectedSlopes]]:
    found = by.found
    columns, names, _ = found.adjustments
    both = np.column_stack([columns, measured.raters])
    errors = {"as measured": ErrorVariance(0.0), "corrected": measured.error}
    for adjustment, error in errors.items():
        if error is not None:
            yield (
                adjustment,
                corrected_slopes(
                    found.scores,
                    found.exposures,
                    found.person,
                    both,
                    names=[*names, *measured.names],
                    error=error,
                    modifier=by.places,
                ),
            )


def _levels(model: _Fits) -> list[str]:
    parts = model.fits["as measured"].parts
    return [level for level in ("within", "between") if level in parts]


def _slopes(model: _Fits, level: str) -> Iterator[Row]:
    """The slope at the low and at the high value and their difference, as measured and corrected."""
    by = model.by
    weights = {
        "low": {level: 1.0, level + TIMES_MODIFIER: -1.0},
        "high": {level: 1.0, level + TIMES_MODIFIER: 1.0},
        "high minus low": {level + TIMES_MODIFIER: 2.0},
    }
    if not by.is_flag:
        weights["for each unit"] = {level + TIMES_MODIFIER: 1 / by.half}
    for adjustment, fit in model.fits.items():
        for at, weighted in weights.items():
            try:
                numbers = fit.interval(weighted)
            except NotEstimable as refused:
                model.refusals[f"{level} persons, {adjustment}"] = str(refused)
                continue
            term = f"{level} persons, {_value(by, at)}, {adjustment}"
            yield (
                {"term": term, "unit": model.unit, **_times(numbers, model.per)},
                _key(level, adjustment, at, "slope"),
            )


def _cells(model: _Fits, level: str) -> Iterator[Row]:
    """The outcome at an exposure `per` higher, at the high value of the modifier, and at both, less that at neither; then both beyond the sum."""
    fit, by = model.fits.get("corrected", model.fits["as measured"]), model.by
    own, per = f"modifier {level} groups", model.per
    if own not in fit.beside or level != _levels(model)[0]:
        return
    # At the mean exposure the modifier's own slope is this; the exposure is lower by half and higher by half of `per`.
    alone = {own: 2.0, level + TIMES_MODIFIER: -per}
    exposed = {level: per, level + TIMES_MODIFIER: -per}
    both = {level: per, own: 2.0}
    cells = {
        "exposure alone": exposed,
        "modifier alone": alone,
        "both": both,
        "both beyond the sum": {level + TIMES_MODIFIER: 2 * per},
    }
    for name, weights in cells.items():
        try:
            numbers = fit.interval(weights)
        except NotEstimable as refused:
            model.refusals[f"{level} persons, {name}"] = str(refused)
            continue
        row = {"term": f"{level} persons, {name}", "unit": str(by.found.outcome.unit), **numbers}
        yield row, _key(level, "corrected" if "corrected" in model.fits else "as measured", "", name)


def _times(numbers: dict[str, float], per: float) -> dict[str, float]:
    return {
        **numbers,
        **{name: per * numbers[name] for name in ("estimate", "std_error", "conf_low", "conf_high")},
    }


def _value(by: Modified, at: str) -> str:
    low, high = named_ends(by.low, by.high)
    values = {
        "low": f"{by.label} {low}",
        "high": f"{by.label} {high}",
        "for each unit": f"for each unit more of {by.label}",
    }
    return values.get(at, f"{by.label} {high} minus {low}")


def _key(level: str, adjustment: str, at: str, statistic: str) -> dict[str, object]:
    return {"level": level, "adjustment": adjustment, "at": at, "statistic": statistic}


def _named(model: _Fits, row: Row) -> Row:
    numbers, key = row
    by = model.by
    measures = {
        "exposure": by.found.exposure.name,
        "exposure_label": by.found.exposure.label,
        "outcome": by.found.outcome.name,
        "outcome_label": by.found.outcome.label,
        "modifier": by.name,
        "modifier_label": by.label,
        "low": by.low,
        "high": by.high,
    }
    return {"n_participants": len(np.unique(by.found.person)), **numbers}, {**measures, **key}


def _method(model: _Fits, measured: Measured) -> str:
    by = model.by
    found = by.found
    people, rows = len(np.unique(found.person)), len(found.person)
    kinds = {"day": "check-in", "person": "record"}
    sentences = [
        f"Linear model of {found.outcome.label} on {found.exposure.label}, {by.label} and their product, each split into the person's mean and the "
        f"deviation from it, from {people} people with {rows} {kinds.get(found.kind, found.kind)}s that have all three",
        f"Adjusted for {', '.join(found.adjustments[2])}" if found.adjustments[2] else "",
        f"Left out: {by.left_out} without {by.label}" if by.left_out else "",
        f"Low and high {by.label} are {ends_told(by.low, by.high, 'occasions')}",
        f"{measured.words[:1].upper()}{measured.words[1:]}"
        + ("" if measured.error else ", so the slopes stand as measured"),
        "Corrected slopes take what that error adds to the exposure, and to its product with the modifier, out of the model's equations; errors leave "
        "each person out, intervals are Fieller's"
        if measured.error
        else "Errors leave each person out",
        "Interaction is given on the additive scale, in the outcome's points: a ratio would hang on where the scale has its zero",
        *(f"Not told ({what}): {reason}" for what, reason in model.refusals.items()),
        "The exposure was observed, not assigned: the slopes describe an association and do not say what changing the exposure would do",
    ]
    return ". ".join(filter(None, sentences)) + "."


def _assumptions(by: Modified) -> tuple[str, ...]:
    found = by.found
    return (
        f"Rests on: no common cause of {found.exposure.label} and {found.outcome.label} other than {', '.join(found.adjustments[2]) or 'nothing'} and "
        f"{by.label}, and within persons none that changes; and {by.label} is not brought about by {found.exposure.label}.",
        "The slope changes in a straight line with the modifier, which is measured without error.",
        f"Errors of {found.exposure.label} are independent of everything else.",
    )
