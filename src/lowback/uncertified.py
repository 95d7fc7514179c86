"""Why an analysis of an estimand has no certificate, in one sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lowback.certificate import Certificate
from lowback.study import Estimand, Study, SummaryMeasure

Reasons = Mapping[str, tuple[SummaryMeasure, str]]

NO_DIARY = "cohorts alike draw nobody's course from one check-in to the next, so that no true value of what it finds is known"
IN_COHORTS_ALIKE: Reasons = {
    "agreement": (
        "agreement",
        "cohorts alike have no second readings, so that there is no true agreement to be found",
    ),
    "both_sides": (
        "mean difference",
        "it reads two outcomes of a person at once, of which cohorts alike draw one",
    ),
    "co_occurrence": ("lead", NO_DIARY),
    "complier": (
        "effect in those who keep to it",
        "cohorts alike do not draw who keeps to an arm",
    ),
    "corrected_slopes": (
        "slope",
        "in cohorts alike the slope on the exposure as recorded is set; what it is without error of measurement is not known",
    ),
    "dose": (
        "dose response",
        "cohorts alike have no doses after baseline, so that no true effect of more is known",
    ),
    "efficiency": ("mean difference", "cohorts alike have no burden beside the outcome"),
    "event_curve": ("proximal effect", NO_DIARY),
    "factorial": (
        "mean difference",
        "cohorts alike draw each arm by itself, so that no true effect of a component is known",
    ),
    "hold": ("threshold", NO_DIARY),
    "incidence": ("incidence", "cohorts alike do not draw whether something happened to a person"),
    "lead": ("lead", NO_DIARY),
    "mediation": (
        "mediated effect",
        "cohorts alike draw the outcome and no mediators, so that no true effect by way of them is known",
    ),
    "one_person": ("change in one person", NO_DIARY),
    "onsets": ("lead", NO_DIARY),
    "panel": ("lead", NO_DIARY),
    "proximal_effect": ("proximal effect", NO_DIARY),
    "recurrence": (
        "recurrence",
        "cohorts alike have no course from day to day, so that no true rate of return is known",
    ),
    "rule_value": ("value of a rule", NO_DIARY),
    "screening_rule": ("screening rule", "cohorts alike do not draw who has what is looked for"),
    "slope_by_modifier": (
        "slope",
        "in cohorts alike the slope is the same whatever the modifier and is set for the exposure as recorded, not without error",
    ),
    "slope_by_moment": ("slope", NO_DIARY),
    "sustained": (
        "sustained effect",
        "cohorts alike have no exposures after baseline, so that no true effect of more is known",
    ),
    "three_in_a_row": ("proximal effect", NO_DIARY),
    "time_to_ease": ("time to ease", NO_DIARY),
    "transitions": ("transitions", "cohorts alike do not draw the steps that people go from visit to visit"),
}
"""Of analyses of which cohorts like one's own have no truth: the summary that each answers, and why."""

ONLY_WITH_MODIFIER = ("slope_by_modifier", "slope_by_moment")


def untried(study: Study, reasons: Reasons) -> Iterator[tuple[str, str, str]]:
    """Analysis, estimand and reason, for each estimand of a study and each analysis of its summary that has no truth."""
    for estimand in study.estimands:
        for analysis, (summary, why) in reasons.items():
            if summary == estimand.summary and _is_asked(analysis, estimand):
                yield analysis, estimand.name, why


def why_uncertified(
    certificate: Certificate, analysis: str, estimand: str, declared: Collection[str] | None = None
) -> str:
    """Why a certificate has no part on this analysis of this estimand; `declared` are the study's estimands, where they are known."""
    if (analysis, estimand) in certificate.outdated:
        return "data, study or software have changed since it was"
    told = next((why for one, of, why in certificate.untried if (one, of) == (analysis, estimand)), None)
    if told is not None:
        return told
    if analysis in IN_COHORTS_ALIKE:
        return IN_COHORTS_ALIKE[analysis][1]
    if declared is not None and estimand not in declared:
        return "the study does not declare this question, and only declared ones are tried"
    return "not tried on simulated cohorts like this one"


def _is_asked(analysis: str, estimand: Estimand) -> bool:
    """Whether an estimand of its summary is put to an analysis; which outcomes have two sides only the data dictionary knows."""
    if analysis == "both_sides":
        return False
    if analysis == "factorial":
        return bool(estimand.factorial)
    if analysis == "efficiency":
        return estimand.burden is not None
    return estimand.modifier is not None or analysis not in ONLY_WITH_MODIFIER
