"""True slopes of pain on tilt, hip extension and sitting: in the equations, and as error-prone measurements show them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lowback.simulate.parameters import Parameters, course_symbols
from lowback.simulate.population import Array

# With all of these at zero, pain and posture share no cause, so that no slope can differ from zero.
LINKS = (
    "pain_per_tilt",
    "pain_per_lordosis",
    "pain_per_sitting",
    "pain_per_activity",
    "pain_per_year",
    "pain_effect_stretching",
    "pain_effect_strengthening",
    "pain_effect_of_both_beyond_sum",
    "pain_effect_back_care",
    "pain_effect_video",
    "pain_per_minute",
    "adherence_by_expectation",
)

# What hands on to later pain within the weeks; all else that does begins with "pain_".
HANDED_ON = ("hip_session_lasting", "hips_first_when_reactive", "back_from_hip")

CrossProducts = tuple[Array, Array]


def structural_slope(exposure: str, level: str, p: Parameters) -> float:
    """Latent pain per unit of the true exposure, along every path that leaves it (NRS points; `level` within or between)."""
    tilt = p["pain_per_tilt"] + p["pain_per_lordosis"] * p[f"lordosis_per_tilt_{level}"]
    hip = tilt * p[f"tilt_per_hip_{level}"]
    sitting = p["pain_per_sitting"] + p["hip_per_sitting"] * hip
    # Adding 0 keeps a zero times a negative from being written as -0.
    return {"pelvic_tilt_deg": tilt, "hip_extension_deg": hip, "sitting_hours": sitting}[exposure] + 0.0


def pain_and_posture_share_nothing(p: Parameters) -> bool:
    """Whether the equations hold no path at all between pain and sitting, hip or pelvis, within the weeks or over them."""
    within_weeks = [one for one in course_symbols() if one.startswith("pain_") or one in HANDED_ON]
    return all(p[link] == 0 for link in (*LINKS, *within_weeks))


def within_products(exposure: Array, outcome: Array, arms: Array) -> CrossProducts:
    """Cross-products of the departures from each person's mean, after what each visit does to each arm is taken off.

    `exposure` and `outcome` have one row a person and one column a visit, none missing; `arms` has a column of 0 and 1
    for each arm. The visits of each arm are design columns, so that what time or treatment does to all is no slope.
    """
    people, visits = exposure.shape
    later = np.eye(visits)[1:].T
    steps = (later[None, :, :, None] * arms[:, None, None, :]).reshape(people, visits, -1)
    columns = np.concatenate([exposure[:, :, None], steps], axis=2)
    columns = columns - columns.mean(axis=1, keepdims=True)
    departures = outcome - outcome.mean(axis=1, keepdims=True)
    design = columns.reshape(people * visits, -1)
    return design.T @ design, design.T @ departures.ravel()


def between_products(exposure: Array, outcome: Array, arms: Array, covariates: Array) -> CrossProducts:
    """Cross-products of each person's mean exposure, the arms' levels and `covariates` (one row a person) with mean outcome."""
    design = np.column_stack([exposure.mean(axis=1), arms, covariates])
    return design.T @ design, design.T @ outcome.mean(axis=1)


def slope_and_error(blocks: Sequence[CrossProducts]) -> tuple[float, float]:
    """The first coefficient by least squares over all blocks, and its jackknife standard error over blocks.

    Jackknife: Efron & Tibshirani 1993, An Introduction to the Bootstrap, equation 11.5.
    """
    squares, moments = (np.stack(parts) for parts in zip(*blocks, strict=True))
    whole = float(np.linalg.solve(squares.sum(axis=0), moments.sum(axis=0))[0])
    left_out = np.linalg.solve(squares.sum(axis=0) - squares, (moments.sum(axis=0) - moments)[..., None])
    spread = left_out[:, 0, 0] - left_out[:, 0, 0].mean()
    n = len(blocks)
    return whole, float(np.sqrt((n - 1) / n * (spread**2).sum()))
