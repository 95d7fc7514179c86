"""The true values of an estimand in a scenario of `lowback.simulate`, by what rows of an analysis say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from math import hypot, sqrt

import numpy as np
import pandas as pd
from scipy import special

from lowback.repeat.asked import Asked
from lowback.repeat.happened_truths import OF_HAPPENED
from lowback.repeat.leads_truths import OF_LEADS
from lowback.repeat.truths import line_truths
from lowback.repeat.truths_of_more import OF_MORE, of_burden, of_components, of_modified_slope
from lowback.simulate import Intervention, SimulationError, mediated_effect, true_values
from lowback.simulate.at_moments import Whose, moment_effect, order_values
from lowback.simulate.in_a_row import changes_in_a_row
from lowback.simulate.mediation import MEDIATORS
from lowback.simulate.modified import modified_effect
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import AT_VISITS
from lowback.simulate.recorded_slopes import LEVELS, recorded_slope
from lowback.simulate.recording.angles import SHORT, error_sd
from lowback.simulate.recording.plan import Measurement
from lowback.simulate.scenario import Scenario
from lowback.simulate.super_population import SuperPopulation, moves, super_population
from lowback.study import Estimand, Study
from lowback.variables import dictionary

# So many blocks of 1,024 people behind the slopes of a scenario whose people are led through their weeks moment by moment.
BLOCKS_WITH_COURSE = 100
# Angles are written down to a tenth of a degree, whose rounding is part of the error of a reading.
ANGLE_STEP = 0.1

Truths = dict[Asked, float]


def scenario_truths(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The true values of what rows can say of an estimand in this scenario.

    Raises `SimulationError` with the reason where the simulator knows none.
    """
    found = OF_SUMMARY.get(estimand.summary)
    if found is None:
        raise SimulationError(f"the simulator knows no true value of a {estimand.summary}")
    return found(scenario, study, estimand)


def _of_arms(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """Differences of means or of shares of responders, in the order of arms and definitions."""
    if estimand.outcome != "pain_nrs":
        raise SimulationError(f"the simulator compares arms by pain_nrs, not by {estimand.outcome}")
    rows = _values(scenario.model_dump_json(), study.model_dump_json(exclude_defaults=True))
    rows = rows[rows["estimand"] == estimand.name]
    if rows.empty:
        return {}
    control, size = str(study.comparator(estimand)), max(len(estimand.responders), 1)
    values = rows["value"].astype(float).to_numpy().reshape(-1, size)
    found: Truths = {}
    for arm, of_arm in zip(study.treated_arms(estimand), values, strict=True):
        for place, value in enumerate(of_arm):
            kind: Asked = ("difference", arm, control)
            if estimand.responders:
                kind = ("risk difference", arm, control, str(place))
            found[kind] = float(value)
    if estimand.factorial and not estimand.responders:
        one, other, both = ((arm, found["difference", arm, control]) for arm in estimand.factorial)
        found |= of_components(one, other, both[1])
    return found | of_burden(scenario, study, estimand)


def _of_slope(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The slopes of infinitely many records, on the exposure as measured and as it truly is, or by a modifier."""
    if estimand.modifier is not None:
        return of_modified_slope(scenario, study, estimand)
    exposure, per = str(estimand.exposure), float(estimand.per or 1)
    for name, allowed in ((exposure, AT_VISITS), (estimand.outcome, ("pain_nrs", *AT_VISITS))):
        if name not in allowed:
            raise SimulationError(f"no true slope with {name} is known; it is with {', '.join(allowed)}")
    people = _people(scenario.model_dump_json())
    found: Truths = {}
    for level in LEVELS:
        for kind, error_free in (("slope", False), ("slope on the true exposure", True)):
            value, _, _ = recorded_slope(
                people, scenario, estimand.outcome, exposure, level, error_free=error_free
            )
            found[kind, level] = per * value
    return found


def _of_mediation(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """An arm's effect, and the part of it by way of the last of the mediators, which stand in the order of the chain."""
    week = estimand.mediators_week
    if week is not None and week != estimand.week:
        raise SimulationError(
            f"mediators of week {week:g} do nothing to an outcome of week {estimand.week:g} in this simulator: pain answers to the "
            "posture of its own weeks"
        )
    if not set(estimand.mediators) <= set(MEDIATORS):
        raise SimulationError(
            f"the simulator splits effects by {', '.join(MEDIATORS)}, not by {', '.join(estimand.mediators)}"
        )
    last = max(estimand.mediators, key=MEDIATORS.index)
    control = str(study.comparator(estimand))
    found: Truths = {}
    for arm in study.treated_arms(estimand):
        acts = Intervention(arm=arm), Intervention(arm=control)
        split = mediated_effect(scenario, estimand.outcome, last, *acts, week=estimand.week)  # type: ignore[arg-type]
        parts = {"total": split.total, "indirect": split.by_way_of, "direct": split.beside}
        found |= {(name, arm, control): one.value for name, one in parts.items()}
    return found


def _of_characteristic(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The line of people's own effects over what they are like."""
    control = str(study.comparator(estimand))
    found: Truths = {}
    for arm in study.treated_arms(estimand):
        line = modified_effect(
            scenario, estimand.outcome, str(estimand.modifier), (arm, control), float(estimand.week or 0)
        )
        found |= line_truths(line.per_unit, line.at, (arm, control))
    return found


def _of_moment(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """What is done at a moment and its outcome at the same: in everybody, by a yes or no of people where the estimand names one, and in a row."""
    if estimand.checkins_later:
        raise SimulationError(
            "the simulator knows what is done to a moment's own outcome, not to a later one"
        )
    everybody = Whose(estimand.arms or study.arms, after_another=estimand.before is None)
    exposure, modifier = dictionary()[str(estimand.exposure)], estimand.modifier
    per = 1.0 if exposure.kind == "flag" else float(estimand.per or 1)
    asked = {"": everybody}
    if modifier is not None:
        label = dictionary()[modifier].label
        asked |= {
            f"{label}: {word}": replace(everybody, only=(modifier, has))
            for word, has in (("yes", True), ("no", False))
        }
    effects = {
        level: per * moment_effect(scenario, estimand.outcome, exposure.name, whose)[0]
        for level, whose in asked.items()
    }
    in_a_row = changes_in_a_row(scenario, estimand.outcome, exposure.name, everybody.arms)
    found: Truths = {("effect at a moment", level): value for level, value in effects.items()}
    return found | {("in a row", name): value for name, value in in_a_row.items()}


def _of_rule(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """What the declared rule for the order of sessions would change."""
    asked = (estimand.outcome, estimand.exposure, estimand.modifier, estimand.checkins_later)
    if asked != ("pain_nrs", "hips_first", "sensitised_nrs", 1) or estimand.threshold is None:
        raise SimulationError(
            "the simulator knows the value of one kind of rule: hips_first by sensitised_nrs from a threshold on, for pain_nrs one check-in later"
        )
    level = f"where {dictionary()['sensitised_nrs'].label} is at least {estimand.threshold:g}"
    values = order_values(scenario, estimand.arms or study.arms, estimand.threshold)
    return {(name, level): value for name, (value, _) in values.items()}


def _of_agreement(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The error of an angle read twice by hands that are alike, and the share of variance between people that is left beside it."""
    del study
    angle, plan = estimand.outcome, scenario.measurement
    if angle not in SHORT or plan.readings < 2:
        known = ", ".join(SHORT)
        raise SimulationError(
            f"no true agreement of {angle} is known; it is of angles that are read twice ({known})"
        )
    error = _reading_error(angle, plan, scenario.values)
    people = _people(scenario.model_dump_json())
    between = float(np.concatenate([one[angle][:, 0] for one in people.postures]).var())
    return {
        ("standard error of measurement",): error,
        ("smallest detectable change",): float(special.ndtri(0.975)) * sqrt(2) * error,
        ("bias",): 0.0,
        ("reliability",): between / (between + error**2),
        ("consistency",): between / (between + error**2),
        ("reliability of the mean",): between / (between + error**2 / 2),
    }


def _reading_error(angle: str, plan: Measurement, p: Parameters) -> float:
    """The SD of what one reading adds to an angle, rounding included; refused where it is not the same for every reading."""
    if plan.sites or plan.raters_a_site or plan.devices_a_site or p["angle_to_five"]:
        raise SimulationError(
            "what sites, raters and devices add to the error of an angle, and rounding to fives, has no one true size"
        )
    return hypot(error_sd(angle, plan, p), ANGLE_STEP / sqrt(12))


OF_SUMMARY: Mapping[str, Callable[[Scenario, Study, Estimand], Truths]] = {
    "mean difference": _of_arms,
    "risk difference": _of_arms,
    "slope": _of_slope,
    "mediated effect": _of_mediation,
    "effect by characteristic": _of_characteristic,
    "proximal effect": _of_moment,
    "value of a rule": _of_rule,
    "agreement": _of_agreement,
    **OF_HAPPENED,
    **OF_LEADS,
    **OF_MORE,
}


@lru_cache(maxsize=4)
def _values(scenario: str, study: str) -> pd.DataFrame:
    """What `true_values` knows of all arms of a study, worked out once for all its estimands."""
    asked = Study.model_validate_json(study)
    kept = tuple(one for one in asked.estimands if one.summary != "slope")
    read = Scenario.model_validate_json(scenario)
    return true_values(read, asked.model_copy(update={"estimands": kept}))


@lru_cache(maxsize=1)
def _people(scenario: str) -> SuperPopulation:
    """The people behind the slopes of one scenario."""
    read = Scenario.model_validate_json(scenario)
    return super_population(read, BLOCKS_WITH_COURSE if moves(read) else None)
