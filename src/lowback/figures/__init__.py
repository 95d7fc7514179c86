"""A result as a picture, with its numbers in words beside it; the only room that draws."""

from lowback.figures.agreement import agreement_figure
from lowback.figures.balance import balance_figure, missingness_figure
from lowback.figures.cells import cells_figure
from lowback.figures.characteristic import characteristic_figure, rules_figure
from lowback.figures.courses import adjusted_means_figure, means_figure
from lowback.figures.curves import curve_figure
from lowback.figures.degeneration import degeneration_figure
from lowback.figures.diagram import diagram_figures
from lowback.figures.differences import complier_figure, sustained_figure
from lowback.figures.dose import (
    dose_curve_figure,
    dose_effects_figure,
    occasions_figure,
    regimes_figure,
)
from lowback.figures.easing import easing_figure
from lowback.figures.effects import effect_figure, slopes_figure
from lowback.figures.efficiency import efficiency_figure
from lowback.figures.events import events_figure
from lowback.figures.factorial import factorial_figure
from lowback.figures.flow import flow_figure
from lowback.figures.incidence import incidence_figure
from lowback.figures.lead import lead_figure, lead_people_figure, lead_tipping_figure
from lowback.figures.mediation import parts_figure, paths_figure
from lowback.figures.mediation_sensitivity import confounding_figure, reliability_figure
from lowback.figures.one_person import one_person_figure, several_people_figure
from lowback.figures.onsets import onsets_figure
from lowback.figures.own_correlations import co_occurrence_figure
from lowback.figures.own_lines import own_lines_figure
from lowback.figures.panel import panel_figure
from lowback.figures.planning import cost_figure, power_figure
from lowback.figures.recurrence import recurrence_course_figure, recurrence_figure
from lowback.figures.responsiveness import responsiveness_figure
from lowback.figures.risks import responders_figure
from lowback.figures.screening import screening_figure
from lowback.figures.steps import steps_figure
from lowback.figures.three_in_a_row import three_in_a_row_figure
from lowback.figures.within_the_day import around_figure, before_and_after_figure, rule_value_figure

__all__ = [
    "adjusted_means_figure",
    "agreement_figure",
    "around_figure",
    "balance_figure",
    "before_and_after_figure",
    "cells_figure",
    "characteristic_figure",
    "co_occurrence_figure",
    "complier_figure",
    "confounding_figure",
    "cost_figure",
    "curve_figure",
    "degeneration_figure",
    "diagram_figures",
    "dose_curve_figure",
    "dose_effects_figure",
    "easing_figure",
    "effect_figure",
    "efficiency_figure",
    "events_figure",
    "factorial_figure",
    "flow_figure",
    "incidence_figure",
    "lead_figure",
    "lead_people_figure",
    "lead_tipping_figure",
    "means_figure",
    "missingness_figure",
    "occasions_figure",
    "one_person_figure",
    "onsets_figure",
    "own_lines_figure",
    "panel_figure",
    "parts_figure",
    "paths_figure",
    "power_figure",
    "recurrence_course_figure",
    "recurrence_figure",
    "regimes_figure",
    "reliability_figure",
    "responders_figure",
    "responsiveness_figure",
    "rule_value_figure",
    "rules_figure",
    "screening_figure",
    "several_people_figure",
    "slopes_figure",
    "steps_figure",
    "sustained_figure",
    "three_in_a_row_figure",
]
