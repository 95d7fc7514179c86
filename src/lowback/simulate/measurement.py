"""What is written down of a person's true course: scores in steps, angles with error, sessions counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.parameters import Parameters
from lowback.simulate.population import DAYS, PERIODS, Array, Population, rated_pain
from lowback.simulate.recording.angles import Hands, plain_hands
from lowback.simulate.recording.answers import favoured
from lowback.simulate.streams import Streams

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
    """What check-ins record of everybody, if nobody misses one; one row a person, one column a check-in from day 0.

    With two check-ins a day, sitting is asked for in the evening and NaN in the morning.
    """

    pain_nrs: Array
    hip_pain_nrs: Array
    sitting_hours: Array


def measured_visits(
    rng: np.random.Generator, people: Population, hip_pain: Array, p: Parameters, by: Hands | None = None
) -> Visits:
    """The visits' scores (pain and hip pain in steps, disability in twos) and angles (to 0.1 degrees, with error).

    `by` reads the angles; without it, one person with one instrument does.
    """
    shape = people.hip.shape
    by = by or plain_hands(len(people.age), p)
    hip = by.read("hip_extension_deg", people.hip, rng.standard_normal(shape))
    tilt = by.read("pelvic_tilt_deg", people.tilt, rng.standard_normal(shape))
    lordosis = by.read("lordosis_deg", people.lordosis, rng.standard_normal(shape))
    hip_pain_week = np.stack([hip_pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(4)], axis=1)
    sitting = people.sitting + p["sitting_report_sd"] * rng.standard_normal(shape)
    return Visits(
        pain_nrs=rated_pain(people.pain, people.item_error, p),
        hip_pain_nrs=np.clip(np.round(2 * hip_pain_week) / 2, 0, 10),
        disability_odi=_disability(rng, people, p),
        sitting_hours=np.clip(np.round(2 * sitting) / 2, 0, 24),
        hip_extension_deg=hip,
        pelvic_tilt_deg=tilt,
        lordosis_deg=lordosis,
    )


def second_readings(people: Population, by: Hands, streams: Streams) -> dict[str, Array]:
    """The angles that a second rater reads at each visit, by column name."""
    rng = streams("second reading")
    true = {"hip_extension": people.hip, "pelvic_tilt": people.tilt, "lordosis": people.lordosis}
    return {
        f"{name}_second_deg": by.read(f"{name}_deg", angle, rng.standard_normal(angle.shape), reading=1)
        for name, angle in true.items()
    }


def as_given(visits: Visits, p: Parameters, streams: Streams) -> Visits:
    """The same visits with their scores of pain drawn to the numbers that people favour."""
    return replace(
        visits,
        pain_nrs=favoured(visits.pain_nrs, p, streams, "visit back pain"),
        hip_pain_nrs=favoured(visits.hip_pain_nrs, p, streams, "visit hip pain"),
    )


def measured_diary(
    rng: np.random.Generator,
    people: Population,
    hip_pain: Array,
    moments: Mapping[str, Array],
    a_day: int,
    p: Parameters,
    streams: Streams,
) -> Diary:
    """The check-ins' whole points of pain and half hours of sitting.

    One check-in a day asks for the day, two ask for the moment, whose pain stands in `moments` (person, morning and
    evening of each day) or is else the day's.
    """
    follow_up = DAYS >= 0
    sitting = people.sitting[:, PERIODS[follow_up]]
    sitting = sitting + p["sitting_day_sd"] * rng.standard_normal(sitting.shape)
    back = _asked("pain_nrs", people.pain[:, follow_up], moments, a_day)
    hip = _asked("hip_pain_nrs", hip_pain[:, follow_up], moments, a_day)
    return Diary(
        pain_nrs=_rated(back, "back", p, streams),
        hip_pain_nrs=_rated(hip, "hip", p, streams),
        sitting_hours=in_the_evening(np.clip(np.round(2 * sitting) / 2, 0, 20), a_day),
    )


def _asked(name: str, by_day: Array, moments: Mapping[str, Array], a_day: int) -> Array:
    return by_day if a_day == 1 else moments.get(name, np.repeat(by_day, a_day, axis=1))


def in_the_evening(by_day: Array, a_day: int) -> Array:
    """What check-ins tell that ask for the day: with two a day it is told in the evening, and NaN in the morning."""
    if a_day == 1:
        return by_day
    return np.stack([np.full_like(by_day, np.nan), by_day], axis=2).reshape(len(by_day), -1)


def _rated(true: Array, region: str, p: Parameters, streams: Streams) -> Array:
    """Pain in whole points with the error that check-ins on this region have."""
    error = p[f"checkin_{region}_error_sd"]
    if error > 0:
        true = true + error * streams(f"check-in {region} pain").standard_normal(true.shape)
    return favoured(np.clip(np.round(true), 0, 10), p, streams, f"check-in {region} digits")


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
