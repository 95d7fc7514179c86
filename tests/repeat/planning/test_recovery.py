"""Intervals of simulated trials hold the effect that was put in 95 times in 100, for every kind of estimand."""

from __future__ import annotations

import numpy as np
import pytest
from planned_cases import CASES

from lowback.repeat.planning.designs import designs
from lowback.repeat.planning.estimating import by_arrays
from lowback.repeat.planning.expecting import expected
from lowback.simulate.planned import draw

TRIALS = 2000
KINDS = [
    "the same, 20 % drop out, 80 % follow, 2 raters with 2 readings",
    "the same, three arms",
    "clusters of 10, ICC 0.05",
    "rates of change, 5 visits, people's slopes differ",
    "responders, baseline uncorrelated",
    "slope within persons, reliability of the exposure 0.7",
]


@pytest.mark.parametrize("name", KINDS)
def test_intervals_hold_the_effect_as_the_analysis_can_see_it(name):
    planning = CASES[name]()
    layout = designs(planning)[0].layout
    effects = np.full(TRIALS, float(planning.plan.assumptions.effect.value))
    rng = np.random.default_rng(20261122)
    per = float(planning.estimand.per or 1)
    found = by_arrays(
        planning, draw(planning.plan.assumptions, layout, effects, rng, per=per, end=planning.end)
    )
    truth = expected(planning, layout)
    assert truth is not None
    # Of 2,000 trials, three standard errors around 95 %.
    covered = ((found.conf_low <= truth.effect) & (truth.effect <= found.conf_high)).mean()
    assert covered == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / TRIALS))
    error = found.estimate.std() / np.sqrt(TRIALS)
    assert found.estimate.mean() == pytest.approx(truth.effect, abs=3.5 * error)
    assert np.sqrt((found.std_error**2).mean()) == pytest.approx(found.estimate.std(), rel=0.06)
    assert truth.precision.std_error == pytest.approx(found.estimate.std(), rel=0.06)
