"""How much of what is done to pain its records show: scores have steps and end at 0 and 10."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from lowback.simulate.at_moments import answered, blocks_of_moments, in_arms, recorder
from lowback.simulate.course import SLOT_DAYS, Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.interventions import Intervention
from lowback.simulate.moments import SESSION_SLOTS
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import Array, rated_pain
from lowback.simulate.recording.answers import favoured
from lowback.simulate.scenario import Scenario
from lowback.simulate.visited import VISIT_SLOTS

# Shares are nearly the same in everybody, so that fewer people show them than effects.
BLOCKS = 20
# What is recorded with and without so many points around the pain that there is tells how much of a small change is seen.
POINTS = 1.0
# Nobody's check-ins go on until this day.
NEVER = 84.0
# By these, people who do more sessions would differ by other things than the number of sessions.
OTHER_WAYS = (
    "pain_per_tilt", "pain_per_lordosis", "pain_per_tilt_sensitised", "pain_effect_stretching", "pain_effect_strengthening",
    "pain_effect_back_care", "pain_effect_video", "pain_per_minute", "pain_effect_per_sign", "pain_per_adherence",
    "adherence_by_expectation", "pain_per_session_squared", "pain_per_held_session", "session_per_pain", "flare_stops_sessions",
    "hip_session_lasting", "hips_first_when_reactive", "flare_per_hip",
)  # fmt: skip


def refuse_other_ways(scenario: Scenario) -> None:
    """Refuse a scenario in which people who do more sessions differ by anything but what each session adds."""
    for symbol in OTHER_WAYS:
        if scenario.values[symbol] != 0:
            raise SimulationError(
                "what another session does is known where sessions add up and nothing else hangs on them; here "
                f"{symbol} is {scenario.values[symbol]:g}, allowed: 0"
            )


def shown_at_visit(scenario: Scenario, visit: int, arms: tuple[str, ...]) -> float:
    """The share of a small change in pain that ratings of these arms show at a visit (0: baseline, to 3)."""
    parts = []
    for people, lived in blocks_of_moments(scenario, BLOCKS):
        up, down = (
            _rated(people, lived, lived.people.pain + change)[:, visit]
            for change in (POINTS / 2, -POINTS / 2)
        )
        parts.append((up - down)[in_arms(lived, arms)])
    return float(np.concatenate(parts).mean()) / POINTS


def _rated(people: Doubles, lived: Lived, pain: Array) -> Array:
    """Pain at the visits as people give it who feel this, always with the same errors."""
    rated = rated_pain(pain, lived.people.item_error, people.p)
    return favoured(rated, people.p, people.streams, "visit back pain")


def shown_at_checkins(scenario: Scenario, arms: tuple[str, ...]) -> float:
    """The share of a small change in pain that the check-ins show that these arms answer."""
    parts = []
    for people, lived in blocks_of_moments(scenario, BLOCKS):
        record, felt = recorder(people, lived, "pain_nrs"), lived.course.slots["pain_nrs"]
        seen = in_arms(lived, arms)[:, None] & answered(scenario, people, lived)
        parts.append((record(felt + POINTS / 2) - record(felt - POINTS / 2))[seen])
    return float(np.concatenate(parts).mean()) / POINTS


def step_shown(scenario: Scenario) -> float:
    """What the check-ins answered after something new was taken up show, less what the same would have shown without it."""
    return float(np.concatenate(list(_steps(scenario))).mean())


def _steps(scenario: Scenario) -> Iterator[Array]:
    for people, lived in blocks_of_moments(scenario, BLOCKS):
        without = people.under(Intervention(fixed={"change_day": NEVER}))
        record = recorder(people, lived, "pain_nrs")
        step = record(lived.course.slots["pain_nrs"]) - record(without.course.slots["pain_nrs"])
        after = lived.course.people["change_day"][:, None] < SLOT_DAYS[None, :]
        yield step[after & answered(scenario, people, lived)]


def middle_total(scenario: Scenario, visit: int, arms: tuple[str, ...]) -> float:
    """Half way between the sessions that the tenth and the ninetieth of a hundred people of these arms did up to a visit."""
    totals = [
        lived.course.visits["sessions_done"][in_arms(lived, arms), 1 : visit + 1].sum(axis=1)
        for _, lived in blocks_of_moments(scenario, BLOCKS)
    ]
    return float(np.quantile(np.concatenate(totals), [0.1, 0.9]).mean())


def counted_by_visit(visit: int) -> Array:
    """Of a session in each interval between visits up to this one, how much of the week that the visit rates lies after it, on average."""
    end = VISIT_SLOTS[visit]
    week = np.arange(end - 14, end)
    shares = []
    for start, stop in pairwise(VISIT_SLOTS[: visit + 1]):
        sessions = start + np.flatnonzero(SESSION_SLOTS[start:stop])
        shares.append(float((week[None, :] > sessions[:, None]).mean()))
    return np.array(shares)
