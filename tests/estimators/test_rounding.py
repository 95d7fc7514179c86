"""The error of rounding: by hand, in rounded draws, and where nothing is known of it."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators.rounding import Rounding, rounding


def walked(sd: float, memory: float = 0.6, people: int = 400, waves: int = 14) -> np.ndarray:
    """True scores (person, wave) of this SD around levels that lie anywhere."""
    rng = np.random.default_rng(5)
    state = sd * rng.standard_normal(people)
    kept = []
    for _ in range(waves):
        kept.append(state)
        state = memory * state + sd * (1 - memory**2) ** 0.5 * rng.standard_normal(people)
    return np.array(kept).T + rng.uniform(3, 7, (people, 1))


def of(scores: np.ndarray) -> Rounding:
    return rounding(scores, np.diff(scores, axis=1))


@pytest.mark.parametrize("step", [1.0, 0.5, 0.1])
def test_rounded_draws_have_the_error_that_is_told(step):
    true = walked(0.9 * step)
    scores = np.round(true / step) * step
    found = of(scores)
    error = scores - true
    assert found.step == pytest.approx(step)
    assert found.variance == pytest.approx(step**2 / 12)
    assert error.var() == pytest.approx(found.variance, rel=0.03)
    # Neither goes with the truth nor with the error of the wave before: within three standard errors of 5,200 pairs.
    assert abs(np.corrcoef(error.ravel(), (true - true.mean(axis=1, keepdims=True)).ravel())[0, 1]) < 0.042
    assert abs(np.corrcoef(error[:, 1:].ravel(), error[:, :-1].ravel())[0, 1]) < 0.042


def test_scores_that_hardly_change_keep_their_error_and_none_is_told():
    """Negative control: errors of one person repeat themselves where little changes, so that they are no errors of a moment."""
    true = walked(0.3, memory=0.95)
    scores = np.round(true)
    error = scores - true
    assert np.corrcoef(error[:, 1:].ravel(), error[:, :-1].ravel())[0, 1] > 0.3
    assert of(scores).is_coarse
    assert of(scores).variance == 0


def test_scores_on_no_grid_or_a_fine_one_have_none():
    assert of(walked(1.0)) == Rounding(None, 0.0)
    assert of(np.round(walked(1.0), 3)) == Rounding(None, 0.0)
    assert of(np.full((3, 4), 2.0)) == Rounding(None, 0.0)
    assert of(np.full((3, 4), np.nan)) == Rounding(None, 0.0)


def test_one_score_off_the_grid_makes_it_no_grid():
    scores = np.round(walked(1.0))
    scores[3, 2] += 0.37
    assert of(scores) == Rounding(None, 0.0)


def test_missing_scores_are_no_scores_and_the_threshold_is_by_hand():
    # Changes of 1 up and down: mean square 1, less a sixth is 0.83, which is more than 0.36.
    scores = np.array([[4.0, 5, np.nan, 5, 4], [6, 5, 6, np.nan, 6]])
    assert of(scores) == Rounding(1.0, 1 / 12)
    # One change of 1 in two: 0.5 less a sixth is less than 0.36.
    assert of(np.array([[4.0, 5, 5], [6, 6, 5]])) == Rounding(1.0, 0.0)
