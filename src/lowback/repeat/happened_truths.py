"""The true values of what happens to people in a scenario: injuries and warning signs, moves, easing, returns, keeping to a programme."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lowback.outcomes.scores import Array, responded, response_label
from lowback.repeat.happened_asked import HAZARD_RATIO, RATE_RATIO
from lowback.simulate import SimulationError
from lowback.simulate.at_moments import Whose
from lowback.simulate.brought_along import rate_ratio, risks_with_and_without, rule_accuracy
from lowback.simulate.care_steps import step_shares
from lowback.simulate.easing import STANDING, STILL, easing_slopes
from lowback.simulate.keeping import keeping_effects
from lowback.simulate.population import VISIT_WEEKS
from lowback.simulate.returns import return_ratio
from lowback.simulate.scenario import Scenario
from lowback.study import Estimand, Responder, Study
from lowback.variables import Variable, dictionary

Truths = dict[tuple[str, ...], float]
# What an analysis takes where the study says nothing.
SEVERAL_WEEKS, KEPT_TO = 3.0, 0.9
SERIOUS = ("serious_pathology", "serious_pathology_found")


def _of_keeping(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The effect in those who would keep to their arm, and in everybody."""
    if estimand.exposure != "adherence":
        raise SimulationError(
            f"in this simulator people keep to an arm by adherence, not by {estimand.exposure}"
        )
    control = str(study.comparator(estimand))
    found: Truths = {}
    for arm in study.treated_arms(estimand):
        values = keeping_effects(
            scenario,
            estimand.outcome,
            (arm, control),
            float(estimand.week or 0),
            float(estimand.threshold or 0),
        )
        found |= {(name, arm, control): value for name, value in values.items()}
    return found


def _of_incidence(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """What would happen to people with and without the exposure, or with so much more of it."""
    del study
    outcome, exposure = _variable(estimand.outcome), _variable(str(estimand.exposure))
    if outcome.kind != "flag":
        return {(RATE_RATIO,): rate_ratio(scenario, outcome.name, exposure.name, float(estimand.per or 1))}
    if exposure.kind != "flag":
        raise SimulationError(
            f"how much likelier {outcome.name} is with more {exposure.name} is not known; it is by a yes or no"
        )
    with_it, without = risks_with_and_without(scenario, outcome.name, exposure.name)
    return {("risk difference",): with_it - without}


def _of_screening(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The risks on either side of the rule, and what it is worth, with everybody looked at."""
    del study
    if estimand.outcome not in SERIOUS:
        raise SimulationError(
            f"the simulator's warning signs point to {SERIOUS[0]}, not to {estimand.outcome}"
        )
    values = rule_accuracy(scenario, float(estimand.threshold or SEVERAL_WEEKS))
    return {(name,): value for name, value in values.items()}


def _of_moves(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The shares of moves, no visit missed."""
    values = step_shares(scenario, estimand.outcome, study.weeks or VISIT_WEEKS.tolist())
    values["one step up, less the threshold"] = values["one step up"] - float(estimand.threshold or KEPT_TO)
    return {(name,): value for name, value in values.items()}


def _of_easing(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """What so much longer a bout does to the time until pain has eased, by each rule of what counts as eased."""
    if estimand.outcome != STANDING:
        raise SimulationError(f"the simulator knows how {STANDING} eases, not {estimand.outcome}")
    whose = Whose(estimand.arms or study.arms, after_another=estimand.before is None)
    per = float(estimand.per or 1)
    found: Truths = {}
    outcome = _variable(estimand.outcome)
    for rule in estimand.responders:
        slopes = easing_slopes(scenario, str(estimand.exposure), whose, _eased_by(rule, estimand))
        label = response_label(rule, outcome)
        for (name, minutes), slope in slopes.items():
            said = (
                ("share not eased", label, minutes) if name == STILL else ("minutes until eased", label, name)
            )
            found[said] = per * slope
    return found


def _variable(name: str) -> Variable:
    if name not in dictionary():
        raise SimulationError(f"{name!r} is nothing that this simulator records")
    return dictionary()[name]


def _eased_by(rule: Responder, estimand: Estimand) -> Callable[[Array, Array], Array]:
    outcome = _variable(estimand.outcome)
    return lambda standing, later: responded(standing, later, rule, outcome)


def _of_returns(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """The ratio that a cohort without end would show of every flare that people tell of; of other definitions none is known."""
    own = [one for one in estimand.spells if one.flag == "flare" and not one.lasting_days]
    if not own or estimand.exposure is None:
        raise SimulationError(
            "the simulator knows the returns of flares that people tell of (spells with flag: flare) by an exposure, no others"
        )
    if study.weeks and not set(VISIT_WEEKS) <= set(study.weeks):
        raise SimulationError("the simulator knows of returns by an exposure that is read at every visit")
    exposure, per = str(estimand.exposure), float(estimand.per or 1)
    found: Truths = {
        (HAZARD_RATIO, one.name): return_ratio(scenario, exposure, per, float(one.calm_days)) for one in own
    }
    return found


OF_HAPPENED: Mapping[str, Callable[[Scenario, Study, Estimand], Truths]] = {
    "effect in those who keep to it": _of_keeping,
    "incidence": _of_incidence,
    "recurrence": _of_returns,
    "screening rule": _of_screening,
    "time to ease": _of_easing,
    "transitions": _of_moves,
}
"""By summary."""
