"""What least squares finds in the records of very many people: slopes on an exposure as measured, and as it truly is."""

from __future__ import annotations

from lowback.simulate.population import AT_VISITS, Array
from lowback.simulate.scenario import Scenario
from lowback.simulate.slopes import (
    CrossProducts,
    between_products,
    pain_and_posture_share_nothing,
    slope_and_error,
    within_products,
)
from lowback.simulate.super_population import BLOCK, SuperPopulation

LEVELS = ("within", "between")


def recorded_slope(
    people: SuperPopulation,
    scenario: Scenario,
    outcome: str,
    exposure: str,
    level: str,
    *,
    error_free: bool = False,
) -> tuple[float, float, str]:
    """The slope of a recorded outcome per unit of an exposure, its Monte Carlo standard error, and how it was found.

    With `error_free` the exposure is the true one, which no instrument shows; the outcome is recorded as ever. Pain that shares no cause
    with posture or sitting has a slope of exactly 0.
    """
    is_pain = outcome == "pain_nrs" and exposure in AT_VISITS
    if is_pain and pain_and_posture_share_nothing(scenario.values):
        return 0.0, 0.0, "analytic: pain and posture share no cause in this scenario"
    blocks: list[CrossProducts] = []
    for number, visits in enumerate(people.visits):
        measured: Array = getattr(visits, exposure)
        seen = people.postures[number][exposure] if error_free else measured
        blocks.append(_products(people, number, seen, getattr(visits, outcome), level))
    adjusted = "visit and arm" if level == "within" else "arm, age and sex"
    true = ", true exposure" if error_free else ""
    how = f"Monte Carlo: least squares on the records of {len(blocks) * BLOCK} people, full follow-up{true}, adjusted for {adjusted}"
    return *slope_and_error(blocks), how


def _products(
    people: SuperPopulation, number: int, exposure: Array, outcome: Array, level: str
) -> CrossProducts:
    """The cross-products of one block of people, within or between persons."""
    arms = people.arms[number]
    if level == "within":
        return within_products(exposure, outcome, arms)
    return between_products(exposure, outcome, arms, people.covariates[number])
