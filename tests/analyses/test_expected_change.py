"""The change of people compared with nobody: by hand, against R, and where regression to the mean is all there is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from trials import REFERENCE, cohort, effects_study, effects_trial, estimates, refusal, study

from lowback.analyses.expected_change import expected_change
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.sentences import answer
from lowback.study import Study

WEEKS = (0.0, 6.0, 12.0)


def one_arm(**changes: object) -> Study:
    estimand = {"population": "all participants"}
    content = {"design": "single arm", "arms": [], "control_arm": None, "estimand": estimand, **changes}
    return study(weeks=list(WEEKS), **content)


def found(cohort: Cohort, asked: Study | None = None) -> pd.Series:
    """The estimates by statistic."""
    result = expected_change(cohort, asked or one_arm())
    assert isinstance(result, Result), result
    assert result.keys is not None
    return pd.Series(result.estimates["estimate"].to_numpy(), index=result.keys["statistic"])


def chosen(seed: int, people: int = 4000, cut_off: float = 6.0) -> Cohort:
    """People with pain of 4 on average (SD 1 between and 1 within) who join at the cut-off and are never treated."""
    rng = np.random.default_rng(seed)
    pain = rng.normal(4, 1, people)[:, None] + rng.normal(0, 1, (people, 3))
    pain = pain[pain[:, 0] >= cut_off].clip(0, 10)
    return cohort({f"P{n}": ("usual care", list(row)) for n, row in enumerate(pain)}, weeks=WEEKS)


def test_the_change_by_hand():
    # Around the visits' means 3.5 and 4.5 people lie at -1, -2, 1 and 2, each score 0.5 from there: mean squares 20/3
    # between and 2/3 within, so r = (20 - 2) / (20 + 2).
    later = [(2, 4), (2, 2), (5, 5), (5, 7)]
    trial = cohort({f"P{n}": ("usual care", [8.0, a, b]) for n, (a, b) in enumerate(later)}, weeks=WEEKS)
    rows = found(trial)
    assert rows["observed change"] == pytest.approx(8 - 4.5)
    assert rows["share kept"] == pytest.approx(9 / 11)
    assert rows["largest expected change"] == pytest.approx(2 / 11 * 8)


def test_agrees_with_r():
    expected = pd.read_csv(REFERENCE / "expected_change.csv").iloc[0]
    declared = {"weeks": WEEKS, "design": "single arm", "arms": ("strength",), "control_arm": None}
    asked = effects_study().model_copy(update=declared)
    rows = found(effects_trial(), asked)
    assert rows["share kept"] == pytest.approx(expected["correlation"], rel=1e-5)
    assert rows["largest expected change"] == pytest.approx(expected["largest"], rel=1e-5)
    fall = estimates(expected_change(effects_trial(), asked)).loc["fall since baseline by week 12"]
    numbers = expected[["fall", "conf_low", "conf_high"]].astype(float).tolist()
    assert fall[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(numbers, rel=1e-9)


def test_a_fall_that_is_nothing_but_regression_to_the_mean_is_explained_by_a_mean_near_the_true_one():
    # True mean 4; choosing people makes the correlation after baseline too low, so the mean is found too high, never too low.
    trial = chosen(1)
    rows = found(trial)
    joined = trial.visits.loc[trial.visits["weeks"] == 0, "pain_nrs"].mean()
    assert rows["observed change"] == pytest.approx((joined - 4) / 2, abs=0.2)
    assert 4 < rows["mean that explains all"] < joined
    assert rows["observed change"] < rows["largest expected change"]
    said = answer(expected_change(trial, one_arm())).media["text/plain"]
    assert "cannot be put down to treatment" in said
    assert "it would explain all of the fall" in said


def test_the_interval_covers_the_true_change():
    # 95 % of 200 cohorts of 30 people, +- 2.6 standard errors; the true fall is 1.
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(200):
        pain = rng.normal(5, 0.5, 30)[:, None] + rng.normal(0, 0.5, (30, 3)) - [0, 0.5, 1]
        trial = cohort({f"P{n}": ("a", list(row)) for n, row in enumerate(pain.clip(0, 10))}, weeks=WEEKS)
        row = estimates(expected_change(trial, one_arm())).iloc[0]
        covered += row["conf_low"] <= 1 <= row["conf_high"]
    assert 182 <= covered <= 198


def test_a_rise_is_no_improvement():
    scores = {f"P{n}": ("a", [2.0 + n % 2, 4.0 + n % 3, 5.0 + n % 2]) for n in range(8)}
    assert "did not get better" in answer(expected_change(cohort(scores, WEEKS), one_arm())).media["text/plain"]  # fmt: skip


def test_a_trial_is_told_to_look_at_its_comparator():
    refused = refusal(expected_change(effects_trial(), effects_study()))
    assert "has a comparator, and that arm shows what to expect" in refused.reason


def seen_twice(rows: np.ndarray) -> Cohort:
    return cohort({f"P{n}": ("a", list(row)) for n, row in enumerate(rows)}, weeks=(0.0, 12.0))


def test_one_visit_after_baseline_by_hand():
    # Scores 5, 6 and 7 at baseline, 2, 5 and 5 after: slope (-1 x 2 + 1 x 5) / 2, so nothing regresses.
    rows = found(seen_twice(np.array([[5, 2], [6, 5], [7, 5]])))
    assert rows["share kept"] == pytest.approx(1.5)
    assert rows["largest expected change"] == 0
    # Scores 6, 7 and 8, then 5, 5 and 6: half of the distance is kept, and of a mean of 7 half may go; 5/3 went.
    rows = found(seen_twice(np.array([[6, 5], [7, 5], [8, 6]])))
    assert rows["share kept"] == pytest.approx(0.5)
    assert rows["largest expected change"] == pytest.approx(3.5)
    assert rows["mean that explains all"] == pytest.approx(7 - 2 * 5 / 3)


def test_the_slope_of_people_chosen_for_their_score_is_that_of_all_people_and_their_correlation_is_not():
    # The true share is 1 / (1 + 1), and the fall is regression to a mean of 4.
    slopes, means, correlations = [], [], []
    for seed in range(30):
        visits = chosen(seed, cut_off=5).visits
        both = visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")[[0, 12]].to_numpy(
            float
        )
        rows = found(seen_twice(both))
        slopes.append(rows["share kept"])
        means.append(rows["mean that explains all"])
        correlations.append(np.corrcoef(both.T)[0, 1])
    assert abs(np.mean(slopes) - 0.5) < 3 * np.std(slopes) / 30**0.5
    assert abs(np.mean(means) - 4) < 3 * np.std(means) / 30**0.5
    assert max(correlations) < 0.45


def test_people_who_all_joined_at_one_score_cannot_tell_it_from_their_mean():
    refused = refusal(expected_change(seen_twice(np.array([[6, n % 4] for n in range(8)])), one_arm()))
    assert "back pain at week 12 by that at baseline cannot be fitted" in refused.reason


def test_people_who_were_seen_once_have_no_change():
    refused = refusal(expected_change(cohort({"A": ("a", [6, 5, 4]), "B": ("a", [6, 5, None])}, WEEKS), one_arm()))  # fmt: skip
    assert refused.reason == "1 person has back pain at baseline and at week 12"
