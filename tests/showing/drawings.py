"""A drawing of every figure of the house: of the example trial of the mechanism, and by hand of what that does not hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from lowback import figures
from lowback.analyses.agreement import agreement
from lowback.analyses.ancova import ancova
from lowback.analyses.by_characteristic import by_characteristic
from lowback.analyses.co_occurrence import co_occurrence
from lowback.analyses.complier import complier
from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.dose import dose
from lowback.analyses.efficiency import efficiency
from lowback.analyses.event_curve import event_curve
from lowback.analyses.exposure_curve import exposure_curve
from lowback.analyses.factorial import factorial
from lowback.analyses.hold import hold
from lowback.analyses.incidence import incidence
from lowback.analyses.mediation_sensitivity import mediation_sensitivity
from lowback.analyses.mixed import mixed
from lowback.analyses.one_person import one_person
from lowback.analyses.onsets import onsets
from lowback.analyses.panel import panel
from lowback.analyses.proximal_effect import proximal_effect
from lowback.analyses.recurrence import recurrence
from lowback.analyses.rule_value import rule_value
from lowback.analyses.screening_rule import screening_rule
from lowback.analyses.slope_by_moment import slope_by_moment
from lowback.analyses.sustained import sustained
from lowback.analyses.three_in_a_row import three_in_a_row
from lowback.analyses.time_to_ease import time_to_ease
from lowback.analyses.transitions import transitions
from lowback.cohort import Cohort
from lowback.describe import degeneration_by_age, events_by_arm, flow, missingness, outcome_means, table_one
from lowback.diagram import diagrams
from lowback.exhibit import Exhibit
from lowback.intake import read_cohort
from lowback.result import Refusal, Result
from lowback.simulate import claim_scenario, simulate, simulated_study
from lowback.study import Estimand, Study, read_study
from showing import results, test_lead_shown, test_mediation_shown, test_planning

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "mechanism-example"
Analysis = Callable[[Cohort, Study], Result | Refusal]


@cache
def example() -> tuple[Cohort, Study]:
    """The example trial of the mechanism and what is asked of it."""
    return read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")


@cache
def found(analysis: Analysis, estimand: str = "") -> Result | Refusal:
    """What the analysis finds in the example trial."""
    cohort, study = example()
    return analysis(cohort, study.focus(estimand) if estimand else study)


def one_person_alone() -> Result | Refusal:
    """The sheet of the example trial's first person with a change."""
    cohort, study = example()
    return one_person(cohort.restricted_to(pd.Index(["P00010"])), study)


def one_person_in_blocks() -> Result | Refusal:
    """The sheet of a person who is on and off in eight blocks of two weeks."""
    days = np.arange(112)
    on = np.isin(days // 14, [1, 2, 4, 7])
    pain = np.clip(np.round(6 - 2 * on + np.random.default_rng(1).standard_normal(112)), 0, 10)
    people = pd.DataFrame({"participant_id": ["P00001"], "block_order": ["ABBABAAB"]})
    checkins = pd.DataFrame({"participant_id": "P00001", "days": days.astype(float), "pain_nrs": pain})
    blocks = {"order": "block_order", "days": 14, "drawn_from": ["ABBABAAB", "BAABABBA"]}
    study = asked("change in one person", outcome="pain_nrs", blocks=blocks)
    return one_person(Cohort("blocks", participants=people, checkins=checkins), study)


def falls() -> Result | Refusal:
    """Groin pain of 8 in 20 people who fell and of 10 in 50 who did not."""
    fell, pain = np.repeat([True, False], [20, 50]), np.r_[np.arange(20) < 8, np.arange(50) < 10]
    people = pd.DataFrame(
        {"participant_id": [f"{n:03d}" for n in range(70)], "fell": fell, "groin_pain": pain}
    )
    return incidence(Cohort("falls", people), asked("incidence", outcome="groin_pain", exposure="fell"))


def rule_for_signs() -> Result | Refusal:
    """Sixty people whom the rule for warning signs picks out and 340 whom it passes over, most of them looked at."""
    picked = np.repeat([True, False], [60, 340])
    columns = {
        "flag_present": picked, "flag_explained": False, "flag_severe": True, "flag_weeks": 5.0,
        "serious_pathology_found": np.r_[np.arange(60) < 20, np.arange(340) < 6],
        "worked_up": np.r_[np.arange(60) < 48, np.arange(340) < 70],
    }  # fmt: skip
    people = pd.DataFrame({"participant_id": [f"{n:03d}" for n in range(400)], **columns})
    flags = [name for name in columns if name != "flag_weeks"]
    cohort = Cohort("signs", people.astype(dict.fromkeys(flags, "boolean")))
    return screening_rule(cohort, asked("screening rule", outcome="serious_pathology_found"))


def ladder() -> Result | Refusal:
    """Forty people on a ladder of care: most go up by one step at a time."""
    rng = np.random.default_rng(1)
    steps = np.minimum(rng.integers(0, 2, (40, 4)).cumsum(axis=1), 3)
    visits = pd.DataFrame(
        {"participant_id": np.repeat([f"{n:03d}" for n in range(40)], 4), "weeks": np.tile([0.0, 4, 8, 12], 40), "care_step": steps.ravel()}
    ).astype({"care_step": "Int64"})  # fmt: skip
    people = pd.DataFrame({"participant_id": visits["participant_id"].unique()})
    return transitions(Cohort("ladder", people, visits), asked("transitions", outcome="care_step"))


def two_components() -> Result | Refusal:
    """The example trial of stretching, strengthening and both."""
    folder = EXAMPLE.parent / "example"
    return factorial(read_cohort(folder / "mapping.yml"), read_study(folder / "study.yml"))


def in_how_much_time() -> Result | Refusal:
    """Hips and back against the back alone in the same minutes, in 240 people of three arms."""
    scenario = claim_scenario("C09", True)
    cohort = simulate(scenario, 240, 2, 1).cohort()
    study = simulated_study(scenario)
    first = study.estimands[0].model_copy(
        update={
            "burden": "session_min_per_week",
            "arms": ("hips and back",),
            "compared_with": "back-only care",
        }
    )
    return efficiency(cohort, study.model_copy(update={"estimands": (first,)}))


def beside_it() -> Result | Refusal:
    """What sixty people of two arms had beside their arm: some left, some saw a therapist, fewer took anti-inflammatory drugs."""
    rng = np.random.default_rng(4)
    ids = [f"{n:03d}" for n in range(60)]
    people = pd.DataFrame({"participant_id": ids, "arm": ["usual care", "hip-flexor stretching"] * 30})
    people["withdrawal_reason"] = pd.Series(np.where(rng.random(60) < 0.15, "moved", None), dtype="object")
    visits = pd.DataFrame({"participant_id": np.repeat(ids, 2), "weeks": np.tile([0.0, 12], 60)})
    visits["smt_visits"] = pd.array(rng.poisson(0.6, 120), dtype="Int64")
    visits["nsaid_days"] = np.where(rng.random(120) < 0.3, 4.0, 0.0)
    study = example()[1].model_copy(update={"eligibility": ()})
    return events_by_arm(Cohort("beside", people, visits), study)


def worn_discs() -> Result | Refusal:
    """Discs that wear with age, as does pain, and nothing else, in 240 people."""
    scenario = claim_scenario("C31", "trap")
    return degeneration_by_age(simulate(scenario, 240, 2, 1).cohort(), simulated_study(scenario))


def asked(summary: str, **keys: object) -> Study:
    """A study of one question."""
    estimand = Estimand.model_validate({"name": "asked", "summary": summary, **keys})
    return Study(title="Drawn", design="cohort", weeks=(0, 4, 8, 12), estimands=(estimand,))


def diagram() -> Exhibit:
    """The diagram of the mechanism, with what the example trial measures."""
    cohort, _ = example()
    return figures.diagram_figures(diagrams(), cohort.recorded, cohort.variables)[0]


REACTIVITY = "back pain and pelvic tilt by reactivity"
TILT = "pelvic tilt and hip extension"
DRAWINGS: dict[str, Callable[[], Exhibit]] = {
    "adjusted_means_figure": lambda: figures.adjusted_means_figure(found(mixed)),
    "agreement_figure": lambda: figures.agreement_figure(found(agreement)),
    "around_figure": lambda: figures.around_figure(found(event_curve, "stiffness after walking")),
    "balance_figure": lambda: figures.balance_figure(found(table_one)),
    "before_and_after_figure": lambda: figures.before_and_after_figure(
        found(proximal_effect, "back pain after a hip session")
    ),
    "cells_figure": lambda: figures.cells_figure(found(slope_by_moment, REACTIVITY)),
    "characteristic_figure": lambda: figures.characteristic_figure(found(by_characteristic)),
    "co_occurrence_figure": lambda: figures.co_occurrence_figure(found(co_occurrence)),
    "complier_figure": lambda: figures.complier_figure(found(complier)),
    "confounding_figure": lambda: figures.confounding_figure(
        found(mediation_sensitivity, "back pain by way of the hip")
    ),
    "cost_figure": lambda: figures.cost_figure(test_planning.PLAN),
    "curve_figure": lambda: figures.curve_figure(found(exposure_curve, TILT)),
    "degeneration_figure": lambda: figures.degeneration_figure(worn_discs()),
    "diagram_figures": diagram,
    "dose_curve_figure": lambda: figures.dose_curve_figure(found(dose)),
    "dose_effects_figure": lambda: figures.dose_effects_figure(found(dose)),
    "easing_figure": lambda: figures.easing_figure(found(time_to_ease)),
    "effect_figure": lambda: figures.effect_figure(found(ancova)),
    "efficiency_figure": lambda: figures.efficiency_figure(in_how_much_time()),
    "events_figure": lambda: figures.events_figure(beside_it()),
    "factorial_figure": lambda: figures.factorial_figure(two_components()),
    "flow_figure": lambda: figures.flow_figure(found(flow)),
    "incidence_figure": lambda: figures.incidence_figure(falls()),
    "lead_figure": lambda: figures.lead_figure(test_lead_shown.result_of("exposure leads")),
    "lead_people_figure": lambda: figures.lead_people_figure(test_lead_shown.result_of("exposure leads")),
    "lead_tipping_figure": lambda: figures.lead_tipping_figure(
        test_lead_shown.tipping_of(["together", "cannot tell"])
    ),
    "means_figure": lambda: figures.means_figure(found(outcome_means)),
    "missingness_figure": lambda: figures.missingness_figure(found(missingness)),
    "occasions_figure": lambda: figures.occasions_figure(found(hold)),
    "one_person_figure": lambda: figures.one_person_figure(one_person_alone()),
    "one_person_figure, in blocks": lambda: figures.one_person_figure(one_person_in_blocks()),
    "onsets_figure": lambda: figures.onsets_figure(found(onsets)),
    "own_lines_figure": lambda: figures.own_lines_figure(found(exposure_curve, "lordosis and pelvic tilt")),
    "panel_figure": lambda: figures.panel_figure(found(panel)),
    "parts_figure": lambda: figures.parts_figure(test_mediation_shown.CLEAR),
    "paths_figure": lambda: figures.paths_figure(test_mediation_shown.CLEAR),
    "power_figure": lambda: figures.power_figure(test_planning.PLAN),
    "recurrence_course_figure": lambda: figures.recurrence_course_figure(found(recurrence)),
    "recurrence_figure": lambda: figures.recurrence_figure(found(recurrence)),
    "regimes_figure": lambda: figures.regimes_figure(found(dose)),
    "reliability_figure": lambda: figures.reliability_figure(
        found(mediation_sensitivity, "back pain by way of the hip")
    ),
    "responders_figure": lambda: figures.responders_figure(results.responders(results.ARMS[:3])),
    "responsiveness_figure": lambda: figures.responsiveness_figure(found(hold)),
    "rule_value_figure": lambda: figures.rule_value_figure(found(rule_value)),
    "rules_figure": lambda: figures.rules_figure(found(by_characteristic)),
    "screening_figure": lambda: figures.screening_figure(rule_for_signs()),
    "several_people_figure": lambda: figures.several_people_figure(found(one_person)),
    "slopes_figure": lambda: figures.slopes_figure(found(corrected_slopes, TILT)),
    "sustained_figure": lambda: figures.sustained_figure(found(sustained)),
    "three_in_a_row_figure": lambda: figures.three_in_a_row_figure(
        found(three_in_a_row, "stiffness after walking")
    ),
    "steps_figure": lambda: figures.steps_figure(ladder()),
}
"""What draws each figure; a figure that is not here fails the test of all."""
