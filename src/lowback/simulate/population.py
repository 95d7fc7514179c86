"""The people: who they are, how they sit and move, and how their pain would go if nobody treated them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from lowback.simulate.parameters import Parameters, SimulationError

Array = NDArray[np.float64]

VISIT_WEEKS = np.array([0.0, 4.0, 8.0, 12.0])
# The week before each visit is rated at the visit, so pain begins a week before baseline.
DAYS = np.arange(-7, 84)
# What posture and sitting are called in the data dictionary, and here.
AT_VISITS = {
    "hip_extension_deg": "hip",
    "pelvic_tilt_deg": "tilt",
    "lordosis_deg": "lordosis",
    "sitting_hours": "sitting",
}
PERIODS = np.searchsorted(np.array([0, 28, 56]), DAYS, side="right")
# Screened for each person enrolled; about half of the people screened have too little pain.
SCREENED_PER_ENROLLED = 2.3


@dataclass(frozen=True, eq=False)
class Population:
    """People with their untreated course; one row a person.

    `sitting`, `hip`, `tilt` and `lordosis` are true values at the four visits (h/day, degrees), `pain` the latent pain on
    each of `DAYS` (NRS points, not cut off at 0 or 10), `item_error` the error of a visit's rating.
    """

    age: Array
    female: Array
    bmi: Array
    duration: Array
    expectation: Array
    activity: Array
    adherence: Array
    sitting: Array
    hip: Array
    tilt: Array
    lordosis: Array
    pain: Array
    item_error: Array

    def rows(self, chosen: NDArray[np.bool_] | slice) -> Population:
        """The same with these people only."""
        return Population(*(getattr(self, one.name)[chosen] for one in fields(self)))


def draw_population(rng: np.random.Generator, n: int, p: Parameters) -> Population:
    """`n` people whose reported baseline pain was high enough to be enrolled."""
    drawn: list[Population] = []
    enrolled = 0
    for _ in range(100):
        pool = _draw_candidates(rng, int(SCREENED_PER_ENROLLED * n), p)
        drawn.append(pool.rows(rated_pain(pool.pain, pool.item_error, p)[:, 0] >= p["pain_enrol_at"]))
        enrolled += len(drawn[-1].age)
        if enrolled >= n:
            joined = (np.concatenate([getattr(one, f.name) for one in drawn]) for f in fields(Population))
            return Population(*joined).rows(slice(n))
    raise SimulationError(f"pain_enrol_at = {p['pain_enrol_at']:g}: almost nobody has so much pain")


def rated_pain(pain: Array, item_error: Array, p: Parameters) -> Array:
    """Pain as rated at the four visits: the mean of the week before, in steps, between 0 and 10 NRS points."""
    weeks = np.stack([pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(4)], axis=1)
    step = p["pain_visit_step"]
    return np.asarray(np.clip(step * np.round((weeks + item_error) / step), 0, 10))


def visit_at(week: float) -> int:
    """Which of the four visits takes place at a week (0: baseline, to 3)."""
    found = np.flatnonzero(week == VISIT_WEEKS)
    if not len(found):
        raise SimulationError(f"week {week:g}: allowed {', '.join(f'{one:g}' for one in VISIT_WEEKS)}")
    return int(found[0])


def logistic(log_odds: Array | float) -> Array:
    """The probability that belongs to log odds."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds))))


def _draw_candidates(rng: np.random.Generator, n: int, p: Parameters) -> Population:
    who = _characteristics(rng, n, p)
    sitting = _sitting(rng, who, p)
    hip, tilt, lordosis = _posture(rng, who, sitting, p)
    pain = _untreated_pain(rng, who, sitting, tilt, lordosis, p)
    item_error = p["pain_item_sd"] * rng.standard_normal((n, 4))
    return Population(
        **who, sitting=sitting, hip=hip, tilt=tilt, lordosis=lordosis, pain=pain, item_error=item_error
    )


def _characteristics(rng: np.random.Generator, n: int, p: Parameters) -> dict[str, Array]:
    """Age (beta between its bounds), sex, body mass index, duration, expectation, activity and adherence."""
    bounds = p["age_high"] - p["age_low"]
    centre = (p["age_mean"] - p["age_low"]) / bounds
    concentration = centre * (1 - centre) * (bounds / p["age_sd"]) ** 2 - 1
    spread = p["bmi_sd"] / p["bmi_mean"]
    expects, keeps = rng.standard_normal((2, n))
    shared = p["adherence_by_expectation"]
    effort = shared * expects + np.sqrt(1 - shared**2) * keeps
    return {
        "age": p["age_low"] + bounds * rng.beta(centre * concentration, (1 - centre) * concentration, n),
        "female": (rng.random(n) < p["female_share"]).astype(float),
        "bmi": p["bmi_mean"] * np.exp(spread * rng.standard_normal(n) - spread**2 / 2),
        "duration": np.maximum(
            p["duration_median"] * np.exp(p["duration_log_sd"] * rng.standard_normal(n)), p["duration_low"]
        ),
        "expectation": np.clip(p["expectation_mean"] + p["expectation_sd"] * expects, 0, 10),
        "activity": rng.standard_normal(n),
        "adherence": p["adherence_low"] + (p["adherence_high"] - p["adherence_low"]) * logistic(0.5 + effort),
    }


def _sitting(rng: np.random.Generator, who: dict[str, Array], p: Parameters) -> Array:
    """Habitual sitting (h/day) in the four-week period that ends at each visit, a person's mean kept between 1 and 15."""
    n = len(who["age"])
    from_activity = p["sitting_per_activity"]
    own_variance = (
        p["sitting_sd"] ** 2 - p["sitting_period_sd"] ** 2 - p["sitting_report_sd"] ** 2 - from_activity**2
    )
    own = np.sqrt(own_variance) * rng.standard_normal(n)
    mean = np.clip(p["sitting_mean"] + from_activity * who["activity"] + own, 1, 15)
    return np.asarray(np.clip(mean[:, None] + p["sitting_period_sd"] * rng.standard_normal((n, 4)), 0.5, 16))


def _posture(
    rng: np.random.Generator, who: dict[str, Array], sitting: Array, p: Parameters
) -> tuple[Array, Array, Array]:
    """True hip extension, pelvic tilt and lordosis (degrees) at the four visits, each person's trait and departures."""
    n = len(who["age"])
    sat = sitting.mean(axis=1)
    sitting_variance = p["sitting_sd"] ** 2 - p["sitting_report_sd"] ** 2
    explained = p["hip_per_activity"] ** 2 + p["hip_per_sitting"] ** 2 * sitting_variance
    explained += 2 * p["hip_per_activity"] * p["hip_per_sitting"] * p["sitting_per_activity"]
    explained += (p["hip_per_year"] * p["age_sd"]) ** 2
    hip_own = np.sqrt(p["hip_icc"] * p["hip_sd"] ** 2 - p["hip_period_sd"] ** 2 - explained)
    hip_trait = (
        p["hip_mean"]
        + p["hip_per_sitting"] * (sat - p["sitting_mean"])
        + p["hip_per_activity"] * who["activity"]
        + p["hip_per_year"] * (who["age"] - p["age_mean"])
        + hip_own * rng.standard_normal(n)
    )[:, None]
    hip = hip_trait + p["hip_per_sitting"] * (sitting - sat[:, None])
    hip = hip + p["hip_period_sd"] * rng.standard_normal((n, 4))
    tilt_trait, tilt = _tilt(rng, hip_trait, hip, p)
    return hip, tilt, _lordosis(rng, tilt_trait, tilt, p)


def _tilt(rng: np.random.Generator, hip_trait: Array, hip: Array, p: Parameters) -> tuple[Array, Array]:
    hip_variance = p["hip_icc"] * p["hip_sd"] ** 2 - p["hip_period_sd"] ** 2
    between, within = p["tilt_per_hip_between"], p["tilt_per_hip_within"]
    trait_variance = p["tilt_icc_between_visits"] * p["tilt_sd"] ** 2
    period_variance = p["tilt_sd"] ** 2 - trait_variance - p["tilt_sem"] ** 2
    own = np.sqrt(trait_variance - between**2 * hip_variance) * rng.standard_normal(hip_trait.shape)
    trait = p["tilt_mean"] + between * (hip_trait - p["hip_mean"]) + own
    moved = within**2 * (p["hip_period_sd"] ** 2 + (p["hip_per_sitting"] * p["sitting_period_sd"]) ** 2)
    departure = np.sqrt(max(period_variance - moved, 0)) * rng.standard_normal(hip.shape)
    return trait, trait + within * (hip - hip_trait) + departure


def _lordosis(rng: np.random.Generator, tilt_trait: Array, tilt: Array, p: Parameters) -> Array:
    between, within = p["lordosis_per_tilt_between"], p["lordosis_per_tilt_within"]
    trait_variance = p["tilt_icc_between_visits"] * p["tilt_sd"] ** 2
    period_variance = p["tilt_sd"] ** 2 - trait_variance - p["tilt_sem"] ** 2
    explained = between**2 * trait_variance + within**2 * period_variance
    own_sd = np.sqrt(p["lordosis_icc"] * p["lordosis_sd"] ** 2 - explained)
    own = own_sd * rng.standard_normal(tilt_trait.shape)
    return np.asarray(
        p["lordosis_mean"] + between * (tilt_trait - p["tilt_mean"]) + within * (tilt - tilt_trait) + own
    )


def _untreated_pain(
    rng: np.random.Generator,
    who: dict[str, Array],
    sitting: Array,
    tilt: Array,
    lordosis: Array,
    p: Parameters,
) -> Array:
    """Latent pain on each of `DAYS`: a level that recovers, what posture and sitting add, slow and daily ups and downs."""
    n = len(who["age"])
    level = p["pain_mean"] + p["pain_sd"] * rng.standard_normal(n) + _from_characteristics(who, p)
    share = np.clip(p["pain_recovery"] + p["pain_recovery_sd"] * rng.standard_normal(n), -0.3, 0.9)
    recovered = 1 - np.exp(-np.maximum(DAYS, 0) / (7 * p["pain_recovery_weeks"]))
    chain = (
        p["pain_per_sitting"] * (sitting - p["sitting_mean"])
        + p["pain_per_tilt"] * (tilt - p["tilt_mean"])
        + p["pain_per_lordosis"] * (lordosis - p["lordosis_mean"])
    )
    slow = _autoregression(rng, n, np.exp(-1 / (7 * p["pain_slow_weeks"])), p["pain_slow_sd"])
    daily = _autoregression(rng, n, p["pain_day_correlation"], p["pain_day_sd"])
    return np.asarray(level[:, None] * (1 - share[:, None] * recovered) + chain[:, PERIODS] + slow + daily)


def _from_characteristics(who: dict[str, Array], p: Parameters) -> Array:
    return np.asarray(
        p["pain_per_year"] * (who["age"] - p["age_mean"])
        + p["pain_in_women"] * (who["female"] - p["female_share"])
        + p["pain_per_bmi"] * (who["bmi"] - p["bmi_mean"])
        + p["pain_per_log_duration"] * np.log(who["duration"] / p["duration_median"])
        + p["pain_per_expectation"] * (who["expectation"] - p["expectation_mean"])
        + p["pain_per_activity"] * who["activity"]
    )


def _autoregression(rng: np.random.Generator, n: int, correlation: float, sd: float) -> Array:
    """A stationary first-order autoregression over `DAYS` with this correlation and standard deviation."""
    steps = rng.standard_normal((n, len(DAYS)))
    steps[:, 1:] *= np.sqrt(1 - correlation**2)
    return np.asarray(sd * lfilter([1.0], [1.0, -correlation], steps, axis=1))
