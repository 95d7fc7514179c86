"""Drawn trials show what was assumed of them."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.simulate import SimulationError
from lowback.simulate.planned import Assumptions, Layout, Measure, draw, planned_cohorts
from lowback.simulate.planned.layout import divided, evenly


def assumed(**more: object) -> Assumptions:
    keys = {"outcome": {"mean": 6, "sd": 2, "correlation": 0.5}, "effect": -1, **more}
    return Assumptions.model_validate(keys)


def drawn(
    assumptions: Assumptions, layout: Layout, trials: int = 400, seed: int = 1, **more: float
) -> np.ndarray:
    effects = np.full(trials, float(assumptions.effect.value))
    return draw(assumptions, layout, effects, np.random.default_rng(seed), **more).scores


def test_participants_are_divided_evenly_and_the_first_arms_take_the_rest():
    assert divided(11, (1, 1, 1)) == (4, 4, 3)
    assert divided(11, (2, 1)) == (7, 4)
    assert divided(100, (1, 1.5)) == (40, 60)
    assert divided(10, (1,)) == (10,)


def test_visits_are_spread_evenly():
    assert evenly(4, 12) == (0, 4, 8, 12)


def test_clusters_stay_within_their_arm():
    layout = Layout((5, 4), (0, 1), cluster_size=3)
    assert layout.clusters == (2, 2)
    assert layout.cluster.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 3]
    assert layout.arm_of_cluster.tolist() == [0, 0, 1, 1]


def test_the_error_of_two_raters_with_three_readings_by_hand():
    # SD 10, reliability 0.6: error 40, of which a quarter (10) is the raters': 10 / 2 + 30 / 6.
    measure = Measure(mean=0.0, sd=10.0, correlation=0.3, reliability=0.6, of_raters=0.25)
    assert measure.error_variance(2, 3) == pytest.approx(10)
    assert measure.recorded_sd(2, 3) == pytest.approx(70**0.5)
    assert measure.recorded_sd(1, 1) == pytest.approx(10)


def test_scores_have_the_assumed_mean_sd_and_correlation_over_visits():
    scores = drawn(assumed(change=-1.5, effect=0), Layout((50, 50), (0, 6, 12))).reshape(-1, 3)
    assert scores.mean(axis=0) == pytest.approx([6, 5.25, 4.5], abs=0.03)
    assert scores.std(axis=0) == pytest.approx([2, 2, 2], abs=0.03)
    assert np.corrcoef(scores.T)[np.triu_indices(3, 1)] == pytest.approx([0.5] * 3, abs=0.015)


def test_more_raters_make_scores_of_two_visits_more_alike():
    measured = assumed(
        outcome={"mean": 6, "sd": 2, "correlation": 0.4, "reliability": 0.5, "of_raters": 1.0}, effect=0
    )
    scores = drawn(measured, Layout((50, 50), (0, 12), raters=4)).reshape(-1, 2)
    # Variance 4 (0.5 + 0.5 / 4) = 2.5, covariance 4 x 0.4 = 1.6.
    assert np.cov(scores.T)[0, 1] == pytest.approx(1.6, abs=0.05)
    assert scores.var(axis=0) == pytest.approx([2.5, 2.5], abs=0.06)


def test_the_effect_grows_evenly_and_only_in_those_who_follow():
    scores = drawn(assumed(adherence=0.5), Layout((60, 60), (0, 6, 12)))
    apart = scores[:, 60:].mean(axis=(0, 1)) - scores[:, :60].mean(axis=(0, 1))
    assert apart == pytest.approx([0, -0.25, -0.5], abs=0.04)


def test_people_drop_out_for_good_as_assumed():
    scores = drawn(assumed(dropout={4: 0.1, 12: 0.3}), Layout((50, 50), (0, 4, 8, 12)))
    missing = np.isnan(scores)
    assert missing.mean(axis=(0, 1)) == pytest.approx([0, 0.1, 0.2, 0.3], abs=0.01)
    assert not (missing[..., :-1] & ~missing[..., 1:]).any()


def test_scores_of_one_cluster_correlate_after_baseline_only():
    clusters = {"of": "therapist", "size": 2, "icc": 0.2}
    scores = drawn(
        assumed(clusters=clusters, effect=0), Layout((50, 50), (0, 12), cluster_size=2), trials=1000
    )
    first, second = scores[:, ::2].reshape(-1, 2), scores[:, 1::2].reshape(-1, 2)
    assert np.corrcoef(first[:, 1], second[:, 1])[0, 1] == pytest.approx(0.2, abs=0.015)
    assert np.corrcoef(first[:, 0], second[:, 0])[0, 1] == pytest.approx(0, abs=0.015)
    assert first[:, 1].std() == pytest.approx(2, abs=0.03)


def test_an_exposure_is_recorded_with_error_and_moves_the_outcome_by_its_true_value():
    exposure = {"mean": 6, "sd": 3, "correlation": 0.3, "reliability": 0.6}
    plan = assumed(exposure=exposure, effect=10)
    found = draw(plan, Layout((40,), (0, 6, 12)), np.full(300, 10.0), np.random.default_rng(3), per=5)
    assert found.exposure is not None
    x = found.exposure - found.exposure.mean(axis=2, keepdims=True)
    y = found.scores - found.scores.mean(axis=2, keepdims=True)
    # True variance within people 9 x 0.3 of 9 x 0.7 recorded: 2 a unit, attenuated by 3 / 7.
    assert (x * y).sum() / (x**2).sum() == pytest.approx(2 * 3 / 7, abs=0.03)


def test_scores_on_a_scale_keep_to_it():
    scores = drawn(assumed(scale={"low": 0, "high": 10, "step": 1}, change=-5), Layout((50, 50), (0, 12)), 50)
    assert set(np.unique(scores)) == set(range(11))


def test_the_same_people_are_drawn_whatever_the_effect_is():
    layout, rng = Layout((5, 5), (0, 12)), np.random.default_rng
    one = draw(assumed(), layout, np.array([0.0]), rng(1)).scores
    other = draw(assumed(), layout, np.array([-3.0]), rng(1)).scores
    assert other - one == pytest.approx(np.array([[[0, 0]] * 5 + [[0, -3]] * 5]))


def test_people_who_cannot_vary_so_are_refused():
    plan = assumed(
        outcome={"mean": 6, "sd": 2, "correlation": 0.9}, clusters={"of": "site", "size": 5, "icc": 0.5}
    )
    with pytest.raises(SimulationError, match=r"clusters\.icc = 0\.5 leaves people of one cluster too alike"):
        drawn(plan, Layout((5, 5), (0, 12), cluster_size=5))


def test_drawn_trials_are_cohorts_beyond_the_scale_without_those_gone():
    plan = assumed(outcome={"mean": 9.5, "sd": 3, "correlation": 0.5}, dropout={12: 0.5})
    draws = draw(plan, Layout((4, 3), (0, 12), cluster_size=2), np.zeros(2), np.random.default_rng(4))
    cohorts = list(planned_cohorts(draws, ("usual care", "a, <b>"), "pain_nrs", None))
    assert len(cohorts) == 2
    assert cohorts[0].participants["arm"].tolist() == ["usual care"] * 4 + ["a, <b>"] * 3
    assert len(cohorts[0].visits) == np.isfinite(draws.scores[0]).sum()
    assert cohorts[0].visits["pain_nrs"].max() > 10
    assert cohorts[0].participants["cluster_id"].nunique() == 4
