"""The twelve weeks moment by moment: each slot follows from the one before, for all people of a block at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lowback.simulate.course import FOLLOW_UP_DAYS, SLOT_DAYS, SLOTS
from lowback.simulate.interventions import Intervention
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Array, logistic
from lowback.simulate.settled import first_ups_and_downs
from lowback.simulate.streams import Streams

# Three sessions a week, on the evening of the first, third and fifth day.
SESSION_SLOTS = np.isin(SLOT_DAYS % 7, (0, 2, 4)) & (np.arange(SLOTS) % 2 == 1)
WALKING_MIN, BOUT_MIN, USUAL_PAIN = 15.0, 60.0, 4.0
REACTIVE = 7.0

# The normal draws, each with the figure that it is multiplied by (None: by one that is never 0).
NORMAL = {
    "shared": "shared_sd", "back": "back_shock_sd", "hip": "hip_shock_sd", "back moment": "back_moment_sd",
    "hip moment": "hip_moment_sd", "after session": "back_moment_sd", "sensitised": "sensitised_sd",
    "walking": "walking_sd", "bout": "bout_sd", "mood": "mood_sd", "stiffness": "stiffness_sd", "ease": None, "hold": None,
}  # fmt: skip
UNIFORM = ("flare", "medication", "spacer", "session", "hip session", "hips first", "answer")
STATES = (
    "shared", "back", "hip", "flare", "sensitised_nrs", "walking_min", "longest_sitting_min", "mood", "medication_taken",
    "spacer_used", "stiffness", "ease_min", "carry", "dose", "held", "pain_nrs", "hip_pain_nrs", "felt", "felt_hip",
    "session_done", "hip_session", "hips_first", "hold_s", "pain_pre_session_nrs", "pain_post_session_nrs",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Setting:
    """What is given of each person before the first moment; shape (person,) or, with `by slot`, (168 slots, person).

    By slot: `back`, `hip_pain` and `tilt` and `hip` without the course, and `drift`, what is added to back pain by all that
    does not depend on the moment. `chance` is that of doing a prescribed session, by slot, 0 where none is prescribed.
    """

    back: Array
    hip_pain: Array
    tilt: Array
    hip: Array
    drift: Array
    chance: Array
    usual: Array
    activity: Array
    sensitised: Array
    hip_leads: Array
    back_leads: Array
    side_sleeper: Array
    hip_in_arm: Array
    holds: Array


@dataclass(frozen=True, eq=False)
class World:
    """The setting, the figures, the draws, the intervention, and the states as they fill up, slot by slot."""

    given: Setting
    p: Parameters
    act: Intervention
    e: Mapping[str, Array]
    x: Mapping[str, Array]

    def before(self, name: str, t: int) -> Array:
        """A state one slot ago; nothing before the first."""
        return self.x[name][t - 1] if t else np.zeros_like(self.given.usual)


def lived_moments(given: Setting, p: Parameters, streams: Streams, act: Intervention) -> Mapping[str, Array]:
    """The states of every slot (168 slots, person), by name."""
    n = len(given.usual)
    nothing = np.broadcast_to(0.0, (SLOTS, n))
    draws = {
        name: streams(name).standard_normal((SLOTS, n)) if sd is None or p[sd] else nothing
        for name, sd in NORMAL.items()
    }
    draws |= {name: streams(name).random((SLOTS, n)) for name in UNIFORM}
    draws["severity"] = streams("severity").exponential(1.0, (SLOTS, n))
    world = World(given, p, act, draws, {name: np.zeros((SLOTS, n)) for name in STATES})
    for t in range(SLOTS):
        _state_of_the_back(world, t)
        _doings(world, t)
        _pain(world, t)
        _stiffness(world, t)
        _session(world, t)
    return world.x


def _state_of_the_back(w: World, t: int) -> None:
    """Flare (its severity, 0 in calm) and sensitisation."""
    p, before = w.p, w.before("flare", t)
    odds = p["flare_logit"] + p["flare_per_hip"] * (w.given.hip[t] - p["hip_mean"])
    onset = logistic(odds + p["flare_per_activity"] * w.given.activity)
    u = w.e["flare"][t]
    began = np.where(u < onset, p["flare_severity"] * (0.5 + 0.5 * w.e["severity"][t]), 0)
    w.x["flare"][t] = w.act.on("flare", np.where(before > 0, np.where(u < p["flare_end"], 0, before), began))
    # A stationary autoregression, kept as its deviation from the person's own level.
    memory = p["sensitised_memory"]
    level = p["sensitised_mean"] + w.given.sensitised + p["sensitised_in_flare"] * w.x["flare"][t]
    level_before = p["sensitised_mean"] + w.given.sensitised + p["sensitised_in_flare"] * before
    rest = memory * (w.before("sensitised_nrs", t) - level_before) if t else 0.0
    noise = p["sensitised_sd"] * np.sqrt(1 - memory**2 if t else 1.0) * w.e["sensitised"][t]
    w.x["sensitised_nrs"][t] = w.act.on("sensitised_nrs", level + rest + noise)


def _doings(w: World, t: int) -> None:
    """Walking, sitting bouts, medication and the night's knee spacer: each may answer to the pain felt last."""
    p, evening = w.p, t % 2
    felt = w.before("felt", t) if t else w.given.usual
    worse = felt - w.given.usual
    stiff = w.before("stiffness", t)
    walking = WALKING_MIN + p["walking_per_activity"] * w.given.activity + p["walking_sd"] * w.e["walking"][t]
    walking = walking + p["walking_per_pain"] * worse + p["walking_per_stiffness"] * stiff
    w.x["walking_min"][t] = w.act.on("walking_min", np.maximum(walking, 0))
    bout = (
        BOUT_MIN + p["bout_per_pain"] * worse + p["bout_in_evening"] * evening + p["bout_sd"] * w.e["bout"][t]
    )
    w.x["longest_sitting_min"][t] = w.act.on("longest_sitting_min", np.maximum(bout, 5))
    takes = logistic(p["medication_logit"] + p["medication_per_pain"] * (felt - USUAL_PAIN))
    w.x["medication_taken"][t] = _done(w, t, "medication_taken", "medication", takes, felt)
    uses = logistic(p["spacer_logit"] + p["spacer_per_pain"] * (felt - USUAL_PAIN)) * (1 - evening)
    w.x["spacer_used"][t] = _done(w, t, "spacer_used", "spacer", uses, felt)


def _done(w: World, t: int, column: str, draw: str, chance: Array, felt: Array) -> Array:
    """Whether something is done at this moment, by its chance, or as the intervention has it."""
    now = {"pain_nrs": felt, "sensitised_nrs": w.x["sensitised_nrs"][t], "flare": w.x["flare"][t]}
    return np.asarray((w.e[draw][t] < w.act.on(column, chance, now)).astype(float))


def _load(w: World, t: int) -> Array:
    """Tilt above the mean, with the guarding of a flare, while the back is sensitised."""
    tilt = w.given.tilt[t] + w.p["tilt_in_flare"] * w.x["flare"][t] - w.p["tilt_mean"]
    return np.asarray(tilt * (w.x["sensitised_nrs"][t] >= 5))


# What pain answers to at a moment: the figure, and of what it is per unit. What is 0 costs no time.
ANSWERS: tuple[tuple[str, Callable[[World, int], Array]], ...] = (
    ("pain_in_flare", lambda w, t: w.x["flare"][t]),
    ("pain_per_tilt_sensitised", _load),
    ("pain_per_mood", lambda w, t: w.before("mood", t)),
    ("pain_per_medication", lambda w, t: w.x["medication_taken"][t]),
    ("pain_per_walking", lambda w, t: w.x["walking_min"][t] - WALKING_MIN),
    ("pain_per_bout", lambda w, t: w.x["longest_sitting_min"][t] - BOUT_MIN),
    ("pain_in_evening", lambda w, t: np.full_like(w.given.usual, t % 2)),
    ("pain_after_spacer", lambda w, t: w.x["spacer_used"][t] * w.given.side_sleeper),
    ("pain_per_session", lambda w, t: w.before("dose", t)),
    ("pain_per_session_squared", lambda w, t: w.before("dose", t) ** 2),
    ("pain_per_held_session", lambda w, t: w.before("held", t)),
)


def _pain(w: World, t: int) -> None:
    """Back and hip pain of the moment, with and without what passes within the hour."""
    p, given, x = w.p, w.given, w.x
    _own_ups_and_downs(w, t)
    x["mood"][t] = w.act.on("mood", _mood(w, t))
    x["carry"][t] = p["session_memory"] * w.before("carry", t) + _left_by_last_session(w, t)
    pain = given.back[t] + given.drift[t] + x["shared"][t] + x["back"][t] + x["carry"][t]
    for figure, amount in ANSWERS:
        if p[figure]:
            pain = pain + p[figure] * amount(w, t)
    x["pain_nrs"][t] = pain
    x["hip_pain_nrs"][t] = given.hip_pain[t] + p["hip_share_of_shared"] * x["shared"][t] + x["hip"][t]
    x["felt"][t] = pain + p["back_moment_sd"] * w.e["back moment"][t]
    x["felt_hip"][t] = x["hip_pain_nrs"][t] + p["hip_moment_sd"] * w.e["hip moment"][t]


def _own_ups_and_downs(w: World, t: int) -> None:
    """What back and hip share, and what each has of its own and may hand to the other a slot later; at first of their lasting size."""
    p, x, draws = w.p, w.x, (w.e["back"][t], w.e["hip"][t])
    fresh = np.sqrt(1 - p["shared_memory"] ** 2) if t else 1.0
    x["shared"][t] = p["shared_memory"] * w.before("shared", t) + p["shared_sd"] * fresh * w.e["shared"][t]
    if not t:
        x["back"][0], x["hip"][0] = first_ups_and_downs(p, w.given.hip_leads, w.given.back_leads, draws)
        return
    back, hip = x["back"][t - 1], x["hip"][t - 1]
    handed = hip + w.act.added("hip_pain_nrs", x["hip_pain_nrs"][t - 1])
    x["back"][t] = (
        p["back_memory"] * back + p["back_from_hip"] * w.given.hip_leads * handed + p["back_shock_sd"] * draws[0]
    )  # fmt: skip
    x["hip"][t] = (
        p["hip_memory"] * hip + p["hip_from_back"] * w.given.back_leads * back + p["hip_shock_sd"] * draws[1]
    )  # fmt: skip


def _mood(w: World, t: int) -> Array:
    """Low mood as a deviation from the person's own, in SD of a healthy week; worse is higher."""
    p = w.p
    worse = (w.before("felt", t) - w.given.usual) if t else 0.0
    return np.asarray(
        p["mood_memory"] * w.before("mood", t) + p["mood_per_pain"] * worse + p["mood_sd"] * w.e["mood"][t]
    )


def _stiffness(w: World, t: int) -> None:
    """Stiffness of the back around its usual, and the minutes that pain takes to ease after sitting."""
    p, x = w.p, w.x
    bout = (x["longest_sitting_min"][t] - BOUT_MIN) / 60
    x["stiffness"][t] = (
        p["stiffness_memory"] * w.before("stiffness", t) + p["stiffness_per_walking"] * (x["walking_min"][t] - WALKING_MIN)
        + p["stiffness_per_bout"] * bout + p["stiffness_sd"] * w.e["stiffness"][t]
    )  # fmt: skip
    slower = p["ease_per_bout"] * bout
    if p["ease_per_pain"]:
        slower = slower + p["ease_per_pain"] * ((w.before("felt", t) if t else w.given.usual) - w.given.usual)
    x["ease_min"][t] = 10 * np.exp(slower + 0.4 * w.e["ease"][t])


def _session(w: World, t: int) -> None:
    """Whether a session is done, of what, in which order, how long held, and pain before and after it."""
    p, x = w.p, w.x
    for name in ("dose", "held"):
        x[name][t] = w.before(name, t)
    if not SESSION_SLOTS[t]:
        return
    felt = x["felt"][t]
    chance = w.given.chance[t] * np.exp(p["session_per_pain"] * (felt - USUAL_PAIN)) * (1 - p["flare_stops_sessions"] * (x["flare"][t] > 0))  # fmt: skip
    did = _done(w, t, "session_done", "session", chance, felt)
    hip_share = np.full_like(felt, 1 - p["control_session_share"])
    of_hip = did * w.given.hip_in_arm * _done(w, t, "hip_session", "hip session", hip_share, felt)
    first = logistic(p["hips_first_logit"] + p["hips_first_per_pain"] * (felt - w.given.usual))
    x["session_done"][t], x["hip_session"][t] = did, of_hip
    x["hips_first"][t] = did * w.given.hip_in_arm * _done(w, t, "hips_first", "hips first", first, felt)
    x["hold_s"][t] = w.act.on("hold_s", 30 * np.exp(w.given.holds + 0.4 * w.e["hold"][t]))
    x["dose"][t] += did
    x["held"][t] += of_hip * (x["hold_s"][t] >= p["hold_threshold_s"])
    at_once = p["session_now"] * did + p["hip_session_now"] * of_hip
    x["pain_pre_session_nrs"][t] = felt
    x["pain_post_session_nrs"][t] = x["pain_nrs"][t] + at_once + p["back_moment_sd"] * w.e["after session"][t]


def _left_by_last_session(w: World, t: int) -> Array:
    """What a session one slot ago does to the pain of this one."""
    p = w.p
    reactive = w.before("sensitised_nrs", t) >= REACTIVE
    order = p["hips_first_when_reactive"] * reactive * w.before("hips_first", t)
    return np.asarray(p["hip_session_lasting"] * w.before("hip_session", t) + order)


def by_day(slots: Array) -> Array:
    """The mean of each day's slots; (168 slots, person) becomes (84 days, person)."""
    return np.asarray(slots.reshape(FOLLOW_UP_DAYS, -1, slots.shape[1]).mean(axis=1))
