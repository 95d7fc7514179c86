"""How much sooner pain that has settled flares up again with more hip extension, in many people seen every half day."""

from __future__ import annotations

import numpy as np

from lowback.simulate.course import SLOTS, SLOTS_A_DAY
from lowback.simulate.design import ARMS
from lowback.simulate.doubles import Doubles
from lowback.simulate.interventions import NOTHING
from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import PERIODS, Array, logistic
from lowback.simulate.scenario import Scenario

# Blocks of 256 people, the hazard of each of whose half days is known.
BLOCKS = 40
EXPOSURE, WEEKS, STEPS, CLOSE = "hip_extension_deg", 12, 50, 1e-10


def return_ratio(scenario: Scenario, exposure: str, per: float, calm_days: float) -> float:
    """The ratio of hazards of a flare, per so many degrees of hip extension as it truly was at the last visit before people settled.

    Settled is who has been without a flare for `calm_days`. By log-linear regression of the hazards that the equations give each settled
    half day, at equal arm, age, sex and week: what Cox's model for every return finds in as many people as can be, without loss
    and without error of measurement. It is no figure of the simulator, because pain flares by the hip as it is and not as it was, and because those
    who are settled are not everybody.
    """
    if exposure != EXPOSURE:
        raise SimulationError(f"the simulator's flares ask for {EXPOSURE}, not for {exposure}")
    blocks = [
        _settled_weeks(Doubles(scenario, scenario.values, number), calm_days) for number in range(BLOCKS)
    ]
    design, hazards, days = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return float(np.exp(per * _log_linear(design, hazards, days)[0]))


def _settled_weeks(people: Doubles, calm_days: float) -> tuple[Array, Array, Array]:
    """A row a person, visit before settling and week in which anybody was settled: columns, the hazards' sum, and half days."""
    lived = people.under(NOTHING)
    hip, who = lived.people.hip, lived.people
    hazard = _hazards(hip, who.activity, people.p)
    since = _settled_since(lived.course.slots["flare"] > 0, calm_days)
    visit = np.where(since >= 0, np.minimum(since // (28 * SLOTS_A_DAY), 2), 0)
    week = np.arange(SLOTS) // (7 * SLOTS_A_DAY)
    person = np.arange(len(hip))[:, None]
    cell = (person * 3 + visit) * WEEKS + week
    size, settled = 3 * WEEKS * len(hip), since >= 0
    halves: Array = np.bincount(cell[settled], minlength=size).astype(float)
    total = np.asarray(np.bincount(cell[settled], hazard[settled], size), dtype=float)
    rows = np.flatnonzero(halves)
    of, seen_at, in_week = rows // (3 * WEEKS), rows // WEEKS % 3, rows % WEEKS
    arms = [lived.arms[of] == at for at in range(1, len(ARMS))]
    columns = [hip[of, seen_at], who.age[of] / 10, who.female[of], *arms]
    levels = in_week[:, None] == np.arange(WEEKS)
    design: Array = np.column_stack([*columns, levels]).astype(float)
    return design, total[rows], halves[rows]


def _hazards(hip: Array, activity: Array, p: Parameters) -> Array:
    """The chance of a flare to begin in each calm half day (person, slot)."""
    by_day = hip[:, PERIODS[-SLOTS // SLOTS_A_DAY :]]
    odds = p["flare_logit"] + p["flare_per_hip"] * (by_day - p["hip_mean"])
    odds = odds + p["flare_per_activity"] * activity[:, None]
    return np.repeat(np.asarray(logistic(odds)), SLOTS_A_DAY, axis=1)


def _settled_since(flare: np.ndarray, calm_days: float) -> np.ndarray:
    """The half day on which a person settled who is settled just before each half day, else -1 (person, slot)."""
    since = np.full(flare.shape, -1)
    calm_from = np.full(len(flare), -1)
    for slot in range(1, SLOTS):
        calm = ~flare[:, slot - 1]
        calm_from = np.where(calm, np.where(calm_from < 0, slot - 1, calm_from), -1)
        settled = calm_from + np.ceil(calm_days * SLOTS_A_DAY).astype(int)
        since[:, slot] = np.where(calm & (settled <= slot - 1), settled, -1)
    return since


def _log_linear(design: Array, hazards: Array, halves: Array) -> Array:
    """The coefficients of the logarithm of a hazard, from its sums over so many half days (Poisson's likelihood, by Newton's steps)."""
    if np.ptp(design[:, 0]) == 0:
        raise SimulationError(f"{EXPOSURE} is the same in everybody of this scenario")
    x = design[:, np.ptp(design, axis=0) > 0]
    weeks = int(np.ptp(design[:, -WEEKS:], axis=0).sum())
    x[:, :-weeks] -= x[:, :-weeks].mean(axis=0)
    beta = np.append(np.zeros(x.shape[1] - weeks), np.full(weeks, np.log(hazards.sum() / halves.sum())))
    for _ in range(STEPS):
        rate = halves * np.exp(x @ beta)
        step = np.linalg.solve((x * rate[:, None]).T @ x, x.T @ (hazards - rate))
        beta = beta + step
        if np.abs(step).max() < CLOSE:
            return np.asarray(beta)
    raise SimulationError(
        "the ratio of the hazards of a flare cannot be worked out: the regression does not settle"
    )
