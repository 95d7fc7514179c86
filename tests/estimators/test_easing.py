"""Spells asked about at set times: by hand, by what every complete spell must add, and by simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowback.estimators import NotEstimable
from lowback.estimators.easing import mean_time, not_yet_over, pseudo_shares, spells

TIMES = (5.0, 15.0, 30.0)
MISSING = np.nan


def test_a_gap_ends_what_counts_and_the_curve_is_that_by_hand() -> None:
    # Over by 15; by 5; never; and one of which nobody said whether it was over by 15, so that its 30 cannot tell when.
    said = [[0, 1, MISSING], [1, 0, 1], [0, 0, 0], [0, MISSING, 1]]
    found = spells(said, TIMES)
    assert found.reports.tolist() == [2, 1, 3, 1]
    assert found.ended.tolist() == [True, True, False, False]
    curve = not_yet_over(found, [1, 2, 3, 4])
    # 1 of 4 ends, then 1 of 2, then 0 of 1.
    assert curve.share == pytest.approx([0.75, 0.375, 0.375])
    # One spell a person: the error of 3/4 of 4 is that of a mean of 4 zeros and ones.
    assert curve.std_error[0] == pytest.approx(0.25)
    # (1 + 0.75) / 2 over 5 min, (0.75 + 0.375) / 2 over 10, 0.375 over 15.
    assert mean_time(curve.share, TIMES) == pytest.approx(4.375 + 5.625 + 5.625)


def test_a_spell_told_to_its_end_adds_just_what_happened_to_it() -> None:
    rng = np.random.default_rng(5)
    ends = rng.integers(0, 4, 40)
    said = (np.arange(3) >= ends[:, None]).astype(float)
    shares = pseudo_shares(spells(said, TIMES))
    assert shares == pytest.approx(1 - said)
    # Eased by 5, by 15, by 30 and not: the middles of the intervals, and all 30 minutes.
    assert mean_time(shares, TIMES) == pytest.approx(np.array([2.5, 10.0, 22.5, 30.0])[ends])


@given(seed=st.integers(0, 10**6), gaps=st.floats(0, 0.4))
def test_what_spells_add_makes_up_the_curve(seed: int, gaps: float) -> None:
    rng = np.random.default_rng(seed)
    said = (np.arange(3) >= rng.integers(0, 4, (60, 1))).astype(float)
    said[rng.random(said.shape) < gaps] = MISSING
    said[:2] = 0
    found, person = spells(said, TIMES), rng.integers(0, 12, 60)
    curve, pseudo = not_yet_over(found, person), pseudo_shares(found)
    # The jackknife's mean is the estimate, but for its own small bias, which is none at the first time.
    assert pseudo[:, 0].mean() == pytest.approx(curve.share[0])
    assert pseudo.mean(axis=0) == pytest.approx(curve.share, abs=0.05)
    assert (np.diff(curve.share) <= 1e-12).all()
    inside = (curve.share > 0) & (curve.share < 1)
    assert (curve.conf_low[inside] < curve.share[inside]).all()
    assert (curve.share[inside] < curve.conf_high[inside]).all()


def test_copies_of_a_persons_spells_tell_nothing_new() -> None:
    rng = np.random.default_rng(8)
    said = (np.arange(3) >= rng.integers(0, 4, (30, 1))).astype(float)
    person = np.repeat(np.arange(10), 3)
    one = not_yet_over(spells(said, TIMES), person)
    four = not_yet_over(spells(np.tile(said, (4, 1)), TIMES), np.tile(person, 4))
    assert four.std_error == pytest.approx(one.std_error)
    as_strangers = not_yet_over(spells(np.tile(said, (4, 1)), TIMES), np.arange(120))
    assert (as_strangers.std_error < 0.7 * one.std_error).all()


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(NotEstimable, match="1 people; allowed: 2 or more"):
        not_yet_over(spells([[0, 1], [1, 0]], (5, 15)), [7, 7])
    with pytest.raises(NotEstimable, match="nobody, or one alone, is asked at time 15"):
        not_yet_over(spells([[0, MISSING], [1, MISSING]], (5, 15)), [1, 2])
    with pytest.raises(NotEstimable, match="nobody, or one alone, is asked at time 15"):
        pseudo_shares(spells([[0, 0], [1, 1], [0, MISSING]], (5, 15)))
    with pytest.raises(ValueError, match="times above 0 that rise"):
        spells([[0, 1]], (5, 5))
    # Where all or none have ended there is a share and no interval.
    none = not_yet_over(spells([[0, 0], [0, 0]], (5, 15)), [1, 2])
    assert none.share.tolist() == [1, 1]
    assert np.isnan([*none.std_error, *none.conf_low, *none.conf_high]).all()


def test_intervals_cover_the_share_of_people_whose_spells_are_alike() -> None:
    rng = np.random.default_rng(20261122)
    minutes, covered, naive = np.array(TIMES), np.zeros(3), np.zeros(3)
    person = np.repeat(np.arange(30), 12)
    slow = rng.normal(0, 0.7, 10**6)
    truth = (10 * np.exp(slow[:, None] + 0.5 * rng.normal(size=(10**6, 1))) > minutes).mean(axis=0)
    for _ in range(400):
        lasts = 10 * np.exp(np.repeat(rng.normal(0, 0.7, 30), 12) + 0.5 * rng.normal(size=360))
        said = (lasts[:, None] <= minutes).astype(float)
        said[rng.random(said.shape) < 0.15] = MISSING
        found = spells(said, TIMES)
        for who, count in ((person, covered), (np.arange(360), naive)):
            curve = not_yet_over(found, who)
            count += (curve.conf_low <= truth) & (truth <= curve.conf_high)
    # 95 % of 400 is 380, with a standard error of 4.4.
    assert (abs(covered - 380) <= 3 * 4.4).all(), covered
    assert (naive < 330).all(), naive


def test_once_all_have_ended_nobody_need_be_asked() -> None:
    found = spells([[0, 1, MISSING], [1, MISSING, MISSING], [0, 1, 1]], TIMES)
    assert not_yet_over(found, [1, 2, 3]).share == pytest.approx([2 / 3, 0, 0])
    assert pseudo_shares(found) == pytest.approx(np.array([[1, 0, 0], [0, 0, 0], [1, 0, 0]]))
