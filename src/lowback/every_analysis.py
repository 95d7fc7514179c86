"""Every analysis by its name, for whoever asks several questions of one cohort."""

from __future__ import annotations

from collections.abc import Callable

from lowback.analyses import (
    agreement,
    ancova,
    both_sides,
    by_characteristic,
    clda,
    co_occurrence,
    complier,
    corrected_slopes,
    dose,
    efficiency,
    equivalence,
    event_curve,
    expected_change,
    factorial,
    hold,
    implications,
    incidence,
    lead,
    mediation,
    mixed,
    mmrm,
    one_person,
    onsets,
    panel,
    proximal_effect,
    recurrence,
    responders,
    rule_value,
    screening_rule,
    slope_by_modifier,
    slope_by_moment,
    slopes,
    sustained,
    three_in_a_row,
    time_to_ease,
    transitions,
    within_between,
)
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Study

Analysis = Callable[[Cohort, Study], Result | Refusal]


def every_analysis() -> dict[str, Analysis]:
    """The analyses that answer one estimand of a study, by name."""
    return {
        "agreement": agreement.agreement,
        "ancova": ancova.ancova,
        "both_sides": both_sides.both_sides,
        "by_characteristic": by_characteristic.by_characteristic,
        "clda": clda.clda,
        "co_occurrence": co_occurrence.co_occurrence,
        "complier": complier.complier,
        "corrected_slopes": corrected_slopes.corrected_slopes,
        "dose": dose.dose,
        "efficiency": efficiency.efficiency,
        "equivalence": equivalence.equivalence,
        "event_curve": event_curve.event_curve,
        "expected_change": expected_change.expected_change,
        "factorial": factorial.factorial,
        "hold": hold.hold,
        "implications": implications.implications,
        "incidence": incidence.incidence,
        "lead": lead.lead,
        "mediation": mediation.mediation,
        "mixed": mixed.mixed,
        "mmrm": mmrm.mmrm,
        "one_person": one_person.one_person,
        "onsets": onsets.onsets,
        "panel": panel.panel,
        "proximal_effect": proximal_effect.proximal_effect,
        "recurrence": recurrence.recurrence,
        "responders": responders.responders,
        "rule_value": rule_value.rule_value,
        "screening_rule": screening_rule.screening_rule,
        "slope_by_modifier": slope_by_modifier.slope_by_modifier,
        "slope_by_moment": slope_by_moment.slope_by_moment,
        "slopes": slopes.slopes,
        "sustained": sustained.sustained,
        "three_in_a_row": three_in_a_row.three_in_a_row,
        "time_to_ease": time_to_ease.time_to_ease,
        "transitions": transitions.transitions,
        "within_between": within_between.within_between,
    }
