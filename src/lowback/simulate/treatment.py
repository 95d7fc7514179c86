"""The arms, who comes into which, and the course that a person would have under each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.design import ARMS, COMPONENTS, TRIAL_ARMS, Design
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import DAYS, VISIT_WEEKS, Array, Population, logistic
from lowback.simulate.streams import Streams


@dataclass(frozen=True)
class Effects:
    """What an arm does after the whole programme to a person of average adherence (degrees, NRS points)."""

    hip: float
    tilt: float
    lordosis: float
    pain: float


def effects(arm: str, p: Parameters) -> Effects:
    """The effects of one arm: those along the chain by stretching and by back care, and the direct ones on pain."""
    has = {name: name in COMPONENTS[arm] for name in ("hip", "strength", "back", "video")}
    hip = p["hip_gain_stretching"] * has["hip"]
    tilt = p["tilt_per_hip_within"] * hip + p["tilt_effect_back_care"] * has["back"]
    lordosis = p["lordosis_per_tilt_within"] * tilt
    direct = (
        p["pain_effect_stretching"] * has["hip"]
        + p["pain_effect_strengthening"] * has["strength"]
        + p["pain_effect_of_both_beyond_sum"] * (has["hip"] and has["strength"])
        + p["pain_effect_back_care"] * has["back"]
        + p["pain_effect_video"] * has["video"]
        + p["pain_per_minute"] * weekly_minutes(arm, p)
    )
    return Effects(
        hip, tilt, lordosis, p["pain_per_tilt"] * tilt + p["pain_per_lordosis"] * lordosis + direct
    )


def weekly_minutes(arm: str, p: Parameters) -> float:
    """Minutes a week that an arm prescribes; an arm of two components may take longer than one of one."""
    parts = len(COMPONENTS[arm])
    return p["session_minutes"] * 3 * (0, 1, p["minutes_of_both_times"])[parts]


def allocate(rng: np.random.Generator, n: int, names: Sequence[str] = TRIAL_ARMS) -> NDArray[np.intp]:
    """Arms, as positions in `ARMS`, drawn in permuted blocks of twice as many people as there are arms."""
    arms = len(names)
    blocks = -(-n // (2 * arms))
    drawn = rng.permuted(np.tile(np.arange(2 * arms) % arms, (blocks, 1)), axis=1).ravel()[:n]
    return np.asarray(np.array([ARMS.index(name) for name in names])[drawn])


def assigned(
    rng: np.random.Generator, people: Population, design: Design, p: Parameters, streams: Streams
) -> NDArray[np.intp]:
    """Arms, as positions in `ARMS`: drawn at random, or chosen by what people expect, how active and in what pain they are.

    Where people choose, chance decides for the first arm or one of the others, and all of the others are as likely.
    """
    drawn = allocate(rng, len(people.age), design.arms)
    if design.allocation == "randomised" or len(design.arms) == 1:
        return drawn
    pain = people.pain[:, :7].mean(axis=1)
    odds = (
        p["choice_per_expectation"] * (people.expectation - p["expectation_mean"])
        + p["choice_per_activity"] * people.activity
        + p["choice_per_pain"] * (pain - pain.mean())
    )
    choice = streams("choice")
    treats = choice.random(len(odds)) < logistic(odds)
    other = np.array([ARMS.index(arm) for arm in design.arms[1:]])[
        choice.integers(0, len(design.arms) - 1, len(odds))
    ]
    return np.where(treats, other, ARMS.index(design.arms[0]))


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
