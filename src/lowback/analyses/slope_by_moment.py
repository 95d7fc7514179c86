"""Does the outcome go with something lasting in a person more at moments when a modifier is high? Moment by moment, within persons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.estimators.intervals import student_interval
from lowback.outcomes import cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.lasting import Lasting, lasting
from lowback.outcomes.low_and_high import ends_told, named_ends
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "slope_by_moment",
    "slope",
    "Does {label} at the next check-in go with {exposure} more at moments when this is high: {modifier}?",
    "Does the outcome go with something lasting more at some moments than at others?",
    by_modifier=True,
)
SOURCES = (
    "Knol & VanderWeele 2012, Int J Epidemiol 41:514-520, doi:10.1093/ije/dyr218 (four cells, additive and multiplicative scale)",
    "Mundlak 1978, Econometrica 46:69-85; Neuhaus & Kalbfleisch 1998, Biometrics 54:638-645 (within and between persons)",
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683, "
    "doi:10.1080/07350015.2016.1247004 (degrees of freedom with few people)",
    "MacKinnon, Nielsen & Webb 2023, J Econometrics 232:272-299, doi:10.1016/j.jeconom.2022.04.001 (errors as by leaving out each person in turn)",
    "Carroll, Ruppert, Stefanski & Crainiceanu 2006, Measurement error in nonlinear models, 2nd ed., ch. 4 (regression calibration)",
)
# The columns that come first, in the order of the weights below.
COLUMNS = ("constant", "usual exposure", "modifier now", "usual exposure by modifier now")


def slope_by_moment(cohort: Cohort, study: Study) -> Result | Refusal:
    """How the slope of the outcome at the next check-in on a person's usual exposure differs by the modifier at this check-in.

    The exposure is read at visits, the modifier and the outcome at check-ins. Slopes are in outcome units per `per` exposure units, at
    a low and a high value of the modifier (quartiles; no and yes) and their difference, which rests on comparing
    each person's own moments; of a number also for each unit more, which does not hang on whom a cohort holds. Then the mean outcome in four cells, low and high in both, and what both do beyond either: as a sum
    (outcome units) and as a ratio. The usual exposure is the mean of the visits, drawn to everybody's by how little it tells, so that error
    of measurement does not make slopes too small. Where that error is known, it alone counts as chance, and the usual exposure is what the person
    truly had at the visits on average.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The fit with what it was fitted to; `centre` is the mean of the modifier."""

    read: Lasting
    fit: ClusteredFit
    centre: float
    per: float
    unit: str

    def weights(self, usual: float, modifier: float, constant: float = 1.0) -> Array:
        """The mean outcome at a usual exposure (about its mean) and a modifier, as weights of the first coefficients."""
        now = modifier - self.centre
        return np.array([constant, usual, now * constant, usual * now])


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    place = f"{estimand.outcome} on {estimand.exposure} by {estimand.modifier}"
    try:
        read = lasting(people, study, estimand)
        fitted = _fit(read, float(estimand.per or 1))
        rows = [*_slopes(fitted), *_cells(fitted)]
    except NotEstimable as refused:
        raise cannot_be_fitted(place, refused) from refused
    estimates, keys = framed([_named(fitted, row) for row in rows])
    return Result(
        analysis="slope_by_moment",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(fitted),
        assumptions=_assumptions(read),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=read.moments.outcome.higher_is,
    )


def _fit(read: Lasting, per: float) -> _Fitted:
    """Least squares on usual exposure, the modifier's departure from the person's mean, their product, and both means beside."""
    moments, usual = read.moments, read.usual
    codes = np.unique(moments.person, return_inverse=True)[1]
    own = (np.bincount(codes, read.modifiers) / np.bincount(codes))[codes]
    now, centre = read.modifiers - own, float(read.modifiers.mean())
    time, time_names = moments.when()
    base = [np.ones(len(now)), usual, now, usual * now]
    beside = [own - centre, usual * (own - centre)] if np.ptp(own) > 0 else []
    names = [*COLUMNS, *["modifier of the person", "usual exposure by modifier of the person"][: len(beside)]]
    fit = clustered_least_squares(
        moments.scores,
        np.column_stack([*base, *beside, time, read.beside]),
        moments.person,
        names=[*names, *time_names, *read.names],
        # Few people lie far out in what lasts, and scatter of their own is then too little of the sandwich by CR2.
        correction="CR3",
    )
    unit = f"{moments.outcome.unit or 'proportion'} per {per:g} {read.exposure.unit}"
    return _Fitted(read, fit, centre, per, unit)


def _slopes(fitted: _Fitted) -> Iterator[Row]:
    """The slope on the usual exposure at moments of a high and a low modifier, and how much more it is at the high."""
    low, high = fitted.read.ends
    names = dict(zip(("low", "high"), named_ends(low, high), strict=True))
    label = fitted.read.modifier.label
    differs = fitted.weights(fitted.per, high, 0.0) - fitted.weights(fitted.per, low, 0.0)
    yield _row(fitted, f"{label} {names['high']} less {names['low']}", "high minus low", differs, fitted.unit)
    for at, value in (("low", low), ("high", high)):
        weights = fitted.weights(fitted.per, value, 0.0)
        yield _row(fitted, f"{label} {names[at]}", at, weights, fitted.unit)
    if fitted.read.modifier.kind != "flag":
        weights = fitted.weights(fitted.per, 1.0, 0.0) - fitted.weights(fitted.per, 0.0, 0.0)
        yield _row(fitted, f"for each unit more of {label}", "for each unit", weights, fitted.unit)


def _row(fitted: _Fitted, term: str, at: str, weights: Array, unit: str) -> Row:
    return {"term": term, "unit": unit, **fitted.fit.interval(weights)}, _key(at, "", "slope")


def _cells(fitted: _Fitted) -> Iterator[Row]:
    """The mean outcome at low and high values of both, and what both do beyond either, as a sum and as a ratio."""
    read = fitted.read
    unit = str(read.moments.outcome.unit or "proportion")
    cells = {}
    usual_names = named_ends(*(one + read.usual_mean for one in read.usual_ends))
    for exposed, usual, usually in zip(("low", "high"), read.usual_ends, usual_names, strict=True):
        for at, value, now in zip(("low", "high"), read.ends, named_ends(*read.ends), strict=True):
            weights = cells[exposed, at] = fitted.weights(usual, value)
            term = f"mean at {read.exposure.label} {usually}, {read.modifier.label} {now}"
            numbers = {**fitted.fit.interval(weights), "p_value": np.nan}
            yield {"term": term, "unit": unit, **numbers}, _key(at, exposed, "mean")
    both = np.stack([cells["high", "high"], cells["high", "low"], cells["low", "high"], cells["low", "low"]])
    signs = np.array([1.0, -1.0, -1.0, 1.0])
    yield (
        {"term": "both beyond the sum", "unit": unit, **fitted.fit.interval(signs @ both)},
        _key("", "", "beyond the sum"),
    )
    ratio = _ratio(fitted.fit, both, signs)
    if ratio:
        row = {"term": "both beyond the product", "unit": "ratio of ratios", **ratio}
        yield row, _key("", "", "beyond the product")


def _ratio(fit: ClusteredFit, cells: Array, signs: Array) -> dict[str, float]:
    """The ratio of ratios of four means with its interval on the scale of logarithms; none where a mean is not above 0."""
    weights = np.column_stack([cells, np.zeros((4, len(fit.names) - cells.shape[1]))])
    means = weights @ fit.coefficients
    if not (means > 0).all():
        return {}
    gradient = (signs / means) @ weights
    df = float(fit.df(gradient[None, :])[0])
    logs = student_interval(
        float(signs @ np.log(means)), float(gradient @ fit.covariance @ gradient) ** 0.5, df
    )
    ends = {name: float(np.exp(logs[name])) for name in ("estimate", "conf_low", "conf_high")}
    return {**logs, **ends, "std_error": ends["estimate"] * logs["std_error"]}


def _key(at: str, exposed: str, statistic: str) -> dict[str, object]:
    return {"at": at, "exposed": exposed, "statistic": statistic}


def _named(fitted: _Fitted, row: Row) -> Row:
    numbers, key = row
    read = fitted.read
    low, high = read.ends
    measures = {
        "exposure": read.exposure.name,
        "exposure_label": read.exposure.label,
        "outcome": read.moments.outcome.name,
        "outcome_label": read.moments.outcome.label,
        "modifier": read.modifier.name,
        "modifier_label": read.modifier.label,
        "low": low,
        "high": high,
    }
    return {**numbers, "n_participants": fitted.fit.n_people}, {**measures, **key}


def _method(fitted: _Fitted) -> str:
    """The sentences that the report prints under "Method"."""
    read, found = fitted.read, fitted.read.found
    moments = read.moments
    low, high = read.ends
    adjusted = ", ".join(read.adjusted_for)
    parts = [
        f"Least squares of {moments.outcome.label} at the next check-in on the usual {read.exposure.label} of the person, “{read.modifier.label}” at this check-in as its departure from the "
        f"person's mean, and their product, beside the person's mean of “{read.modifier.label}”, its product with the usual {read.exposure.label}, {moments.time_in_words}"
        f"{f', {adjusted}' if adjusted else ''}; {fitted.fit.n_rows} check-ins of {fitted.fit.n_people} people",
        f"{moments.incomplete} check-ins left out because a value there or after it is missing" if moments.incomplete else "",
        f"Low and high “{read.modifier.label}” are {ends_told(low, high, 'check-ins')}",
        f"The usual {read.exposure.label} is the mean of the visits, of a reliability of {found.reliability:.2f}, drawn to everybody's mean accordingly: "
        f"{_chance(read)}, and that the reliability is estimated is not part of the intervals",
        "Errors hold however the moments of a person hang together, and are those of leaving out each person in turn (CR3); 95 % intervals from Student's t with Satterthwaite's degrees of freedom",
        "The exposure was observed, not assigned: the slopes describe an association and do not say what changing the exposure would do",
    ]  # fmt: skip
    return ". ".join(filter(None, parts)) + "."


def _chance(read: Lasting) -> str:
    """What of a person's readings counts as chance."""
    if read.known.is_known:
        return f"{read.known.told}, and nothing else counts as chance"
    everybody = f"everybody's{' in the arm' if 'arm' in read.adjusted_for else ''}"
    return f"how large its error is, is not known, so that what differs between a person's visits beyond what {everybody} do counts as chance"


def _assumptions(read: Lasting) -> tuple[str, ...]:
    pair = f"{read.exposure.label} and {read.moments.outcome.label}"
    return (
        f"The difference rests on: nothing that goes with the usual {read.exposure.label} makes {read.moments.outcome.label} follow “{read.modifier.label}” more closely from moment "
        "to moment; what lasts in a person and adds to every moment alike cancels.",
        f"Rests on, at either value by itself: no common cause of {pair} other than {', '.join(read.adjusted_for) or 'nothing'} and the person's mean of “{read.modifier.label}”.",
        "The slope changes in a straight line with the modifier, which is recorded without error.",
        "Whether a value is missing does not depend on what it would have been, given what is in the model.",
    )
