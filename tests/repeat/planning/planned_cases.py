"""Designs whose power has a closed form, as the page and the tests of planning compare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plans import ARMS, BETTER, PAIN, people, plan, study

from lowback.repeat.planning import Planning

RATED = {"mean": 6, "sd": 2, "correlation": 0.4, "reliability": 0.7, "of_raters": 0.5}
UNRELATED = {"mean": 6, "sd": 2, "correlation": 0}
EXPOSED = {"exposure": {"mean": 6, "sd": 3, "correlation": 0.4, "reliability": 0.7}, "effect": 0.7}
LOSSES = {"outcome": RATED, "dropout": {12: 0.2}, "adherence": 0.8, "effect": -1.2}
MARGIN = {"smallest_worthwhile": 1.2}

CASES: Mapping[str, Callable[[], Planning]] = {
    "two groups of 64, half an SD apart, baseline uncorrelated": lambda: plan(
        assumed={"outcome": UNRELATED}, grid={"participants": [128]}
    ),
    "analysis of covariance, correlation 0.5": lambda: plan(),
    "the same, three arms": lambda: plan(
        study(PAIN, arms=["a", "b", "c"], control_arm="a"), grid={"participants": [150]}
    ),
    "the same, twice as many in one arm": lambda: plan(allocation={ARMS[1]: 2}, grid={"participants": [114]}),
    "the same, 20 % drop out, 80 % follow, 2 raters with 2 readings": lambda: plan(
        assumed=LOSSES, grid={"participants": [120], "raters": [2], "readings": [2]}
    ),
    "clusters of 10, ICC 0.05": lambda: plan(
        assumed={"clusters": {"of": "therapist", "size": 10, "icc": 0.05}}, grid={"participants": [200]}
    ),
    "clusters of 4, ICC 0.2": lambda: plan(
        assumed={"clusters": {"of": "class", "size": 4, "icc": 0.2}}, grid={"participants": [200]}
    ),
    "rates of change, 3 visits": lambda: plan(
        study(weeks=[0, 6, 12]), analysis="slopes", assumed={"effect": -1.2}, grid={"participants": [100]}
    ),
    "rates of change, 5 visits, people's slopes differ": lambda: plan(
        study(weeks=[0, 3, 6, 9, 12]),
        analysis="slopes",
        assumed={"effect": -1.2, "slope_sd": 0.08},
        grid={"participants": [140]},
    ),
    "responders, baseline uncorrelated": lambda: plan(
        study(BETTER),
        assumed={"outcome": UNRELATED, "change": -2, "effect": -0.57},
        grid={"participants": [600]},
    ),
    "slope within persons, reliability of the exposure 0.7": lambda: plan(
        people(weeks=[0, 4, 8, 12]), assumed=EXPOSED, grid={"participants": [100]}
    ),
    "the same, 3 raters": lambda: plan(
        people(weeks=[0, 4, 8, 12]),
        assumed={**EXPOSED, "exposure": {**EXPOSED["exposure"], "of_raters": 1.0}},
        grid={"participants": [60], "raters": [3]},
    ),
    "equivalence, margin 1.2": lambda: plan(
        study({**PAIN, **MARGIN}), success="equivalence", assumed={"effect": 0}
    ),
    "non-inferiority, margin 1.2": lambda: plan(
        study({**PAIN, **MARGIN}),
        success="non-inferiority",
        assumed={"effect": 0},
        grid={"participants": [70]},
    ),
}
