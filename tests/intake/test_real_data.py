"""The three real data sets. Expected figures are those of the READMEs beside the data (trial reports and sources)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from clinic_files import Refused, assert_refused

from lowback.cohort import Cohort
from lowback.intake import read_cohort, source_files, take_in

DATA = Path(__file__).resolve().parents[2] / "data"
ARMS = ["PRT", "placebo", "usual care"]


def read(name: str, shared_data: Path) -> Cohort:
    return read_cohort(DATA / name / "mapping.yml", shared_data / name)


def by_arm(cohort: Cohort, week: float) -> pd.DataFrame:
    visits = cohort.visits.merge(cohort.participants[["participant_id", "arm"]])
    scores = visits[visits["weeks"] == week].groupby("arm")["pain_nrs"]
    return scores.agg(["mean", "std", "count"]).loc[ARMS]


def test_the_back_pain_trial_has_its_151_people(shared_data: Path) -> None:
    cohort = read("prt-back-pain", shared_data)
    assert cohort.participants["arm"].value_counts().loc[ARMS].tolist() == [50, 51, 50]
    assert cohort.weeks == [0, 4, 260]
    assert cohort.set_aside.to_numpy().tolist() == [["healthy control", 54, 54], ["not randomised", 1, 2]]


def test_the_back_pain_trial_has_the_baseline_of_its_report(shared_data: Path) -> None:
    baseline = read("prt-back-pain", shared_data).participants.groupby("arm")["baseline_pain_nrs"]
    assert baseline.mean().loc[ARMS].tolist() == pytest.approx([4.22, 4.16, 3.91], abs=0.005)
    assert baseline.std().loc[ARMS].tolist() == pytest.approx([1.21, 1.33, 1.24], abs=0.005)


@pytest.mark.parametrize(
    ("week", "means", "deviations", "people"),
    [
        (4, [1.18, 2.84, 3.13], [1.24, 1.64, 1.45], [44, 44, 47]),
        (260, [1.87, 3.10, 2.53], [2.12, 1.86, 1.84], [38, 39, 36]),
    ],
)
def test_the_back_pain_trial_has_the_follow_up_of_its_report(
    shared_data: Path, week: float, means: list[float], deviations: list[float], people: list[int]
) -> None:
    found = by_arm(read("prt-back-pain", shared_data), week)
    assert found["mean"].tolist() == pytest.approx(means, abs=0.0051)
    assert found["std"].tolist() == pytest.approx(deviations, abs=0.0051)
    assert found["count"].tolist() == people


def test_a_file_that_feeds_two_entries_is_hashed_once(shared_data: Path) -> None:
    files = source_files(DATA / "prt-back-pain/mapping.yml", shared_data / "prt-back-pain")
    assert [path.name for path in files] == [
        "outcomes_baseline_posttreatment.csv",
        "outcomes_baseline_5yr.csv",
    ]


def test_the_sciatica_trial_has_the_means_of_its_readme(shared_data: Path) -> None:
    cohort = read("sciatica-trial", shared_data)
    means = cohort.visits.groupby("weeks")[["leg_pain_vas", "pain_vas"]].mean()
    assert means.index.tolist() == [0, 2, 4, 8, 12, 26, 38, 52, 78, 104]
    leg = [54.86, 43.53, 36.26, 27.46, 21.66, 13.51, 11.85, 10.60, 11.03, 8.39]
    back = [36.72, 34.58, 33.19, 26.04, 24.05, 16.90, 15.56, 15.78, 12.91, 10.00]
    assert means["leg_pain_vas"].tolist() == pytest.approx(leg, abs=0.0051)
    assert means["pain_vas"].tolist() == pytest.approx(back, abs=0.0051)
    assert len(cohort.participants) == 142
    assert cohort.set_aside[["participants", "rows"]].to_numpy().tolist() == [[55, 55]]


def test_the_impossible_813_is_named_set_aside_and_not_lost(shared_data: Path) -> None:
    intake = take_in(DATA / "sciatica-trial/mapping.yml", shared_data / "sciatica-trial")
    found = intake.findings[intake.findings["severity"] == "set aside"]
    assert found[["file", "row", "column", "value"]].to_numpy().tolist() == [
        ["sciatica.csv", 756, "vas2_t", "813.0"]
    ]
    assert found["rule"].item() == "out of range: allowed 0 to 100 mm VAS"
    source = (shared_data / "sciatica-trial/sciatica.csv").read_text().splitlines()
    assert list(json.loads(intake.quarantine["source_row"].item()).values()) == source[756 - 1].split(",")


def test_the_rest_of_the_row_with_the_813_is_kept(shared_data: Path) -> None:
    cohort = read("sciatica-trial", shared_data)
    row = cohort.visits.query("participant_id == '108228' and weeks == 104")
    assert row["pain_vas"].isna().all()
    assert row["leg_pain_vas"].item() == 73
    reasons = cohort.missing_reasons
    assert reasons.to_numpy().tolist() == [
        ["visits", "108228", "pain_vas", "impossible value set aside", 104.0]
    ]


def test_radiographic_tilt_is_turned_round(shared_data: Path) -> None:
    visits = read("vertebral-column", shared_data).visits
    means = {
        "pelvic_incidence_deg": (60.497, 17.237),
        "pelvic_tilt_deg": (-17.543, 10.008),
        "lordosis_deg": (51.931, 18.554),
        "sacral_slope_deg": (42.954, 13.423),
        "pelvic_radius_as_published": (117.921, 13.317),
        "spondylolisthesis_grade": (26.297, 37.559),
    }
    for name, (mean, deviation) in means.items():
        assert visits[name].mean() == pytest.approx(mean, abs=0.00051)
        assert visits[name].std() == pytest.approx(deviation, abs=0.00051)


def test_the_vertebral_column_set_has_its_diagnoses_and_rows_as_ids(shared_data: Path) -> None:
    cohort = read("vertebral-column", shared_data)
    assert cohort.participants["diagnosis"].value_counts().to_dict() == {
        "Spondylolisthesis": 150,
        "Normal": 100,
        "Hernia": 60,
    }
    first = cohort.visits.set_index("participant_id").loc["2"]
    assert first["pelvic_tilt_deg"] == -22.55258597
    assert cohort.measured_by["pelvic_tilt_deg"] == "radiograph"


def test_radiographic_tilt_without_a_direction_is_refused(shared_data: Path, tmp_path: Path) -> None:
    text = (DATA / "vertebral-column/mapping.yml").read_text()
    silent = tmp_path / "mapping.yml"
    silent.write_text(text.replace("sign: positive is posterior, ", ""))
    intake = take_in(silent, shared_data / "vertebral-column")
    expected = Refused(
        1,
        "pelvic_tilt",
        "write sign: positive is anterior or sign: positive is posterior",
        file="vertebral_column.csv",
    )
    assert_refused(intake, expected)
    assert "grows as the pelvis turns backwards" in intake.findings["rule"].iloc[0]
