"""The truth is that of what is recorded: favoured numbers and sites are part of it."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.simulate import simulate, simulated_study, true_values
from lowback.simulate.scenario import Scenario

FULL = {"drop_out_logit": -50, "visit_missed": 0}
HABITS = {"nrs_to_five": 0.8, "nrs_to_ends": 0.8, "site_pain_sd": 1.0}


def scenario(**parameters) -> Scenario:
    return Scenario(
        title="a test", says="nothing", name="tested", based_on="mechanism", parameters={**FULL, **parameters},
        measurement={"sites": 200},
    )  # fmt: skip


def responders(made: Scenario) -> float:
    truth = true_values(made, simulated_study(), blocks=12).set_index("term")["value"]
    return truth["both vs usual care: fall of 50 %"]


def test_responders_by_favoured_numbers_are_those_of_the_truth():
    made = scenario(**HABITS)
    pain = simulate(made, 8000, 23, days=1)
    wide = pain.visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")
    better = (wide[12.0] <= wide[0.0] / 2).groupby(pain.participants.set_index("participant_id")["arm"])
    share, count = better.mean(), better.size()
    error = np.sqrt((share * (1 - share) / count)[["both", "usual care"]].sum())
    assert share["both"] - share["usual care"] == pytest.approx(responders(made), abs=3.5 * error)
    # Without the habits there is another truth, further off than this one may be.
    assert abs(responders(scenario()) - responders(made)) > 0.02
