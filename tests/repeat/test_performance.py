"""Figures of replicates by hand, and the bands that judge them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lowback.repeat.performance import NONE, Figure, Performance, performance, share
from lowback.repeat.verdicts import judged

# estimate, std_error, conf_low, conf_high, p_value
ANSWERS = [
    [1.0, 0.5, 0.0, 2.0, 0.06],
    [2.0, 0.5, 1.0, 3.0, 0.01],
    [3.0, 1.0, 1.5, 4.5, 0.02],
    None,
]


def test_the_figures_are_those_of_a_hand_calculation():
    found = performance(ANSWERS, truth=1.2)
    assert found.refused == Figure(0.25, pytest.approx(math.sqrt(0.25 * 0.75 / 4)))
    # The mean is 2 and the standard deviation 1, over three answers.
    assert found.bias == Figure(pytest.approx(0.8), pytest.approx(1 / math.sqrt(3)))
    assert found.empirical_se == Figure(pytest.approx(1), pytest.approx(1 / math.sqrt(4)))
    # Root mean square of 0.5, 0.5 and 1.
    assert found.model_se.value == pytest.approx(math.sqrt(0.5))
    assert found.se_ratio.value == pytest.approx(math.sqrt(0.5))
    assert found.coverage.value == pytest.approx(2 / 3)
    assert found.type_one.value == pytest.approx(1 / 3)
    assert found.power.value == pytest.approx(2 / 3)


def test_monte_carlo_errors_are_those_of_repeated_runs():
    # Known truth: the spread of each figure over 300 runs of 200 replicates is the error that each run reports.
    rng = np.random.default_rng(3)
    runs = []
    for _ in range(300):
        estimate = rng.standard_normal(200)
        error = np.sqrt(rng.chisquare(20, 200) / 20)
        rows = np.column_stack(
            [estimate, error, estimate - 2.086 * error, estimate + 2.086 * error, np.full(200, np.nan)]
        )
        runs.append(performance(rows.tolist(), truth=0.0))
    for name in ("bias", "empirical_se", "model_se", "se_ratio", "coverage"):
        figures = [getattr(one, name) for one in runs]
        spread = np.std([one.value for one in figures], ddof=1)
        # 300 runs know a standard deviation to 4 %.
        assert np.mean([one.error for one in figures]) == pytest.approx(spread, rel=0.15)


def test_a_test_of_zero_is_judged_by_its_p_value_where_zero_is_true():
    rows = [[0.1, 1.0, -1.9, 2.1, 0.04], [0.1, 1.0, -1.9, 2.1, 0.5]]
    assert performance(rows, truth=0.0).type_one.value == 0.5
    assert performance(rows, truth=0.05).type_one.value == 0.0
    assert performance(rows, truth=0.0).power is NONE


def test_where_nothing_was_answered_there_are_no_figures():
    found = performance([None, None, None], truth=1.0)
    assert found.refused.value == 1
    assert math.isnan(found.coverage.value)
    assert judged({"world": found})[0] == "fails"


def world(replicates=5000, **changes: object) -> Performance:
    """A world in which all is as it should be, but for what is changed."""
    right = Performance(
        truth=0.0,
        replicates=replicates,
        refused=share(0, replicates),
        bias=Figure(0.0, 1 / math.sqrt(replicates)),
        empirical_se=Figure(1.0, 1 / math.sqrt(2 * replicates)),
        model_se=Figure(1.0, 0.001),
        se_ratio=Figure(1.0, 1 / math.sqrt(2 * replicates)),
        coverage=share(round(0.95 * replicates), replicates),
        type_one=share(round(0.05 * replicates), replicates),
        power=NONE,
    )
    return replace(right, **changes)


@pytest.mark.parametrize(
    ("covered", "replicates", "verdict"),
    [
        # 93.9 and 96.2 % of 5,000 hold.
        (4695, 5000, "holds"),
        (4810, 5000, "holds"),
        (4694, 5000, "at risk"),
        (4811, 5000, "at risk"),
        # 93.9 % less two and a half standard errors of 5,000 is 93.0 %.
        (4645, 5000, "fails"),
        (4665, 5000, "at risk"),
        (4900, 5000, "at risk"),
        # A hundred cannot tell 95 % from 93 %, but 80 % from it.
        (95, 100, "at risk"),
        (100, 100, "at risk"),
        (80, 100, "fails"),
    ],
)
def test_coverage_is_judged_by_the_band_of_5000_replicates_and_its_own_error(covered, replicates, verdict):
    found = world(replicates, coverage=share(covered, replicates))
    # Other figures of a hundred replicates are uncertain too; only coverage is at issue.
    found = replace(found, bias=Figure(0.0, 0.0), se_ratio=Figure(1.0, 0.0), type_one=share(0, 5000))
    assert judged({"one": found})[0] == verdict


@pytest.mark.parametrize(
    ("changes", "verdict", "word"),
    [
        ({"type_one": share(400, 5000)}, "fails", "type I error 8.0 %"),
        ({"bias": Figure(0.5, 0.014)}, "fails", "bias 0.5"),
        ({"bias": Figure(0.3, 0.014)}, "at risk", "bias 0.3"),
        ({"se_ratio": Figure(0.85, 0.01)}, "fails", "standard errors 0.85"),
        ({"se_ratio": Figure(1.3, 0.01)}, "at risk", "standard errors 1.30"),
        ({"refused": share(1000, 5000)}, "fails", "no answer in 20.0 %"),
        ({"refused": share(300, 5000)}, "at risk", "no answer in 6.0 %"),
    ],
)
def test_each_figure_can_spoil_the_verdict_and_is_named(changes, verdict, word):
    found, reasons = judged({"right": world(), "none": world(**changes)})
    assert found == verdict
    assert len(reasons) == 1
    assert word in reasons[0]
    assert reasons[0].endswith("(effect: none)")


def test_all_right_at_5000_replicates_holds_and_has_no_reasons():
    assert judged({"right": world()}) == ("holds", ())


def test_a_row_that_never_varies_and_is_right_holds():
    same = performance([[2.0, None, 2.0, 2.0, None]] * 200, truth=2.0)
    assert same.bias.value == 0
    assert judged({"one": same})[0] == "at risk"  # for 200 replicates only
