"""Lines within fifths of people on top of what differs between them: by hand, as R has them, with intervals that cover, and no fifth of few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.exposure_curve import exposure_curve
from lowback.cohort import Cohort
from lowback.figures import own_lines_figure
from lowback.outcomes.occasions import occasions
from lowback.outcomes.own_lines import own_line_rows
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ESTIMAND = Estimand(name="curve", summary="slope", outcome="lordosis_deg", exposure="pelvic_tilt_deg", per=5)
STUDY = Study(title="Links", design="cohort", estimands=(ESTIMAND,))


def lines(visits: pd.DataFrame) -> pd.DataFrame:
    """The rows of own lines, with their keys."""
    found = own_line_rows(occasions(Cohort("c", visits=visits), STUDY, ESTIMAND), 5.0)
    return pd.DataFrame([{**key, **row} for key, row in found])


def cohort(between: float, within: float, seed: int, noise: float = 1.0, people: int = 50) -> pd.DataFrame:
    """Four visits of each, the outcome with one slope between people and another within them, per degree."""
    rng = np.random.default_rng(seed)
    usual, own = rng.normal(6, 3, (people, 1)), rng.normal(0, 2, (people, 4))
    own -= own.mean(axis=1, keepdims=True)
    score = (
        50
        + between * usual
        + within * own
        + 2 * noise * rng.normal(size=(people, 1))
        + noise * rng.normal(size=own.shape)
    )
    ids = [f"{n:03d}" for n in range(people)]
    return pd.DataFrame(
        {"participant_id": np.repeat(ids, 4), "weeks": np.tile([0.0, 4, 8, 12], people), "pelvic_tilt_deg": (usual + own).ravel(),
         "lordosis_deg": score.ravel()}
    )  # fmt: skip


def test_people_rise_where_their_own_lines_fall() -> None:
    found = lines(cohort(2, -1, 3, noise=0))
    means, slopes = (found[found["statistic"] == one] for one in ("usual", "own slope"))
    assert means["estimate"].to_numpy() == pytest.approx(50 + 2 * means["at"].to_numpy())
    assert slopes["estimate"].to_numpy() == pytest.approx([-5.0] * 5)
    assert means["n_participants"].tolist() == [10] * 5


def test_agrees_with_r() -> None:
    found = lines(pd.read_csv(REFERENCE / "own_lines_data.csv"))
    expected = pd.read_csv(REFERENCE / "own_lines.csv")
    means, slopes = (found[found["statistic"] == one].reset_index() for one in ("usual", "own slope"))
    for ours, theirs in (
        ("at", "usual"),
        ("estimate", "mean"),
        ("conf_low", "mean_low"),
        ("conf_high", "mean_high"),
    ):
        assert means[ours].to_numpy(float) == pytest.approx(expected[theirs].to_numpy(), rel=1e-8)
    for ours, theirs in (
        ("estimate", "slope"),
        ("std_error",) * 2,
        ("df",) * 2,
        ("conf_low",) * 2,
        ("conf_high",) * 2,
        ("n_participants", "people"),
    ):
        assert slopes[ours].to_numpy(float) == pytest.approx(expected[theirs].to_numpy(float), rel=1e-7)


def test_where_nothing_goes_along_within_people_few_lines_are_said_to_rise_or_fall() -> None:
    """The trap: people with more tilt have deeper curves for another reason, and nobody's curve follows their tilt."""
    slopes = pd.concat([lines(cohort(2, 0, seed)) for seed in range(80)])
    slopes = slopes[slopes["statistic"] == "own slope"]
    excluded = ((slopes["conf_low"] > 0) | (slopes["conf_high"] < 0)).sum()
    # 5 % of 400 slopes, give or take 2.6 standard errors.
    assert len(slopes) == 400
    assert 9 <= excluded <= 31


def test_intervals_cover_the_slope_within_people() -> None:
    slopes = pd.concat([lines(cohort(-1, 0.6, seed)) for seed in range(80)])
    slopes = slopes[slopes["statistic"] == "own slope"]
    assert 369 <= ((slopes["conf_low"] <= 3) & (slopes["conf_high"] >= 3)).sum() <= 391


def test_fifths_of_few_people_are_not_told_of() -> None:
    assert lines(cohort(1, 1, 5, people=39)).empty
    result = exposure_curve(Cohort("c", visits=cohort(1, 1, 5, people=39)), STUDY)
    assert "Too few people" in own_lines_figure(result).media["text/plain"]


def test_the_figure_says_each_mean_and_slope() -> None:
    alt = own_lines_figure(exposure_curve(Cohort("c", visits=cohort(1, 1, 5)), STUDY)).metadata["image/png"][
        "alt"
    ]
    assert alt.count("degrees per 5 degrees (95 % CI") == 5
    assert alt.count("n=10") == 5
