"""The true value of every estimand that the simulated study declares, under full follow-up and as pain is reported."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.simulate.claims import claims
from lowback.simulate.effects import effect_of
from lowback.simulate.population import Array, visit_at
from lowback.simulate.question import simulated_study
from lowback.simulate.recorded_slopes import LEVELS, recorded_slope
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.simulate.slopes import structural_slope
from lowback.simulate.super_population import SuperPopulation, moves, super_population
from lowback.study import Estimand, Responder, Study
from lowback.variables import dictionary

# The same people and random numbers on both sides: what does nothing has no effect but by rounding of floats.
EXACTLY_ZERO = 1e-9
COLUMNS = ("estimand", "term", "value", "unit", "how", "monte_carlo_se")


@cache
def _cached(scenario: str) -> pd.DataFrame:
    read = Scenario.model_validate_json(scenario)
    values = true_values(read, simulated_study(read))
    answers = pd.DataFrame(list(_claim_rows(read)), columns=list(COLUMNS))
    return pd.concat([values, answers], ignore_index=True) if len(answers) else values


def truth_of(scenario: str | Path | Scenario) -> pd.DataFrame:
    """The true values of one scenario: estimand, term, value, unit, how it was found, its Monte Carlo standard error.

    A row for each term of its study's estimands, and one for each claim that it switches, with what the model answers.
    """
    return _cached(read_scenario(scenario).model_dump_json()).copy()


def true_values(scenario: Scenario, study: Study, blocks: int | None = None) -> pd.DataFrame:
    """One row a term of each estimand.

    Arms are compared on the same people, each taken through every arm (potential outcomes), so a treatment that does
    nothing has a difference of exactly 0. Slopes come twice: in the equations (error-free; not where pain answers to
    moments within the weeks, for then no one figure is the slope), and by least squares on the records of many people,
    which is what an analysis of infinite data would see. Effects of other interventions: `true_effect`.
    """
    people = super_population(scenario, blocks)
    rows = [row for estimand in study.estimands for row in _rows(estimand, study, people, scenario)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _claim_rows(scenario: Scenario) -> Iterator[dict[str, object]]:
    """What answers each claim, and whether it is true of these people; by the model, not by what the switch is called."""
    for name in scenario.claims:
        claim = claims()[name]
        found = effect_of(claim.truth, scenario)
        is_true = (abs(found.value) < EXACTLY_ZERO) == (claim.holds == "zero")
        term = f"{claim.claim}: {'true' if is_true else 'false'}"
        how = f"{claim.truth.in_words}; {found.how}"
        row = (f"claim {name}", term, found.value, found.unit, how, found.monte_carlo_se)
        yield dict(zip(COLUMNS, row, strict=True))


def _rows(
    estimand: Estimand, study: Study, people: SuperPopulation, scenario: Scenario
) -> Iterator[dict[str, object]]:
    if estimand.summary == "slope":
        yield from _slope_rows(estimand, people, scenario)
        return
    if estimand.summary not in ("mean difference", "risk difference") or study.comparator(estimand) is None:
        return
    arms = scenario.design.arms
    control = str(study.comparator(estimand))
    visit = visit_at(float(estimand.week or 0))
    for arm in study.treated_arms(estimand):
        treated_pain, control_pain = (
            people.pain[arms.index(arm)],
            people.pain[arms.index(control)],
        )
        term = f"{arm} vs {control}"
        if estimand.summary == "mean difference":
            difference = treated_pain[:, visit] - control_pain[:, visit]
            yield _row(estimand, term, difference, dictionary()[estimand.outcome].unit)
        for rule in estimand.responders:
            better = [_better(scores, visit, rule) for scores in (treated_pain, control_pain)]
            difference = better[0].astype(float) - better[1].astype(float)
            yield _row(estimand, f"{term}: {_named(rule)}", difference, "proportion")


def _row(estimand: Estimand, term: str, differences: Array, unit: str | None) -> dict[str, object]:
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    how = f"Monte Carlo: {len(differences)} people, each under both arms, full follow-up"
    return dict(
        zip(COLUMNS, (estimand.name, term, float(differences.mean()), unit, how, float(error)), strict=True)
    )


def _better(scores: Array, visit: int, rule: Responder) -> NDArray[np.bool_]:
    fall = scores[:, 0] - scores[:, visit]
    if rule.fall_percent is not None:
        percent = 100 * np.divide(fall, scores[:, 0], out=np.zeros_like(fall), where=scores[:, 0] > 0)
        return np.asarray(percent >= rule.fall_percent - 1e-9)
    change = dictionary()["pain_nrs"].minimal_important_change
    return np.asarray(fall >= float(change or np.nan) - 1e-9)


def _named(rule: Responder) -> str:
    return "minimal important change" if rule.fall_percent is None else f"fall of {rule.fall_percent:g} %"


def _slope_rows(
    estimand: Estimand, people: SuperPopulation, scenario: Scenario
) -> Iterator[dict[str, object]]:
    exposure, per = str(estimand.exposure), float(estimand.per or 1)
    known = dictionary()
    unit = f"{known[estimand.outcome].unit} per {per:g} {known[exposure].unit}"
    for level in LEVELS:
        term = f"{level} persons, adjusted"
        seen, error, how = recorded_slope(people, scenario, estimand.outcome, exposure, level)
        yield dict(zip(COLUMNS, (estimand.name, term, per * seen, unit, how, per * error), strict=True))
        if moves(scenario) or estimand.outcome != "pain_nrs":
            continue
        true = per * structural_slope(exposure, level, scenario.values)
        how = "analytic: the equations' coefficient, true exposure, pain neither in steps nor cut off"
        yield dict(zip(COLUMNS, (estimand.name, f"{term} (error-free)", true, unit, how, 0.0), strict=True))
