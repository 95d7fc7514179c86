"""Values of rules: exact without noise, right with either regression, honest where nothing is there to find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.rules import clustered_mean, honest_threshold, pseudo_outcomes

Array = np.ndarray


def moments(
    seed: int, effect: float, people: int = 60, each: int = 25, *, curved: float = 0.0
) -> dict[str, Array]:
    """Pain before drives what is done and what is felt later; what is done takes `effect` off where the score is 7 or more."""
    rng = np.random.default_rng(seed)
    rows = people * each
    before = rng.normal(size=rows)
    score = np.round(np.clip(rng.normal(6, 1.7, rows), 0, 10))
    exposure = (rng.random(rows) < expit(before)).astype(float)
    outcome = 4 + before + curved * before**2 + effect * exposure * (score >= 7) + rng.normal(size=rows)
    person = np.repeat(np.arange(people), each)
    return {
        "outcome": outcome,
        "exposure": exposure,
        "person": person,
        "score": score,
        "history": before[:, None],
    }


def test_a_gain_without_noise_is_exact_at_every_moment() -> None:
    rows = moments(1, 0.0)
    rows["outcome"] = 3 + 2 * rows["history"][:, 0] - 0.5 * rows["exposure"]
    found = pseudo_outcomes(**rows, seed=2)
    assert found.with_it - found.without == pytest.approx(-0.5, abs=1e-8)


def test_a_known_chance_gives_the_difference_of_weighted_means_by_hand() -> None:
    """With an outcome that no regression explains the pseudo-outcome's gain is that of Horvitz and Thompson about the regression."""
    rows = moments(3, -1.0)
    found = pseudo_outcomes(**rows, seed=2, chance=0.5)
    a, y = rows["exposure"], rows["outcome"]
    fitted = np.where(a == 1, found.with_it - (y - found.with_it) * 1, found.without - (y - found.without))
    # with = m1 + (y - m1) / 0.5 = 2y - m1 where done, so that m1 = 2y - with; the other arm's is the regression itself.
    assert fitted == pytest.approx(2 * np.where(a == 1, found.with_it, found.without) - y)
    assert found.chance == pytest.approx(0.5)


@pytest.mark.parametrize("curved", [0.0, 0.5])
def test_intervals_cover_the_gain_where_one_regression_is_wrong(curved: float) -> None:
    """The outcome's parabola is not among the columns; the chance's regression is right, so the gain is too."""
    covered = []
    for seed in range(100):
        rows = moments(seed, -1.0, curved=curved)
        found = pseudo_outcomes(**rows, seed=seed)
        here = found.overlaps & (rows["score"] >= 7)
        gain = (found.with_it - found.without)[here]
        interval = clustered_mean(gain, rows["person"][here]).interval([1.0])
        covered.append(interval["conf_low"] <= -1 <= interval["conf_high"])
    # 100 trials at 95 %: 89 to 99 with a probability of 98 %.
    assert 89 <= sum(covered) <= 99


def test_the_plain_difference_is_biased_where_the_doubly_robust_one_is_not() -> None:
    rows = moments(7, 0.0, people=300)
    plain = rows["outcome"][rows["exposure"] == 1].mean() - rows["outcome"][rows["exposure"] == 0].mean()
    found = pseudo_outcomes(**rows, seed=7)
    interval = clustered_mean((found.with_it - found.without)[found.overlaps], rows["person"][found.overlaps])
    assert plain > 0.7
    assert abs(interval.coefficients[0]) < 0.1


def test_the_best_rule_is_honest_where_there_is_none_and_found_where_there_is_one() -> None:
    grid, fooled, honest, right = (3.0, 4, 5, 6, 7, 8, 9), [], [], []
    for seed in range(40):
        rows = moments(seed, 0.0, people=40, each=15)
        found = pseudo_outcomes(**rows, seed=seed)
        gain = found.with_it - found.without
        fooled.append(min((gain * (rows["score"] >= one)).mean() for one in grid))
        chosen, others = honest_threshold(found, rows["score"], grid, fewer_is_better=True)
        honest.append((gain * (rows["score"] >= chosen))[others].mean())
        true = moments(seed, -1.5)
        # Below 7 it does harm, so that one rule alone is best.
        true["outcome"] = true["outcome"] + 1.5 * true["exposure"] * (true["score"] < 7)
        pseudo = pseudo_outcomes(**true, seed=seed)
        right.append(honest_threshold(pseudo, true["score"], grid, fewer_is_better=True)[0])
    error = np.std(honest) / np.sqrt(len(honest))
    assert abs(np.mean(honest)) < 3 * error
    assert np.mean(fooled) < -3 * error
    assert np.mean(np.asarray(right) == 7) > 0.8


def test_nobody_both_chooses_and_values() -> None:
    rows = moments(4, 0.0, people=30, each=5)
    found = pseudo_outcomes(**rows, seed=4)
    _, others = honest_threshold(found, rows["score"], (5.0, 6.0), fewer_is_better=True)
    assert not set(rows["person"][others]) & set(rows["person"][~others])
    assert 0.4 < others.mean() < 0.8


def test_few_people_are_refused() -> None:
    rows = moments(1, 0.0, people=6)
    with pytest.raises(NotEstimable, match="6 people; allowed 10 or more"):
        pseudo_outcomes(**rows, seed=1)


def test_an_exposure_that_history_decides_is_refused_in_its_own_words() -> None:
    rows = moments(1, 0.0, people=20, each=10)
    rows["exposure"] = (rows["history"][:, 0] > 0).astype(float)
    with pytest.raises(NotEstimable, match="tells moments with the exposure from those without"):
        pseudo_outcomes(**rows, seed=1)
