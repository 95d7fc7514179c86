"""What is written down of a person's true course: scores in steps, angles with error, sessions counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.parameters import Parameters
from lowback.simulate.population import DAYS, PERIODS, Array, Population, rated_pain

# Three sessions a week, on the first, third and fifth day of each week of follow-up.
PRESCRIBED = (DAYS >= 0) & np.isin(DAYS % 7, (0, 2, 4))
SESSIONS_A_PERIOD = 12


@dataclass(frozen=True, eq=False)
class Visits:
    """What the four visits record of everybody, if nobody misses one; one row a person, one column a visit."""

    pain_nrs: Array
    hip_pain_nrs: Array
    disability_odi: Array
    sitting_hours: Array
    hip_extension_deg: Array
    pelvic_tilt_deg: Array
    lordosis_deg: Array


@dataclass(frozen=True, eq=False)
class Diary:
    """What daily check-ins record of everybody, if nobody misses one; one row a person, one column a day from day 0."""

    pain_nrs: Array
    hip_pain_nrs: Array
    sitting_hours: Array


def measured_visits(rng: np.random.Generator, people: Population, hip_pain: Array, p: Parameters) -> Visits:
    """The visits' scores (pain and hip pain in steps, disability in twos) and angles (to 0.1 degrees, with error)."""
    shape = people.hip.shape

    def angle(true: Array, error_sd: float) -> Array:
        return np.asarray(np.clip(np.round(true + error_sd * rng.standard_normal(shape), 1), -60, 60))

    hip = angle(people.hip, p["hip_sd"] * np.sqrt(1 - p["hip_icc"]))
    tilt = angle(people.tilt, p["tilt_sem"])
    lordosis_error = p["lordosis_sd"] * np.sqrt(1 - p["lordosis_icc"]) * rng.standard_normal(shape)
    hip_pain_week = np.stack([hip_pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(4)], axis=1)
    sitting = people.sitting + p["sitting_report_sd"] * rng.standard_normal(shape)
    return Visits(
        pain_nrs=rated_pain(people.pain, people.item_error, p),
        hip_pain_nrs=np.clip(np.round(2 * hip_pain_week) / 2, 0, 10),
        disability_odi=_disability(rng, people, p),
        sitting_hours=np.clip(np.round(2 * sitting) / 2, 0, 24),
        hip_extension_deg=hip,
        pelvic_tilt_deg=tilt,
        lordosis_deg=np.clip(np.round(people.lordosis + lordosis_error, 1), -30, 150),
    )


def measured_diary(rng: np.random.Generator, people: Population, hip_pain: Array, p: Parameters) -> Diary:
    """The check-ins' whole points of pain and half hours of sitting."""
    follow_up = DAYS >= 0
    sitting = people.sitting[:, PERIODS[follow_up]]
    sitting = sitting + p["sitting_day_sd"] * rng.standard_normal(sitting.shape)
    return Diary(
        pain_nrs=np.clip(np.round(people.pain[:, follow_up]), 0, 10),
        hip_pain_nrs=np.clip(np.round(hip_pain[:, follow_up]), 0, 10),
        sitting_hours=np.clip(np.round(2 * sitting) / 2, 0, 20),
    )


def latent_hip_pain(rng: np.random.Generator, people: Population, p: Parameters) -> Array:
    """Pain at the front of the hip on each of `DAYS` (NRS points, not cut off), higher where the hip extends less."""
    n = len(people.age)
    own = p["hip_pain_mean"] + p["hip_pain_sd"] * rng.standard_normal((n, 1))
    from_hip = p["hip_pain_per_hip"] * (people.hip - p["hip_mean"])[:, PERIODS]
    return np.asarray(own + from_hip + p["hip_pain_day_sd"] * rng.standard_normal((n, len(DAYS))))


def sessions(
    rng: np.random.Generator, people: Population, has_programme: NDArray[np.bool_], p: Parameters
) -> NDArray[np.bool_]:
    """Whether a session was done on each day from day 0; only on prescribed days and where an arm has a programme."""
    follow_up = DAYS >= 0
    lost = (1 - p["adherence_decline"]) ** (PERIODS[follow_up] - 1)
    probability = people.adherence[:, None] * lost * has_programme[:, None] * PRESCRIBED[follow_up]
    return np.asarray(rng.random(probability.shape) < probability)


def adherence_by_visit(done: NDArray[np.bool_], has_programme: NDArray[np.bool_]) -> Array:
    """Share of the prescribed sessions done since the last visit; missing at baseline and without a programme."""
    counts = np.stack([done[:, 28 * v : 28 * (v + 1)].sum(axis=1) for v in range(3)], axis=1)
    shares = np.where(has_programme[:, None], counts / SESSIONS_A_PERIOD, np.nan)
    return np.column_stack([np.full(len(done), np.nan), shares])


def _disability(rng: np.random.Generator, people: Population, p: Parameters) -> Array:
    """Oswestry points: linear in the week's latent pain, a person's own part twice the visit's in SD, in twos."""
    weeks = np.stack([people.pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(4)], axis=1)
    correlation = p["odi_pain_correlation"]
    rest = p["odi_sd"] * np.sqrt(1 - correlation**2)
    own = rest * np.sqrt(0.8) * rng.standard_normal((len(weeks), 1))
    visit = rest * np.sqrt(0.2) * rng.standard_normal(weeks.shape)
    slope = correlation * p["odi_sd"] / 1.26
    odi = p["odi_mean"] + slope * (weeks - 4.09) + own + visit
    return np.asarray(np.clip(2 * np.round(odi / 2), 0, 100))
