"""The true value of every estimand that the simulated study declares, under full follow-up and as pain is reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.simulate.design import TRIAL_ARMS
from lowback.simulate.measurement import Visits, measured_visits
from lowback.simulate.parameters import Parameters, parameters
from lowback.simulate.population import VISIT_WEEKS, Array, Population, draw_population, rated_pain
from lowback.simulate.slopes import (
    CrossProducts,
    between_products,
    pain_and_posture_share_nothing,
    slope_and_error,
    structural_slope,
    within_products,
)
from lowback.simulate.treatment import allocate, treated
from lowback.study import Estimand, Responder, Study, read_study
from lowback.variables import dictionary

STUDY_FILE = Path(__file__).with_name("study.yml")
COLUMNS = ("estimand", "term", "value", "unit", "how", "monte_carlo_se")
# Larger than any seed that `simulate` accepts, so that no cohort is made of the people behind the truth.
TRUTH_SEED = 2**64
BLOCK, BLOCKS = 1024, 100


@dataclass(frozen=True, eq=False)
class SuperPopulation:
    """Many people: reported pain under each arm (arm, person, visit), and their records under an arm drawn at random."""

    pain: Array
    visits: list[Visits]
    arms: list[Array]
    covariates: list[Array]


@cache
def simulated_study() -> Study:
    """The study that is written beside every simulated cohort."""
    return read_study(STUDY_FILE)


@cache
def _cached(scenario: str) -> pd.DataFrame:
    return true_values(parameters(scenario), simulated_study())


def truth_of(scenario: str) -> pd.DataFrame:
    """The true values of one scenario: estimand, term, value, unit, how it was found, its Monte Carlo standard error."""
    return _cached(scenario).copy()


def true_values(p: Parameters, study: Study, blocks: int = BLOCKS) -> pd.DataFrame:
    """One row a term of each estimand.

    Arms are compared on the same people, each taken through every arm (potential outcomes), so a treatment that does
    nothing has a difference of exactly 0. Slopes come twice: in the equations (error-free), and by least squares on the
    records of many people, which is what an analysis of infinite data would see.
    """
    people = _super_population(p, blocks)
    rows = [row for estimand in study.estimands for row in _rows(estimand, study, people, p)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _super_population(p: Parameters, blocks: int) -> SuperPopulation:
    pain, visits, arms, covariates = [], [], [], []
    for number in range(blocks):
        rng = np.random.default_rng([TRUTH_SEED, 1, number])
        untreated = draw_population(rng, BLOCK, p)
        pain.append([_pain_under(untreated, np.full(BLOCK, arm), p) for arm in range(len(TRIAL_ARMS))])
        allocated = allocate(rng, BLOCK)
        people = treated(untreated, allocated, p)
        # Hip pain is part of no estimand.
        visits.append(measured_visits(rng, people, np.zeros_like(people.pain), p))
        arms.append(np.eye(len(TRIAL_ARMS))[allocated])
        covariates.append(np.column_stack([np.round(people.age), people.female]))
    return SuperPopulation(np.concatenate(pain, axis=1), visits, arms, covariates)


def _pain_under(untreated: Population, arms: NDArray[np.intp], p: Parameters) -> Array:
    people = treated(untreated, arms, p)
    return rated_pain(people.pain, people.item_error, p)


def _rows(
    estimand: Estimand, study: Study, people: SuperPopulation, p: Parameters
) -> Iterator[dict[str, object]]:
    if estimand.summary == "slope":
        yield from _slope_rows(estimand, people, p)
        return
    control = str(study.comparator(estimand))
    visit = int(np.flatnonzero(estimand.week == VISIT_WEEKS)[0])
    for arm in study.treated_arms(estimand):
        treated_pain, control_pain = (
            people.pain[TRIAL_ARMS.index(arm)],
            people.pain[TRIAL_ARMS.index(control)],
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
        return np.asarray(100 * fall / scores[:, 0] >= rule.fall_percent - 1e-9)
    change = dictionary()["pain_nrs"].minimal_important_change
    return np.asarray(fall >= float(change or np.nan) - 1e-9)


def _named(rule: Responder) -> str:
    return "minimal important change" if rule.fall_percent is None else f"fall of {rule.fall_percent:g} %"


def _slope_rows(estimand: Estimand, people: SuperPopulation, p: Parameters) -> Iterator[dict[str, object]]:
    exposure, per = str(estimand.exposure), float(estimand.per or 1)
    known = dictionary()
    unit = f"{known[estimand.outcome].unit} per {per:g} {known[exposure].unit}"
    for level in ("within", "between"):
        term = f"{level} persons, adjusted"
        seen, error, how = _seen_slope(exposure, level, people, p)
        yield dict(zip(COLUMNS, (estimand.name, term, per * seen, unit, how, per * error), strict=True))
        true = per * structural_slope(exposure, level, p)
        how = "analytic: the equations' coefficient, true exposure, pain neither in steps nor cut off"
        yield dict(zip(COLUMNS, (estimand.name, f"{term} (error-free)", true, unit, how, 0.0), strict=True))


def _seen_slope(
    exposure: str, level: str, people: SuperPopulation, p: Parameters
) -> tuple[float, float, str]:
    """The slope of reported pain on the measured exposure, its Monte Carlo error, and how it was found."""
    if pain_and_posture_share_nothing(p):
        return 0.0, 0.0, "analytic: pain and posture share no cause in this scenario"
    blocks: list[CrossProducts] = []
    for visits, arms, covariates in zip(people.visits, people.arms, people.covariates, strict=True):
        measured, pain = getattr(visits, exposure), visits.pain_nrs
        if level == "within":
            blocks.append(within_products(measured, pain, arms))
        else:
            blocks.append(between_products(measured, pain, arms, covariates))
    adjusted = "visit and arm" if level == "within" else "arm, age and sex"
    how = f"Monte Carlo: least squares on the records of {len(blocks) * BLOCK} people, full follow-up, adjusted for {adjusted}"
    return *slope_and_error(blocks), how
