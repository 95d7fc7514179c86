"""Accuracy of a rule with people not looked at: by hand, against R's maximum likelihood, and by simulated truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.verification import Verified, corrected_accuracy

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
CASES = {
    "some": (Verified(60, 48, 20), Verified(340, 70, 6)),
    "all": (Verified(60, 60, 20), Verified(340, 340, 9)),
}


def test_with_everybody_looked_at_they_are_the_plain_shares() -> None:
    # 20 true positives, 9 false negatives, 40 false positives, 331 true negatives.
    found = corrected_accuracy(*CASES["all"])
    assert found.sensitivity.estimate == pytest.approx(20 / 29)
    assert found.specificity.estimate == pytest.approx(331 / 371)
    half = 1.959964 * (1 / 20 + 1 / 9) ** 0.5
    assert np.log(found.sensitivity.conf_high / (1 - found.sensitivity.conf_high)) == pytest.approx(
        np.log(20 / 9) + half, rel=1e-6
    )


def test_those_not_looked_at_are_like_those_looked_at_on_their_side_by_hand() -> None:
    # Flagged: 20 of 48, so 25 of 60; passed: 6 of 70, so 29.14 of 340. Sensitivity 25 of 54.14.
    found = corrected_accuracy(*CASES["some"])
    assert found.sensitivity.estimate == pytest.approx(25 / (25 + 340 * 6 / 70))
    assert found.specificity.estimate == pytest.approx((340 * 64 / 70) / (340 * 64 / 70 + 35))


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_r(case: str) -> None:
    table = pd.read_csv(REFERENCE / "verification.csv")
    found = corrected_accuracy(*CASES[case])
    rows = list(table[table["case"] == case].itertuples(index=False))
    assert len(rows) >= 2
    for row in rows:
        ours = getattr(found, row.what.split()[0])
        assert (ours.estimate, ours.conf_low, ours.conf_high) == pytest.approx(
            (row.estimate, row.conf_low, row.conf_high), rel=1e-5
        ), row.what


def drawn(rng: np.random.Generator) -> tuple[Verified, Verified]:
    """500 people, 15 % have it; sensitivity 0.7, specificity 0.8; all flagged and a quarter of the others are looked at."""
    has = rng.random(500) < 0.15
    flag = rng.random(500) < np.where(has, 0.7, 0.2)
    looked = flag | (rng.random(500) < 0.25)
    sides = [
        Verified(int(one.sum()), int((one & looked).sum()), int((one & looked & has).sum()))
        for one in (flag, ~flag)
    ]
    return sides[0], sides[1]


def test_intervals_cover_where_the_shares_of_those_looked_at_do_not_come_near() -> None:
    rng = np.random.default_rng(4)
    held = {"sensitivity": 0, "specificity": 0}
    naive = []
    for _ in range(600):
        flagged, passed = drawn(rng)
        found = corrected_accuracy(flagged, passed)
        held["sensitivity"] += found.sensitivity.conf_low <= 0.7 <= found.sensitivity.conf_high
        held["specificity"] += found.specificity.conf_low <= 0.8 <= found.specificity.conf_high
        naive.append(flagged.found / (flagged.found + passed.found))
    # 95 % of 600, give or take 2.6 standard errors.
    assert all(556 <= one <= 584 for one in held.values()), held
    assert np.mean(naive) > 0.85


def test_found_in_nobody_still_has_an_interval_and_contradictions_are_refused() -> None:
    found = corrected_accuracy(Verified(20, 20, 5), Verified(200, 200, 0)).sensitivity
    assert 0 < found.conf_low < found.estimate < found.conf_high <= 1
    with pytest.raises(NotEstimable, match="found in 3 of 2 looked at of 5"):
        Verified(5, 2, 3)
    with pytest.raises(NotEstimable, match="nobody on one side"):
        corrected_accuracy(Verified(5, 0, 0), Verified(5, 5, 2))
