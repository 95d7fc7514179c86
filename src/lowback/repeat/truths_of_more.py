"""The true values of questions on more of an exposure, on a change, on two components and a burden, and on slopes by a modifier, in a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lowback.simulate import Intervention, SimulationError, true_effect
from lowback.simulate.burden import BURDEN, minutes_a_week
from lowback.simulate.modified_slopes import (
    ModifiedSlope,
    refuse_other_modifiers,
    slope_by_checkin,
    slopes_by_visit,
)
from lowback.simulate.population import AT_VISITS, VISIT_WEEKS, visit_at
from lowback.simulate.recorded_slopes import LEVELS
from lowback.simulate.scenario import Scenario
from lowback.simulate.shown import (
    counted_by_visit,
    middle_total,
    refuse_other_ways,
    shown_at_checkins,
    shown_at_visit,
    step_shown,
)
from lowback.simulate.slopes import pain_and_posture_share_nothing
from lowback.study import Estimand, Study

Truths = dict[tuple[str, ...], float]
# How densely the first half of a dose is filled that is bunched early and late.
BUNCHED = {"early": 1.5, "late": 0.5}


def of_sustained(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """More of it at every visit after baseline, the same people and random numbers.

    In this simulator a posture answers to what is done in the four weeks that end at its visit and to nothing earlier or later, so that all of it
    is of the last interval.
    """
    del study
    exposure, outcome, per = str(estimand.exposure), estimand.outcome, float(estimand.per or 1)
    if exposure not in AT_VISITS or outcome not in AT_VISITS:
        raise SimulationError(
            f"no true effect of sustained {exposure} on {outcome} is known; it is of and on {', '.join(AT_VISITS)}"
        )
    more = Intervention(shifted={exposure: per})
    by_week = {
        f"{week:g}": true_effect(scenario, outcome, more, week=float(week)).value
        for week in VISIT_WEEKS[1 : visit_at(float(estimand.week or 0)) + 1]
    }
    found: Truths = {("sustained by week", week): value for week, value in by_week.items()}
    last = by_week[f"{estimand.week:g}"]
    parts = {"sustained": last, "now": last, "before": 0.0, "later exposure": 0.0}
    return found | {("within persons", name): value for name, value in parts.items()}


def of_dose(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """Sessions that add up: what `per` more do to the score of the week, and what their order changes of it."""
    if (estimand.outcome, estimand.exposure) != ("pain_nrs", "sessions_done"):
        raise SimulationError(
            "the simulator knows what more sessions_done do to pain_nrs, of no other dose or outcome"
        )
    refuse_other_ways(scenario)
    visit = visit_at(float(estimand.week or 0))
    treated = study.treated_arms(estimand)
    each = scenario.values["pain_per_session"]
    if each:
        each *= shown_at_visit(scenario, visit, treated)
    counted = counted_by_visit(visit)
    found: Truths = {("dose", "bend"): 0.0, ("dose", "later doses"): 0.0}
    found["dose", "more"] = float(estimand.per or 1) * each * float(counted.mean())
    middle = middle_total(scenario, visit, treated)
    for name, density in BUNCHED.items():
        apart = _shares(visit, 1.0) - _shares(visit, density)
        found["dose", f"spread less bunched {name}"] = middle * each * float(apart @ counted)
    return found


def _shares(intervals: int, density: float) -> NDArray[np.float64]:
    """The share of a total that falls into each of equal intervals, the first half of the time filled so densely, as even is 1."""
    edges = np.linspace(0, 1, intervals + 1)
    so_far = np.where(edges <= 0.5, density * edges, density / 2 + (2 - density) * (edges - 0.5))
    return np.asarray(np.diff(so_far))


def of_components(one: tuple[str, float], other: tuple[str, float], both: float) -> Truths:
    """What two components do, each named with what its arm alone does against neither, and what both do.

    Over both settings of the other, an effect is the mean of that alone and that beside it; the interaction is what both do beyond the sum.
    """
    found: Truths = {("factorial", "interaction", ""): both - one[1] - other[1]}
    for (name, alone), (_, second) in ((one, other), (other, one)):
        effects = {"alone": alone, "beside the other": both - second}
        effects["component"] = sum(effects.values()) / 2
        found |= {("factorial", statistic, name): value for statistic, value in effects.items()}
    return found


def of_burden(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """How much more or less an arm asks of people than its comparator; nothing where the burden is none that the simulator knows."""
    if estimand.burden != BURDEN:
        return {}
    control = str(study.comparator(estimand))
    treated = study.treated_arms(estimand)
    minutes = minutes_a_week(scenario, (control, *treated))
    return {("difference in burden", arm, control): minutes[arm] - minutes[control] for arm in treated}


def of_threshold(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """What each of `per` sessions held for so long takes off the check-ins, and from how long on; without an effect there is no threshold."""
    if (estimand.outcome, estimand.exposure) != ("pain_nrs", "hold_s"):
        raise SimulationError("the simulator knows the threshold of hold_s for pain_nrs, of nothing else")
    each, threshold = (scenario.values[one] for one in ("pain_per_held_session", "hold_threshold_s"))
    found: Truths = {("hold", "effect at the rule"): 0.0, ("hold", "before"): 0.0}
    if not each:
        return found
    if estimand.threshold != threshold:
        raise SimulationError(
            f"what sessions of {estimand.threshold:g} s do is not known where only those of {threshold:g} s count"
        )
    shown = shown_at_checkins(scenario, study.treated_arms(estimand))
    effect = float(estimand.per or 1) * each * shown
    return found | {("hold", "effect at the rule"): effect, ("hold", "threshold"): threshold}


def of_change(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The step that check-ins show from the day after the change on; lines before and after have one slope."""
    del study
    if estimand.outcome != "pain_nrs" or estimand.exposure not in (None, "change_day"):
        raise SimulationError(
            "the simulator knows what a change on change_day does to pain_nrs, and no other"
        )
    if estimand.then or estimand.blocks:
        raise SimulationError(
            "in simulated worlds nobody stops what was taken up, so that no true value of more than one change is known"
        )
    if scenario.values["change_at_worst"]:
        raise SimulationError("people take up something new on their worst day here, which no lot draws")
    step = step_shown(scenario) if scenario.values["pain_after_change"] else 0.0
    return {("pooled level change",): step, ("pooled slope change",): 0.0}


def of_modified_slope(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """How a slope rises with a modifier and what it is at the modifier's quartiles: by the study's visits, within and between, and by check-ins."""
    exposure, modifier = str(estimand.exposure), str(estimand.modifier)
    per = float(estimand.per or 1)
    if estimand.outcome != "pain_nrs":
        raise SimulationError(f"slopes by a modifier are known of pain_nrs, not of {estimand.outcome}")
    refuse_other_modifiers(exposure, modifier)
    found: Truths = {}
    if pain_and_posture_share_nothing(scenario.values):
        nothing = ModifiedSlope(0.0, 0.0, 0.0, 0.0)
        for said in (*(("slope by modifier", level) for level in LEVELS), ("slope by moment",)):
            found |= _at_ends(nothing, per, *said)
        return found
    for level, slope in slopes_by_visit(scenario, exposure, study.weeks).items():
        found |= _at_ends(slope, per, "slope by modifier", level)
    return found | _at_ends(slope_by_checkin(scenario, exposure, study.weeks), per, "slope by moment")


def _at_ends(slope: ModifiedSlope, per: float, *said: str) -> Truths:
    values = {
        "for each unit": slope.per_unit,
        "low": slope.at(slope.low),
        "high": slope.at(slope.high),
    }
    return {(*said, at): per * value for at, value in values.items()}


OF_MORE: Mapping[str, Callable[[Scenario, Study, Estimand], Truths]] = {
    "sustained effect": of_sustained,
    "dose response": of_dose,
    "threshold": of_threshold,
    "change in one person": of_change,
}
"""By summary."""
