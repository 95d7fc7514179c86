"""What arms ask of people: the minutes of sessions a week that everybody would do in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lowback.simulate.doubles import Doubles
from lowback.simulate.scenario import Scenario
from lowback.simulate.treatment import weekly_minutes

BURDEN = "session_min_per_week"
# Blocks of 256 people, of whom nothing is needed but what share of their sessions they do.
BLOCKS = 100


def minutes_a_week(scenario: Scenario, arms: Sequence[str]) -> dict[str, float]:
    """The mean over 25,600 people of the minutes of sessions a week that each does in an arm, by arm.

    What an arm prescribes times the share of it that a person does, which is the same at every visit after baseline in this simulator.
    """
    p = scenario.values
    done = [Doubles(scenario, p, number).untreated.adherence for number in range(BLOCKS)]
    share = float(np.concatenate(done).mean())
    return {arm: weekly_minutes(arm, p) * share for arm in arms}
