"""Outcome means: by hand, against R's t interval, and as two trials published them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from describe.small_trial import STRETCH, plain_study, study, trial
from lowback.cohort import Cohort
from lowback.describe import outcome_means
from lowback.result import Refusal, Result
from lowback.study import Study


def means(result: Result | Refusal) -> dict[tuple[str, float, str, str], float]:
    assert isinstance(result, Result), result
    keys = result.keys[["variable", "weeks", "arm", "statistic"]].itertuples(index=False, name=None)
    return dict(zip(keys, result.estimates["estimate"], strict=True))


def test_means_and_spreads_by_hand():
    result = outcome_means(trial(), study())
    found = means(result)
    assert found["pain_nrs", 0.0, STRETCH, "mean"] == 6
    assert found["pain_nrs", 0.0, STRETCH, "SD"] == pytest.approx((2 / 3) ** 0.5)
    assert found["pain_nrs", 6.0, "all", "mean"] == 3.75
    assert {variable for variable, *_ in found} == {"pain_nrs"}
    rows = result.estimates.set_index("term")
    assert rows.loc[f"pain_nrs at week 6, {STRETCH}: mean", "n_participants"] == 2


def test_the_interval_is_student_s():
    """2, 4, 5, 4: mean 3.75, SD sqrt(19/12); R 4.2.2: t.test(c(2, 4, 5, 4))$conf.int is 1.747754775 to 5.752245225."""
    result = outcome_means(trial(), study())
    row = result.estimates.set_index("term").loc["pain_nrs at week 6, all: mean"]
    assert row["std_error"] == pytest.approx((19 / 12 / 4) ** 0.5)
    assert row["df"] == 3
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([1.747754775, 5.752245225], abs=1e-9)
    assert result.estimates["p_value"].isna().all()


def test_intervals_of_two_people_end_where_the_scale_does():
    """1 and 8: mean 4.5, standard error 3.5, t of one degree of freedom 12.7062, so that the interval would run from -39.97 to 48.97."""
    visits = pd.DataFrame({"participant_id": ["1", "2"], "weeks": 0.0, "pain_nrs": [1.0, 8.0]})
    result = outcome_means(Cohort("two", visits=visits), plain_study())
    row = result.estimates.iloc[0]
    assert [row["estimate"], row["std_error"]] == [4.5, pytest.approx(3.5)]
    assert [row["conf_low"], row["conf_high"]] == [0, 10]


def test_one_person_has_a_mean_without_spread_or_interval():
    visits = pd.DataFrame({"participant_id": ["1"], "weeks": [0.0], "pain_nrs": [3.0]})
    result = outcome_means(Cohort("one", visits=visits), plain_study())
    assert list(result.estimates["term"]) == ["pain_nrs at week 0, all: mean"]
    assert np.isnan(result.estimates["conf_low"].item())


def test_pain_and_function_follow_the_declared_outcome():
    visits = pd.DataFrame(
        {
            "participant_id": ["1", "2"],
            "weeks": [0.0, 0.0],
            "disability_odi": [20.0, 30.0],
            "pelvic_tilt_deg": [9.0, 10.0],
            "pain_nrs": [3.0, 4.0],
            "physical_function_promis_t": [40.0, 50.0],
        }
    )
    found = means(outcome_means(Cohort("two", visits=visits), plain_study()))
    order = list(dict.fromkeys(variable for variable, *_ in found))
    assert order == ["pain_nrs", "disability_odi", "physical_function_promis_t"]


def test_no_recorded_outcome_is_refused():
    visits = pd.DataFrame({"participant_id": ["1"], "weeks": [0.0], "pelvic_tilt_deg": [3.0]})
    refusal = outcome_means(Cohort("tilt only", visits=visits), plain_study())
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "no outcome is recorded at a visit of the study"
    assert refusal.needs


def test_arms_of_a_published_trial_after_treatment(shared_data: Path):
    """Ashar 2022, JAMA Psychiatry 79(1), Table 2: mean (SD, n) after treatment."""
    data = pd.read_csv(
        shared_data / "prt-back-pain" / "outcomes_baseline_posttreatment.csv", dtype={"id": str}
    )
    data = data[data["group"].notna()]
    names = {1: "PRT", 2: "placebo", 3: "usual care"}
    people = pd.DataFrame({"participant_id": data["id"], "arm": data["group"].map(names)}).drop_duplicates()
    visits = pd.DataFrame(
        {
            "participant_id": data["id"],
            "weeks": data["time"].map({1: 0.0, 2: 4.0}),
            "pain_nrs": data["pain_avg"],
        }
    )
    result = outcome_means(Cohort("prt", people, visits), plain_study())
    rows = result.estimates.set_index("term")
    published = {"PRT": (1.18, 1.24, 44), "placebo": (2.84, 1.64, 44), "usual care": (3.13, 1.45, 47)}
    for arm, (mean, deviation, people_seen) in published.items():
        of_arm = f"pain_nrs at week 4, {arm}"
        assert round(rows.loc[f"{of_arm}: mean", "estimate"], 2) == mean
        assert round(rows.loc[f"{of_arm}: SD", "estimate"], 2) == deviation
        assert rows.loc[f"{of_arm}: mean", "n_participants"] == people_seen


def test_ten_visits_of_the_sciatica_trial(shared_data: Path):
    """Means of leg and back pain in the README of the data set."""
    data = pd.read_csv(shared_data / "sciatica-trial" / "sciatica_long.csv", dtype={"id": str})
    visits = data.rename(
        columns={
            "id": "participant_id",
            "planned_week": "weeks",
            "vas_leg": "leg_pain_vas",
            "vas_back": "pain_vas",
        }
    )[["participant_id", "weeks", "leg_pain_vas", "pain_vas"]]
    question = Study.model_validate(
        {
            "title": "sciatica",
            "design": "single arm",
            "estimands": [{"name": "b", "summary": "mean difference", "outcome": "pain_vas", "week": 52}],
        }
    )
    found = means(outcome_means(Cohort("sciatica", visits=visits), question))
    weeks = (0, 2, 4, 8, 12, 26, 38, 52, 78, 104)
    leg = (54.86, 43.53, 36.26, 27.46, 21.66, 13.51, 11.85, 10.60, 11.03, 8.39)
    back = (36.72, 34.58, 33.19, 26.04, 24.05, 16.90, 15.56, 15.78, 12.91, 10.00)
    for variable, expected in (("leg_pain_vas", leg), ("pain_vas", back)):
        got = [round(found[variable, float(week), "all", "mean"], 2) for week in weeks]
        assert got == list(expected)
