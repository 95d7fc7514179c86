"""The change a week by arm: by hand, against lme4 and pbkrtest, against a simulated truth, and in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from trials import (
    REFERENCE,
    cohort,
    effects_study,
    effects_trial,
    estimates,
    reference,
    refusal,
    study,
)

from lowback.analyses.slopes import slopes
from lowback.cohort import Cohort
from lowback.estimators.linear import least_squares
from lowback.result import Result
from lowback.sentences import answer

WEEKS = (0.0, 4.0, 8.0, 12.0)


def lines() -> Cohort:
    """Eight people on lines of their own, in each arm two steeper and two flatter than the mean by 0.1 or 0.05 a week.

    Residuals of 0.1, -0.1, -0.1, 0.1 are no part of any line; levels and slopes do not go together.
    """
    level = np.array([5.0, 5.6, 6.2, 6.8] * 2)
    slope = np.array([-0.3, -0.15, -0.35, -0.2] * 2) + np.repeat([0.0, 0.1], 4)
    sign = np.array([1, -1, -1, 1, -1, 1, 1, -1])
    scores = level[:, None] + slope[:, None] * WEEKS + sign[:, None] * np.array([0.1, -0.1, -0.1, 0.1])
    arms = np.repeat(["stretching", "usual care"], 4)
    return cohort({f"{n:03d}": (arm, list(row)) for n, (arm, row) in enumerate(zip(arms, scores, strict=True))}, WEEKS)  # fmt: skip


def simulated(seed: int, apart: float, people: int = 36) -> Cohort:
    """People who fall by 0.1 a week (SD 0.08), those with stretching by `apart` more; a fifth of later visits is missed."""
    rng = np.random.default_rng(seed)
    treated = np.arange(people) % 2
    slope = -0.1 + apart * treated + rng.normal(0, 0.08, people)
    pain = rng.normal(6, 1, people)[:, None] + slope[:, None] * WEEKS + rng.normal(0, 0.8, (people, 4))
    pain[:, 1:][rng.random((people, 3)) < 0.2] = np.nan
    person, visit = np.nonzero(np.isfinite(pain))
    ids = np.array([f"P{n}" for n in range(people)])
    arms = np.where(treated == 1, "stretching", "usual care")
    rows = {
        "participant_id": ids[person],
        "weeks": np.array(WEEKS)[visit],
        "pain_nrs": pain[person, visit].clip(0, 10),
    }
    return Cohort("simulated", participants=pd.DataFrame({"participant_id": ids, "arm": arms}), visits=pd.DataFrame(rows))  # fmt: skip


def asked(**changes: object) -> object:
    return study(weeks=list(WEEKS), **changes)


def test_complete_data_give_the_two_sample_test_of_the_lines_of_all_people() -> None:
    # Slopes of people: means -0.25 and -0.15, SD sqrt(0.025 / 3) in each arm of four, so SE sqrt(0.025 / 3 / 4 * 2), 6 df.
    result = slopes(lines(), asked(estimand={"smallest_worthwhile": 1.2}))
    row = estimates(result).loc["stretching vs usual care"]
    assert row["estimate"] == pytest.approx(-0.1)
    assert row["std_error"] == pytest.approx((0.025 / 6) ** 0.5)
    assert row["df"] == pytest.approx(6)
    assert row["unit"] == "NRS points per week"
    by_then = estimates(result).loc["stretching vs usual care: change by week 12"]
    assert by_then["estimate"] == pytest.approx(-1.2)
    assert by_then["p_value"] == row["p_value"]
    assert by_then["unit"] == "NRS points"
    assert estimates(result)["estimate"]["stretching: slope"] == pytest.approx(-0.25)
    assert isinstance(result, Result)
    assert result.smallest_worthwhile == pytest.approx(0.1)
    assert "random intercept and slope for each person" in result.method


def test_agrees_with_lme4_and_pbkrtest_at_the_times_of_the_visits() -> None:
    assert_agrees(slopes(dated_trial(), dated_study()), "slopes_trial")


def test_two_visits_carry_levels_only_and_agree_with_pbkrtest() -> None:
    trial = effects_trial()
    two = Cohort("two", participants=trial.participants, visits=trial.visits[trial.visits["weeks"] != 6])
    result = slopes(two, effects_study().model_copy(update={"weeks": (0.0, 12.0)}))
    assert_agrees(result, "two visits")
    assert isinstance(result, Result)
    assert "people have no slopes of their own because that model cannot be fitted" in result.method


def test_interval_covers_the_simulated_difference() -> None:
    rows = [estimates(slopes(simulated(seed, apart=-0.1), asked())).iloc[0] for seed in range(200)]
    assert 182 <= sum(row["conf_low"] <= -0.1 <= row["conf_high"] for row in rows) <= 198


def test_people_on_one_line_each_would_be_taken_for_many() -> None:
    """Negative control: least squares of all rows takes visits for people, and its error is too small."""
    trial = simulated(3, apart=-0.1, people=200)
    right = estimates(slopes(trial, asked())).loc["stretching vs usual care", "std_error"]
    rows = trial.visits.merge(trial.participants)
    arm = (rows["arm"] == "stretching").to_numpy(float)
    week = rows["weeks"].to_numpy()
    design = np.column_stack([np.ones(len(rows)), arm, week, arm * week])
    inside = rows["pain_nrs"] - rows.groupby("participant_id")["pain_nrs"].transform("mean")
    fit = least_squares(inside, design, names=list("abcd"))
    assert fit.covariance[3, 3] ** 0.5 < 0.8 * right


def test_a_straight_line_without_noise_is_given_and_flagged() -> None:
    scores = {f"{n}": (("usual care", "stretching")[n % 2], [6 + n / 10 - (0.1 + 0.1 * (n % 2)) * week for week in WEEKS]) for n in range(8)}  # fmt: skip
    result = slopes(cohort(scores, WEEKS), asked())
    assert estimates(result)["estimate"]["stretching vs usual care"] == pytest.approx(-0.1)
    assert isinstance(result, Result)
    assert "a variance is estimated as zero" in result.method


def test_time_is_that_of_the_visit_where_it_was_recorded() -> None:
    trial = lines()
    late = trial.visits.assign(actual_weeks=trial.visits["weeks"] * 2)
    found = slopes(Cohort("late", participants=trial.participants, visits=late), asked())
    assert estimates(found)["estimate"]["stretching vs usual care"] == pytest.approx(-0.05)
    assert isinstance(found, Result)
    assert "the time of a score is that of its visit as it took place" in found.method
    undated = late.assign(actual_weeks=np.nan)
    planned = slopes(Cohort("undated", participants=trial.participants, visits=undated), asked())
    assert estimates(planned)["estimate"]["stretching vs usual care"] == pytest.approx(-0.1)


def test_an_arm_seen_at_one_moment_has_no_slope_and_is_named() -> None:
    trial = simulated(4, apart=-0.1)
    people = pd.concat(
        [trial.participants, pd.DataFrame({"participant_id": ["X", "Y"], "arm": "waiting, list"})]
    )
    visits = pd.concat([trial.visits, pd.DataFrame({"participant_id": ["X", "Y"], "weeks": 0.0, "pain_nrs": [4.0, 5.0]})])  # fmt: skip
    question = asked(arms=["usual care", "stretching", "waiting, list"], estimand={"arms": ["stretching"]})
    result = slopes(Cohort("one more", participants=people, visits=visits), question)
    assert isinstance(result, Result)
    assert "no slope for waiting, list: seen at one moment only" in result.method
    assert "waiting, list: slope" not in set(result.estimates["term"])


def test_neither_a_shifted_scale_nor_other_units_of_pain_matter() -> None:
    trial = simulated(6, apart=-0.1)
    moved = trial.visits.assign(pain_nrs=trial.visits["pain_nrs"] * 0.5 + 2).sample(frac=1, random_state=1)
    one, other = (estimates(slopes(Cohort("x", participants=trial.participants, visits=rows), asked())) for rows in (trial.visits, moved))  # fmt: skip
    np.testing.assert_allclose(other["estimate"], 0.5 * one["estimate"], rtol=1e-6)
    np.testing.assert_allclose(other["df"], one["df"], rtol=1e-4)


def test_the_answer_speaks_of_speed() -> None:
    said = answer(slopes(simulated(8, apart=-0.15, people=120), asked())).media["text/plain"]
    assert "stretching led to a faster fall in back pain: −0.1" in said
    assert "NRS points per week" in said
    assert "Did back pain change faster in one arm than in another over the weeks?" in said
    turned = asked(control_arm="stretching", design="cohort", estimand={"population": "all participants"})
    said = answer(slopes(simulated(8, apart=-0.15, people=120), turned)).media["text/plain"]
    assert "usual care went with a slower fall in back pain: 0.1" in said
    same = answer(slopes(simulated(9, apart=0.0), asked())).media["text/plain"]
    assert "do not show a difference in the weekly change of back pain" in same


def test_a_rise_is_called_a_rise() -> None:
    rising = {f"{n}": (("usual care", "stretching")[n % 2], [2 + n % 3 / 2 + (0.3 - 0.2 * (n % 2)) * week for week in WEEKS]) for n in range(12)}  # fmt: skip
    said = answer(slopes(cohort(rising, WEEKS), asked())).media["text/plain"]
    assert "stretching led to a slower rise in back pain" in said


def test_refuses_visits_that_all_took_place_at_one_moment() -> None:
    trial = lines()
    once = Cohort("once", participants=trial.participants, visits=trial.visits.assign(actual_weeks=1.0))
    assert (
        refusal(slopes(once, asked())).reason == "everybody in arm 'usual care' was seen at one moment only"
    )


def test_refuses_what_no_line_can_be_drawn_through() -> None:
    once = cohort({f"P{n}": (("usual care", "stretching")[n % 2], [[5, None], [None, 4]][n % 4 // 2]) for n in range(20)})  # fmt: skip
    assert refusal(slopes(once, study())).reason.startswith("none of 20 people has back pain at two visits")
    flat = cohort({f"P{n}": (("usual care", "stretching")[n % 2], [5, 5, 5, 5]) for n in range(10)}, WEEKS)
    assert "5 in every row" in refusal(slopes(flat, asked())).reason
    alone = asked(design="single arm", arms=["usual care"], control_arm=None, estimand={"population": "all participants"})  # fmt: skip
    assert "regression to the mean" in refusal(slopes(simulated(1, 0.0), alone)).reason


def dated_trial() -> Cohort:
    """The trial that slopes.R draws."""
    rows = pd.read_csv(REFERENCE / "slopes_trial.csv")
    people = rows[["participant_id", "arm", "age_years"]].drop_duplicates()
    return Cohort(
        "dated", participants=people, visits=rows[["participant_id", "weeks", "actual_weeks", "pain_nrs"]]
    )


def dated_study() -> object:
    return asked(arms=["usual care", "hips, stretched", "both"], covariates=["age_years"])


def assert_agrees(result: object, data: str) -> None:
    """The same as lme4 and pbkrtest: estimates and errors to 1e-6 and 1e-5, degrees of freedom to 1e-3."""
    found = estimates(result)  # type: ignore[arg-type]
    expected = reference("slopes.csv", data)
    found = found.loc[expected.index]
    for column, within in (("estimate", 1e-6), ("std_error", 1e-5), ("df", 1e-3)):
        np.testing.assert_allclose(found[column], expected[column], rtol=within, err_msg=column)
    for column in ("conf_low", "conf_high"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-5, atol=1e-6, err_msg=column)
    tested = found["p_value"].notna()
    np.testing.assert_allclose(found["p_value"][tested], expected["p_value"][tested], rtol=1e-4)
