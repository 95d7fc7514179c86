"""Who leads, were one of the two measures recorded more or less reliably than the data suggest?"""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.lead.fit import fit_lead
from lowback.estimators.lead.tipping import Assumed, assumed_reliabilities
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.lead_answer import CONCLUSIONS, lead_margin
from lowback.outcomes.lead_rows import interval_of
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.two_series import TwoSeries, two_series
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

SOURCES = (
    "Schuurman & Hamaker 2019, Psychol Methods 24:70-91, doi:10.1037/met0000188 (errors of measurement in series)",
    "Rogosa 1980, Psychol Bull 88:245-258, doi:10.1037/0033-2909.88.2.245 (what unreliability does to cross-lagged slopes)",
)
ASKING = Asking(
    "lead_by_reliability",
    "lead",
    "Would the answer to which comes first, {exposure} or {label}, change if one were recorded less reliably?",
    "Would another reliability change which comes first?",
)


def lead_by_reliability(cohort: Cohort, study: Study) -> Result | Refusal:
    """The lead and its verdict if the reliability of one measure were given, from 0.4 to 0.95, and everything else fitted anew.

    One row a measure and reliability (`keys`: `source` the measure whose reliability is assumed, `reliability`, `conclusion`, `fall` of the
    log-likelihood against the estimated reliability: above 1.9 the data speak against it), and the estimated one first.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    try:
        found = two_series(people, study, estimand)
        fit = fit_lead(found.series, free_night=found.several_a_day, known_error=found.known_error)
        margin = lead_margin(fit, estimand.smallest_worthwhile)
        assumed = list(assumed_reliabilities(fit, found.interval, margin))
    except NotEstimable as refused:
        names = f"{estimand.exposure} and {estimand.outcome}"
        raise NotComparable(
            f"{names} do not tell which comes first: {refused}", f"more people who record both {names} often"
        ) from refused
    if not assumed:
        raise NotComparable(
            "no fit with a given reliability has a proven optimum", "more people and check-ins"
        )
    rows = [_row(found, one, fit.people) for one in assumed]
    keys = [_key(found, one, margin) for one in assumed]
    return Result(
        analysis="lead_by_reliability",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys),
        method=(
            f"The fit of who leads, from {fit.people} people, with the reliability of {found.exposure.label} or of {found.outcome.label} given instead "
            "of estimated, and all other figures fitted anew. Reliability is the share of the variance around each person's own level or line that is no error; "
            "one that the steps in which a measure is recorded rule out is left out."
        ),
        assumptions=(
            "Errors of measurement of the two series are independent of each other and from moment to moment.",
        ),
        sources=SOURCES,
    )


def _row(found: TwoSeries, one: Assumed, people: int) -> dict[str, object]:
    measure = (found.exposure, found.outcome)[one.series]
    return {
        "term": f"lead of {found.exposure.label} if the reliability of {measure.label} were {one.reliability:g}",
        "unit": "correlation",
        "n_participants": people,
        **interval_of(one.evidence.lead),
    }


def _key(found: TwoSeries, one: Assumed, margin: float) -> dict[str, object]:
    return {
        "statistic": "lead",
        "source": (found.exposure, found.outcome)[one.series].name,
        "reliability": one.reliability,
        "conclusion": CONCLUSIONS[one.evidence.verdict],
        "fall": one.fall,
        "margin": margin,
        "days": found.interval,
        "exposure": found.exposure.name,
        "exposure_label": found.exposure.label,
        "outcome": found.outcome.name,
        "outcome_label": found.outcome.label,
    }
