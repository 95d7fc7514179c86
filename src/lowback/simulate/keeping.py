"""What an arm does in those who would keep to it: people led through it and through usual care, by how much of it they do."""

from __future__ import annotations

import numpy as np

from lowback.simulate.claims import Truth
from lowback.simulate.course import Lived
from lowback.simulate.design import ARMS
from lowback.simulate.doubles import Doubles
from lowback.simulate.effects import outcome_of
from lowback.simulate.interventions import Intervention
from lowback.simulate.measurement import adherence_by_visit
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import VISIT_WEEKS, Array
from lowback.simulate.scenario import Scenario

# Blocks of 256 people: differences of a person's own scores are then known to a hundredth of the outcome's SD.
BLOCKS = 100
# Shares of sessions are written down to a thousandth, which decides for who did exactly as much as is asked.
DECIMALS = 3


def keeping_effects(
    scenario: Scenario, outcome: str, arms: tuple[str, str], week: float, threshold: float
) -> dict[str, float]:
    """What the first arm does to an outcome against the second, in those who would do `threshold` of its sessions or more, and in all.

    Everybody is led through both arms on the same random numbers, and followed to the end. Beside the two effects: how many would do so
    much ("more keep to it"), and the effect in all for each whole programme done, which is what a unit does if its effect grows
    in a straight line. The second arm must be one without a programme, in which nobody does anything of it. Outcome's unit; differences
    are the first arm less the second. NaN in those who would do so much where nobody would.

    Angrist, Imbens & Rubin 1996, J Am Stat Assoc 91:444-455 (potential outcomes of those who take what they are offered).
    """
    if arms[1] != ARMS[0] or arms[0] == ARMS[0]:
        raise SimulationError(
            f"who keeps to {arms[0]} is known against {ARMS[0]} only, not against {arms[1]}"
        )
    truths = [Truth(outcome=outcome, week=week, do=Intervention(arm=arm)) for arm in arms]
    gains, shares = [], []
    for number in range(BLOCKS):
        people = Doubles(scenario, scenario.values, number)
        under = [people.under(one.do) for one in truths]
        treated, untreated = (
            outcome_of(one, truth, people.p) for one, truth in zip(under, truths, strict=True)
        )
        gains.append(treated - untreated)
        shares.append(share_done(under[0], week))
    gain, done = np.concatenate(gains), np.concatenate(shares)
    keeps = done >= threshold
    return {
        "in those who keep to it": float(gain[keeps].mean()) if keeps.any() else float("nan"),
        "as assigned": float(gain.mean()),
        "more keep to it": float(keeps.mean()),
        "whole programme": float(gain.mean() / done.mean()),
    }


def share_done(lived: Lived, week: float) -> Array:
    """The mean over visits after baseline, up to a week, of the share of sessions done, as visits record it (shape: person)."""
    sessions = lived.course.slots["session_done"][:, 1::2] > 0
    by_visit = np.round(adherence_by_visit(sessions, lived.arms > 0), DECIMALS)
    after = (VISIT_WEEKS > 0) & (week >= VISIT_WEEKS)
    return np.asarray(by_visit[:, after].mean(axis=1))
