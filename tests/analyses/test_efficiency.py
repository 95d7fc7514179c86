"""Less pain in how much time: by hand, against R, by simulated truth, an arm that only takes longer, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from trials import refusal, study

from lowback.analyses.efficiency import efficiency
from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.two_differences import two_differences
from lowback.figures import efficiency_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ARMS = ("back-only care", "hips and back")


def asked(**changes: object) -> Study:
    estimand = {"burden": "session_min_per_week", "smallest_worthwhile": 1, **changes}
    return study(weeks=[0, 6, 12], arms=list(ARMS), control_arm=ARMS[0], estimand=estimand)


def drawn(
    rng: np.random.Generator, effect: float, minutes: float, people: int = 40, per_minute: float = 0.0
) -> Cohort:
    """People an arm; minutes scatter three times as much in the second arm, and each takes `per_minute` off pain."""
    arm = np.repeat([0, 1], [people, people * 3 // 4])
    ids = np.array([f"P{at:03d}" for at in range(len(arm))])
    usual = 5 + rng.normal(size=len(arm))
    spent = 100 + minutes * arm + np.where(arm == 1, 30, 10) * rng.normal(size=len(arm))
    end = (
        usual
        + effect * arm
        - per_minute * (spent - 100)
        + np.where(arm == 1, 1.5, 1.0) * rng.normal(size=len(arm))
    )
    tables = [
        pd.DataFrame(
            {
                "participant_id": ids,
                "weeks": week,
                "pain_nrs": np.clip(pain, 0, 10),
                "session_min_per_week": np.clip(time, 0, None),
            }
        )
        for week, pain, time in (
            (0.0, usual, 0 * spent),
            (6.0, (usual + end) / 2, spent - 5),
            (12.0, end, spent + 5),
        )
    ]
    return Cohort(
        "drawn", pd.DataFrame({"participant_id": ids, "arm": np.array(ARMS)[arm]}), pd.concat(tables)
    )


def rows(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates.join(result.keys)


def row(result: Result | Refusal, statistic: str, *sides: str) -> pd.Series:
    found = rows(result)
    kept = found["statistic"] == statistic
    if sides:
        kept &= (found["outcome_side"] == sides[0]) & (found["burden_side"] == sides[1])
    return found[kept].iloc[0]


def test_two_means_of_two_groups_have_the_covariance_of_their_spreads() -> None:
    # Differences of means 4 - 2 and 10 - 30; of each group the covariance over its people: unequal spreads as Welch has them.
    one, other = np.array([[1, 20], [2, 40], [3, 30]]), np.array([[2, 14], [4, 8], [6, 12], [4, 6]])
    both, is_in = np.vstack([one, other]), np.repeat([0.0, 1.0], [3, 4])
    found = two_differences(both, np.column_stack([np.ones(7), is_in]), ["intercept", "arm"], 1)
    assert found.estimate == pytest.approx([2, -20])
    # Sums of squares 2, 200 and 8, 40; of products 10 and -4: over people less one, over people.
    expected = np.array([[2, 10], [10, 200]]) / 2 / 3 + np.array([[8, -4], [-4, 40]]) / 3 / 4
    assert found.covariance == pytest.approx(expected)
    shares = found.quadrants()
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[1, -1] == max(shares.values())


def test_unrelated_differences_of_none_fill_the_corners_alike() -> None:
    y = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]] * 4, dtype=float)
    found = two_differences(
        y, np.column_stack([np.ones(16), np.repeat([0.0, 1.0], 8)]), ["intercept", "arm"], 1
    )
    assert list(found.quadrants().values()) == pytest.approx([0.25] * 4)
    # Two groups of 8 with one spread have 14 degrees of freedom; F at 95 % with 2 and 13 is 3.8056 in tables.
    assert (found.df, found.reach()) == pytest.approx((14, (2 * 14 / 13 * 3.8056) ** 0.5), rel=1e-4)


def test_agrees_with_r() -> None:
    data, r = (
        pd.read_csv(REFERENCE / "efficiency_data.csv"),
        pd.read_csv(REFERENCE / "efficiency.csv").set_index("what")["value"],
    )
    people = data[["participant_id", "arm", "age_years"]].drop_duplicates()
    visits = data[["participant_id", "weeks", "pain_nrs", "session_min_per_week"]].astype({"weeks": float})
    plan = asked().model_copy(update={"covariates": ("age_years",)})
    result = efficiency(Cohort("drawn in R", people, visits), plan)
    pain, minutes = row(result, "difference"), row(result, "difference in burden")
    assert list(pain[["estimate", "std_error", "df"]]) == pytest.approx(
        list(r[["pain", "pain_error", "df"]]), rel=1e-8
    )
    assert list(minutes[["estimate", "std_error", "df"]]) == pytest.approx(
        list(r[["minutes", "minutes_error", "minutes_df"]]), rel=1e-8
    )
    assert (pain["correlation"], pain["reach"], pain["n_participants"]) == pytest.approx(
        tuple(r[["correlation", "reach", "people"]])
    )
    for sides in (("less", "less"), ("less", "more"), ("more", "less"), ("more", "more")):
        assert row(result, "quadrant", *sides)["estimate"] == pytest.approx(r["_".join(sides)], abs=1e-6), (
            sides
        )


def test_intervals_and_the_ellipse_cover_both_differences() -> None:
    truth, held = np.array([-0.8 - 0.01 * 20, 20.0]), {"pain": 0, "minutes": 0, "both": 0}
    for seed in range(400):
        result = efficiency(drawn(np.random.default_rng(seed), -0.8, 20, per_minute=0.01), asked())
        pain, minutes = row(result, "difference"), row(result, "difference in burden")
        held["pain"] += pain["conf_low"] <= truth[0] <= pain["conf_high"]
        held["minutes"] += minutes["conf_low"] <= truth[1] <= minutes["conf_high"]
        off = np.array(
            [
                (pain["estimate"] - truth[0]) / pain["std_error"],
                (minutes["estimate"] - truth[1]) / minutes["std_error"],
            ]
        )
        r = float(pain["correlation"])
        held["both"] += off @ np.linalg.solve([[1, r], [r, 1]], off) <= float(pain["reach"]) ** 2
    # 95 % of 400 within 2.6 Monte Carlo errors.
    assert all(369 <= one <= 391 for one in held.values()), held


def test_an_arm_that_does_nothing_but_take_longer_is_told_so() -> None:
    """The negative control: pain falls with minutes alone, of which one arm has more; and two arms that differ in nothing."""
    longer = answer(
        efficiency(drawn(np.random.default_rng(1), 0.0, 100, people=120, per_minute=0.015), asked())
    ).media["text/plain"]
    assert "led to less back pain" in longer
    assert "It took more time for sessions" in longer
    assert "may come with the time" in longer
    alike = answer(efficiency(drawn(np.random.default_rng(1), 0.0, 0.0), asked())).media["text/plain"]
    assert "hese data cannot tell whether arms differ in time for sessions" in alike


def test_results_travel_and_are_drawn() -> None:
    result = efficiency(drawn(np.random.default_rng(1), -1.0, 10), asked())
    assert rows(from_payload(to_payload(result))).equals(rows(result))
    assert (
        "less back pain with more time for sessions" in efficiency_figure(result).metadata["image/png"]["alt"]
    )


def test_what_cannot_be_told_is_refused() -> None:
    made = drawn(np.random.default_rng(1), -1.0, 10)
    none = refusal(efficiency(made, study(weeks=[0, 6, 12], arms=list(ARMS), control_arm=ARMS[0])))
    assert "what the arms ask of people" in none.reason
    assert "burden: session_min_per_week" in none.needs[0]
    assert made.visits is not None
    assert made.participants is not None
    unrecorded = Cohort("without", made.participants, made.visits.drop(columns="session_min_per_week"))
    assert "no column 'session_min_per_week'" in refusal(efficiency(unrecorded, asked())).reason
    set_by_arm = made.visits.assign(
        session_min_per_week=np.where(made.visits["participant_id"] < "P040", 60.0, 90.0)
    )
    assert (
        "does not vary" in refusal(efficiency(Cohort("set", made.participants, set_by_arm), asked())).reason
    )


def test_the_key_has_no_meaning_elsewhere() -> None:
    with pytest.raises(ValidationError, match="'burden' has no meaning for a risk difference"):
        asked(summary="risk difference", responders=[{"fall_points": 2}])


def test_too_few_people_are_refused() -> None:
    y = np.array([[1, 2], [2, 1], [3, 5], [2, 2]], dtype=float)
    with pytest.raises(NotEstimable, match="degrees of freedom"):
        two_differences(y, np.column_stack([np.ones(4), [0, 0, 1, 1]]), ["intercept", "arm"], 1)
