"""Does the outcome go with the exposure in a straight line? A smooth curve within and between persons, and a test of a bend."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error import LEAST_RELIABILITY, Curve, corrected_slopes, curve
from lowback.estimators.measurement_error.moments import Level
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.measured import Measured, measured_with
from lowback.outcomes.occasions import Occasions, occasions
from lowback.outcomes.own_lines import own_line_rows
from lowback.outcomes.wording import told_apart
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "exposure_curve",
    "slope",
    "Does {label} go with {exposure} in a straight line?",
    "Does the outcome go with the exposure in a straight line?",
)
SEED = 1994
# Where the marks of the rug stand: fewer than everybody, so that nobody can be told from it.
RUG = np.linspace(0.05, 0.95, 19)
LEVELS: tuple[Level, ...] = ("within", "between")


def exposure_curve(cohort: Cohort, study: Study) -> Result | Refusal:
    """The outcome along the exposure, less that at its median, by a natural cubic spline; within persons and between them.

    Differences are in the outcome's unit, over the middle nine tenths of the exposure, adjusted as slopes are; with a pointwise 95 % band, and a test
    that the curve is a straight line (F). Where the error of the exposure is known, and the exposure is shown to vary by more, the curve is also
    shown without it (SIMEX), as an approximation that has no band. A level at which the exposure does not vary enough is left out, and the method says so. Beside it: fifths of people by their mean
    exposure, with the slope within them (`own_line_rows`).
    """
    return answered_of_people(cohort, study, ASKING, _curves)


def _curves(cohort: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    found = occasions(cohort, study, estimand)
    measured = measured_with(cohort, study, found)
    drawn: dict[Level, Curve] = {}
    refusals: dict[str, str] = {}
    for level in LEVELS:
        try:
            drawn[level] = _curve(found, measured, level)
        except NotEstimable as refused:
            refusals[level] = str(refused)
    if not drawn:
        reasons = "; ".join(f"{level} persons, {why}" for level, why in refusals.items())
        raise NotComparable(
            f"no curve of {found.outcome.label} along {found.exposure.label}: {reasons}",
            "more people, whose exposure varies",
        )
    rows = [row for level, one in drawn.items() for row in _rows(found, level, one)]
    rows += own_line_rows(found, float(estimand.per or 1.0))
    estimates, keys = framed([_named(found, row) for row in rows])
    return Result(
        analysis="exposure_curve",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(found, measured, drawn, refusals),
        assumptions=(
            f"Rests on: no common cause of {found.exposure.label} and {found.outcome.label} other than {', '.join(found.adjustments[2]) or 'nothing'}, and "
            "within persons none that changes.",
            "The same curve holds for everybody, whatever the person's level.",
            "A bend may come from error in the exposure too, where true values are far from normal.",
        ),
        sources=(
            "Harrell 2015, Regression modeling strategies, 2nd ed., section 2.4 (natural cubic splines)",
            "Cook & Stefanski 1994, J Am Stat Assoc 89:1314-1328, doi:10.2307/2290994 (SIMEX)",
            "Robinson 1950, Am Sociol Rev 15:351-357 (what holds between people need not hold within them)",
        ),
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _curve(found: Occasions, measured: Measured, level: Level) -> Curve:
    """The curve at one level; within persons somebody's exposure must change."""
    columns, names, _ = found.adjustments
    if level == "within" and len(np.unique(found.person)) == len(found.person):
        raise NotEstimable("each person has one record")
    return curve(
        found.scores,
        found.exposures,
        found.person,
        np.column_stack([columns, measured.raters]),
        names=[*names, *measured.names],
        level=level,
        error_variance=measured.error.value
        if measured.error and _is_told_from_error(found, measured, level)
        else 0.0,
        seed=SEED,
    )


def _is_told_from_error(found: Occasions, measured: Measured, level: Level) -> bool:
    """Whether the exposure varies by so much more than its error that a curve can be extrapolated to none, as slopes are."""
    if measured.error is None:
        return False
    columns, names, _ = found.adjustments
    others = np.column_stack([columns, measured.raters])
    try:
        fit = corrected_slopes(
            found.scores,
            found.exposures,
            found.person,
            others,
            names=[*names, *measured.names],
            error=measured.error,
        )
    except NotEstimable:
        return False
    return level in fit.parts and fit.reliability(level)["conf_low"] > LEAST_RELIABILITY


def _rows(found: Occasions, level: Level, drawn: Curve) -> Iterator[Row]:
    test = drawn.bends
    numbers = {"estimate": test.statistic, "df": test.df_den, "p_value": test.p_value}
    yield (
        {"term": f"{level} persons, test of a bend", "unit": "F statistic", **numbers},
        _key(level, "bend", np.nan),
    )
    outcome, exposure, places = str(found.outcome.unit), str(found.exposure.unit), told_apart(drawn.at, 4)
    for at, value, low, high in zip(drawn.at, drawn.estimate, drawn.conf_low, drawn.conf_high, strict=True):
        bounds = {"estimate": value, "conf_low": low, "conf_high": high}
        yield (
            {"term": f"{level} persons, at {places[at]} {exposure}", "unit": outcome, **bounds},
            _key(level, "curve", at),
        )
    for at, value in zip(drawn.at[: len(drawn.corrected)], drawn.corrected, strict=True):
        term = f"{level} persons, at {places[at]} {exposure}, without error"
        yield {"term": term, "unit": outcome, "estimate": value}, _key(level, "curve without error", at)
    for share, at in zip(RUG, np.quantile(_along(found, level), RUG), strict=True):
        term = f"{level} persons, exposure below which {100 * share:.0f} % lie"
        yield {"term": term, "unit": exposure, "estimate": at}, _key(level, "rug", at)


def _along(found: Occasions, level: Level) -> np.ndarray:
    """The exposure that the curve runs along: each occasion's, or each person's mean."""
    if level == "within":
        return found.exposures
    codes = np.unique(found.person, return_inverse=True)[1]
    return np.asarray(np.bincount(codes, found.exposures) / np.bincount(codes))


def _key(level: str, statistic: str, at: float) -> dict[str, object]:
    return {"level": level, "statistic": statistic, "at": float(at)}


def _named(found: Occasions, row: Row) -> Row:
    numbers, key = row
    measures = {
        "exposure": found.exposure.name,
        "exposure_label": found.exposure.label,
        "exposure_unit": found.exposure.unit,
        "outcome": found.outcome.name,
        "outcome_label": found.outcome.label,
    }
    return {"n_participants": len(np.unique(found.person)), **numbers}, {**measures, **key}


def _method(found: Occasions, measured: Measured, drawn: dict[Level, Curve], refusals: dict[str, str]) -> str:
    freed = [level for level, one in drawn.items() if len(one.corrected)]
    people, rows = len(np.unique(found.person)), len(found.person)
    adjusted = found.adjustments[2]
    sentences = [
        f"Natural cubic spline with three columns of {found.exposure.label}, on {found.outcome.label}, from {people} people with {rows} occasions that have "
        "both; within persons with all differences between persons taken off, between persons along each person's mean",
        f"Adjusted for {', '.join(adjusted)}" if adjusted else "",
        "Differences are from the outcome at the median exposure; bands are pointwise and robust (over persons)",
        "Fifths of people by their mean exposure have means over people with t intervals, and slopes within people at equal visit with robust ones (CR2), not adjusted further",
        "The test of a bend is F for the two columns that a straight line does not need",
        f"{measured.words[:1].upper()}{measured.words[1:]}",
        "The curve without error adds error and extrapolates to none, point by point (SIMEX); it approximates and has no band"
        if freed
        else "",
        *(
            f"No curve without error {level} persons: error may be most of how {found.exposure.label} varies there"
            for level in drawn
            if measured.error and level not in freed
        ),
        *(f"No curve {level} persons: {reason}" for level, reason in refusals.items()),
        "An association: the exposure was observed, not assigned",
    ]
    return ". ".join(filter(None, sentences)) + "."
