"""Both sides of a person: against lmer on real hips, by hand where both sides are alike, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.both_sides import both_sides
from lowback.analyses.recurrence import recurrence
from lowback.cohort import Cohort
from lowback.intake import read_cohort
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.study import Estimand, Study, read_study
from lowback.variables import Variable, dictionary

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("knee_bend_right_deg", "knee_bend_left_deg")
ARMS = ("<control>", "stretch, daily")


def study(**changes: object) -> Study:
    content = {"outcome": SIDES[0], "week": 4, "population": "all randomised", **changes}
    estimand = Estimand(name="bend", summary="mean difference", **content)
    return Study(
        title="Sides",
        design="randomised trial",
        weeks=(0, 4),
        arms=ARMS,
        control_arm=ARMS[0],
        estimands=(estimand,),
    )


def trial(seed: int = 1, people: int = 40, effect: float = 5.0, missing: float = 0.0) -> Cohort:
    rng = np.random.default_rng(seed)
    names = [f"{n:03d}" for n in range(people)]
    arm = np.array([ARMS[n % 2] for n in range(people)])
    own = rng.normal(0, 4, people)
    rows = {}
    for side in SIDES:
        before = 100 + own + rng.normal(0, 3, people)
        after = before + effect * (arm == ARMS[1]) + rng.normal(0, 3, people) + rng.normal(0, 2, people)
        after[rng.random(people) < missing] = np.nan
        rows[side] = np.column_stack([before, after]).ravel()
    visits = pd.DataFrame(
        {"participant_id": np.repeat(names, 2), "weeks": np.tile([0.0, 4.0], people), **rows}
    )
    own_variables = {
        name: Variable(
            name=name, label=f"knee bend, {name.split('_')[2]}", unit="degrees", higher_is="better"
        )
        for name in SIDES
    }
    return Cohort(
        "knees",
        pd.DataFrame({"participant_id": names, "arm": arm}),
        visits,
        variables={**dictionary(), **own_variables},
    )


def test_agrees_with_lmer_on_the_hips_of_39_people(shared_data: Path) -> None:
    expected = pd.read_csv(ROOT / "tests" / "reference" / "both_sides.csv").set_index("outcome")
    cohort = read_cohort(ROOT / "data/hip-stretching-as/mapping.yml", shared_data / "hip-stretching-as")
    asked = read_study(ROOT / "data/hip-stretching-as/study.yml")
    for name, published in (("flexion", (7.3206, 2.2762)), ("rotation", (5.5865, 1.8058))):
        result = both_sides(cohort, asked.focus(f"hip {name}"))
        assert isinstance(result, Result)
        row = result.estimates.iloc[0]
        assert row["estimate"] == pytest.approx(published[0], abs=5e-5)
        assert row["n_participants"] == 39
        for column in ("estimate", "std_error", "df"):
            assert row[column] == pytest.approx(expected.loc[name, column], rel=2e-5), column
        assert expected.loc[name, "lmer_std_error"] == pytest.approx(published[1], abs=5e-5)


def test_sciatica_leg_pain_that_settled_comes_back_as_counted_in_the_file(shared_data: Path) -> None:
    # Counted from the published file in another way: a visit with 10 mm or less, later one of 30 or more, no planned visit missed.
    cohort = read_cohort(ROOT / "data/sciatica-trial/mapping.yml", shared_data / "sciatica-trial")
    asked = read_study(ROOT / "data/sciatica-trial/study.yml")
    weeks = [0, 2, 4, 8, 12, 26, 38, 52, 78, 104]
    file = pd.read_csv(shared_data / "sciatica-trial" / "sciatica_long.csv")
    returns, settled = 0, 0
    for _, person in file.groupby("id"):
        scores = dict(zip(person["planned_week"], person["vas_leg"], strict=True))
        calm, was_settled = False, False
        for week in weeks:
            score = scores.get(week, np.nan)
            if np.isnan(score):
                calm = False
            elif score <= 10:
                calm = True
            elif score >= 30:
                returns += calm
                calm = False
            later = scores.get(weeks[weeks.index(week) + 1], np.nan) if week < 104 else np.nan
            was_settled |= calm and not np.isnan(later)
        settled += was_settled
    result = recurrence(cohort, asked.focus("return of leg pain"))
    assert isinstance(result, Result)
    assert result.keys is not None
    first = result.estimates[result.keys["definition"] == "leg pain of 30 mm or more after 10 mm or less"]
    counts = first.set_index(result.keys["statistic"][first.index])["estimate"]
    assert counts["returns"] == returns
    assert counts["people settled"] == settled
    until_surgery = recurrence(cohort, asked.focus("return of leg pain before surgery"))
    assert "Nothing is read from the first record with spinal surgery on" in until_surgery.method


def test_two_sides_alike_are_one_person_by_hand() -> None:
    # With both sides equal the model is a regression of one side a person, whose t has people less three degrees of freedom.
    cohort = trial()
    assert cohort.visits is not None
    visits = cohort.visits.assign(**{SIDES[1]: cohort.visits[SIDES[0]] + np.tile([0.0, 1e-6], 40)})
    alike = Cohort("alike", cohort.participants, visits, variables=cohort.variables)
    result = both_sides(alike, study())
    if isinstance(result, Refusal):
        assert "cannot be fitted" in result.reason
        return
    table = visits.pivot_table(index="participant_id", columns="weeks", values=SIDES[0])
    arm = np.tile([0.0, 1.0], 20)
    x = np.column_stack([np.ones(40), arm, table[0]])
    by_hand, left, *_ = np.linalg.lstsq(x, table[4], rcond=None)
    row = result.estimates.iloc[0]
    assert row["estimate"] == pytest.approx(by_hand[1], rel=1e-4)
    error = np.sqrt(left[0] / 37 * np.linalg.inv(x.T @ x)[1, 1])
    assert row["std_error"] == pytest.approx(error, rel=1e-3)


def test_the_interval_covers_and_a_side_without_follow_up_leaves_the_other() -> None:
    found = []
    for seed in range(60):
        result = both_sides(trial(seed, missing=0.2), study())
        assert isinstance(result, Result)
        row = result.estimates.iloc[0]
        found.append(row["conf_low"] <= 5 <= row["conf_high"])
        assert row["n_participants"] <= 40
    assert sum(found) >= 52


def test_words_name_no_side_and_escape_arms() -> None:
    said = answer(both_sides(trial(), study())).media
    assert "knee bend of both sides" in said["text/plain"]
    assert "<control>" not in said["text/html"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcome": "pain_nrs"}, "names no side"),
        ({"outcome": "hip_bend_right_deg"}, "no column 'hip_bend_right_deg'"),
    ],
)
def test_what_has_no_sides_is_refused(changes: dict[str, object], reason: str) -> None:
    refused = both_sides(trial(), study(**changes))
    assert isinstance(refused, Refusal)
    assert reason in refused.reason
