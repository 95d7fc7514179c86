"""Who leads: do the exposure's ups and downs come before the outcome's, after them, or with them?"""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.lead.fit import fit_lead
from lowback.estimators.rounding import Rounding
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.lead_answer import CONCLUSIONS, Leads, leads
from lowback.outcomes.lead_rows import in_words, lead_rows
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.two_series import TwoSeries, two_series
from lowback.result import Refusal, Result, estimates_frame
from lowback.screening import eligible
from lowback.study import Estimand, Study
from lowback.variables import Variable, one_of

SOURCES = (
    "Oud & Jansen 2000, Psychometrika 65:199-215, doi:10.1007/BF02294374 (processes in continuous time)",
    "Voelkle et al. 2012, Psychol Methods 17:176-192, doi:10.1037/a0027543",
    "Schuurman & Hamaker 2019, Psychol Methods 24:70-91, doi:10.1037/met0000188 (errors of measurement)",
    "Hamaker, Kuiper & Grasman 2015, Psychol Methods 20:102-116, doi:10.1037/a0038889 (persons' own levels)",
    "Vuong 1989, Econometrica 57:307-333, doi:10.2307/1912557 (which of two models fits better)",
    "Sheppard 1898, Proc Lond Math Soc 29:353-380, doi:10.1112/plms/s1-29.1.353 (the error of rounding)",
    "Boos 1992, Am Stat 46:327-333, doi:10.1080/00031305.1992.10475921 (score tests that hold under a wrong model)",
    "Benjamini & Hochberg 1995, J R Stat Soc B 57:289-300 (false discoveries among persons)",
)
ASKING = Asking(
    "lead",
    "lead",
    "Which comes first, {exposure} or {label}, or do they come together?",
    "Which comes first?",
)


def lead(cohort: Cohort, study: Study) -> Result | Refusal:
    """Whether the exposure's ups and downs come before the outcome's: both cross-effects by interval, and a verdict by a fixed rule.

    Check-ins are used where they hold both measures, else visits. Rows (`keys["statistic"]`): "lead" (error-free correlation of the
    exposure now with the outcome later less the reverse; above 0 where the exposure comes first) with the cohort's `conclusion`, "asymmetry" (its
    test), "handing on" (whether the records fit handing on better than one cause of both), "correlation within persons", "effect" (outcome points left per exposure point after so many `days` at equal outcome, and the
    other way round), "standardised effect", "memory", "reliability", "people" by verdict, and how many check-ins the verdicts need. Never
    causal: what comes first may still have a cause in common with what follows.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def personal_table(cohort: Cohort, study: Study) -> pd.DataFrame:
    """Each person's lead with interval, p-value, verdict and values recorded: for a lesson or the person's own sheet, never for a report.

    One row a person (`participant_id`, `lead`, `conf_low`, `conf_high`, `p_value`, `conclusion`, `recorded`). Raises `NotComparable` or
    `NotEstimable` where `lead` would refuse.
    """
    estimand = study.estimand("lead")
    if estimand is None:
        raise NotComparable(f"the study “{study.title}” declares no estimand whose summary measure is “lead”")
    people = eligible(cohort, study)
    persons = _leads(two_series(people, study, estimand), estimand).persons
    return pd.DataFrame(
        {
            "participant_id": people.participant_ids[persons.people],
            "lead": persons.lead,
            "conf_low": persons.low,
            "conf_high": persons.high,
            "p_value": persons.p_values,
            "conclusion": [CONCLUSIONS[one] for one in persons.verdicts],
            "recorded": persons.recorded,
        }
    )


def _leads(found: TwoSeries, estimand: Estimand) -> Leads:
    fit = fit_lead(found.series, free_night=found.several_a_day, known_error=found.known_error)
    return leads(found, fit, estimand.smallest_worthwhile)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    try:
        answer = _leads(two_series(people, study, estimand), estimand)
    except NotEstimable as refused:
        names = f"{estimand.exposure} and {estimand.outcome}"
        raise NotComparable(
            f"{names} do not tell which comes first: {refused}",
            f"more people who each record both {names} many times, close enough for ups and downs to last from one to the next",
        ) from refused
    rows = lead_rows(answer)
    return Result(
        analysis="lead",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=_method(answer),
        assumptions=_assumptions(answer.found),
        sources=SOURCES,
        causal=False,
        higher_is=answer.found.outcome.higher_is,
    )


def _method(answer: Leads) -> str:
    found, fit = answer.found, answer.fit
    taken = {
        "own line": "each person's own level and straight line over time",
        "own level": "each person's own level",
        "random level": "persons' levels, normally distributed,",
    }[found.series.level]
    interval = in_words(found.interval)
    said = [
        f"Two processes in continuous time with errors of measurement, from {fit.people} people with {found.moments} {found.kind}s "
        f"that record {found.exposure.label}, {found.outcome.label} or both, fitted by maximum likelihood (Kalman filter, exact time gaps)",
        f"{taken[:1].upper()}{taken[1:]} are taken out exactly, and "
        + (
            "the average of each part of the day"
            if found.kind == "check-in"
            else "the mean of each visit in each arm"
        )
        + " beforehand",
        f"A lead is the correlation of the error-free {found.exposure.label} now with {found.outcome.label} {interval} later less that of the "
        f"reverse; verdict at {answer.evidence.margin:.2g} SD per SD as the smallest that matters",
        "Somebody is said to lead only where a test that neither series comes first, by a t test over people that holds whatever the reliabilities, "
        "memories and common causes are, rejects at 5 %, and the leader's cross-effect is clearly above 0, at least the smallest that matters, and "
        "the larger one; together, only where the lead is shown to be smaller than that; else the data cannot tell",
        "An effect is told from one cause in common, at the same moment, where its source comes first, or where cross-effects fit the records better "
        "than three processes, one common to both and one of each series' own, by a t test over people of log-likelihoods at 5 %",
        "In single persons the adjusted p-value (Benjamini and Hochberg over everybody) must be below 5 %",
        "Intervals: t over people, from what each person contributes (sandwich)",
        *_remarks(answer),
    ]
    return ". ".join(said) + "."


def _remarks(answer: Leads) -> list[str]:
    found, fit = answer.found, answer.fit
    remarks = []
    if found.series.left_out:
        several = "people are" if found.series.left_out > 1 else "person is"
        remarks.append(
            f"{found.series.left_out} {several} left out with too few {found.kind}s of one measure"
        )
    if found.several_a_day:
        night = float(fit.model.night(fit.free.point))
        remarks.append(
            f"A night was let count for more or less than its hours: by the fit, {abs(night):.2g} days {'more' if night >= 0 else 'less'}"
        )
    for at, measure in enumerate((found.exposure, found.outcome)):
        remarks += _rounding_told(measure, found.roundings[at], found.kind)
        of = answer.reliabilities[at]
        if of.is_least:
            remarks.append(
                f"The reliability of {measure.label} was estimated at the lower end of what is possible ({of.estimate:.2f}), so that it has no interval"
            )
        if of.is_most:
            beyond = "beyond that of its steps " if found.known_error[at] else ""
            remarks.append(
                f"No error of {measure.label} {beyond}was found; the interval of its reliability is that of the likelihood"
            )
    return remarks


def _rounding_told(measure: Variable, of: Rounding, kind: str) -> list[str]:
    """What is known of the error by the steps in which a measure is recorded."""
    if of.step is None:
        return []
    steps = f"{measure.label[:1].upper()}{measure.label[1:]} is recorded in steps of {of.step:g} {measure.unit if of.step != 1 else one_of(str(measure.unit))}"
    if of.is_coarse:
        return [
            f"{steps}, too coarse beside what it changes by from one {kind} to the next to know the error of that"
        ]
    return [
        f"{steps}, so that its error has a variance of {of.variance:.2g} at the least, a twelfth of the step squared"
    ]


def _assumptions(found: TwoSeries) -> tuple[str, ...]:
    x, y = found.exposure.label, found.outcome.label
    return (
        f"Rests on: no common cause of {x} and {y} other than those that act on both at the same time, if a lead is to be read as an influence.",
        "A cause in common is taken to be one process behind both at the same moment; two such causes, of which one moves the series apart, "
        "cannot be told from handing on by any records.",
        "Ups and downs come and fade in the same way all along, around what is taken out; errors of measurement of the two series are independent.",
        "Memory, reliability and correlation are alike in everybody where the verdict is on single persons; the test over people does not need that.",
        "Whether a value is missing does not depend on it, given the values that were recorded.",
    )
