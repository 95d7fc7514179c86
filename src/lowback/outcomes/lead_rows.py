"""The rows of "who leads?": effects both ways by interval, what they rest on, the verdict, and how many people share it."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from lowback.estimators.lead.fit import Estimated, Figure
from lowback.estimators.lead.reliability import Reliability
from lowback.estimators.lead.verdicts import VERDICTS, standardised
from lowback.outcomes.lead_answer import CONCLUSIONS, Leads
from lowback.outcomes.two_series import TwoSeries
from lowback.variables import one_of

Rows = list[tuple[dict[str, object], dict[str, object]]]

# Effects are stated so many times the interval later, after visits at round times of the year.
TIMES = (0.5, 1.0, 2.0, 3.0, 5.0, 7.0)
ROUND = (14.0, 28.0, 56.0, 91.0, 182.0, 364.0)


def lead_rows(answer: Leads) -> Rows:
    """Every row with its keys: statistic, source and target of an effect, days, conclusion, and both measures by name and label."""
    found = answer.found
    rows = [
        *_verdict_rows(answer),
        *_effects(answer),
        *_handing_on(answer),
        *_of_each(answer),
        *_of_people(answer),
    ]
    measures: dict[str, object] = {
        "exposure": found.exposure.name,
        "exposure_label": found.exposure.label,
        "outcome": found.outcome.name,
        "outcome_label": found.outcome.label,
    }
    blank = {"source": "", "target": "", "days": math.nan, "conclusion": "", "margin": math.nan}
    people = answer.fit.people
    return [({"n_participants": people, **row}, {**measures, **blank, **key}) for row, key in rows]


def _verdict_rows(answer: Leads) -> Rows:
    found, proof = answer.found, answer.evidence
    x, y, days = found.exposure.label, found.outcome.label, found.interval
    key = {"conclusion": answer.conclusion, "days": days, "margin": proof.margin}
    asymmetry = proof.asymmetry
    t = asymmetry.estimate / asymmetry.std_error if asymmetry.std_error > 0 else 0.0
    tested = {"estimate": t, "df": asymmetry.df, "p_value": asymmetry.p_value if t else 1.0}
    return [
        (
            {"term": f"lead of {x} over {y}", "unit": "correlation", **interval_of(proof.lead)},
            {"statistic": "lead", **key},
        ),
        (
            {"term": "asymmetry in time, t over people", "unit": "standard errors", **tested},
            {"statistic": "asymmetry", **key},
        ),
        (
            {
                "term": f"{x} and {y} at one moment, error-free",
                "unit": "correlation",
                **interval_of(proof.correlation),
            },
            {"statistic": "correlation within persons", **key},
        ),
        (
            {
                "term": f"{x} and {y} at one moment, as recorded",
                "unit": "correlation",
                **interval_of(proof.recorded),
            },
            {"statistic": "recorded correlation within persons", **key},
        ),
    ]


def _effects(answer: Leads) -> Rows:
    """What a point more of each leaves in the other after each interval, in points, and standardised."""
    rows: Rows = []
    found = answer.found
    ways = ((found.exposure, found.outcome, 1, 0), (found.outcome, found.exposure, 0, 1))
    for source, target, to, at in ways:
        for days in _later(found):
            told = "handed on" if answer.is_handed_on(at) else "cannot tell"
            effect = answer.fit.estimated(_effect(to, at), days)
            effect_in_sd = answer.fit.estimated(_standardised(at), days)
            after = in_words(days)
            key: dict[str, object] = {
                "source": source.name,
                "target": target.name,
                "days": days,
                "conclusion": told,
            }
            term = f"{source.label} on {target.label} {after} later"
            unit = f"{target.unit} per {one_of(str(source.unit))}"
            margin = answer.evidence.margin
            rows.append(({"term": term, "unit": unit, **interval_of(effect)}, {"statistic": "effect", **key}))
            rows.append(
                (
                    {"term": f"{term}, standardised", "unit": "SD per SD", **interval_of(effect_in_sd)},
                    {"statistic": "standardised effect", "margin": margin, **key},
                )
            )
    return rows


def _later(found: TwoSeries) -> list[float]:
    """After how many days effects are stated: none much shorter than the time between records."""
    if found.kind == "check-in":
        return [one * found.interval for one in TIMES[not found.several_a_day :]]
    return sorted({found.interval, *(one for one in ROUND if one >= found.interval / 2)})


def _handing_on(answer: Leads) -> Rows:
    """Whether the records fit handing on better than one cause of both: the mean gain over people in its standard errors."""
    found = answer.handing_on
    if found is None or not found.std_error > 0:
        return []
    row: dict[str, object] = {
        "term": "handing on against a cause in common, t over people",
        "estimate": found.estimate / found.std_error,
        "unit": "standard errors",
        "df": found.df,
        "p_value": found.p_value,
    }
    return [(row, {"statistic": "handing on", "conclusion": answer.story})]


def _of_each(answer: Leads) -> Rows:
    """Memory and reliability of each measure."""
    rows: Rows = []
    found = answer.found
    for at, measure in enumerate((found.exposure, found.outcome)):
        memory = answer.fit.estimated(_memory(at), found.interval)
        after = in_words(found.interval)
        rows.append(
            (
                {
                    "term": f"memory of {measure.label} after {after}",
                    "unit": "correlation",
                    **interval_of(memory),
                },
                {"statistic": "memory", "source": measure.name, "days": found.interval},
            )
        )
        rows.append(
            (
                {
                    "term": f"reliability of one {found.kind}'s {measure.label}",
                    "unit": "proportion",
                    **_of_share(answer.reliabilities[at]),
                },
                {"statistic": "reliability", "source": measure.name},
            )
        )
    return rows


def _of_people(answer: Leads) -> Rows:
    """How many people have which verdict, and how many values would show a lead as large as the margin."""
    verdicts = answer.persons.verdicts
    rows: Rows = [
        (
            {
                "term": f"people: {CONCLUSIONS[one]}",
                "estimate": float(verdicts.count(one)),
                "unit": "participants",
            },
            {"statistic": "people", "conclusion": CONCLUSIONS[one]},
        )
        for one in VERDICTS
    ]
    needed, values = float(np.median(answer.persons.needed)), float(np.median(answer.persons.recorded))
    kind = answer.found.kind
    for name, number in (("needed", needed), ("recorded", values)):
        if math.isfinite(number):
            # Both series are counted, and a check-in asks for both.
            row: dict[str, object] = {
                "term": f"{kind}s {name} for the verdict on one person, median",
                "estimate": number / 2,
                "unit": f"{kind}s a person",
            }
            rows.append((row, {"statistic": f"{name} per person", "margin": answer.evidence.margin}))
    return [*rows, *_of_cohort(answer, values / 2)]


def _of_cohort(answer: Leads, recorded: float) -> Rows:
    """How many check-ins of each of these people would settle the verdict on the cohort, by how standard errors shrink."""
    lead = answer.evidence.lead
    if not math.isfinite(lead.std_error):
        return []
    reach = float(special.ndtri(0.975) + special.ndtri(0.8)) * lead.std_error / answer.evidence.margin
    kind = answer.found.kind
    row: dict[str, object] = {
        "term": f"{kind}s needed from each of these people for the verdict on the cohort",
        "estimate": recorded * reach**2,
        "unit": f"{kind}s a person",
    }
    return [(row, {"statistic": "needed for the cohort", "margin": answer.evidence.margin})]


def _effect(to: int, at: int) -> Figure:
    return lambda process, time: process.effects(time)[to, at]


def _standardised(way: int) -> Figure:
    return lambda process, time: standardised(process, time)[way]


def _memory(at: int) -> Figure:
    return lambda process, time: process.autocorrelations(time)[at]


def interval_of(found: Estimated) -> dict[str, object]:
    """The numbers of a row; without a standard error the estimate stands alone."""
    if not (math.isfinite(found.std_error) and found.std_error > 0):
        return {"estimate": found.estimate}
    low, high = found.interval()
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "df": found.df,
        "conf_low": low,
        "conf_high": high,
        "p_value": found.p_value,
    }


def _of_share(found: Reliability) -> dict[str, object]:
    """The numbers of a reliability; without a standard error where its interval rests on the likelihood."""
    row = interval_of(found.wald) if found.wald else {"estimate": found.estimate}
    return {**row, "conf_low": found.low, "conf_high": found.high}


def in_words(days: float) -> str:
    """An interval as a row names it: in weeks where it is two or more of them."""
    if days == 0.5:
        return "half a day"
    if days >= 14 and days % 7 == 0:
        return f"{days / 7:g} weeks"
    return "a day" if days == 1 else f"{days:g} days"
