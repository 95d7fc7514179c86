"""Percentile intervals where some groups of people drawn again give no estimate at all."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.mediation.intervals import Percentiles

PERCENTILES = Percentiles(people=76, coefficients=6)
DRAWS = np.arange(1.0, 1001.0)


def test_draws_that_could_not_be_had_count_as_beyond_both_ends():
    # By hand: t is 1.9944 with 70 degrees of freedom, times sqrt(76 / 70) 2.078, beyond which 1.885 % of a normal lie: of 1,000 draws the 19th
    # from either end. 10 that could not be had stand below the smallest and above the largest.
    assert PERCENTILES.tail() == pytest.approx(0.01885, abs=0.00001)
    whole = PERCENTILES.interval(DRAWS, 500.0)
    lost = DRAWS.copy()
    lost[495:505] = np.nan
    assert whole == (19.0, 982.0)
    assert PERCENTILES.interval(lost, 500.0) == (19.0 - 10.0, 982.0 + 10.0)


def test_more_of_them_than_an_end_leaves_out_give_no_interval():
    lost = DRAWS.copy()
    lost[:19] = np.nan
    with pytest.raises(
        NotEstimable, match=r"in 1\.90 % .* each leaves out 1\.88 % here, they leave it without bounds"
    ):
        PERCENTILES.interval(lost, 500.0)


@pytest.mark.parametrize("worst", [False, True], ids=["lost anywhere", "lost where it harms most"])
def test_intervals_with_draws_lost_cover_the_true_mean(worst):
    # Known truth: means of 40 normal scores, of which 1.2 % of resampled ones are lost; 95 % of 1,000 intervals, + the widening.
    rng = np.random.default_rng(20261123)
    percentiles, covered = Percentiles(people=40, coefficients=1), 0
    for _ in range(1000):
        scores = rng.normal(size=40)
        means = rng.choice(scores, (1000, 40)).mean(axis=1)
        order = np.argsort(means)
        # Those lost on the side of the truth would have carried the interval to it.
        side = order[-12:] if scores.mean() < 0 else order[:12]
        means[side if worst else rng.choice(1000, 12, replace=False)] = np.nan
        low, high = percentiles.interval(means, float(scores.mean()))
        covered += low <= 0 <= high
    assert covered >= 950 - 18
