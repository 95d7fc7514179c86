"""A series around the onsets of another: by hand, by simulated truth, and what shuffled days would say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.estimators import NotEstimable
from lowback.estimators.onsets import (
    around_lines,
    news_of,
    onset_days,
    onset_study,
    window_interval,
)


def series(rng: Any, people: int, days: int, memory: Any, missing: float = 0.0) -> Any:
    """Series (person, day) of one memory, or of one a person."""
    state = rng.standard_normal((people, days))
    for day in range(1, days):
        state[:, day] = memory * state[:, day - 1] + np.sqrt(1 - memory**2) * state[:, day]
    state += rng.standard_normal((people, 1))
    state[rng.random(state.shape) < missing] = np.nan
    return state


def test_an_onset_is_the_first_day_well_above_the_median_after_quiet_days() -> None:
    # Median 2; 4 and more is high. Day 3 begins one, day 4 goes on with it, day 6 follows within three days, day 9 begins another.
    scores = [[2, 2, 1, 4, 5, 2, 4, 2, 2, 4.0, 2]]
    assert np.flatnonzero(onset_days(scores, 2.0)[0]).tolist() == [3]
    assert np.flatnonzero(onset_days(scores, 2.0, quiet=2)[0]).tolist() == [3, 9]
    # Day 0 has no day before it, and a day after three without a score has no quiet day either.
    assert not onset_days([[5, 2, 2, 2, np.nan, np.nan, np.nan, 5]], 2.0).any()


def test_a_rise_that_is_just_reached_counts_in_spite_of_rounding() -> None:
    assert onset_days([[0.1, 0.1, 0.1, 0.1, 0.1 + 0.2, 0.1]], 0.2)[0, 4]


def test_half_a_day_is_no_onset_but_ends_the_quiet_days() -> None:
    # Day 3 is high and no whole day, day 8 follows three quiet days, of which one half; day 12 follows half a day that was high.
    scores = [[2, 2, 2, 5, 2, 2, 2, 2, 5, 2, 2, 5, 5, 2]]
    whole = np.array([[day not in (3, 6, 11) for day in range(14)]])
    assert np.flatnonzero(onset_days(scores, 2.0, whole=whole)[0]).tolist() == [8]


def test_lines_are_taken_off_and_news_is_what_the_day_before_does_not_foretell() -> None:
    """By hand: a line leaves nothing; a series that halves from day to day has news of nothing after its memory is known."""
    assert around_lines([[1, 2, 3, 4.0], [5, 5, 5, 5]]) == pytest.approx(np.zeros((2, 4)))
    halved = 0.5 ** np.arange(6)[None] * np.array([[8.0], [4]])
    news, memory = news_of(halved)
    assert memory == pytest.approx(0.5)
    assert news[:, 1:] == pytest.approx(np.zeros((2, 5)))
    assert np.isnan(news[:, 0]).all()


def test_an_echo_two_days_later_is_found_there_and_nowhere_else() -> None:
    rng = np.random.default_rng(1)
    lead, follow = series(rng, 80, 84, 0.0, 0.1), series(rng, 80, 84, 0.3, 0.1)
    follow[:, 2:] += np.nan_to_num(lead[:, :-2])
    found = onset_study(lead, follow, rise=1.5, seed=1)
    outside = (found.news.estimate < found.news.band_low) | (found.news.estimate > found.news.band_high)
    assert 2 in found.news.lags[outside]
    assert found.news.estimate[found.news.lags == 2] > 1
    assert found.after.p_value < 0.01
    assert window_interval(found.after)[0] > 0
    assert abs(found.news.estimate[found.news.lags == 5].item()) < 0.2


def half_days(rng: Any, people: int, days: int) -> tuple[Any, Any]:
    """Two series (person, half day), the second of which takes 0.3 of the first half a day later; both keep 0.6 of themselves."""
    both = rng.standard_normal((2, people, 2 * days))
    for slot in range(1, 2 * days):
        both[:, :, slot] += 0.6 * both[:, :, slot - 1]
        both[1, :, slot] += 0.3 * both[0, :, slot - 1]
    return both[0], both[1]


def by_day(halves: Any, answered: Any) -> tuple[Any, Any]:
    """Each day's mean of what was answered, and whether both halves were."""
    seen = answered.reshape(len(halves), -1, 2)
    total = np.where(seen, halves.reshape(seen.shape), 0).sum(axis=2)
    count = seen.sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count == 2


def test_gaps_of_half_days_do_not_move_news_around_onsets() -> None:
    """Held against the same people without gaps; half days taken for whole ones, the negative control, are far off on the day itself."""
    rng = np.random.default_rng(8)
    lead, follow = half_days(rng, 2000, 70)
    answered = rng.random(lead.shape) < 0.8
    (full_lead, _), (full, _) = (by_day(one, np.ones_like(answered)) for one in (lead, follow))
    (some_lead, whole), (some, _) = (by_day(one, answered) for one in (lead, follow))
    truth = onset_study(full_lead, full, rise=2.0, seed=1)
    found = onset_study(some_lead, some, rise=2.0, whole=(whole, whole), seed=1)
    taken_for_whole = onset_study(some_lead, some, rise=2.0, seed=1)
    assert found.onsets < truth.onsets < taken_for_whole.onsets
    for name in ("before", "same_day", "after"):
        right, ours = getattr(truth, name), getattr(found, name)
        assert abs(ours.estimate - right.estimate) < 3 * ours.std_error, name
    off = taken_for_whole.same_day.estimate - truth.same_day.estimate
    assert off < -0.03


def test_unrelated_series_are_called_related_no_more_than_chance_allows() -> None:
    false = {"any day": 0, "after": 0, "shuffled": 0}
    tries = 40
    for seed in range(tries):
        rng = np.random.default_rng(seed)
        lead, follow = series(rng, 30, 56, 0.95, 0.2), series(rng, 30, 56, 0.95, 0.2)
        found = onset_study(lead, follow, rise=1.0, seed=seed)
        false["any day"] += found.news.p_value < 0.05
        low, high = window_interval(found.after)
        false["after"] += low > 0 or high < 0
        false["shuffled"] += shuffled_days_differ(lead, follow, rng)
    # At 5 % more than 5 of 40 come once in a hundred runs; shuffled days, the negative control, go well beyond.
    assert false["any day"] <= 5
    assert false["after"] <= 5
    assert false["shuffled"] >= 6


def test_people_may_be_unlike_in_how_long_things_last_though_one_memory_is_taken_for_all() -> None:
    memory, false = np.repeat([0.0, 0.95], 15), {"any day": 0, "after": 0}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = onset_study(
            series(rng, 30, 56, memory, 0.2), series(rng, 30, 56, memory, 0.2), rise=1.0, seed=seed
        )
        false["any day"] += found.news.p_value < 0.05
        low, high = window_interval(found.after)
        false["after"] += low > 0 or high < 0
    assert max(false.values()) <= 5


def shuffled_days_differ(lead: Any, follow: Any, rng: Any) -> bool:
    """The mean level of three days after onsets, held against days shuffled within people."""
    onset, rest = onset_days(lead, 1.0), np.nan_to_num(around_lines(follow))
    onset[:, -3:] = False

    def mean_after(values: Any) -> float:
        return float(np.mean([values[:, lag:][onset[:, :-lag]].mean() for lag in (1, 2, 3)]))

    null = np.array([mean_after(rng.permuted(rest, axis=1)) for _ in range(99)])
    return bool(abs(mean_after(rest) - null.mean()) > np.quantile(np.abs(null - null.mean()), 0.95))


@settings(max_examples=8)
@given(shift=st.floats(-9, 9), factor=st.floats(0.2, 9))
def test_the_curve_follows_the_unit_of_the_series(shift: float, factor: float) -> None:
    rng = np.random.default_rng(3)
    lead, follow = series(rng, 12, 40, 0.4), series(rng, 12, 40, 0.4)
    one, other = (onset_study(lead, each, rise=1.0, seed=5) for each in (follow, shift + factor * follow))
    assert other.news.estimate == pytest.approx(factor * one.news.estimate, rel=1e-6, abs=1e-9)
    assert other.level.band_high == pytest.approx(factor * one.level.band_high, rel=1e-6, abs=1e-9)
    assert other.news.p_value == one.news.p_value


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (np.zeros((5, 30)), "0 onsets in 0 people"),
        (np.zeros((5, 10)), "more than 15 days"),
        (np.zeros((4, 30)), r"shapes \(4, 30\) and \(5, 30\)"),
    ],
)
def test_what_cannot_be_followed_is_refused(lead: Any, said: str) -> None:
    follow = np.random.default_rng(1).standard_normal((5, lead.shape[1]))
    with pytest.raises(NotEstimable, match=said):
        onset_study(lead, follow, rise=2.0, seed=1)


def test_a_series_that_stands_still_is_refused() -> None:
    lead = np.tile([0, 0, 0, 0, 5, 0, 0, 0, 0, 0], 3)[None].repeat(4, axis=0).astype(float)
    with pytest.raises(NotEstimable, match="does not vary"):
        onset_study(lead, np.full((4, 30), 3.0), rise=2.0, seed=1)


def test_one_person_alone_with_a_score_has_no_interval_at_that_lag() -> None:
    lead = np.zeros((3, 40))
    lead[:, 20] = 5
    follow = np.random.default_rng(2).standard_normal((3, 40))
    follow[1:, 25] = np.nan
    error = onset_study(lead, follow, rise=2.0, seed=1).level.std_error
    assert np.isnan(error[7 + 5])
    assert np.isfinite(np.delete(error, 7 + 5)).all()
    follow[1:, 20:] = np.nan
    with pytest.raises(NotEstimable, match="no score lies|1 people have scores near their onsets"):
        onset_study(lead, follow, rise=2.0, seed=1)
