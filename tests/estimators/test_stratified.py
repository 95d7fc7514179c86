"""A difference of shares at equal stratum: by hand, as metafor has it, with an interval that covers, and refused where nobody is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.stratified import mantel_haenszel

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "stratified.csv"


def test_by_hand() -> None:
    assert mantel_haenszel([[6, 10, 4, 10]]).estimate == pytest.approx(0.2)
    # Weights of 10 x 10 / 20 = 5 and 30 x 10 / 40 = 7.5: (0.2 x 5 + 0 x 7.5) / 12.5. A stratum with one group only weighs nothing.
    assert mantel_haenszel([[6, 10, 4, 10], [15, 30, 5, 10], [3, 9, 0, 0]]).estimate == pytest.approx(0.08)


def test_agrees_with_r() -> None:
    for _, part in pd.read_csv(REFERENCE).groupby("set"):
        found = mantel_haenszel(part[["a", "n", "c", "m"]])
        expected = part.iloc[0][["estimate", "std_error", "conf_low", "conf_high"]].to_numpy(float)
        assert [found.estimate, found.std_error, found.conf_low, found.conf_high] == pytest.approx(
            expected, rel=1e-9
        )


@pytest.mark.parametrize("effect", [0.0, 0.15])
def test_interval_covers_where_strata_differ(effect: float) -> None:
    """Older strata have more of both, so that without strata the groups would seem to differ by far more."""
    rng, covered = np.random.default_rng(5), 0
    people, others, share = np.array([10, 30, 60]), np.array([60, 30, 10]), np.array([0.2, 0.5, 0.7])
    for _ in range(1000):
        counts = np.column_stack(
            [rng.binomial(people, share + effect), people, rng.binomial(others, share), others]
        )
        found = mantel_haenszel(counts)
        covered += found.conf_low <= effect <= found.conf_high
    # 95 % of 1,000, give or take 2.6 standard errors.
    assert 932 <= covered <= 968


def test_groups_that_share_no_stratum_are_not_compared() -> None:
    with pytest.raises(NotEstimable, match="people of both groups"):
        mantel_haenszel([[3, 9, 0, 0], [0, 0, 2, 5]])
