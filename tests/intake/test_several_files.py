"""Several files, several tables, and sources without a mapping. Expected values stand in the files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from clinic_files import VISITS, Refused, assert_refused, pain, taken, written

from lowback.checked_yaml import ConfigurationError
from lowback.intake import source_files, take_in

PEOPLE = """  - file: people.csv
    columns:
      id: {to: participant_id}
      group: {to: arm}
"""
TWO = VISITS + PEOPLE
V = "id,week,pain\nP1,0,4\nP2,0,5\n"


def test_people_and_visits_come_from_two_files(tmp_path: Path) -> None:
    cohort = take_in(
        written(tmp_path, {"visits.csv": V, "people.csv": "id,group\nP1,A\nP2,B\nP3,B\n"}, TWO)
    ).cohort
    assert cohort.participants.to_numpy().tolist() == [["P1", "A"], ["P2", "B"], ["P3", "B"]]
    assert len(cohort.visits) == 2


def test_a_stranger_among_the_visits_is_refused(tmp_path: Path) -> None:
    intake = take_in(written(tmp_path, {"visits.csv": V, "people.csv": "id,group\nP1,A\n"}, TWO))
    assert_refused(
        intake, Refused(3, "id", "participant P2 is not among the participants in people.csv", "P2")
    )


def test_who_is_left_out_of_the_list_is_left_out_of_the_visits(tmp_path: Path) -> None:
    mapping = TWO + "    rows: [{column: group, is_missing: true, reason: not randomised}]\n"
    intake = take_in(written(tmp_path, {"visits.csv": V, "people.csv": "id,group\nP1,A\nP2,\n"}, mapping))
    assert pain(intake) == {("P1", 0.0): 4.0}
    assert intake.cohort.set_aside.to_numpy().tolist() == [["not randomised", 1, 2]]
    assert (intake.findings["severity"] == "note").all()


def test_two_files_that_agree_are_one_and_two_that_differ_are_refused(tmp_path: Path) -> None:
    again = VISITS + VISITS.split("files:\n")[1].replace("visits.csv", "more.csv")
    (tmp_path / "a").mkdir()
    agree = take_in(
        written(tmp_path / "a", {"visits.csv": V, "more.csv": "id,week,pain\nP1,0,4.0\nP1,4,3\n"}, again)
    )
    assert pain(agree) == {("P1", 0.0): 4.0, ("P2", 0.0): 5.0, ("P1", 4.0): 3.0}
    differ = take_in(written(tmp_path, {"visits.csv": V, "more.csv": "id,week,pain\nP1,0,6\n"}, again))
    rule = "pain_nrs of participant P1 at week 0 contradicts itself: 4 in row 2 of visits.csv, 6 in row 2 of more.csv"
    assert_refused(differ, Refused(2, "pain", rule, "4"))
    assert_refused(differ, Refused(2, "pain", rule, "6", file="more.csv"))


def test_a_persons_value_repeated_at_each_visit_is_taken_once(tmp_path: Path) -> None:
    mapping = VISITS + "      years: {to: age_years, unit: years}\n"
    intake = taken(tmp_path, "id,week,pain,years\nP1,0,4,40\nP1,4,3,40\nP1,8,3,\n", mapping)
    assert intake.cohort.participants.to_numpy().tolist() == [["P1", 40.0]]


def test_a_persons_value_that_changes_is_refused_naming_both_rows(tmp_path: Path) -> None:
    mapping = VISITS + "      years: {to: age_years, unit: years}\n"
    intake = taken(tmp_path, "id,week,pain,years\nP1,0,4,40\nP1,4,3,41\n", mapping)
    assert_refused(intake, Refused(3, "years", "40 in row 2 of visits.csv, 41 in row 3 of visits.csv", "41"))


def test_baseline_columns_of_a_long_file_become_week_0(tmp_path: Path) -> None:
    mapping = VISITS + "      pain_b: {to: pain_nrs, unit: NRS points, week: 0}\n"
    intake = taken(tmp_path, "id,week,pain,pain_b\nP1,4,3,6\nP1,8,2,6\n", mapping)
    assert pain(intake) == {("P1", 0.0): 6.0, ("P1", 4.0): 3.0, ("P1", 8.0): 2.0}


def test_two_columns_for_one_week_are_refused(tmp_path: Path) -> None:
    wide = VISITS.replace("      week: {to: weeks}\n", "").replace("      pain:", '      "pain_{week}":')
    intake = taken(tmp_path, "id,pain_4,pain_04\nP1,3,5\n", wide)
    assert_refused(intake, Refused(1, "pain_04", "pain_nrs at week 4 is already read from column 'pain_4'"))


def test_identifiers_that_look_alike_are_noted_and_stay_apart(tmp_path: Path) -> None:
    intake = taken(tmp_path, "id,week,pain\n007,0,4\nP1,0,5\n7,0,6\n")
    assert len(intake.cohort.participants) == 3
    note = intake.findings.iloc[0]
    assert (note["severity"], note["row"], note["value"]) == ("note", 4, "7")
    assert note["rule"].startswith(
        "identifiers that differ only in zeros, case or invisible characters: '007', '7' (rows 2, 4)"
    )


def test_days_feed_the_check_ins(tmp_path: Path) -> None:
    mapping = VISITS.replace("week: {to: weeks}", "day: {to: days}")
    cohort = taken(tmp_path, "id,day,pain\nP1,0,4\nP1,1.5,3\n", mapping).cohort
    assert cohort.checkins.to_numpy().tolist() == [["P1", 0.0, 4.0], ["P1", 1.5, 3.0]]
    assert cohort.visits is None


def test_dates_are_read_in_the_declared_format(tmp_path: Path) -> None:
    mapping = VISITS + "      seen: {to: visit_date, date_format: '%d.%m.%Y'}\n"
    cohort = taken(tmp_path, "id,week,pain,seen\nP1,0,4,31.05.2024\n", mapping).cohort
    assert cohort.visits["visit_date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-05-31"]


def test_a_folder_in_canonical_names_needs_no_mapping(tmp_path: Path) -> None:
    files = {
        "participants.csv": "participant_id,arm\nP1,A\n",
        "visits.csv": "participant_id,weeks,pain_nrs,pelvic_tilt_deg,shoes\nP1,0,4,12,low\n",
        "checkins.csv.gz": gzip.compress(b"participant_id,days,pain_nrs\nP1,1,4\n"),
    }
    intake = take_in(written(tmp_path, files, None))
    assert intake.cohort.visits["pelvic_tilt_deg"].item() == 12
    assert len(intake.cohort.checkins) == 1
    notes = intake.findings.set_index("column")["rule"]
    assert notes["pelvic_tilt_deg"].startswith("taken in lowback's own direction: positive is anterior")
    assert notes["shoes"] == "the column is not mapped and was not read"
    assert [path.name for path in source_files(tmp_path)] == [
        "participants.csv",
        "visits.csv",
        "checkins.csv.gz",
    ]


def test_one_file_in_canonical_names_needs_no_mapping(tmp_path: Path) -> None:
    written(tmp_path, {"diary.tsv": "participant_id\tdays\tpain_nrs\nP1\t0\t4\n"}, None)
    intake = take_in(tmp_path / "diary.tsv")
    assert intake.cohort.name == "diary"
    assert intake.sources == (tmp_path / "diary.tsv",)


def test_the_data_may_lie_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    written(tmp_path / "data", {"visits.csv": V}, None)
    written(tmp_path, {}, VISITS)
    assert len(take_in(tmp_path / "mapping.yml", tmp_path / "data").cohort.visits) == 2
    assert_refused(take_in(tmp_path / "mapping.yml"), Refused(None, "", "no such file"))


def test_a_source_that_does_not_exist_or_holds_nothing_is_a_wrong_request(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        take_in(tmp_path / "absent.yml")
    with pytest.raises(ConfigurationError, match="none of participants.csv, visits.csv, checkins.csv"):
        take_in(tmp_path)
