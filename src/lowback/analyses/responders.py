"""Did more people get better? Responders by arm, the standardised risk difference, and the number needed to treat."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators.proportions import Proportion, newcombe, wilson
from lowback.outcomes import (
    Comparison,
    Response,
    assignment,
    left_out,
    response,
)
from lowback.outcomes.asking import Asking, answered
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "responders",
    "risk difference",
    "Did more people get better ({label} by week {week:g})?",
    "Did more people get better?",
)
Row = tuple[dict[str, object], dict[str, object]]


def responders(cohort: Cohort, study: Study) -> Result | Refusal:
    """Share of people who got better at the estimand's week, arm minus comparator, by each definition of the estimand.

    Risk differences are proportions (-1 to 1), positive where more people of the arm got better. With
    `missing_outcome: not responded` everybody with an arm counts; with `missing` those whose response is known. The standardised
    difference averages a logistic regression on arm, baseline and covariates over everybody.

    Ge et al. 2011, Drug Inf J 45:481-493; Newcombe 1998, Stat Med 17:873-890; Altman 1998, BMJ 317:1309-1312.
    """
    return answered(cohort, study, ASKING, _shares)


def _shares(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    definitions = [response(compared, estimand, rule) for rule in estimand.responders]
    rows = [row for definition in definitions for row in _rows(compared, definition)]
    return Result(
        analysis="responders",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=_method(compared, estimand, definitions, rows),
        assumptions=_assumptions(compared, study, estimand),
        sources=(
            "Ge et al. 2011, Drug Inf J 45:481-493, doi:10.1177/009286151104500409 (standardised risk difference)",
            "Steingrimsson, Hanley & Rosenblum 2017, Contemp Clin Trials 54:18-24, doi:10.1016/j.cct.2016.12.026",
            "Mancl & DeRouen 2001, Biometrics 57:126-134, doi:10.1111/j.0006-341X.2001.00126.x (standard errors of few people)",
            "Newcombe 1998, Stat Med 17:873-890 (interval of an unadjusted difference)",
            "Wilson 1927, J Am Stat Assoc 22:209-212 (interval of a share)",
            "Altman 1998, BMJ 317:1309-1312, doi:10.1136/bmj.317.7168.1309 (number needed to treat)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is="better",
    )


def _rows(compared: Comparison, definition: Response) -> Iterator[Row]:
    """Differences of one definition with their numbers needed to treat, then what each arm's people did."""
    for arm in compared.treated:
        yield from _differences(compared, definition, arm)
    for arm in definition.arms:
        yield from _arm_rows(compared, definition, arm)


def _differences(compared: Comparison, definition: Response, arm: str) -> Iterator[Row]:
    """The standardised difference where there is one, its reciprocal where that makes sense, and the unadjusted one."""
    term = f"{arm} vs {compared.comparator}: {definition.label}"
    place = _place(compared, definition, arm, compared.comparator)
    counts = (*definition.count(arm), *definition.count(compared.comparator))
    plain = _share(newcombe(*counts), counts[1] + counts[3])
    found = plain
    if definition.risks is not None:
        weights = definition.is_arm(arm) - definition.is_arm(compared.comparator)
        found = definition.standardised(weights, lowest=-1.0)
        yield {"term": term, **found}, {**place, "statistic": "risk difference", "adjustment": "adjusted"}
    for name, needed in _numbers_needed(found):
        yield {"term": f"{term}: {name}", **needed}, {**place, "statistic": name, "adjustment": ""}
    # Where no standardised difference exists the unadjusted one answers in its place, under its own name.
    statistic = "risk difference" if found is plain else "unadjusted risk difference"
    yield (
        {"term": f"{term} (unadjusted)", **plain},
        {**place, "statistic": statistic, "adjustment": "unadjusted"},
    )


def _arm_rows(compared: Comparison, definition: Response, arm: str) -> Iterator[Row]:
    """Responders and people of one arm, their share, and the share at everybody's baseline and covariates."""
    count, people = definition.count(arm)
    place = _place(compared, definition, arm, "")
    number = {"unit": "participants", "n_participants": people}
    yield (
        {"term": f"{arm}: responders, {definition.label}", "estimate": count, **number},
        {**place, "statistic": "responders", "adjustment": ""},
    )
    yield (
        {"term": f"{arm}: {definition.among}, {definition.label}", "estimate": people, **number},
        {**place, "statistic": definition.among, "adjustment": ""},
    )
    yield (
        {"term": f"{arm}: risk, {definition.label}", **_share(wilson(count, people), people)},
        {**place, "statistic": "observed risk", "adjustment": "unadjusted"},
    )
    if definition.risks is not None:
        found = {**definition.standardised(definition.is_arm(arm), lowest=0.0), "p_value": math.nan}
        yield (
            {"term": f"{arm}: standardised risk, {definition.label}", **found},
            {**place, "statistic": "standardised risk", "adjustment": "adjusted"},
        )


def _numbers_needed(difference: Mapping[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """The reciprocal of a risk difference whose interval excludes 0, to treat or to harm; none otherwise.

    An interval that holds 0 would have a reciprocal in two pieces (Altman 1998, BMJ 317:1309-1312).
    """
    low, high = float(str(difference["conf_low"])), float(str(difference["conf_high"]))
    if low <= 0 <= high:
        return
    bounds = sorted([1 / abs(low), 1 / abs(high)])
    number = {
        "estimate": 1 / abs(float(str(difference["estimate"]))),
        "conf_low": bounds[0],
        "conf_high": bounds[1],
        "unit": "participants",
        "n_participants": difference["n_participants"],
    }
    yield ("number needed to treat" if low > 0 else "number needed to harm"), number


def _share(found: Proportion, people: int) -> dict[str, object]:
    return {**vars(found), "df": math.inf, "unit": "proportion", "n_participants": people}


def _place(compared: Comparison, definition: Response, arm: str, comparator: str) -> dict[str, object]:
    place = {**compared.named_outcome, "arm": arm, "comparator": comparator}
    return {**place, "weeks": compared.week, "definition": definition.label}


def _method(compared: Comparison, estimand: Estimand, definitions: list[Response], rows: list[Row]) -> str:
    """The sentences that the report prints under "Method"."""
    everybody = len(compared.arm)
    constant = _constant(definitions)
    adjusted = [
        compared.label(name)
        for name in (compared.baseline_place, *compared.covariates)
        if name not in constant
    ]
    fate = "count as not having got better" if estimand.missing_outcome == "not responded" else "are left out"
    unknown = int(np.isnan(compared.follow_up).sum())
    parts = [
        f"Share of people who got better by week {compared.week:g}, arm minus {compared.comparator}; {unknown} of "
        f"{everybody} people in the arms of the study have no {compared.outcome.label} score at week {compared.week:g} and {fate}"
    ]
    free = int((compared.baseline == 0).sum())
    if free and any(rule.fall_percent is not None for rule in estimand.responders):
        parts.append(f"{free} with a score of 0 at baseline cannot change by a percentage and there {fate}")
    if any(definition.risks is not None for definition in definitions):
        parts.append(
            "differences are standardised over everybody counted, by a logistic regression on "
            f"{', '.join(['arm', *adjusted])}, with robust standard errors that include the sampling of the covariates"
        )
    if constant:
        parts.append(f"not adjusted for {', '.join(map(compared.label, constant))}: the same in everybody")
    parts += [_of_definition(definition, everybody) for definition in definitions]
    parts.append(
        "unadjusted differences have Newcombe's interval and shares Wilson's; all intervals are 95 %"
    )
    without = _without_number_needed(rows)
    if without:
        parts.append(
            f"no number needed to treat for {', '.join(without)}: the interval of the difference includes 0"
        )
    return "; ".join(parts) + "."


def _constant(definitions: list[Response]) -> list[str]:
    """What does not vary among the people of any adjusted difference."""
    each = [definition.constant for definition in definitions if definition.risks is not None]
    return [name for name in (each[0] if each else ()) if all(name in one for one in each)]


def _of_definition(definition: Response, everybody: int) -> str:
    """How many people one definition counts, whom its adjusted difference leaves out, or why it has none."""
    counted = f"{definition.label}: {len(definition.better)} of {everybody} people are counted"
    if definition.risks is None:
        why = definition.not_adjusted
        return (
            f"{counted}, and as no adjusted difference exists ({why}) the unadjusted one stands in its place"
        )
    left = left_out(definition.gaps)
    return f"{counted}, of whom the adjusted difference has {left}" if left else counted


def _without_number_needed(rows: list[Row]) -> list[str]:
    place = ("arm", "comparator", "definition")
    given = {
        tuple(key[name] for name in place) for _, key in rows if "number needed" in str(key["statistic"])
    }
    asked = [tuple(key[name] for name in place) for _, key in rows if key["statistic"] == "risk difference"]
    return [
        f"{arm} vs {comparator} ({label})"
        for arm, comparator, label in asked
        if (arm, comparator, label) not in given
    ]


def _assumptions(compared: Comparison, study: Study, estimand: Estimand) -> tuple[str, ...]:
    missing = (
        f"People without a score of {compared.question_place} did not get better; the difference is biased where they did."
        if estimand.missing_outcome == "not responded"
        else f"Whether {compared.question_place} is missing does not depend on its value among people of one arm with the "
        "same baseline and covariates (missing at random)."
    )
    return (
        assignment(study),
        missing,
        "People are independent of each other.",
        "In a randomised trial the standardised difference does not rest on the logistic regression being right.",
    )
