"""Do two complaints of a person rise and fall together, beyond what people have in common and beyond chance?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.own_correlations import OwnCorrelations, between_people, own_correlations
from lowback.estimators.pooling import Pooled
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.diary import Diary, diary
from lowback.outcomes.refusals import refuse_other_strategies
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study
from lowback.variables import Variable

ASKING = Asking(
    "co_occurrence",
    "lead",
    "Do “{exposure}” and “{label}” come together in a person?",
    "Do two complaints come together in a person?",
)
SOURCES = (
    "Fisher 1921, Metron 1:3-32 (the scale of correlations)",
    "Bayley & Hammersley 1946, Suppl J R Stat Soc 8:184-197 (moments that resemble those before)",
    "Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 11 (errors of people's means)",
    "Viechtbauer 2005, J Educ Behav Stat 30:261-293; Sidik & Jonkman 2006, Comput Stat Data Anal 50:3681-3701 (people taken together)",
    "Bland & Altman 1995, BMJ 310:446 (within people and between them)",
)
TAKEN_OFF, LEVEL_ONLY = "own level, line and time of day taken off", "own level taken off"
UNIT = "correlation"
Row = tuple[dict[str, object], dict[str, object]]


def co_occurrence(cohort: Cohort, study: Study) -> Result | Refusal:
    """The correlation of two complaints over the check-ins of a person, in each person, in all taken together, and between people.

    From -1 to 1, positive where both are up at the same moments. Within persons each person's level, straight line over the days and times of
    day are taken off, so that neither what lasts in a person nor a course of weeks passes for coming together; beside it with the
    level alone taken off. Between persons it is that of people's means. Error of measurement, which is not taken off, draws it towards 0; a
    cause in common, such as a bad night, brings complaints together that have nothing to do with each other. Never causal.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Both:
    """The moments at which both complaints were recorded."""

    exposure: Variable
    outcome: Variable
    moments: Diary
    rows: Array
    at: np.ndarray

    @property
    def person(self) -> np.ndarray:
        return np.asarray(self.moments.person[self.at])

    @property
    def follows(self) -> np.ndarray:
        """Whether each moment comes one step after the one before, of the same person."""
        step = np.diff(self.moments.tick[self.at], prepend=-9) == 1
        return np.asarray(step & (np.diff(self.person, prepend=-9) == 0))

    def correlations(self, taken_off: Array) -> OwnCorrelations:
        """Those within persons; raises `NotComparable`."""
        try:
            return own_correlations(self.rows[:, 0], self.rows[:, 1], self.person, taken_off, self.follows)
        except NotEstimable as refused:
            raise NotComparable(
                f"how {self.exposure.label} and {self.outcome.label} go together within persons cannot be told: {refused}",
                "several people with many check-ins that record both, at which both change",
            ) from refused


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    both = _both(people, study, estimand)
    level = np.ones((len(both.at), 1))
    found, plain = both.correlations(_own_course(both)), both.correlations(level)
    rows = [
        _pooled_row(found, f"within persons, {TAKEN_OFF}", "within", TAKEN_OFF),
        _pooled_row(plain, f"within persons, {LEVEL_ONLY}", "within", LEVEL_ONLY),
        *_between_row(both),
        *_scatter_rows(found),
        *_counts(found),
        *_of_people(found),
    ]
    named = {
        "exposure": both.exposure.name, "exposure_label": both.exposure.label,
        "outcome": both.outcome.name, "outcome_label": both.outcome.label,
        "occasion": both.moments.occasion,
    }  # fmt: skip
    return Result(
        analysis="co_occurrence",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([{"person": np.nan, "adjustment": "", **named, **key} for _, key in rows]),
        method=_method(both, found),
        assumptions=_assumptions(both),
        sources=SOURCES,
        higher_is=both.outcome.higher_is,
    )


def _both(people: Cohort, study: Study, estimand: Estimand) -> _Both:
    refuse_other_strategies(estimand)
    measures = [_measure(people, name) for name in (str(estimand.exposure), estimand.outcome)]
    moments = diary(people, study, estimand)
    values = np.column_stack([moments.values(one.name) for one in measures])
    at = np.flatnonzero(~np.isnan(values).any(axis=1))
    if not len(at):
        labels = " and ".join(one.label for one in measures)
        raise NotComparable(
            f"no {moments.occasion} records {labels} both",
            f"{moments.occasion}s that ask for both at the same moment",
        )
    return _Both(measures[0], measures[1], moments, values[at], at)


def _measure(people: Cohort, name: str) -> Variable:
    variable = people.variables.get(name)
    if variable is None or name not in people.columns:
        raise NotComparable(f"no column {name!r} in this cohort", f"{name} at each check-in")
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(
            f"{name} has no unit, so its ups and downs cannot be followed", "a measure with a unit"
        )
    return variable


def _own_course(both: _Both) -> Array:
    """A level, a line over the days and a level for each further time of day, as columns."""
    days, times = both.moments.days[both.at], both.moments.time_of_day[both.at]
    own = [times == one for one in np.unique(times)[1:]]
    return np.column_stack([np.ones(len(days)), days - days.mean(), *own]).astype(float)


def _on_the_scale(z: float, error: float, df: float) -> dict[str, float]:
    """A Fisher z as a correlation with its interval."""
    found = student_interval(z, error, df)
    ends = {name: float(np.tanh(found[name])) for name in ("estimate", "conf_low", "conf_high")}
    return {**found, **ends, "std_error": error * (1 - ends["estimate"] ** 2)}


def _pooled_row(found: OwnCorrelations, term: str, statistic: str, adjustment: str) -> Row:
    mean: Pooled = found.all
    row = {"term": term, "unit": UNIT, "n_participants": mean.count}
    numbers = _on_the_scale(mean.estimate, mean.std_error, mean.df)
    return {**row, **numbers}, {"statistic": statistic, "adjustment": adjustment}


def _between_row(both: _Both) -> Iterator[Row]:
    """The correlation of people's means, where they have one."""
    try:
        z, error, people = between_people(both.rows[:, 0], both.rows[:, 1], both.person)
    except NotEstimable:
        return
    row = {"term": "between persons, of their means", "unit": UNIT, "n_participants": people}
    yield {**row, **_on_the_scale(z, error, people - 2.0)}, {"statistic": "between"}


def _scatter_rows(found: OwnCorrelations) -> Iterator[Row]:
    """Where another person's may lie, where people are found to differ, how they do, and what chance alone gives one person."""
    mean, named = found.all, {"unit": UNIT, "n_participants": found.all.count}
    if mean.foretells:
        ends = [float(np.tanh(one)) for one in (mean.estimate, mean.prediction_low, mean.prediction_high)]
        another = dict(zip(("estimate", "conf_low", "conf_high"), ends, strict=True))
        yield {"term": "in another person like these", **named, **another}, {"statistic": "prediction"}
    differ = {"unit": "Fisher's z", "estimate": mean.tau, "p_value": mean.q_p_value}
    yield {"term": "SD between people", **named, **differ}, {"statistic": "between people"}
    chance = {"estimate": 0.0, "conf_low": -found.chance, "conf_high": found.chance}
    yield (
        {"term": "in one person with the usual number of moments, by chance alone", **named, **chance},
        {"statistic": "chance"},
    )


def _counts(found: OwnCorrelations) -> Iterator[Row]:
    """How many people have an interval of their own above 0, below it, and around it."""
    half = 1.959963984540054 * found.std_error
    together, opposed = found.z > half, found.z < -half
    flags = {
        "together": together,
        "one up as the other is down": opposed,
        "cannot be told": ~(together | opposed),
    }
    for word, which in flags.items():
        row = {"term": f"people: {word}", "unit": "participants", "n_participants": len(which)}
        yield {**row, "estimate": float(which.sum())}, {"statistic": f"people: {word}"}


def _of_people(found: OwnCorrelations) -> Iterator[Row]:
    for at, (z, error) in enumerate(zip(found.z, found.std_error, strict=True)):
        row = {"term": f"person {at + 1}", "unit": UNIT, "n_participants": 1}
        yield (
            {**row, **_on_the_scale(float(z), float(error), np.inf)},
            {"statistic": "person", "person": at + 1.0},
        )


def _method(both: _Both, found: OwnCorrelations) -> str:
    """The sentences that the report prints under "Method"."""
    out = f", {found.left_out} left out whose moments tell too little" if found.left_out else ""
    kind = both.moments.occasion
    return (
        f"Correlation of {both.exposure.label} and {both.outcome.label} over the {kind}s of each of {len(found.z)} people{out}, once each "
        "person's own level, straight line over the days and times of day are taken off both; taken together as estimates of people who "
        "differ, on the scale of Fisher's z (REML, 95 % interval by the sandwich, Satterthwaite's degrees of freedom); "
        f"{int(np.median(found.moments))} {kind}s a person (median, {int(found.moments.min())} to {int(found.moments.max())}), which count for "
        f"fewer since each resembles the one before (product of both memories {found.memory:.2f}); a person counts who has five {kind}s or more "
        "away from the most frequent value of each; intervals of single people are normal on that scale, that of people's means is Student's t with the jackknife's error; error of "
        "measurement, which is not taken off, draws correlations towards 0, more so within persons than between them."
    )


def _assumptions(both: _Both) -> tuple[str, ...]:
    one, other = both.exposure.label, both.outcome.label
    return (
        f"Coming together does not say that one of {one} and {other} brings the other: a bad night, low spirits or a way of answering moves both.",
        f"Errors of {one} and {other} at one moment have nothing to do with each other: one page that asks for both, one after the other, makes them look "
        "alike.",
        "Whether a check-in is answered has nothing to do with both complaints at once.",
        "Each person's course wanders around a straight line, and how it hangs together from one moment to the next is alike in people.",
        "Ups and downs are quick beside the diary: own levels and lines of a short one take a part of slow ups and downs along, and what goes together over days rather "
        "than from moment to moment is found too small.",
        "People do not affect each other.",
    )
