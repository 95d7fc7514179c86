"""The four arms, and the course that a person would have under each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.design import ARMS
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import DAYS, VISIT_WEEKS, Array, Population


@dataclass(frozen=True)
class Effects:
    """What an arm does after the whole programme to a person of average adherence (degrees, NRS points)."""

    hip: float
    tilt: float
    lordosis: float
    pain: float


def effects(arm: str, p: Parameters) -> Effects:
    """The effects of one arm: those along the chain by stretching, and the direct ones on pain."""
    stretching = arm in ("hip-flexor stretching", "both")
    strengthening = arm in ("strengthening", "both")
    hip = p["hip_gain_stretching"] * stretching
    tilt = p["tilt_per_hip_within"] * hip
    lordosis = p["lordosis_per_tilt_within"] * tilt
    direct = (
        p["pain_effect_stretching"] * stretching
        + p["pain_effect_strengthening"] * strengthening
        + p["pain_effect_of_both_beyond_sum"] * (stretching and strengthening)
    )
    return Effects(
        hip, tilt, lordosis, p["pain_per_tilt"] * tilt + p["pain_per_lordosis"] * lordosis + direct
    )


def allocate(rng: np.random.Generator, n: int) -> NDArray[np.intp]:
    """Arms, as positions in `ARMS`, drawn in permuted blocks of eight."""
    blocks = -(-n // 8)
    return rng.permuted(np.tile(np.arange(8) % 4, (blocks, 1)), axis=1).ravel()[:n]


def treated(people: Population, arms: NDArray[np.intp], p: Parameters) -> Population:
    """The same people, each with the course that they have under the arm given (positions in `ARMS`)."""
    by_arm = [effects(arm, p) for arm in ARMS]
    done = people.adherence / p["adherence_full"]
    at_visits = np.minimum(VISIT_WEEKS / p["programme_weeks"], 1)
    on_days = np.clip(DAYS / 7 / p["programme_weeks"], 0, 1)

    def added(name: str, share: Array) -> Array:
        per_person = np.array([getattr(one, name) for one in by_arm])[arms] * done
        return np.asarray(per_person[:, None] * share)

    return replace(
        people,
        hip=people.hip + added("hip", at_visits),
        tilt=people.tilt + added("tilt", at_visits),
        lordosis=people.lordosis + added("lordosis", at_visits),
        pain=people.pain + added("pain", on_days),
    )
