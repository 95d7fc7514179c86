"""A threshold told from what comes after in the same person: without noise, covered, and not identified where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from held_diaries import diaries

from lowback.estimators import NotEstimable
from lowback.estimators.thresholds import Thresholds, counted_by_threshold


def test_recovers_the_effect_without_noise() -> None:
    found = diaries(np.random.default_rng(1), -0.1, noise=0, keeping=3)
    place = int(np.flatnonzero(found.thresholds == 30)[0])
    # What is taken off each check-in (its mean over people) leaves a trace of other people's sessions only.
    assert found.effect(place)["estimate"] == pytest.approx(-0.1, abs=0.004)
    assert found.best == place
    assert found.interval(1) == (30, 30)


def test_two_people_by_hand_have_what_their_own_occasions_give() -> None:
    # By hand for one person: of occasions reaching yes, no, no, yes a line is flat at 1/2, so each counts +-1/2.
    person = np.repeat(np.arange(6), 9)
    time = np.tile(np.arange(9.0), 6)
    done = np.full(54, np.nan)
    for one in range(6):
        done[one * 9 + np.array([1, 3, 5, 7])] = [40, 10, 10, 40] if one % 2 else [10, 40, 40, 10]
    so_far = np.array([0, 0, 0.5, 0.5, 0, 0, -0.5, -0.5, 0])
    outcome = np.concatenate([(1 if one % 2 else -1) * -2 * so_far for one in range(6)])
    found = counted_by_threshold(person, time, outcome, done, [30.0])
    assert found.effect(0)["estimate"] == pytest.approx(-2)
    late = time[:9] - 4
    left = so_far - so_far.mean() - late * (late @ so_far) / (late @ late)
    assert found.squares[:, 0, 0] == pytest.approx(np.full(6, left @ left))


def test_what_an_occasion_does_later_is_no_part_of_what_came_before_it() -> None:
    # Without noise the answer is in the data: 3 more at an occasion that reaches it, 2 less after it for good.
    person, time, done = np.repeat(np.arange(6), 9), np.tile(np.arange(9.0), 6), np.full(54, np.nan)
    now, so_far = np.zeros(54), np.zeros(54)
    for one in range(6):
        turn = -1 if one % 2 else 1
        done[one * 9 + np.array([1, 3, 5, 7])] = [40, 10, 10, 40] if turn > 0 else [10, 40, 40, 10]
        now[one * 9 : one * 9 + 9] = turn * np.array([0, 0.5, 0, -0.5, 0, -0.5, 0, 0.5, 0])
        so_far[one * 9 : one * 9 + 9] = turn * np.array([0, 0, 0.5, 0.5, 0, 0, -0.5, -0.5, 0])
    for at_once in (0.0, 3.0):
        found = counted_by_threshold(person, time, at_once * now - 2 * so_far, done, [30.0])
        assert found.at_once(0)["estimate"] == pytest.approx(at_once, abs=1e-9)
    # The negative control: the occasion without those before it shows a share of what it does later.
    assert abs((found.now_products.sum() / found.now_squares.sum()) - 3) > 0.3


def test_occasions_that_reach_it_strictly_by_turns_are_refused() -> None:
    person, time = np.repeat(np.arange(6), 9), np.tile(np.arange(9.0), 6)
    # An odd number of them has a flat line, so that what has counted so far goes up and down with them.
    done = np.where((time + person) % 2 == 0, 40.0, 10.0)
    with pytest.raises(NotEstimable, match="by turns"):
        counted_by_threshold(person, time, np.sin(person + time**2), done, [30.0])


@pytest.fixture(scope="module")
def real() -> list[Thresholds]:
    return [diaries(np.random.default_rng(seed), -0.15, threshold=25, keeping=2) for seed in range(60)]


@pytest.fixture(scope="module")
def nothing() -> list[Thresholds]:
    return [diaries(np.random.default_rng(seed), 0.0, keeping=4) for seed in range(60, 160)]


def test_the_interval_of_an_effect_covers_it(real: list[Thresholds]) -> None:
    found = [one.effect(2) for one in real]
    assert sum(one["conf_low"] <= -0.15 <= one["conf_high"] for one in found) >= 52


def test_nothing_is_found_before_occasions_that_do_much(real: list[Thresholds]) -> None:
    found = [one.at_once(2) for one in real]
    each = np.array([one["estimate"] for one in found])
    assert abs(each.mean()) < 2.6 * each.std(ddof=1) / len(each) ** 0.5
    assert sum(one["conf_low"] <= 0 <= one["conf_high"] for one in found) >= 52


def test_pain_that_shortens_what_is_held_is_found_before_it() -> None:
    found = [diaries(np.random.default_rng(seed), 0.0, chosen=0.1).at_once(3) for seed in range(20)]
    assert sum(one["conf_high"] < 0 for one in found) == 20


def test_the_set_of_thresholds_covers_the_true_one_and_is_narrow(real: list[Thresholds]) -> None:
    sets = [one.interval(1) for one in real]
    assert sum(low <= 25 <= high for low, high in sets) >= 52
    assert np.median([high - low for low, high in sets]) <= 10


def test_nothing_is_identified_where_people_who_keep_to_things_get_better_anyway(
    nothing: list[Thresholds],
) -> None:
    # 5 % of 100 and 2.6 Monte Carlo errors.
    assert sum(one.interval(1) != (15, 45) for one in nothing) <= 11
    assert sum(abs(one.effect(3)["estimate"]) > 2 * one.effect(3)["std_error"] for one in nothing) <= 11


def test_too_few_people_are_refused() -> None:
    with pytest.raises(NotEstimable, match="5 are needed"):
        counted_by_threshold([1] * 10, np.arange(10), np.zeros(10), [30.0, np.nan] * 5, [30])


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_outcomes_that_never_leave_a_line_are_refused(slope: float) -> None:
    # An interval of 0 to 0 would call it shown that nothing matters.
    person, time = np.repeat(np.arange(6), 9), np.tile(np.arange(9.0), 6)
    done = np.where(time % 2 == 1, np.where((time + person) % 3 == 0, 40.0, 10.0), np.nan)
    with pytest.raises(NotEstimable, match="leaves the mean of all and a line of the own"):
        counted_by_threshold(person, time, 5 + person + slope * time * person, done, [30.0])


def test_hours_of_ones_own_lose_no_effect() -> None:
    # Nobody shares a time with another, so a mean of each time would be the score itself.
    found = diaries(np.random.default_rng(1), -0.1, noise=0, keeping=3, own_hours=0.4)
    place = int(np.flatnonzero(found.thresholds == 30)[0])
    assert found.effect(place)["estimate"] == pytest.approx(-0.1, abs=0.004)
    covered = [
        diaries(np.random.default_rng(seed), -0.15, threshold=25, keeping=2, own_hours=0.4).effect(2)
        for seed in range(40)
    ]
    # 38 of 40, less 2.6 Monte Carlo standard errors.
    assert sum(one["conf_low"] <= -0.15 <= one["conf_high"] for one in covered) >= 34


@pytest.mark.parametrize("people", [5, 12])
def test_few_people_hide_no_part_of_an_effect(people: int) -> None:
    # A mean taken off the outcome alone would leave 1 - 1/5 of the effect of five people.
    made = [diaries(np.random.default_rng(seed), -0.1, noise=1e-9, people=people) for seed in range(60)]
    found = np.array([one.effect(int(np.flatnonzero(one.thresholds == 30)[0]))["estimate"] for one in made])
    assert found.mean() == pytest.approx(-0.1, abs=2.6 * found.std(ddof=1) / 60**0.5)
